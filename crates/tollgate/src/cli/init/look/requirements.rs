//! Files of requirements.

use std::collections::BTreeSet;

use super::names::{is_for_development, package};
use crate::cli::init::repository::Repository;

/// Which files to install, and what is in them.
#[derive(Debug, Default)]
pub(super) struct Requirements {
    /// For `pip install -r`.
    pub(super) files: Vec<String>,
    /// Those, the files that they include, and local packages.
    pub(super) inputs: BTreeSet<String>,
    /// The packages that they name.
    pub(super) names: BTreeSet<String>,
    /// Whether they install the project itself.
    pub(super) with_project: bool,
}

impl Requirements {
    pub(super) fn of(repository: &dyn Repository) -> Self {
        let mut chosen = candidates(repository.files());
        let included: BTreeSet<String> =
            chosen.iter().flat_map(|file| includes(file, repository)).collect();
        chosen.retain(|file| !included.contains(file));
        let mut all = Self { files: chosen.clone(), ..Self::default() };
        let mut open = chosen;
        while let Some(file) = open.pop() {
            if all.inputs.insert(file.clone()) {
                open.extend(includes(&file, repository));
                all.read(&file, repository);
            }
        }
        all
    }

    fn read(&mut self, file: &str, repository: &dyn Repository) {
        for line in lines(&repository.read(file).unwrap_or_default()) {
            match local(line) {
                None => self.names.extend(package(line)),
                Some(".") => self.with_project = true,
                Some(path) if repository.has(path) => drop(self.inputs.insert(path.to_owned())),
                Some(path) if repository.has_directory(path) => {
                    self.inputs.insert(format!("{path}/"));
                }
                Some(_) => {}
            }
        }
    }
}

/// `requirements.txt` and its companions for development; or the same in `requirements/`.
fn candidates(files: &[String]) -> Vec<String> {
    let of = |wanted: fn(&str) -> bool| files.iter().filter(move |file| wanted(file)).cloned();
    let main = of(is_main).next();
    main.into_iter().chain(of(is_companion)).collect()
}

/// The name without `.txt`, if the file is one of requirements.
fn stem(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".txt")?;
    match stem.strip_prefix("requirements/") {
        Some(name) => (!name.contains('/')).then_some(name),
        None => (!stem.contains('/') && stem.contains("requirements")).then_some(stem),
    }
}

fn is_main(file: &str) -> bool {
    stem(file).is_some_and(|stem| matches!(stem, "requirements" | "base" | "main" | "common"))
}

fn is_companion(file: &str) -> bool {
    stem(file).is_some_and(is_for_development)
}

/// Lines that say something, without comments and the hashes behind.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or(line).trim());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The files that `-r` and `-c` name.
fn includes(file: &str, repository: &dyn Repository) -> Vec<String> {
    let text = repository.read(file).unwrap_or_default();
    let base = file.rsplit_once('/').map_or("", |(base, _)| base);
    let found = lines(&text).filter_map(included).filter_map(|path| joined(base, path));
    found.filter(|path| repository.has(path)).collect()
}

fn included(line: &str) -> Option<&str> {
    let options = ["-r", "-c", "--requirement", "--constraint"];
    let rest = options.iter().find_map(|option| {
        let rest = line.strip_prefix(option)?;
        (option.len() == 2 || rest.starts_with([' ', '='])).then_some(rest)
    });
    rest.map(|rest| rest.trim_start_matches('=').trim())
}

/// The path from the repository's root; none where it leads out of it.
fn joined(base: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A local package: `-e .`, `./libs/a`. `.` is the project itself.
fn local(line: &str) -> Option<&str> {
    let editable = line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable "));
    let path = editable.unwrap_or(line).trim();
    let path = path.split(['[', ' ']).next().unwrap_or(path);
    let is_local = path.starts_with('.') || editable.is_some() && !path.contains("://");
    let path = path.trim_start_matches("./").trim_end_matches('/');
    is_local.then_some(if path.is_empty() { "." } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::init::samples::sample;

    #[test]
    fn an_included_file_is_read_and_not_installed_twice() {
        let repository = sample(&[
            ("requirements.txt", "idna==3.7 \\\n    --hash=sha256:00\n# c\n"),
            ("requirements-dev.txt", "-r requirements.txt\n-c ./limits.txt\nPyTest  # why\n"),
            ("requirements-docs.txt", "sphinx"),
            ("limits.txt", "six<2"),
        ]);
        let found = Requirements::of(&repository);
        assert_eq!(found.files, ["requirements-dev.txt"]);
        let inputs: Vec<&String> = found.inputs.iter().collect();
        assert_eq!(inputs, ["limits.txt", "requirements-dev.txt", "requirements.txt"]);
        assert!(found.names.contains("pytest") && found.names.contains("idna"));
    }

    #[test]
    fn a_directory_of_them() {
        let repository = sample(&[
            ("requirements/base.txt", "six"),
            ("requirements/test.txt", "-r ../requirements/base.txt\n-e ./libs/a\n-e .[x]"),
            ("requirements/prod.txt", "gunicorn"),
            ("libs/a/setup.py", ""),
        ]);
        let found = Requirements::of(&repository);
        assert_eq!(found.files, ["requirements/test.txt"]);
        assert!(found.inputs.contains("libs/a/") && found.with_project);
    }
}
