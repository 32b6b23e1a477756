//! pyenv's shims are scripts that find an interpreter by files which are not visible inside,
//! so a shims directory is replaced by the directories that it would choose from.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::base::value;

/// The `bin` directories behind a `PATH` entry of pyenv; `None` if the entry is not one.
pub(super) fn versions_behind(
    entry: &Path,
    home: &Path,
    project: &Path,
    env: &[(String, String)],
) -> Option<Vec<PathBuf>> {
    let root = value(env, "PYENV_ROOT").map_or_else(|| home.join(".pyenv"), PathBuf::from);
    let inside = entry.strip_prefix(&root).ok()?;
    if inside.starts_with("versions") {
        return None;
    }
    // pyenv's own programs and its plugins' shims are of no use without the shims.
    let chosen =
        if inside == Path::new("shims") { selected(&root, project, env) } else { Vec::new() };
    Some(chosen.iter().filter_map(|name| bin(&root, name)).collect())
}

/// In pyenv's order: the variable, the nearest `.python-version`, the global file.
fn selected(root: &Path, project: &Path, env: &[(String, String)]) -> Vec<String> {
    if let Some(names) = value(env, "PYENV_VERSION").filter(|names| !names.is_empty()) {
        return names.split(':').map(str::to_owned).collect();
    }
    let local = project.ancestors().map(|directory| directory.join(".python-version"));
    let mut files = local.chain([root.join("version")]);
    files.find_map(|file| names_in(&file)).unwrap_or_default()
}

fn names_in(file: &Path) -> Option<Vec<String>> {
    let text = fs::read_to_string(file).ok()?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    let names: Vec<_> = lines.flat_map(str::split_whitespace).map(str::to_owned).collect();
    (!names.is_empty()).then_some(names)
}

/// `system` has no directory here, and stands for the rest of the path.
fn bin(root: &Path, name: &str) -> Option<PathBuf> {
    let versions = root.join("versions");
    let name = name.strip_prefix("python-").unwrap_or(name);
    let exact = versions.join(name).join("bin");
    let bin = if exact.is_dir() { exact } else { latest(&versions, name)?.join("bin") };
    fs::canonicalize(bin).ok()
}

/// `3.11` stands for the latest `3.11.*`.
fn latest(versions: &Path, prefix: &str) -> Option<PathBuf> {
    let prefix = format!("{prefix}.");
    let entries = fs::read_dir(versions).ok()?.flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let matching = names.filter_map(|name| patch(&name, &prefix).map(|patch| (patch, name)));
    matching.max().map(|(_, name)| versions.join(name))
}

fn patch(name: &str, prefix: &str) -> Option<Vec<u32>> {
    name.strip_prefix(prefix)?.split('.').map(|part| part.parse().ok()).collect()
}
