//! The rest of the story: a release goes to staging and to production, under traffic; what is worse is
//! taken back; and somebody changes their mind.

mod load;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;
use tollgate_adapters::sandbox::{Level, Sandbox};
use tollgate_ledger::Ledger;
use tollgate_model::{DeliveryEvent, EnvironmentRecord, Exit, Fact, ReleaseId};

use super::edits;
use super::stage::Stage;
use crate::cli::{Context, run};
use crate::display::{clock, style};
use crate::error::CliError;
use crate::project::Project;
use load::Load;

/// Nothing here takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Something that was to happen, and what did.
#[derive(Serialize)]
pub(super) struct Scene {
    pub(super) act: &'static str,
    pub(super) came: String,
    pub(super) millis: u64,
    pub(super) as_told: bool,
}

/// Why this machine can't run releases, if so.
pub(super) fn impossible(stage: &Stage) -> Option<String> {
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        return Some("it has no `ssh-keygen` to sign approvals with".to_owned());
    }
    let isolation = Sandbox::probe(stage.root()).isolation();
    [isolation.files, isolation.network, isolation.processes].into_iter().find_map(|level| {
        match level {
            Level::Missing(why) => Some(why),
            Level::Full | Level::Partial(_) => None,
        }
    })
}

/// Puts the environments where this machine has room.
pub(super) fn settle(stage: &Stage) -> Result<(), CliError> {
    let (staging, prod) = (free()?, free()?);
    stage.change("tollgate.yaml", "Environments of this machine", |text| {
        text.replace("127.0.0.1:8081", &staging.to_string())
            .replace("127.0.0.1:8080", &prod.to_string())
    })
}

fn free() -> Result<SocketAddr, CliError> {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    bound.map_err(|error| CliError::broken(format!("no port is free: {error}")))
}

pub(super) struct Delivery<'a> {
    stage: &'a Stage,
    context: &'a Context,
    stopped: &'a (dyn Fn() -> bool + Sync),
    ledger: Ledger,
    key: PathBuf,
    prod: SocketAddr,
    scenes: Vec<Scene>,
    server: Server,
}

/// `tollgate serve`, until the end of the story.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = nix_terminate(&self.0);
        let _ = self.0.wait();
    }
}

/// As Ctrl-C would.
fn nix_terminate(child: &Child) -> std::io::Result<()> {
    let ended = Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
    if ended.success() { Ok(()) } else { Err(std::io::ErrorKind::NotFound.into()) }
}

/// Tells it. The stage has one release, which staging is to take.
pub(super) fn tell(
    stage: &Stage,
    context: &Context,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Scene>, CliError> {
    let project = Project::find(stage.root())?;
    let plan = project.plan()?;
    let prod = plan.environments.get("prod").and_then(|prod| match &prod.target {
        tollgate_model::Target::Local(local) => Some(local.listen),
        tollgate_model::Target::Gitops => None,
    });
    let prod = prod.ok_or_else(|| CliError::broken("the example has no production"))?;
    let key = key(stage)?;
    let server = serve(stage, context)?;
    let ledger = project.ledger()?;
    let scenes = Vec::new();
    let mut delivery = Delivery { stage, context, stopped, ledger, key, prod, scenes, server };
    delivery.story()?;
    let Delivery { scenes, server, .. } = delivery;
    drop(server);
    Ok(scenes)
}

/// The key of the person in the story, beside the project.
fn key(stage: &Stage) -> Result<PathBuf, CliError> {
    let key = stage.root().join(".tollgate/demo-key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f"])
        .arg(&key)
        .status();
    if !made.is_ok_and(|made| made.success()) {
        return Err(CliError::broken("a key for the story can't be made"));
    }
    let public = std::fs::read_to_string(key.with_extension("pub")).map_err(CliError::broken)?;
    stage.change("approvers.keys", "Who may approve", |text| {
        format!("{text}you@example.org {public}")
    })?;
    Ok(key)
}

fn serve(stage: &Stage, context: &Context) -> Result<Server, CliError> {
    let shown = if context.json { Stdio::null() } else { Stdio::inherit() };
    let child = Command::new("/proc/self/exe")
        .args(["--color", if context.color { "always" } else { "never" }])
        .args(["serve", "--every", "500ms"])
        .current_dir(stage.root())
        .stdin(Stdio::null())
        .stdout(shown)
        .stderr(Stdio::null())
        .spawn();
    child.map(Server).map_err(|error| CliError::broken(format!("can't start serve: {error}")))
}

