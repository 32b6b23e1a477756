use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use tollgate_engine::{
    Job, Performed, PortError, PortErrorKind, Scan, ScanEntry, ScanKind, Workspace,
};
use tollgate_model::{
    BuiltImage, Columns, Digest, Form, Hasher, InputPattern, RelPath, Report, StepEnd, StepKind,
};

use super::MemoryStore;

/// A project in memory. Its commands are a word each: `make` leaves outputs whose bytes follow
/// from everything that the step sees, `fail` exits with 1, `flaky` fails at the first attempt,
/// `wait` goes on until it is cancelled, `refused` leaves outputs that can't be kept, `panic`
/// panics, and `permanent`, `denied`, `missing`, `conflict`, `unfit` and `transient` can't be
/// carried out for a reason of that kind. The tool `hang` gives no answer until it is stopped.
#[derive(Debug)]
pub struct FakeWorkspace<'a> {
    store: &'a MemoryStore,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    variables: BTreeMap<String, String>,
    tools: BTreeMap<String, String>,
    ignored: BTreeSet<RelPath>,
    platform: String,
    index: String,
    performed: Vec<String>,
    images: BTreeSet<String>,
}

impl<'a> FakeWorkspace<'a> {
    /// An empty project that leaves its outputs in `store`.
    #[must_use]
    pub fn new(store: &'a MemoryStore) -> Self {
        let state = State { platform: "test-machine".into(), ..State::default() };
        Self { store, state: Mutex::new(state) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes a file.
    pub fn write(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.with(|state| state.files.insert(path.into(), bytes.into()));
    }

    /// Makes Git ignore a file or a directory.
    ///
    /// # Panics
    /// It is no path.
    pub fn ignore(&self, path: &str) {
        self.with(|state| state.ignored.insert(path.parse().expect("a path")));
    }

    /// Sets a variable of the caller's environment.
    pub fn set(&self, name: &str, value: &str) {
        self.with(|state| state.variables.insert(name.into(), value.into()));
    }

    /// Makes a tool say something of itself.
    pub fn tool(&self, command: &str, says: &str) {
        self.with(|state| state.tools.insert(command.into(), says.into()));
    }

    /// Makes the machine another one.
    pub fn move_to(&self, platform: &str) {
        self.with(|state| state.platform = platform.into());
    }

    /// Makes the caller's package index another one, without its credentials.
    pub fn index(&self, address: &str) {
        self.with(|state| state.index = address.into());
    }

    /// The steps that were performed since the last time, an entry an attempt, sorted.
    #[must_use]
    pub fn performed(&self) -> Vec<String> {
        let mut performed = self.with(|state| std::mem::take(&mut state.performed));
        performed.sort();
        performed
    }

    /// Forgets what was performed.
    pub fn forget(&self) {
        self.with(|state| state.performed.clear());
    }

    /// Loses all images that were built.
    pub fn lose_images(&self) {
        self.with(|state| state.images.clear());
    }

    // An image is the files that it sees.
    fn build(&self, job: &Job<'_>) -> Result<Performed, PortError> {
        let seen = seen(job, "image");
        let digest = format!("sha256:{seen}");
        self.with(|state| state.images.insert(digest.clone()));
        let image = BuiltImage {
            digest,
            packed: 1,
            unpacked: 2,
            layers: 1,
            inventory: tollgate_engine::Store::put(self.store, b"{}")?,
            scan: None,
        };
        Ok(Performed {
            image: Some(image),
            report: Some(Report::new(Vec::new(), Vec::new())),
            ..Performed::ended(StepEnd::Assessed)
        })
    }

    fn make(&self, job: &Job<'_>, command: &str) -> Performed {
        let seen = seen(job, command);
        let output = |declared: &tollgate_model::OutputPath| {
            let bytes = format!("{} {seen}", declared.path);
            (declared.path.clone(), self.store.file(bytes.as_bytes()))
        };
        let outputs = job.step.outputs.iter().map(output).collect();
        Performed { outputs, ..Performed::ended(StepEnd::Exited(0)) }
    }
}

// A digest of all that the step sees.
fn seen(job: &Job<'_>, command: &str) -> String {
    let mut hasher = Hasher::new("fake");
    hasher.part(command.as_bytes());
    for input in &job.inputs {
        hasher.part(input.path.as_str().as_bytes()).part(input.digest.as_bytes());
    }
    for (path, output) in &job.needs {
        hasher.part(path.as_str().as_bytes()).part(output.digest.as_bytes());
    }
    for (name, value) in &job.env {
        hasher.part(name.as_bytes()).part(value.as_bytes());
    }
    hasher.finish().to_string()
}

impl State {
    fn entries(&self) -> Vec<ScanEntry> {
        let entry = |(path, bytes): (&String, &Vec<u8>)| {
            let path: RelPath = path.parse().ok()?;
            let digest = Digest::of(bytes);
            // The topmost of those that hold it comes first, for it is the beginning of the others.
            let only = self.ignored.iter().find(|top| path.is_within(top)).cloned();
            Some(ScanEntry { path, kind: ScanKind::File, digest, bytes: bytes.len() as u64, only })
        };
        self.files.iter().filter_map(entry).collect()
    }
}

fn stopped(stop: &(dyn Fn() -> bool + Sync)) -> Result<(), PortError> {
    match stop() {
        true => Err(PortError::new("workspace", PortErrorKind::Transient, "stopped")),
        false => Ok(()),
    }
}

impl Workspace for FakeWorkspace<'_> {
    fn scan(
        &self,
        patterns: &[InputPattern],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Scan, PortError> {
        stopped(stop)?;
        let all = self.with(|state| Scan::new(state.entries()));
        Ok(Scan::new(all.select(patterns).into_iter().cloned().collect()))
    }

    fn tool_output(
        &self,
        command: &str,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<String, PortError> {
        if command == "hang" {
            while !stop() {
                std::thread::yield_now();
            }
        }
        stopped(stop)?;
        let said = self.with(|state| state.tools.get(command).cloned());
        let message = format!("`{command}` was not found");
        said.ok_or_else(|| PortError::new("tool", PortErrorKind::NotFound, message))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.with(|state| state.variables.get(name).cloned())
    }

    fn platform(&self) -> String {
        self.with(|state| state.platform.clone())
    }

    fn network_identity(&self) -> String {
        self.with(|state| state.index.clone())
    }

    fn read(&self, entry: &ScanEntry) -> Result<Vec<u8>, PortError> {
        let bytes = self.with(|state| state.files.get(entry.path.as_str()).cloned());
        let error = |kind, why| PortError::new("project", kind, format!("{} {why}", entry.path));
        let bytes = bytes.ok_or_else(|| error(PortErrorKind::NotFound, "is not there"))?;
        match Digest::of(&bytes) == entry.digest {
            true => Ok(bytes),
            false => Err(error(PortErrorKind::Conflict, "was changed")),
        }
    }

    fn perform(
        &self,
        job: &Job<'_>,
        output: &(dyn Fn(&[u8]) + Sync),
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Performed, PortError> {
        self.with(|state| state.performed.push(job.step.id.to_string()));
        if let StepKind::Image(_) = &job.step.kind {
            return self.build(job);
        }
        let StepKind::Run { command } = &job.step.kind else {
            let message = "only `run` and `image` steps are performed here";
            return Err(PortError::new("workspace", PortErrorKind::Permanent, message));
        };
        output(format!("running {command}\n").as_bytes());
        match command.as_str() {
            "fail" => Ok(Performed::ended(StepEnd::Exited(1))),
            "flaky" if job.attempt == 1 => Ok(Performed::ended(StepEnd::Exited(1))),
            "wait" => {
                while !cancelled() {
                    std::thread::yield_now();
                }
                Ok(Performed::ended(StepEnd::Cancelled))
            }
            "refused" => {
                let refused = |output: &tollgate_model::OutputPath| {
                    (output.path.clone(), "can't be kept: it is a socket".to_owned())
                };
                let refused_outputs = job.step.outputs.iter().map(refused).collect();
                Ok(Performed { refused_outputs, ..Performed::ended(StepEnd::Exited(0)) })
            }
            "panic" => panic!("a defect of the fake"),
            command => match kind(command) {
                Some(kind) => Err(PortError::new("fake", kind, "as it was told")),
                None => Ok(self.make(job, command)),
            },
        }
    }

    // Its tables are JSON lines of numbers and texts.
    fn columns(
        &self,
        stored: &Digest,
        _: &str,
        columns: &[(String, Form)],
        _: &(dyn Fn() -> bool + Sync),
    ) -> Result<Result<Columns, String>, PortError> {
        let bytes = tollgate_engine::Store::get(self.store, stored)?;
        Ok(super::table::columns(&bytes, columns))
    }

    fn has_image(&self, image: &BuiltImage) -> bool {
        self.with(|state| state.images.contains(&image.digest))
    }

    fn clear(&self) -> Result<(), PortError> {
        Ok(())
    }
}

fn kind(command: &str) -> Option<PortErrorKind> {
    Some(match command {
        "permanent" => PortErrorKind::Permanent,
        "denied" => PortErrorKind::Denied,
        "missing" => PortErrorKind::NotFound,
        "conflict" => PortErrorKind::Conflict,
        "unfit" => PortErrorKind::Unfit,
        "transient" => PortErrorKind::Transient,
        _ => return None,
    })
}
