//! The helper's inner process: the first of the process namespace, so that the kernel ends
//! everything with it. It builds the file tree, starts the command, reaps what is left over and
//! passes signals on.
//!
//! Without a process namespace it is a subreaper: orphans become its children, and it ends them
//! by walking its descendants.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::{set_child_subreaper, set_pdeathsig};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::channel::{self, Word};
use super::error::{During, Failure};
use super::spec::Exit;
use super::wire::{self, Order};
use super::{descendants, mounts, raw, step, userns};

/// The whole life of the keeper.
pub(super) fn main(order: &Order, channel: &OwnedFd) -> ! {
    let word = keep(order, channel).map_or_else(Word::Failed, Word::Ended);
    if !order.walls.processes {
        descendants::end_all();
    }
    let _ = channel::say(channel, &word, None);
    exit(0)
}

fn keep(order: &Order, channel: &OwnedFd) -> Result<Exit, Failure> {
    tie(order)?;
    // Before the command exists, so that its end cannot be missed.
    let signals = signals().during(|| "watch for the command's end".to_owned())?;
    build(order)?;
    let Some(step) = raw::fork().during(|| "start the command".to_owned())? else {
        drop(signals);
        step::main(order, channel)
    };
    Keeper { order, channel, signals, step }.until_the_end()
}

fn tie(order: &Order) -> Result<(), Failure> {
    if order.walls.processes {
        return set_pdeathsig(Signal::SIGKILL).during(|| "tie the keeper to its parent".to_owned());
    }
    set_child_subreaper(true).during(|| "become the reaper of orphans".to_owned())
}

fn build(order: &Order) -> Result<(), Failure> {
    if !order.walls.namespaces {
        return Ok(());
    }
    userns::enter_files()?;
    if order.walls.network && !order.spec.network {
        userns::enter_network()?;
    }
    mounts::build(&order.tree, &order.spec.scratch, order.walls.proc)
}

fn signals() -> io::Result<SignalFd> {
    let mut set = SigSet::empty();
    set.add(Signal::SIGCHLD);
    set.thread_block()?;
    Ok(SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

/// The keeper while the command runs.
struct Keeper<'a> {
    order: &'a Order,
    channel: &'a OwnedFd,
    signals: SignalFd,
    step: Pid,
}

impl Keeper<'_> {
    fn until_the_end(self) -> Result<Exit, Failure> {
        loop {
            let [wish, child] = self.wait();
            if wish {
                self.hear();
            }
            if child && let Some(exit) = self.reap() {
                return Ok(exit);
            }
        }
    }

    fn wait(&self) -> [bool; 2] {
        let mut polled = [
            PollFd::new(self.channel.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
        ];
        let _ = poll(&mut polled, PollTimeout::NONE);
        polled.map(|polled| polled.any().unwrap_or(false))
    }

    fn hear(&self) {
        let mut byte = [0];
        match nix::unistd::read(self.channel, &mut byte) {
            Ok(1) if byte[0] == wire::TERMINATE => self.signal(Signal::SIGTERM),
            Ok(1) => self.signal(Signal::SIGKILL),
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            // The supervisor is gone.
            Ok(_) | Err(_) => self.perish(),
        }
    }

    fn signal(&self, signal: Signal) {
        if self.order.walls.processes {
            // All but this process, which the kernel protects as the namespace's first.
            let _ = kill(Pid::from_raw(-1), signal);
        } else {
            descendants::signal_all(signal);
        }
    }

    fn perish(&self) {
        self.signal(Signal::SIGKILL);
        if !self.order.walls.processes {
            descendants::end_all();
        }
        exit(1)
    }

    /// Reaps all that ended; the command's own end, once it is among them.
    fn reap(&self) -> Option<Exit> {
        while let Ok(Some(_)) = self.signals.read_signal() {}
        let mut ended = None;
        while let Some((process, exit)) = next_dead() {
            if process == self.step {
                ended = Some(exit);
            }
        }
        ended
    }
}

fn next_dead() -> Option<(Pid, Exit)> {
    match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(process, code)) => Some((process, Exit::Code(code))),
        Ok(WaitStatus::Signaled(process, signal, _)) => {
            Some((process, Exit::Signal(signal as i32)))
        }
        _ => None,
    }
}
