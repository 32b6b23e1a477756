//! Any text as `tollgate.yaml`, in a project that has every file it might speak of.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_config::{PathKind, Project};
use tollgate_model::RelPath;

/// A project in which what is there depends on the path's length alone.
struct AnyProject<'t>(&'t str);

impl Project for AnyProject<'_> {
    fn kind(&self, path: &RelPath) -> Option<PathKind> {
        match path.as_str().len() % 3 {
            0 => None,
            1 => Some(PathKind::File),
            _ => Some(PathKind::Directory),
        }
    }

    fn glob_matches(&self, glob: &str) -> bool {
        glob.len().is_multiple_of(2)
    }

    /// The file itself as a contract: both readers meet the same text.
    fn read(&self, path: &RelPath) -> Result<String, String> {
        match path.as_str().len() % 2 {
            0 => Err("unreadable".into()),
            _ => Ok(self.0.to_owned()),
        }
    }

    fn paths(&self) -> Vec<String> {
        vec!["src/model.py".into(), "data/sample.csv".into()]
    }
}

fuzz_target!(|text: &str| {
    if let Err(problems) = tollgate_config::plan(text, "tollgate.yaml", &AnyProject(text)) {
        assert!(!problems.as_slice().is_empty());
        let _ = problems.render(true);
    }
});
