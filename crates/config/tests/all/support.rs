//! A project that is a list of files, for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use tollgate_config::{PathKind, Project};
use tollgate_model::RelPath;

/// Files by path.
pub(crate) struct Files(BTreeMap<String, String>);

const CHURN: [&str; 13] = [
    "requirements.txt",
    "requirements-dev.txt",
    "setup.cfg",
    "src/model.py",
    "src/api.py",
    "tests/test_model.py",
    "scripts/train.py",
    "data/sample.csv",
    "data/reference.csv",
    "contracts/customers.profile.json",
    "metrics/last.json",
    "README.md",
    "notebooks/look.ipynb",
];

const FEATURES: &str = "- age: integer
- { name: plan, type: STRING, required: true }
- name: embedding
  type: list
";

const BROKEN_FEATURES: &str = "- age: intger
- { name: plan }
- [score]
- name: due
  type: date
  requierd: true
- due: timestamp
";

const CONTRACTS: [(&str, &str); 6] = [
    ("contracts/features.yaml", FEATURES),
    ("contracts/features-broken.yaml", BROKEN_FEATURES),
    ("contracts/customers.odcs.yaml", include_str!("../contracts/valid/customers.yaml")),
    ("contracts/two.odcs.yaml", include_str!("../contracts/valid/two-tables.yaml")),
    ("contracts/rules.odcs.yaml", include_str!("../contracts/valid/tollgate-rules.yaml")),
    ("contracts/broken.odcs.yaml", include_str!("../contracts/malformed/several.yaml")),
];

impl Files {
    /// The project that the corpora are about.
    pub(crate) fn churn() -> Self {
        let plain = CHURN.iter().map(|path| ((*path).to_owned(), String::new()));
        let contracts = CONTRACTS.iter().map(|(path, text)| ((*path).into(), (*text).into()));
        Self(plain.chain(contracts).collect())
    }
}

impl Project for Files {
    fn kind(&self, path: &RelPath) -> Option<PathKind> {
        if self.0.contains_key(path.as_str()) {
            return Some(PathKind::File);
        }
        let inside = format!("{path}/");
        self.0.keys().any(|file| file.starts_with(&inside)).then_some(PathKind::Directory)
    }

    fn glob_matches(&self, glob: &str) -> bool {
        let Ok(glob) = GlobBuilder::new(glob).literal_separator(true).build() else { return false };
        let matcher = glob.compile_matcher();
        self.0.keys().any(|file| matcher.is_match(file))
    }

    fn read(&self, path: &RelPath) -> Result<String, String> {
        self.0.get(path.as_str()).cloned().ok_or_else(|| "no such file".into())
    }

    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// The files of a corpus, in order.
pub(crate) fn corpus(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(&path).unwrap())).collect()
}
