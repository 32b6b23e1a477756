//! The command's own process, up to the `exec` that makes it the shell.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};

use nix::sys::prctl::{set_no_new_privs, set_pdeathsig};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::setsid;

use super::base::{self, Places};
use super::channel::{self, Word};
use super::error::{During, Failure, START_SHELL};
use super::wire::Order;
use super::{filter, landlock, plan, raw, supervise};

/// Becomes the command, or says why not.
pub(super) fn main(order: &Order, channel: &OwnedFd) -> ! {
    let failure = prepare(order, channel).map_or_else(|failure| failure, |()| become_shell(order));
    let _ = channel::say(channel, &Word::Failed(failure), None);
    exit(127)
}

fn prepare(order: &Order, channel: &OwnedFd) -> Result<(), Failure> {
    let _ = setsid();
    set_pdeathsig(Signal::SIGKILL).during(|| "tie the command to its keeper".to_owned())?;
    SigSet::all().thread_unblock().during(|| "unblock signals".to_owned())?;
    set_no_new_privs().during(|| "give up gaining privileges".to_owned())?;
    let workspace = supervise::workspace(order);
    std::env::set_current_dir(workspace).during(|| format!("enter {}", workspace.display()))?;
    if order.walls.landlock {
        landlock::restrict(order)?;
    }
    if order.walls.notification {
        observe(order, channel)?;
    }
    Ok(())
}

/// From here on every file that this process opens waits for the supervisor's answer, so the
/// descriptor must reach it first.
fn observe(order: &Order, channel: &OwnedFd) -> Result<(), Failure> {
    let mut program = filter::program(!order.spec.network);
    let listener =
        raw::listen(&mut program).during(|| "install the system call filter".to_owned())?;
    channel::say(channel, &Word::Listening, Some(listener.as_fd()))
        .during(|| "hand the system call listener over".to_owned())
}

/// Returns only if the shell cannot be started.
fn become_shell(order: &Order) -> Failure {
    let error = Command::new("/bin/sh")
        .args(["-e", "-c", &order.spec.command])
        .env_clear()
        .envs(environment(order))
        .exec();
    Failure { operation: START_SHELL.to_owned(), reason: error.to_string() }
}

fn environment(order: &Order) -> Vec<(String, String)> {
    let scratch = |name| order.spec.scratch.join(name).to_string_lossy().into_owned();
    let (home, tmp) = if order.walls.namespaces {
        (plan::HOME.to_owned(), "/tmp".to_owned())
    } else {
        (scratch("home"), scratch("tmp"))
    };
    base::environment(&order.spec, &Places { home: &home, tmp: &tmp })
}
