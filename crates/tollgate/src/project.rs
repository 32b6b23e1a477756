//! The user's project: where it is, what it declares, and its state directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tollgate_adapters::keys::Keys;
use tollgate_adapters::{
    DiskStore, GitCommand, Holder, Lease, LeaseError, LocalNotary, LocalWorkspace, SystemClock,
};
use tollgate_engine::{Clock, Ports};
use tollgate_ledger::Ledger;
use tollgate_model::{Exit, Plan};

use crate::cli::Context;
use crate::error::CliError;

pub(crate) const CONFIG: &str = "tollgate.yaml";
const STATE: &str = ".tollgate";
const LEASE_POLL: Duration = Duration::from_millis(50);

/// A directory with a `tollgate.yaml`.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) state: PathBuf,
}

impl Project {
    /// The project around `from`: the nearest directory upwards with a `tollgate.yaml`.
    pub(crate) fn find(from: &Path) -> Result<Self, CliError> {
        match from.ancestors().find(|dir| dir.join(CONFIG).is_file()) {
            Some(root) => {
                let project = Self { root: root.to_owned(), state: root.join(STATE) };
                project.state_is_here()?;
                Ok(project)
            }
            None => {
                let message = format!("no {CONFIG} in {} or above it", from.display());
                let hint = "`tollgate init` writes one, `tollgate demo` shows one at work";
                Err(CliError::misconfigured(message).hint(hint))
            }
        }
    }

    /// What the project declares.
    pub(crate) fn plan(&self) -> Result<Plan, CliError> {
        let files = crate::cli::files::Files::new(&self.root);
        let text = files.text(Path::new(CONFIG)).map_err(|why| {
            let path = self.root.join(CONFIG);
            CliError::misconfigured(format!("can't read {}: {why}", path.display()))
        })?;
        Ok(tollgate_config::plan(&text, CONFIG, &files)?)
    }

    // A repository is somebody else's: a link in it could have the state written anywhere.
    fn state_is_here(&self) -> Result<(), CliError> {
        let parts = [".gitignore", "lease", "ledger.db", "store", "cache", "work", "oci", "keys"];
        let mut paths =
            std::iter::once(self.state.clone()).chain(parts.map(|p| self.state.join(p)));
        let Some(link) = paths.find(|path| path.is_symlink()) else { return Ok(()) };
        let message = format!("{} is a symbolic link", link.display());
        Err(CliError::misconfigured(message).hint("remove it; Tollgate makes its own"))
    }

    /// Refuses a record and results that came with the repository: whoever can commit could have
    /// anything reused as passed. Asks Git, beside whatever comes before the answer is needed.
    pub(crate) fn state_is_our_own(&self) -> impl FnOnce() -> Result<(), CliError> + use<> {
        let (git, state) = (GitCommand::new(&self.root), self.state.clone());
        let asked = std::thread::spawn(move || git.tracks(&state));
        let name = self.state.display().to_string();
        move || match asked.join() {
            Ok(false) => Ok(()),
            Ok(true) => {
                let message = format!("{name} is under version control, so it can't be trusted");
                let hint = format!("git rm -r --cached {STATE}, and delete it where it came from");
                Err(CliError::misconfigured(message).hint(hint))
            }
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// The state directory, made where it is missing and hidden from Git.
    pub(crate) fn make_state(&self) -> Result<(), CliError> {
        let ignore = self.state.join(".gitignore");
        if ignore.exists() {
            return Ok(());
        }
        let made = fs::create_dir_all(&self.state).and_then(|()| fs::write(&ignore, "*\n"));
        made.map_err(|e| CliError::broken(format!("can't make {}: {e}", self.state.display())))
    }

    pub(crate) fn ledger_path(&self) -> PathBuf {
        self.state.join("ledger.db")
    }

    /// The ledger; made where it is missing.
    pub(crate) fn ledger(&self) -> Result<Ledger, CliError> {
        self.make_state()?;
        Ok(Ledger::open(&self.ledger_path())?)
    }

    /// The ledger, where a run has made one already.
    pub(crate) fn existing_ledger(&self) -> Result<Ledger, CliError> {
        if self.ledger_path().exists() {
            return self.ledger();
        }
        Err(CliError::misconfigured("nothing has run here yet").hint("start with `tollgate run`"))
    }

    pub(crate) fn store(&self) -> Result<DiskStore, CliError> {
        Ok(DiskStore::open(&self.state.join("store"))?)
    }

    /// The keys, as the caller's environment has them.
    pub(crate) fn keys(&self, context: &Context) -> Keys {
        Keys::new(&self.state, &context.environment)
    }

    pub(crate) fn workspace<'s>(
        &self,
        store: &'s DiskStore,
        environment: &BTreeMap<String, String>,
    ) -> LocalWorkspace<'s> {
        LocalWorkspace::new(&self.root, &self.state, store, environment.clone())
    }

    /// The lease of the state directory. Waits for it where `wait` is on, and says for whom.
    pub(crate) fn lease(
        &self,
        what: &str,
        wait: bool,
        stop: &dyn Fn() -> bool,
        say: &mut dyn FnMut(&str),
    ) -> Result<Lease, CliError> {
        self.make_state()?;
        let since = SystemClock.now().to_string();
        let holder = Holder { pid: std::process::id(), what: what.to_owned(), since };
        let began = Instant::now();
        let mut said = false;
        loop {
            match Lease::take(&self.state, &holder) {
                Ok(lease) => return Ok(lease),
                Err(LeaseError::Io(e)) => {
                    let message = format!("can't lock {}: {e}", self.state.display());
                    return Err(CliError::broken(message));
                }
                Err(LeaseError::Held(by)) if !wait => return Err(refused(by.as_ref())),
                Err(LeaseError::Held(by)) => {
                    // A run that is about to end is not worth a line.
                    if !said && began.elapsed() > Duration::from_millis(300) {
                        say(&format!("waiting for {}", describe(by.as_ref())));
                        said = true;
                    }
                }
            }
            if stop() {
                return Err(CliError::new(Exit::Interrupted, "stopped while waiting"));
            }
            std::thread::sleep(LEASE_POLL);
        }
    }
}

fn refused(by: Option<&Holder>) -> CliError {
    let message = format!("{} is at work in this project", describe(by));
    CliError::new(Exit::Refused, message).hint("wait for it, or leave out --no-wait")
}

fn describe(holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => {
            format!("`{}` (process {}, since {})", holder.what, holder.pid, holder.since)
        }
        None => "another tollgate".to_owned(),
    }
}

/// The real adapters of one command.
pub(crate) struct Adapters<'s> {
    pub(crate) store: &'s DiskStore,
    pub(crate) workspace: LocalWorkspace<'s>,
    git: GitCommand,
    clock: SystemClock,
    notary: LocalNotary<'s>,
}

impl<'s> Adapters<'s> {
    pub(crate) fn new(project: &Project, store: &'s DiskStore, context: &Context) -> Self {
        Self {
            store,
            workspace: project.workspace(store, &context.environment),
            git: GitCommand::new(&project.root),
            clock: SystemClock,
            notary: LocalNotary::new(&project.root, &project.state, store, project.keys(context)),
        }
    }

    pub(crate) fn ports(&self) -> Ports<'_> {
        Ports {
            clock: &self.clock,
            store: self.store,
            workspace: &self.workspace,
            git: &self.git,
            notary: &self.notary,
        }
    }
}
