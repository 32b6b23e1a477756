//! The helper's outer process: outside of the process and mount namespaces, where it can see
//! both trees. It starts the keeper, answers intercepted calls, passes the parent's wishes on
//! and reports the end.
//!
//! It ends when the control socket does: the parent holds the only other end, so a parent that
//! is killed at any moment takes the run with it.

use std::fs;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, dup2_stdin, setsid};

use super::channel::{self, Word};
use super::error::{During, Failure};
use super::keeper;
use super::notify::{Observer, Places};
use super::spec::{Exit, Usage};
use super::wire::{self, Order, Report, Walls};
use super::{mounts, plan, raw, userns};

/// The whole life of the helper.
pub(super) fn child() -> ExitCode {
    raw::close_inherited();
    let Ok(control) = take_control() else {
        return ExitCode::FAILURE;
    };
    match begin(&control) {
        Ok(Side::Keeper { order, channel }) => {
            // A copy left open here would hide the parent's end from the supervisor.
            drop(control);
            keeper::main(&order, &channel)
        }
        Ok(Side::Supervisor { order, channel, keeper }) => {
            let report = Watch::new(&order, &control, channel, keeper).until_the_end();
            answer(&control, &report)
        }
        Err(failure) => answer(&control, &Report::Failed(failure)),
    }
}

fn answer(mut control: &UnixStream, report: &Report) -> ExitCode {
    let text = serde_json::to_vec(report).unwrap_or_default();
    control.write_all(&text).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

/// The control socket arrives as standard input, the one way to hand a descriptor to a new
/// process without code between `fork` and `exec`.
fn take_control() -> io::Result<UnixStream> {
    let control = io::stdin().as_fd().try_clone_to_owned()?;
    dup2_stdin(fs::File::open("/dev/null")?)?;
    Ok(control.into())
}

/// Which of the two processes this is after they parted.
enum Side {
    Keeper { order: Order, channel: OwnedFd },
    Supervisor { order: Order, channel: OwnedFd, keeper: Pid },
}

fn begin(control: &UnixStream) -> Result<Side, Failure> {
    // Without a terminal of its own, a command cannot type into the caller's.
    let _ = setsid();
    let order = wire::receive(control).during(|| "receive the order".to_owned())?;
    enter(order.walls)?;
    let (ours, theirs) = channel::pair().during(|| "create the keeper's channel".to_owned())?;
    Ok(match raw::fork().during(|| "start the keeper".to_owned())? {
        Some(keeper) => Side::Supervisor { order, channel: ours, keeper },
        None => Side::Keeper { order, channel: theirs },
    })
}

fn enter(walls: Walls) -> Result<(), Failure> {
    if walls.namespaces {
        userns::enter_user()?;
    }
    if walls.processes {
        userns::divide_processes()?;
        // After the change of user, which clears it. Without a process namespace this process
        // must outlive its parent, to end what is left.
        set_pdeathsig(Signal::SIGKILL).during(|| "tie the helper to its parent".to_owned())?;
    }
    Ok(())
}

/// The supervisor while the command runs.
struct Watch<'a> {
    order: &'a Order,
    control: Option<&'a UnixStream>,
    channel: OwnedFd,
    keeper: Pid,
    observer: Option<Observer>,
    listening: bool,
    failure: Option<Failure>,
    exit: Option<Exit>,
}

impl<'a> Watch<'a> {
    fn new(order: &'a Order, control: &'a UnixStream, channel: OwnedFd, keeper: Pid) -> Self {
        Self {
            order,
            control: Some(control),
            channel,
            keeper,
            observer: None,
            listening: false,
            failure: None,
            exit: None,
        }
    }

    fn until_the_end(mut self) -> Report {
        while self.step() {}
        let _ = waitpid(self.keeper, None);
        let overlays = self.order.spec.overlays.iter();
        overlays.for_each(|overlay| mounts::tidy_overlay(&overlay.scratch));
        self.report()
    }

