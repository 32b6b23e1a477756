//! What was seen and is not set up.

use super::Seen;
use crate::cli::init::findings::{Install, Manager};

/// Files that are passed over, and why.
const PASSED_OVER: [(&str, &str); 6] = [
    ("environment.yml", CONDA),
    ("environment.yaml", CONDA),
    ("Pipfile", "pipenv is not set up: `pipenv requirements > requirements.txt` makes it work"),
    ("pdm.lock", "its versions are not used: `pdm export -o requirements.txt` makes it work"),
    ("Dockerfile", "images are not built from it yet"),
    ("dvc.yaml", "its stages are not steps: data that Git does not have is not there to run on"),
];

const CONDA: &str =
    "conda environments are not set up; list what pip can install in requirements.txt";

pub(super) fn look(seen: &Seen<'_>, install: Option<&Install>) -> Vec<String> {
    let present = PASSED_OVER.iter().filter(|(file, _)| seen.repository.has(file));
    let mut notes: Vec<String> = present.map(|(file, why)| format!("{file}: {why}")).collect();
    if let Some(why) = &seen.pyproject.broken {
        notes.push(format!("pyproject.toml can't be read, and was passed over: {why}"));
    }
    match install {
        Some(install) => notes.extend(of_install(install)),
        None => notes.extend(inner_projects(seen)),
    }
    notes
}

fn of_install(install: &Install) -> Vec<String> {
    let mut notes = Vec::new();
    if !install.unlisted.is_empty() {
        let names = install.unlisted.join(", ");
        notes.push(format!("{names}: used, but listed nowhere; comes in its newest version"));
    }
    if install.manager == (Manager::Uv { locked: false }) {
        notes.push("there is no uv.lock: `uv lock` pins the versions".to_owned());
    }
    notes
}

/// Projects in directories of this one.
fn inner_projects(seen: &Seen<'_>) -> Vec<String> {
    let files = seen.repository.files().iter();
    let directories = files.filter_map(|file| {
        let (directory, name) = file.rsplit_once('/')?;
        ["requirements.txt", "pyproject.toml", "setup.py"].contains(&name).then_some(directory)
    });
    let mut directories: Vec<&str> = directories.collect();
    directories.dedup();
    let note = |directory| {
        format!("{directory}/ looks like a project of its own: `tollgate -C {directory} init`")
    };
    directories.into_iter().map(note).collect()
}
