//! A branch in memory.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tollgate_delivery::policy::Shown;
use tollgate_engine::deliver::{Branch, Tip, Witness};
use tollgate_engine::{PortError, PortErrorKind};
use tollgate_model::{Manifests, Opinion, RelPath, ReleaseRecorded, Timestamp, Verdict};

/// One commit: its files and its message.
type Commit = (Vec<(String, String)>, String);

/// A branch whose history the test sees, and that may be out of reach.
#[derive(Debug)]
pub struct FakeBranch {
    commits: Mutex<Vec<Commit>>,
    away: AtomicBool,
    authors: Vec<String>,
}

impl FakeBranch {
    /// One commit with this manifest.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        let first = (vec![(path.to_owned(), text.to_owned())], "first".to_owned());
        Self { commits: Mutex::new(vec![first]), away: AtomicBool::new(false), authors: Vec::new() }
    }

    /// Whether it can be reached.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// What was said at each commit, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        self.all().iter().map(|(_, message)| message.clone()).collect()
    }

    /// The manifest as it stands.
    #[must_use]
    pub fn text(&self) -> String {
        self.all().last().map(|(files, _)| files[0].1.clone()).unwrap_or_default()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Commit>> {
        self.commits.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn reach(&self) -> Result<(), PortError> {
        match self.away.load(Ordering::SeqCst) {
            true => Err(PortError::new("git", PortErrorKind::Transient, "it is away")),
            false => Ok(()),
        }
    }
}

impl Branch for FakeBranch {
    fn tip(&self, _: &Manifests) -> Result<Tip, PortError> {
        self.reach()?;
        let all = self.all();
        let files = all.last().map(|(files, _)| files.clone()).unwrap_or_default();
        Ok(Tip { commit: all.len().to_string(), files })
    }

    fn commit(
        &self,
        _: &Manifests,
        base: &str,
        files: &[(String, String)],
        message: &str,
    ) -> Result<String, PortError> {
        self.reach()?;
        let mut all = self.all();
        if all.len().to_string() != base {
            return Err(PortError::new("git", PortErrorKind::Conflict, "it moved"));
        }
        let mut now = all.last().map(|(files, _)| files.clone()).unwrap_or_default();
        for (path, text) in files {
            match now.iter_mut().find(|(known, _)| known == path) {
                Some((_, kept)) => kept.clone_from(text),
                None => now.push((path.clone(), text.clone())),
            }
        }
        all.push((now, message.to_owned()));
        Ok(all.len().to_string())
    }

    fn authors(&self, _: Option<&str>, _: &str) -> Result<Vec<String>, PortError> {
        Ok(self.authors.clone())
    }
}

/// Believes everything: what is signed is checked elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct FakeWitness;

impl Witness for FakeWitness {
    fn evidence(&self, release: &ReleaseRecorded, at: Timestamp) -> Vec<Shown> {
        let name = release.step.to_string();
        vec![Shown { name, verdict: Verdict::Pass, at, found: None }]
    }

    fn void(&self, _: &str, _: &Opinion, _: &RelPath) -> Option<String> {
        None
    }
}