    /// Handles what has happened; false once the keeper is gone.
    fn step(&mut self) -> bool {
        let [control, channel, listener] = self.wait();
        if listener.intersects(PollFlags::POLLIN) {
            self.observer.iter_mut().for_each(Observer::serve);
        } else if !listener.is_empty() {
            // Every observed process is gone; the names stay.
            self.listening = false;
        }
        if !control.is_empty() {
            self.hear_parent();
        }
        channel.is_empty() || self.hear_keeper()
    }

    fn wait(&self) -> [PollFlags; 3] {
        let listener = self.observer.as_ref().filter(|_| self.listening);
        let sources = [
            self.control.map(AsFd::as_fd),
            Some(self.channel.as_fd()),
            listener.map(Observer::descriptor),
        ];
        ready(sources)
    }

    fn hear_parent(&mut self) {
        let mut byte = [0];
        let heard = self.control.map(|mut control| io::Read::read(&mut control, &mut byte));
        match heard {
            Some(Ok(1)) => self.pass_on(byte[0]),
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => self.end_orphan(),
        }
    }

    fn pass_on(&self, wish: u8) {
        let _ = nix::unistd::write(&self.channel, &[wish]);
    }

    /// The parent is gone.
    fn end_orphan(&mut self) {
        self.control = None;
        self.pass_on(wire::KILL);
        if self.order.walls.processes {
            let _ = kill(self.keeper, Signal::SIGKILL);
        }
    }

    fn hear_keeper(&mut self) -> bool {
        match channel::hear(&self.channel) {
            Ok(Some((Word::Listening, Some(listener)))) => self.observe(listener),
            Ok(Some((Word::Listening, None))) => {}
            Ok(Some((Word::Failed(failure), _))) => self.failure = Some(failure),
            Ok(Some((Word::Ended(exit), _))) => self.exit = Some(exit),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(None) | Err(_) => return false,
        }
        true
    }

    /// A root that cannot be opened costs the names and nothing else. Dropping the listener
    /// would make every intercepted call fail.
    fn observe(&mut self, listener: OwnedFd) {
        let root = fs::File::open(format!("/proc/{}/root", self.keeper));
        let places = Places {
            root: root.ok().map(OwnedFd::from),
            workspace: workspace(self.order).to_owned(),
            project: self.order.spec.project.clone(),
        };
        self.observer = Some(Observer::new(listener, places));
        self.listening = true;
    }

    fn report(self) -> Report {
        if let Some(failure) = self.failure {
            return Report::Failed(failure);
        }
        let (reads, connections) = self.observer.map(Observer::names).unwrap_or_default();
        Report::Ended { exit: self.exit, reads, connections, usage: usage() }
    }
}

/// What each source has to say; nothing for one that is closed to us.
fn ready(sources: [Option<BorrowedFd<'_>>; 3]) -> [PollFlags; 3] {
    let open = sources.iter().flatten();
    let mut polled: Vec<_> = open.map(|source| PollFd::new(*source, PollFlags::POLLIN)).collect();
    if poll(&mut polled, PollTimeout::NONE).is_err() {
        return [PollFlags::empty(); 3];
    }
    let mut answers = polled.iter().map(|polled| polled.revents().unwrap_or(PollFlags::empty()));
    sources.map(|source| source.and_then(|_| answers.next()).unwrap_or(PollFlags::empty()))
}

/// The workspace as the command sees it.
pub(super) fn workspace(order: &Order) -> &Path {
    if order.walls.namespaces { Path::new(plan::WORKSPACE) } else { &order.spec.workspace }
}

/// All processes of the run are children of children that were waited for.
fn usage() -> Usage {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return Usage::default();
    };
    let time = |value: nix::sys::time::TimeVal| {
        Duration::from_secs(value.tv_sec().unsigned_abs())
            + Duration::from_micros(value.tv_usec().unsigned_abs())
    };
    Usage {
        max_rss_bytes: usage.max_rss().unsigned_abs() * 1024,
        user: time(usage.user_time()),
        system: time(usage.system_time()),
    }
}
