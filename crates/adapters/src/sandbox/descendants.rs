//! Finds and ends the descendants of this process, where no process namespace does it.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

/// A process that forks in a loop is caught within a few rounds; one that cannot be killed (it
/// waits for a dead disk) must not hold the run up for longer than this many.
const ROUNDS: u32 = 200;
const ROUND: Duration = Duration::from_millis(5);

/// Sends a signal to every descendant. All are stopped before they are killed, so that a shell
/// whose child dies cannot start another, print about it, or end in its own way.
pub(super) fn signal_all(signal: Signal) {
    if signal == Signal::SIGKILL {
        send_all(Signal::SIGSTOP);
    }
    send_all(signal);
}

fn send_all(signal: Signal) {
    for process in all() {
        let _ = kill(process, signal);
    }
}

/// Kills every descendant and waits until none is left.
pub(super) fn end_all() {
    for _ in 0..ROUNDS {
        signal_all(Signal::SIGKILL);
        if nobody_left() {
            return;
        }
        std::thread::sleep(ROUND);
    }
}

fn nobody_left() -> bool {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return false,
            Err(_) => return true,
            Ok(_) => {}
        }
    }
}

fn all() -> Vec<Pid> {
    let parents: HashMap<i32, i32> = processes().into_iter().collect();
    let us = getpid().as_raw();
    let ours = parents.keys().filter(|process| descends(**process, us, &parents));
    ours.map(|process| Pid::from_raw(*process)).collect()
}

fn descends(mut process: i32, from: i32, parents: &HashMap<i32, i32>) -> bool {
    // The snapshot is not taken at one moment, so it might hold a ring.
    for _ in 0..parents.len() {
        match parents.get(&process) {
            Some(parent) if *parent == from => return true,
            Some(parent) => process = *parent,
            None => return false,
        }
    }
    false
}

/// Each process and its parent.
fn processes() -> Vec<(i32, i32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(|process| Some((process, parent(process)?))).collect()
}

/// The fourth field; the second, a name in parentheses, may hold anything.
fn parent(process: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
