//! A repository that is not on a disk.

use std::collections::BTreeMap;

use super::repository::Repository;

/// Files by path.
pub(crate) struct Sample {
    names: Vec<String>,
    texts: BTreeMap<String, String>,
}

/// A repository of these files.
pub(crate) fn sample(files: &[(&str, &str)]) -> Sample {
    let texts: BTreeMap<String, String> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Sample { names: texts.keys().cloned().collect(), texts }
}

impl Repository for Sample {
    fn name(&self) -> &str {
        "sample"
    }

    fn files(&self) -> &[String] {
        &self.names
    }

    fn read(&self, path: &str) -> Option<String> {
        self.texts.get(path).cloned()
    }
}