impl Delivery<'_> {
    fn story(&mut self) -> Result<(), CliError> {
        self.act(
            "To staging, by itself",
            "`main` says `deploy: staging`: the release is in its \
            manifests already. The server starts it, asks it twice, and lets it serve.",
            &[],
        )?;
        let began = Instant::now();
        let first = self.wait("staging", |own| own.stable.is_some())?;
        let first = first.stable.map(|served| served.release);
        self.scene("To staging, by itself", "serves, smoke passed", began, first.is_some());

        self.act(
            "Not into production, though",
            "Its policy asks for a person, and there is none yet.",
            &["promote prod"],
        )?;
        let began = Instant::now();
        let refused = self.tollgate("promote prod")?;
        self.scene("Not into production", "refused", began, refused == Exit::Refused);

        self.act(
            "Until somebody signs",
            "An SSH signature over release, environment and policy.",
            &[],
        )?;
        let began = Instant::now();
        let promoted = self.approve()?;
        let serves = self.wait("prod", |own| own.stable.is_some())?;
        self.scene("Approved and promoted", "serves", began, promoted && serves.stable.is_some());

        let load = Load::start(self.prod);
        self.bad(
            "Slow answers",
            "Each answer takes 80 ms more. Every test passes; only traffic \
            shows it. It answers copies of requests first, so nobody waits for it.",
            edits::slow,
            &load,
        )?;
        self.bad(
            "Odd predictions",
            "Who has a customer number of the new kind is taken for \
            loyal. It is as fast as ever, and no row of the sample has such a number.",
            edits::shifted,
            &load,
        )?;
        self.good(&load)?;
        self.drill(&load)?;
        self.back(&load)?;
        let failed = load.failed();
        let line = format!(
            "{} requests were answered meanwhile, {failed} of them by an error.",
            load.answered()
        );
        drop(load);
        self.line(&line)?;
        let began = Instant::now();
        self.act(
            "What the record says",
            "Every line above is a fact, in order.",
            &["audit at", "audit figures"],
        )?;
        self.tollgate(&format!(
            "audit at {}",
            tollgate_engine::Clock::now(&tollgate_adapters::SystemClock)
        ))?;
        self.tollgate("audit figures")?;
        let sound = self.tollgate("audit verify")?;
        self.scene("The record", "sound", began, sound == Exit::Passed && failed == 0);
        Ok(())
    }

    /// A release that is worse, from its commit until it is out again.
    fn bad(
        &mut self,
        title: &'static str,
        says: &str,
        edit: fn(&str) -> String,
        load: &Load,
    ) -> Result<(), CliError> {
        let before = self.record("prod")?.stable.map(|served| served.release);
        self.act(title, says, &["run main", "approve prod", "promote prod"])?;
        let kept =
            std::fs::read_to_string(self.stage.root().join(FILE)).map_err(CliError::broken)?;
        let began = Instant::now();
        let release = self.release(title, edit)?;
        let failed = load.failed();
        let promoted = self.approve()?;
        let out = self.wait("prod", |own| own.holds.contains_key(&release))?;
        let why = out.holds.get(&release).cloned().unwrap_or_default();
        let is_back = out.stable.map(|served| served.release) == before;
        let came = format!("taken back: {}", why.split(':').next().unwrap_or_default());
        let told = promoted && is_back && load.failed() == failed && why.starts_with("worse");
        self.scene(title, &came, began, told);
        self.wait("prod", |own| own.unwritten.is_none())?;
        self.stage.change(FILE, &format!("Undo: {title}"), |_| kept)
    }

    fn good(&mut self, load: &Load) -> Result<(), CliError> {
        let title = "A release that is no worse";
        self.act(
            title,
            "A shadow, then half of the traffic, then all of it, each as soon as there is proof.",
            &[],
        )?;
        let began = Instant::now();
        let release = self.release(title, edits::harmless)?;
        let failed = load.failed();
        let promoted = self.approve()?;
        let ended = self.wait("prod", |own| {
            own.stable.as_ref().is_some_and(|served| served.release == release)
                || own.holds.contains_key(&release)
        })?;
        let serves = ended.stable.is_some_and(|served| served.release == release);
        let came = if serves { "rolled out" } else { "taken back" };
        self.scene(title, came, began, promoted && serves && load.failed() == failed);
        Ok(())
    }

    fn drill(&mut self, load: &Load) -> Result<(), CliError> {
        let title = "A drill";
        self.act(
            title,
            "A rollback is rehearsed under the same traffic, timed, and undone.",
            &["drill prod"],
        )?;
        let (began, failed) = (Instant::now(), load.failed());
        let passed = self.tollgate("drill prod")?;
        let took = self.last(|event| match event {
            DeliveryEvent::Drilled { millis, .. } => Some(*millis),
            _ => None,
        })?;
        let came = format!("back in {} ms, none failed", took.unwrap_or_default());
        self.scene(title, &came, began, passed == Exit::Passed && load.failed() == failed);
        Ok(())
    }

    fn back(&mut self, load: &Load) -> Result<(), CliError> {
        let title = "A change of mind";
        self.act(title, "A rollback is one switch in the proxy; Git follows.", &["rollback prod"])?;
        let (began, failed) = (Instant::now(), load.failed());
        let from = self.record("prod")?.stable.map(|served| served.release);
        let done = self.tollgate("rollback prod --reason changed-our-mind")?;
        let after = self.record("prod")?;
        let is_out = after.stable.map(|served| served.release) != from;
        let answered = load.answered();
        self.until(|| load.answered() > answered + 50)?;
        let agrees = after.unwritten.is_none();
        self.scene(
            title,
            "rolled back, none failed",
            began,
            done == Exit::Passed && is_out && agrees && load.failed() == failed,
        );
        Ok(())
    }

    /// A commit on main, its run, and its way to staging.
    fn release(&mut self, title: &str, edit: fn(&str) -> String) -> Result<ReleaseId, CliError> {
        self.stage.change(FILE, title, edit)?;
        let record = run::perform(&run::Args::of(&["main"]), self.context, self.stopped)?;
        let made = record.releases.first().map(|release| release.release);
        let made = made.ok_or_else(|| CliError::new(Exit::Failed, "there was no release"))?;
        self.wait("staging", |own| {
            own.stable.as_ref().is_some_and(|served| served.release == made)
        })?;
        Ok(made)
    }

    fn approve(&mut self) -> Result<bool, CliError> {
        let approved = self.tollgate(&format!("approve prod --key {}", self.key.display()))?;
        let promoted = self.tollgate("promote prod")?;
        Ok(approved == Exit::Passed && promoted == Exit::Passed)
    }

    /// Another terminal.
    fn tollgate(&self, words: &str) -> Result<Exit, CliError> {
        let shown = if self.context.json { Stdio::null() } else { Stdio::inherit() };
        let ended = Command::new("/proc/self/exe")
            .args(["--color", if self.context.color { "always" } else { "never" }])
            .args(words.split_whitespace())
            .current_dir(self.stage.root())
            .stdin(Stdio::null())
            .stdout(shown)
            .stderr(if self.context.json { Stdio::null() } else { Stdio::inherit() })
            .status()
            .map_err(CliError::broken)?;
        let code = ended.code().and_then(|code| u8::try_from(code).ok());
        let all = [Exit::Passed, Exit::Failed, Exit::Misconfigured, Exit::Undecided, Exit::Refused];
        Ok(all.into_iter().find(|exit| Some(exit.code()) == code).unwrap_or(Exit::Broken))
    }

    fn record(&self, name: &str) -> Result<EnvironmentRecord, CliError> {
        Ok(self.ledger.environments()?.remove(name).unwrap_or_default())
    }

    fn wait(
        &self,
        name: &str,
        holds: impl Fn(&EnvironmentRecord) -> bool,
    ) -> Result<EnvironmentRecord, CliError> {
        let began = Instant::now();
        loop {
            let record = self.record(name)?;
            if holds(&record) {
                return Ok(record);
            }
            if (self.stopped)() {
                return Err(CliError::new(Exit::Interrupted, "stopped"));
            }
            if began.elapsed() > PATIENCE {
                let message = format!("{name} did not come to where the story goes: {record:?}");
                return Err(CliError::new(Exit::Failed, message));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn until(&self, holds: impl Fn() -> bool) -> Result<(), CliError> {
        self.wait("prod", |_| holds()).map(drop)
    }

    fn last<T>(&self, find: impl Fn(&DeliveryEvent) -> Option<T>) -> Result<Option<T>, CliError> {
        let entries = self.ledger.deliveries("prod", 100)?;
        Ok(entries.iter().find_map(|entry| match &entry.fact {
            Fact::Delivery(fact) => find(&fact.event),
            _ => None,
        }))
    }

    fn act(&self, title: &str, says: &str, commands: &[&str]) -> Result<(), CliError> {
        if self.context.json {
            return Ok(());
        }
        self.line("")?;
        let rule = "─".repeat(64usize.saturating_sub(title.len()));
        self.line(&format!("{} {}", style::strong(title), style::faint(rule)))?;
        self.line(says)?;
        commands.iter().try_for_each(|it| self.line(&style::faint(format!("$ tollgate {it}"))))
    }

    fn line(&self, line: &str) -> Result<(), CliError> {
        if self.context.json { Ok(()) } else { self.context.line(line) }
    }

    fn scene(&mut self, act: &'static str, came: &str, began: Instant, as_told: bool) {
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.scenes.push(Scene { act, came: came.to_owned(), millis, as_told });
    }
}

/// Where the service is.
const FILE: &str = "src/api.py";

/// A scene in one line of the table.
pub(super) fn row(scene: &Scene) -> String {
    let word = format!("{:>26}", scene.came.chars().take(26).collect::<String>());
    let word = if scene.as_told { style::good(word) } else { style::bad(word) };
    let line = format!("{:<44} {word}  {:>10}", scene.act, clock(scene.millis));
    if scene.as_told { line } else { format!("{line}  {}", style::doubt("not as told")) }
}
