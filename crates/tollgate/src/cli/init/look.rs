//! From a repository to findings. Pure: it reads through [`Repository`] alone.

mod data;
mod ini;
mod install;
mod layout;
mod literals;
mod names;
mod notes;
mod pyproject;
mod requirements;
mod skeleton;
mod tests_found;
mod tools;

use std::collections::BTreeSet;

use self::ini::Ini;
use self::layout::Layout;
use self::pyproject::Pyproject;
use super::findings::{Findings, Runner};
use super::repository::Repository;

/// What the parts of the look share: the files that several of them read.
struct Seen<'r> {
    repository: &'r dyn Repository,
    pyproject: Pyproject,
    setup_cfg: Ini,
    tox_ini: Ini,
    layout: Layout,
}

impl<'r> Seen<'r> {
    fn of(repository: &'r dyn Repository) -> Self {
        let text = |path| repository.read(path).unwrap_or_default();
        Self {
            repository,
            pyproject: Pyproject::parse(&text("pyproject.toml")),
            setup_cfg: Ini::parse(&text("setup.cfg")),
            tox_ini: Ini::parse(&text("tox.ini")),
            layout: Layout::of(repository.files()),
        }
    }

    /// Those of the files that are there.
    fn present(&self, files: &[&str]) -> Vec<String> {
        files.iter().filter(|file| self.repository.has(file)).map(|f| (*f).to_owned()).collect()
    }
}

/// Looks at the repository.
pub(crate) fn look(repository: &dyn Repository) -> Findings {
    let seen = Seen::of(repository);
    let mut tests = tests_found::look(&seen);
    let listing = install::Listing::of(&seen);
    let tools = tools::look(&seen, &listing.names());
    let mut used: BTreeSet<&str> = tools.iter().map(|tool| tool.kind.name()).collect();
    if tests.as_ref().is_some_and(|tests| tests.runner == Runner::Pytest) {
        used.insert("pytest");
    }
    let install = install::look(&seen, listing, &used);
    let installed =
        install.as_ref().is_some_and(|install| install::brings_the_project(&seen, install));
    if let Some(tests) = tests.as_mut().filter(|_| !installed && seen.layout.is_below_src()) {
        tests.env.push("PYTHONPATH=src".to_owned());
    }
    let (data, loose_contracts) = data::look(repository);
    Findings {
        project: project_name(&seen),
        code: seen.layout.code(),
        training: seen.layout.training(repository.files()),
        notes: notes::look(&seen, install.as_ref()),
        install,
        tests,
        tools,
        data,
        loose_contracts,
    }
}

fn project_name(seen: &Seen<'_>) -> String {
    let declared = seen.pyproject.name().or_else(|| seen.setup_cfg.value("metadata", "name"));
    let name = declared.unwrap_or_else(|| seen.repository.name()).trim();
    if name.is_empty() { "project".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests;
