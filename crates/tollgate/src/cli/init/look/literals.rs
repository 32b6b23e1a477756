//! Files that Python code names: quoted texts that are paths of the repository.
//!
//! It is a guess to both sides: a path that is put together goes unseen, and a word that happens
//! to be a directory counts. The first is told by the run, and the second costs little.

use std::collections::BTreeSet;

use crate::cli::init::repository::Repository;

/// The files and directories (with a `/`) of the repository that the text names.
pub(super) fn named(text: &str, repository: &dyn Repository) -> BTreeSet<String> {
    let found = quoted(text).filter_map(|literal| {
        let path = literal.trim_start_matches(['.', '/']).trim_end_matches('/');
        if repository.has(literal) {
            Some(literal.to_owned())
        } else if repository.has(path) {
            Some(path.to_owned())
        } else {
            (is_path(path) && repository.has_directory(path)).then(|| format!("{path}/"))
        }
    });
    found.collect()
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && !text.split('/').any(|part| part == "..")
}

/// What stands between quotes on one line.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(quoted_in_line)
}

fn quoted_in_line(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = &rest[start..=start];
        let inner = &rest[start + 1..];
        let Some(end) = inner.find(quote) else { break };
        found.push(&inner[..end]);
        rest = &inner[end + 1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::init::samples::sample;

    #[test]
    fn quoted_paths_of_the_repository_are_found() {
        let repository = sample(&[("data/a.csv", ""), ("README.md", ""), (".env.test", "")]);
        let text =
            "p = ROOT / 'data' / \"b.csv\"\nopen('../README.md')\nx = \".env.test\" + './'\n";
        let found: Vec<String> = named(text, &repository).into_iter().collect();
        assert_eq!(found, [".env.test", "README.md", "data/"]);
    }
}
