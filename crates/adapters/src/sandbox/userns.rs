//! Entering the namespaces.

use std::fs;
use std::io;

use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use nix::unistd::{getgid, getuid, sethostname};
use std::os::fd::AsFd;

use super::error::{During, Failure};
use super::plan::HOST_NAME;
use super::raw;

/// The user inside. Not root, so that `exec` drops every capability.
const USER: u32 = 1000;

/// Enters a user namespace in which the caller is [`USER`] and holds every capability.
pub(super) fn enter_user() -> Result<(), Failure> {
    enter_user_as(USER, USER)
}

/// The same as another user.
pub(super) fn enter_user_as(inside: u32, group_inside: u32) -> Result<(), Failure> {
    let (user, group) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER).during(|| "create a user namespace".to_owned())?;
    // Without this the kernel refuses an unprivileged map of groups.
    map("setgroups", "deny")?;
    map("uid_map", &format!("{inside} {user} 1"))?;
    map("gid_map", &format!("{group_inside} {group} 1"))
}

fn map(file: &str, text: &str) -> Result<(), Failure> {
    let path = format!("/proc/self/{file}");
    fs::write(&path, text).during(|| format!("write {path}"))
}

/// From here on, children are born into a new process namespace.
pub(super) fn divide_processes() -> Result<(), Failure> {
    unshare(CloneFlags::CLONE_NEWPID).during(|| "create a process namespace".to_owned())
}

/// Enters the namespaces of files, messages and the host's name.
pub(super) fn enter_files() -> Result<(), Failure> {
    let flags = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS;
    unshare(flags).during(|| "create the file, message and name namespaces".to_owned())?;
    sethostname(HOST_NAME).during(|| "set the sandbox's host name".to_owned())
}

/// Enters a network of one loopback interface.
pub(super) fn enter_network() -> Result<(), Failure> {
    unshare(CloneFlags::CLONE_NEWNET).during(|| "create a network namespace".to_owned())?;
    loopback_up().during(|| "bring the loopback interface up".to_owned())
}

fn loopback_up() -> io::Result<()> {
    let socket = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    raw::interface_up(socket.as_fd(), "lo")
}
