//! The linters and type checkers that the repository configures or lists.

use std::collections::BTreeSet;

use super::Seen;
use crate::cli::init::findings::{Tool, ToolKind};

/// What the tools read; each is declared where it is there.
fn configuration(kind: ToolKind) -> &'static [&'static str] {
    match kind {
        ToolKind::Ruff => &["ruff.toml", ".ruff.toml", "pyproject.toml"],
        ToolKind::Flake8 => &[".flake8", "setup.cfg", "tox.ini", "pyproject.toml"],
        ToolKind::Black => &["pyproject.toml"],
        ToolKind::Mypy => &["mypy.ini", ".mypy.ini", "setup.cfg", "pyproject.toml"],
        ToolKind::Pyright | ToolKind::Basedpyright => &["pyrightconfig.json", "pyproject.toml"],
    }
}

/// The tools, in the order in which one wants to hear of them.
pub(super) fn look(seen: &Seen<'_>, listed: &BTreeSet<String>) -> Vec<Tool> {
    let code = seen.layout.code();
    if code.is_empty() {
        return Vec::new();
    }
    let used = |kind: &ToolKind| listed.contains(kind.name()) || is_configured(*kind, seen);
    let tools = ToolKind::ALL.into_iter().filter(used).map(|kind| Tool {
        kind,
        configuration: seen.present(configuration(kind)),
        targets: targets(kind, seen),
    });
    let mut tools: Vec<Tool> = tools.collect();
    // The one is a fork of the other, and reads the other's configuration.
    if tools.iter().any(|tool| tool.kind == ToolKind::Basedpyright) {
        tools.retain(|tool| tool.kind != ToolKind::Pyright);
    }
    tools
}

fn is_configured(kind: ToolKind, seen: &Seen<'_>) -> bool {
    let name = kind.name();
    let has = |files: &[&str]| !seen.present(files).is_empty();
    let own = match kind {
        ToolKind::Ruff => has(&["ruff.toml", ".ruff.toml"]),
        ToolKind::Flake8 => has(&[".flake8"]),
        ToolKind::Black | ToolKind::Basedpyright => false,
        ToolKind::Mypy => has(&["mypy.ini", ".mypy.ini"]),
        ToolKind::Pyright => has(&["pyrightconfig.json"]),
    };
    own || seen.pyproject.has(&["tool", name])
        || seen.setup_cfg.has(name)
        || kind == ToolKind::Flake8 && seen.tox_ini.has(name)
}

fn targets(kind: ToolKind, seen: &Seen<'_>) -> Vec<String> {
    let all = || seen.layout.code().into_iter().chain(seen.layout.tests()).collect();
    match kind {
        ToolKind::Ruff | ToolKind::Flake8 | ToolKind::Black => all(),
        ToolKind::Mypy if has_own_targets(seen) => Vec::new(),
        ToolKind::Pyright | ToolKind::Basedpyright if includes(seen) => Vec::new(),
        ToolKind::Mypy | ToolKind::Pyright | ToolKind::Basedpyright => seen.layout.importable(),
    }
}

fn has_own_targets(seen: &Seen<'_>) -> bool {
    let mut keys = ["files", "packages", "modules"].into_iter();
    let own = ["mypy.ini", ".mypy.ini"].into_iter().find_map(|file| seen.repository.read(file));
    let own = super::Ini::parse(&own.unwrap_or_default());
    keys.any(|key| {
        own.value("mypy", key).or_else(|| seen.setup_cfg.value("mypy", key)).is_some()
            || seen.pyproject.has(&["tool", "mypy", key])
    })
}

fn includes(seen: &Seen<'_>) -> bool {
    let own = seen.repository.read("pyrightconfig.json").unwrap_or_default();
    own.contains("\"include\"")
        || ["pyright", "basedpyright"].iter().any(|n| seen.pyproject.has(&["tool", n, "include"]))
}
