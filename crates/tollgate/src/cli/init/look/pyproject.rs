//! `pyproject.toml`, read loosely: what has another shape than expected is passed over, since
//! judging the file is not what `init` is for.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::names::package;

/// Groups that include groups: deeper than anybody nests them.
const DEEPEST: usize = 8;

/// Build plugins that ask Git for the version, and how each is told it instead: a step sees no
/// history.
const VERSIONS_FROM_GIT: [(&str, &str); 4] = [
    ("setuptools-scm", "SETUPTOOLS_SCM_PRETEND_VERSION=0.0.0"),
    ("hatch-vcs", "SETUPTOOLS_SCM_PRETEND_VERSION=0.0.0"),
    ("pdm-backend", "PDM_BUILD_SCM_VERSION=0.0.0"),
    ("poetry-dynamic-versioning", "POETRY_DYNAMIC_VERSIONING_BYPASS=0.0.0"),
];

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Pyproject {
    table: Table,
    /// Why it can't be read.
    pub(super) broken: Option<String>,
}

impl Pyproject {
    pub(super) fn parse(text: &str) -> Self {
        match text.parse::<Table>() {
            Ok(table) => Self { table, broken: None },
            Err(e) => Self { table: Table::new(), broken: Some(e.message().to_owned()) },
        }
    }

    pub(super) fn get(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |value, key| value.get(key))
    }

    pub(super) fn has(&self, path: &[&str]) -> bool {
        self.get(path).is_some()
    }

    pub(super) fn name(&self) -> Option<&str> {
        let name = self.get(&["project", "name"]).or_else(|| self.get(&["tool", "poetry", "name"]));
        name.and_then(Value::as_str)
    }

    /// Whether it says how the project is built.
    pub(super) fn is_package(&self) -> bool {
        self.has(&["build-system"])
    }

    /// The module that builds it, such as `setuptools.build_meta`.
    pub(super) fn backend(&self) -> &str {
        let backend = self.get(&["build-system", "build-backend"]).and_then(Value::as_str);
        backend.unwrap_or("setuptools.build_meta")
    }

    /// The variable that stands in for Git's tags where the version comes from them.
    pub(super) fn version_variable(&self) -> Option<&'static str> {
        let requires = names(self.get(&["build-system", "requires"]));
        let known = VERSIONS_FROM_GIT.iter().find(|(plugin, _)| requires.contains(*plugin));
        known.map(|(_, variable)| *variable)
    }

    pub(super) fn dependencies(&self) -> BTreeSet<String> {
        let mut all = names(self.get(&["project", "dependencies"]));
        let poetry = self.get(&["tool", "poetry"]);
        all.extend(keys(poetry.and_then(|poetry| poetry.get("dependencies"))));
        all.extend(keys(poetry.and_then(|poetry| poetry.get("dev-dependencies"))));
        let groups = poetry.and_then(|poetry| poetry.get("group")).and_then(Value::as_table);
        for group in groups.into_iter().flat_map(Table::values) {
            all.extend(keys(group.get("dependencies")));
        }
        all.extend(names(self.get(&["tool", "uv", "dev-dependencies"])));
        all
    }

    /// `[project.optional-dependencies]`, or Poetry's word for it.
    pub(super) fn extras(&self) -> BTreeMap<String, BTreeSet<String>> {
        let extras = self.get(&["project", "optional-dependencies"]);
        let extras = extras.or_else(|| self.get(&["tool", "poetry", "extras"]));
        let extras = extras.and_then(Value::as_table).into_iter().flatten();
        extras.map(|(name, list)| (name.clone(), names(Some(list)))).collect()
    }

    /// `[dependency-groups]`, with what they include.
    pub(super) fn groups(&self) -> BTreeMap<String, BTreeSet<String>> {
        let groups = self.get(&["dependency-groups"]).and_then(Value::as_table);
        let all = groups.into_iter().flat_map(Table::keys);
        all.map(|name| (name.clone(), self.group(name, DEEPEST))).collect()
    }

    fn group(&self, name: &str, deep: usize) -> BTreeSet<String> {
        let list = self.get(&["dependency-groups", name]);
        let mut all = names(list);
        let items = list.and_then(Value::as_array).into_iter().flatten();
        for inner in items.filter_map(|item| item.get("include-group")?.as_str()) {
            if deep > 0 {
                all.extend(self.group(inner, deep - 1));
            }
        }
        all
    }
}

fn names(list: Option<&Value>) -> BTreeSet<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| package(item.as_str()?)).collect()
}

fn keys(table: Option<&Value>) -> BTreeSet<String> {
    let keys = table.and_then(Value::as_table).into_iter().flat_map(Table::keys);
    keys.filter_map(|key| package(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_include_groups() {
        let text = "[dependency-groups]\na = ['x']\nb = [{include-group = 'a'}, 'y']\nc = [{include-group = 'c'}]";
        let groups = Pyproject::parse(text).groups();
        assert_eq!(groups["b"], BTreeSet::from(["x".to_owned(), "y".to_owned()]));
        assert!(groups["c"].is_empty());
    }

    #[test]
    fn poetry_has_words_of_its_own() {
        let text = "[tool.poetry]\nname='p'\n[tool.poetry.dependencies]\npython='^3'\n[tool.poetry.group.dev.dependencies]\nPytest='*'";
        let file = Pyproject::parse(text);
        assert_eq!(file.name(), Some("p"));
        assert!(file.dependencies().contains("pytest"));
    }

    #[test]
    fn nonsense_is_told_or_passed_over() {
        assert!(Pyproject::parse("= x").broken.is_some());
        let odd =
            Pyproject::parse("dependency-groups = 3\n[project]\nname = 1\ndependencies = 'x'");
        assert_eq!(odd.name(), None);
        assert!(odd.dependencies().is_empty() && odd.groups().is_empty());
    }
}
