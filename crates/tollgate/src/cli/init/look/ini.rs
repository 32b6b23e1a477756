//! `setup.cfg` and `tox.ini`, as far as sections and values go.

use std::collections::BTreeMap;

/// Sections of values. What is no line of either kind continues the value above.
#[derive(Debug, Default)]
pub(super) struct Ini(BTreeMap<String, BTreeMap<String, String>>);

impl Ini {
    pub(super) fn parse(text: &str) -> Self {
        let mut sections = BTreeMap::<String, BTreeMap<String, String>>::new();
        let (mut section, mut key) = (String::new(), String::new());
        for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', ';'])) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                name.trim().clone_into(&mut section);
                sections.entry(section.clone()).or_default();
            } else if line.starts_with([' ', '\t']) {
                let values = sections.entry(section.clone()).or_default();
                let value = values.entry(key.clone()).or_default();
                value.push('\n');
                value.push_str(line.trim());
            } else if let Some((name, value)) = line.split_once(['=', ':']) {
                name.trim().clone_into(&mut key);
                let values = sections.entry(section.clone()).or_default();
                values.insert(key.clone(), value.trim().to_owned());
            }
        }
        Self(sections)
    }

    pub(super) fn has(&self, section: &str) -> bool {
        self.0.contains_key(section)
    }

    pub(super) fn value(&self, section: &str, key: &str) -> Option<&str> {
        self.0.get(section)?.get(key).map(String::as_str)
    }

    /// The names and values of a section.
    pub(super) fn section(&self, section: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.get(section).into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_on_over_lines() {
        let text =
            "[options.extras_require]\ndev =\n    pytest\n    # why\n    flake8\n[flake8]\nx: 1";
        let ini = Ini::parse(text);
        assert_eq!(ini.value("options.extras_require", "dev"), Some("\npytest\nflake8"));
        assert_eq!(ini.value("flake8", "x"), Some("1"));
        assert!(ini.has("flake8") && !ini.has("mypy"));
    }
}
