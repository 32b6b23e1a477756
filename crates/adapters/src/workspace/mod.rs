//! Runs steps on this machine: lays out a directory with just what a step declares, runs it there
//! in the sandbox, and takes its outputs into the store.

mod check;
mod desk;
pub(crate) mod image;
mod log;
mod mask;
mod shell;
mod skew;
mod tools;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use tollgate_engine::{Job, Performed, PortError, PortErrorKind, Scan, ScanEntry, Workspace};
use tollgate_model::{BuiltImage, Columns, Digest, Form, InputPattern, StepKind};

use crate::sandbox::{HostView, Isolation, NetworkView, Sandbox, host_tools};
use crate::{DiskStore, ProjectFiles};

const SYSTEM: &str = "workspace";

/// The local machine as a place to run steps.
#[derive(Debug)]
pub struct LocalWorkspace<'a> {
    root: PathBuf,
    state: PathBuf,
    store: &'a DiskStore,
    files: ProjectFiles,
    environment: BTreeMap<String, String>,
    helper: Option<PathBuf>,
    patience: Duration,
    // Both cost some milliseconds that a run in which nothing runs need not spend.
    sandbox: OnceLock<Sandbox>,
    host: OnceLock<HostView>,
}

impl<'a> LocalWorkspace<'a> {
    /// The machine for the project at `root` with that state directory and store.
    /// `environment` is the caller's; a step sees of it only what it declares.
    #[must_use]
    pub fn new(
        root: &Path,
        state: &Path,
        store: &'a DiskStore,
        environment: BTreeMap<String, String>,
    ) -> Self {
        Self {
            root: root.to_owned(),
            state: state.to_owned(),
            store,
            files: ProjectFiles::new(root, &state.join("cache/files")),
            environment,
            helper: None,
            patience: tools::PATIENCE,
            sandbox: OnceLock::new(),
            host: OnceLock::new(),
        }
    }

    /// The same with another binary as the sandbox's helper than the running one.
    #[must_use]
    pub fn with_helper(mut self, helper: &Path) -> Self {
        self.helper = Some(helper.to_owned());
        self
    }

    /// The same with another time in which a tool must say what it is; it is 30 s otherwise.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// What steps are isolated from on this machine.
    pub fn isolation(&self) -> Isolation {
        self.sandbox().isolation()
    }

    fn sandbox(&self) -> &Sandbox {
        self.sandbox.get_or_init(|| {
            // The probe tries an overlay there. Where it can't be made, the probe says so.
            let _ = std::fs::create_dir_all(self.desks());
            match &self.helper {
                Some(helper) => Sandbox::with_helper(helper, &self.desks()),
                None => Sandbox::probe(&self.desks()),
            }
        })
    }

    fn host(&self) -> &HostView {
        self.host.get_or_init(|| {
            let variable = |name: &str| self.environment.get(name).cloned().unwrap_or_default();
            let all: Vec<(String, String)> =
                self.environment.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            host_tools(variable("PATH").as_ref(), Path::new(&variable("HOME")), &self.root, &all)
        })
    }

    /// Where the directories of running steps are.
    fn desks(&self) -> PathBuf {
        self.state.join("work")
    }
}

impl Workspace for LocalWorkspace<'_> {
    fn scan(
        &self,
        patterns: &[InputPattern],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Scan, PortError> {
        self.files.scan(patterns, stop)
    }

    fn tool_output(
        &self,
        command: &str,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<String, PortError> {
        tools::output(self, command, stop)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    fn platform(&self) -> String {
        format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
    }

    fn network_identity(&self) -> String {
        let home = self.environment.get("HOME").map(String::as_str).unwrap_or_default();
        let all: Vec<(String, String)> =
            self.environment.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        NetworkView::of(Path::new(home), &all).identity()
    }

    fn read(&self, entry: &ScanEntry) -> Result<Vec<u8>, PortError> {
        self.files.read(entry)
    }

    fn perform(
        &self,
        job: &Job<'_>,
        output: &(dyn Fn(&[u8]) + Sync),
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Performed, PortError> {
        match &job.step.kind {
            StepKind::Run { command } => shell::perform(self, job, command, output, cancelled),
            StepKind::Data(check) => check::perform(self, job, check, cancelled),
            StepKind::Image(image) => image::perform(self, job, image, output, cancelled),
            StepKind::Gate(_) => {
                let message = "a gate is judged by the engine, not in a workspace";
                Err(PortError::new(SYSTEM, PortErrorKind::Permanent, message))
            }
        }
    }

    fn columns(
        &self,
        stored: &Digest,
        name: &str,
        columns: &[(String, Form)],
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Result<Columns, String>, PortError> {
        check::columns(self, stored, name, columns, cancelled)
    }

    fn has_image(&self, image: &BuiltImage) -> bool {
        image::is_there(self, image)
    }

    fn clear(&self) -> Result<(), PortError> {
        desk::remove_all(&self.desks()).map_err(|e| {
            PortError::io(SYSTEM, format!("can't empty {}", self.desks().display()), e)
        })?;
        self.store.clear_tmp()
    }
}
