//! Stops an engine dead, at any append and any effect, as `kill -9` would: nothing after the
//! point happens, nothing is tidied up.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use tollgate_engine::deliver::{Branch, Record, Tip};
use tollgate_engine::{
    Hit, Job, Journal, Performed, PortError, Scan, ScanEntry, Store, StoredObject, Workspace,
};
use tollgate_ledger::{Head, JudgedRun, LedgerError};
use tollgate_model::{
    BuiltImage, Columns, Digest, EnvironmentRecord, Fact, Form, InputPattern, Manifests, OutputRef,
    RelPath, ReleaseId, ReleaseRecorded, RunId, RunRecord, StepId, Timestamp,
};

/// The points at which an engine can die, counted as it passes them.
#[derive(Debug)]
pub struct CrashPoints {
    passed: AtomicUsize,
    deadly: usize,
}

/// The engine died at a crash point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crashed;

impl CrashPoints {
    /// The engine dies at the point of that number, counted from 1.
    #[must_use]
    pub fn deadly_at(number: usize) -> Self {
        Self { passed: AtomicUsize::new(0), deadly: number }
    }

    /// The engine never dies; the points are only counted.
    #[must_use]
    pub fn harmless() -> Self {
        Self::deadly_at(usize::MAX)
    }

    /// How many points were passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    // A dead engine does nothing more, so every later point is deadly too: its other threads die.
    fn pass(&self) {
        if self.passed.fetch_add(1, Ordering::SeqCst) + 1 >= self.deadly {
            resume_unwind(Box::new(Crashed));
        }
    }

    fn around<T>(&self, effect: impl FnOnce() -> T) -> T {
        self.pass();
        let value = effect();
        self.pass();
        value
    }
}

/// What `work` comes to, or that the engine died in it.
///
/// # Errors
/// The engine died.
pub fn until_crash<T>(work: impl FnOnce() -> T) -> Result<T, Crashed> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| match payload.downcast::<Crashed>() {
        Ok(crashed) => *crashed,
        Err(other) => resume_unwind(other),
    })
}

/// A journal with a crash point before and after each append.
#[derive(Debug)]
pub struct CrashingJournal<'a, J>(pub &'a mut J, pub &'a CrashPoints);

impl<J: Journal> Journal for CrashingJournal<'_, J> {
    fn append(&mut self, at: Timestamp, facts: &[Fact]) -> Result<(), LedgerError> {
        self.1.around(|| self.0.append(at, facts))
    }

    fn passed_with_key(&self, key: &Digest) -> Result<Option<Hit>, LedgerError> {
        self.0.passed_with_key(key)
    }

    fn judged(&self, step: &StepId) -> Result<Vec<JudgedRun>, LedgerError> {
        self.0.judged(step)
    }

    fn uses_of_holdouts(&self) -> Result<BTreeMap<Digest, Vec<Digest>>, LedgerError> {
        self.0.uses_of_holdouts()
    }

    fn has_release(&self, release: &ReleaseId) -> Result<bool, LedgerError> {
        self.0.has_release(release)
    }

    fn last_run(&self) -> Result<Option<RunId>, LedgerError> {
        self.0.last_run()
    }

    fn open_runs(&self) -> Result<Vec<RunRecord>, LedgerError> {
        self.0.open_runs()
    }
}

/// A workspace with a crash point before and after each attempt.
#[derive(Debug)]
pub struct CrashingWorkspace<'a, W>(pub &'a W, pub &'a CrashPoints);

impl<W: Workspace> Workspace for CrashingWorkspace<'_, W> {
    fn scan(
        &self,
        patterns: &[InputPattern],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Scan, PortError> {
        self.0.scan(patterns, stop)
    }

    fn tool_output(
        &self,
        command: &str,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<String, PortError> {
        self.0.tool_output(command, stop)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.0.variable(name)
    }

    fn platform(&self) -> String {
        self.0.platform()
    }

    fn network_identity(&self) -> String {
        self.0.network_identity()
    }

    fn read(&self, entry: &ScanEntry) -> Result<Vec<u8>, PortError> {
        self.0.read(entry)
    }

    fn perform(
        &self,
        job: &Job<'_>,
        output: &(dyn Fn(&[u8]) + Sync),
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Performed, PortError> {
        self.1.around(|| self.0.perform(job, output, cancelled))
    }

    fn columns(
        &self,
        stored: &Digest,
        name: &str,
        columns: &[(String, Form)],
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Result<Columns, String>, PortError> {
        self.0.columns(stored, name, columns, cancelled)
    }

    fn has_image(&self, image: &BuiltImage) -> bool {
        self.0.has_image(image)
    }

    fn clear(&self) -> Result<(), PortError> {
        self.1.around(|| self.0.clear())
    }
}

/// A store with a crash point before and after each write.
#[derive(Debug)]
pub struct CrashingStore<'a, S>(pub &'a S, pub &'a CrashPoints);

impl<S: Store> Store for CrashingStore<'_, S> {
    fn put(&self, bytes: &[u8]) -> Result<Digest, PortError> {
        self.1.around(|| self.0.put(bytes))
    }

    fn get(&self, digest: &Digest) -> Result<Vec<u8>, PortError> {
        self.0.get(digest)
    }

    fn get_in(&self, tree: &Digest, file: &RelPath) -> Result<Vec<u8>, PortError> {
        self.0.get_in(tree, file)
    }

    fn has(&self, output: &OutputRef) -> bool {
        self.0.has(output)
    }

    fn list(&self) -> Result<Vec<StoredObject>, PortError> {
        self.0.list()
    }

    fn remove(&self, digest: &Digest) -> Result<(), PortError> {
        self.1.around(|| self.0.remove(digest))
    }

    fn verify(&self, digest: &Digest) -> Result<Option<String>, PortError> {
        self.0.verify(digest)
    }
}

/// A record of environments with a crash point before and after each append.
pub struct CrashingRecord<'a>(pub &'a mut dyn Record, pub &'a CrashPoints);

impl Record for CrashingRecord<'_> {
    fn head(&self) -> Result<Head, LedgerError> {
        self.0.head()
    }

    fn environments(&self) -> Result<BTreeMap<String, EnvironmentRecord>, LedgerError> {
        self.0.environments()
    }

    fn release(
        &self,
        release: &ReleaseId,
    ) -> Result<Option<(Timestamp, ReleaseRecorded)>, LedgerError> {
        self.0.release(release)
    }

    fn release_of_image(
        &self,
        image: &str,
    ) -> Result<Option<(Timestamp, ReleaseRecorded)>, LedgerError> {
        self.0.release_of_image(image)
    }

    fn append(
        &mut self,
        expected: u64,
        at: Timestamp,
        facts: &[Fact],
    ) -> Result<Head, LedgerError> {
        self.1.around(|| self.0.append(expected, at, facts))
    }
}

/// A branch with a crash point before and after each commit.
#[derive(Clone, Copy)]
pub struct CrashingBranch<'a>(pub &'a dyn Branch, pub &'a CrashPoints);

impl Branch for CrashingBranch<'_> {
    fn tip(&self, manifests: &Manifests) -> Result<Tip, PortError> {
        self.0.tip(manifests)
    }

    fn commit(
        &self,
        manifests: &Manifests,
        base: &str,
        files: &[(String, String)],
        message: &str,
    ) -> Result<String, PortError> {
        self.1.around(|| self.0.commit(manifests, base, files, message))
    }

    fn authors(&self, since: Option<&str>, commit: &str) -> Result<Vec<String>, PortError> {
        self.0.authors(since, commit)
    }
}
