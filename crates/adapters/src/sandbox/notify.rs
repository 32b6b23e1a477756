//! Names what a command tried to read or reach without having it.
//!
//! The supervisor hears of the system calls that the filter selects, looks at their arguments
//! and always lets them go on. That makes this a diagnostic and no wall: a program can change
//! the argument after it was looked at, or read by a call that is not told. What it cannot do is
//! read what is not there: the walls are the namespaces and Landlock.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::libc;

use super::filter::NOT_A_READ;
use super::memory::{read_bytes, read_string};
use super::raw::{self, Notice};
use super::spec::MAX_NAMES;

/// Tools look into these by habit; they are nobody's inputs.
const IGNORED: [&str; 6] =
    [".git", ".tollgate", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"];

/// The places that a path is compared with.
pub(super) struct Places {
    /// The command's root, opened; without it nothing can be named.
    pub(super) root: Option<OwnedFd>,
    /// The workspace as the command sees it.
    pub(super) workspace: PathBuf,
    /// The user's checkout on the host.
    pub(super) project: PathBuf,
}

/// Hears of system calls and remembers the names.
pub(super) struct Observer {
    listener: OwnedFd,
    places: Places,
    reads: BTreeSet<String>,
    connections: BTreeSet<String>,
}

impl Observer {
    pub(super) fn new(listener: OwnedFd, places: Places) -> Self {
        raw::wake_synchronously(listener.as_fd());
        Self { listener, places, reads: BTreeSet::new(), connections: BTreeSet::new() }
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    /// The undeclared reads and the refused connections.
    pub(super) fn names(self) -> (Vec<String>, Vec<String>) {
        let sorted = |names: BTreeSet<String>| names.into_iter().collect();
        (sorted(self.reads), sorted(self.connections))
    }

    /// Answers one call. That the process is gone meanwhile is ordinary.
    pub(super) fn serve(&mut self) {
        if let Ok(notice) = raw::receive(self.listener.as_fd()) {
            self.look_at(&notice);
            raw::proceed(self.listener.as_fd(), &notice);
        }
    }

    fn look_at(&mut self, notice: &Notice) {
        if libc::c_long::from(notice.data.nr) == libc::SYS_connect {
            let address = connection(notice).map(|address| address.to_string());
            let name = address.filter(|_| raw::still_waits(self.listener.as_fd(), notice));
            remember(&mut self.connections, name);
        } else {
            let name = opened(notice).and_then(|path| self.places.undeclared(&path));
            let name = name.filter(|_| raw::still_waits(self.listener.as_fd(), notice));
            remember(&mut self.reads, name);
        }
    }
}

fn remember(names: &mut BTreeSet<String>, name: Option<String>) {
    if names.len() < MAX_NAMES {
        names.extend(name);
    }
}

impl Places {
    /// The path relative to the project, if it is a file that exists there and not here.
    fn undeclared(&self, path: &Path) -> Option<String> {
        let path = normal(path);
        let relative = path
            .strip_prefix(&self.workspace)
            .or_else(|_| path.strip_prefix(&self.project))
            .ok()?;
        let suspicious = !is_ignored(relative) && self.is_absent(relative);
        let there = || fs::metadata(self.project.join(relative)).is_ok_and(|file| !file.is_dir());
        (suspicious && there()).then(|| relative.to_string_lossy().into_owned())
    }

    /// Looks with the command's own root, so that overlays count and links lead where they
    /// would lead it.
    fn is_absent(&self, relative: &Path) -> bool {
        let Some(root) = &self.root else {
            return false;
        };
        let path = self.workspace.join(relative);
        let how = OpenHow::new()
            .flags(OFlag::O_PATH | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT);
        let inside = path.strip_prefix("/").unwrap_or(&path);
        matches!(openat2(root, inside, how), Err(Errno::ENOENT | Errno::ENOTDIR))
    }
}

fn is_ignored(relative: &Path) -> bool {
    let ignored = |part: &Component<'_>| IGNORED.iter().any(|name| part.as_os_str() == *name);
    relative.as_os_str().is_empty() || relative.components().any(|part| ignored(&part))
}

/// Without `.` and `..`, by the letters alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// The absolute path that a call is about to read, as its process sees it.
fn opened(notice: &Notice) -> Option<PathBuf> {
    let (directory, argument) = path_arguments(notice)?;
    let path = read_string(notice.pid, notice.data.args[argument])?;
    if path.is_absolute() {
        return Some(path);
    }
    Some(base(notice, directory)?.join(path))
}

/// The positions of the directory (if the call takes one) and of the path.
fn path_arguments(notice: &Notice) -> Option<(Option<usize>, usize)> {
    match libc::c_long::from(notice.data.nr) {
        libc::SYS_openat2 => reads_by_memory(notice).then_some((Some(0), 1)),
        libc::SYS_openat | libc::SYS_execveat => Some((Some(0), 1)),
        _ => Some((None, 0)),
    }
}

/// `openat2` has its flags first in the structure that its third argument points at.
fn reads_by_memory(notice: &Notice) -> bool {
    let flags = read_bytes::<8>(notice.pid, notice.data.args[2]).map(u64::from_ne_bytes);
    flags.is_some_and(|flags| flags & u64::from(NOT_A_READ) == 0)
}

fn base(notice: &Notice, directory: Option<usize>) -> Option<PathBuf> {
    // The argument is an `int`: the register's upper half means nothing.
    let descriptor = directory.map(|at| notice.data.args[at] as i32);
    let link = match descriptor {
        None | Some(libc::AT_FDCWD) => format!("/proc/{}/cwd", notice.pid),
        Some(descriptor) => format!("/proc/{}/fd/{descriptor}", notice.pid),
    };
    fs::read_link(link).ok()
}

/// The address outside of this machine that a call is about to connect to.
fn connection(notice: &Notice) -> Option<SocketAddr> {
    let length = notice.data.args[2];
    let address = match length {
        28.. => address_in(&read_bytes::<28>(notice.pid, notice.data.args[1])?),
        16.. => address_in(&read_bytes::<16>(notice.pid, notice.data.args[1])?),
        _ => None,
    }?;
    (!is_local(address.ip())).then_some(address)
}

fn address_in(bytes: &[u8]) -> Option<SocketAddr> {
    let family = i32::from(u16::from_ne_bytes(array(bytes, 0)?));
    let port = u16::from_be_bytes(array(bytes, 2)?);
    let ip = match family {
        libc::AF_INET => IpAddr::from(array::<4>(bytes, 4)?),
        libc::AF_INET6 => IpAddr::from(array::<16>(bytes, 8)?),
        _ => return None,
    };
    Some(SocketAddr::new(ip.to_canonical(), port))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// The unspecified address connects to this machine.
fn is_local(ip: IpAddr) -> bool {
    ip.is_loopback() || ip == Ipv4Addr::UNSPECIFIED || ip == Ipv6Addr::UNSPECIFIED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_without_dots() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(normal(Path::new("/../x")), Path::new("/x"));
    }

    #[test]
    fn caches_are_ignored_at_any_depth() {
        assert!(is_ignored(Path::new("src/__pycache__/a.pyc")));
        assert!(is_ignored(Path::new("")));
        assert!(!is_ignored(Path::new("src/gitignore")));
    }

    #[test]
    fn addresses_are_read_from_their_kernel_form() {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
        bytes[2..8].copy_from_slice(&[1, 187, 192, 0, 2, 1]);
        let address = address_in(&bytes).map(|address| address.to_string());
        assert_eq!(address.as_deref(), Some("192.0.2.1:443"));
    }

    #[test]
    fn a_short_or_foreign_address_is_none() {
        assert_eq!(address_in(&[1, 0]), None);
        assert_eq!(address_in(&[0; 16]), None);
    }
}
