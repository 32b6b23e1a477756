//! The system calls that no safe crate wraps. All `unsafe` of Tollgate is in this file.
//!
//! Absent from here: decisions. Each function makes one call and returns what the kernel said.

#![expect(
    unsafe_code,
    reason = "fork, seccomp's listener, mount_setattr and interface flags have no safe wrapper"
)]

use std::ffi::CString;
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::libc;
use nix::unistd::{ForkResult, Pid};

/// One intercepted system call.
pub(super) type Notice = libc::seccomp_notif;

/// One instruction of a seccomp program.
pub(super) type Instruction = libc::sock_filter;

/// `MOUNT_ATTR_RDONLY`.
pub(super) const READ_ONLY: u64 = 0x1;
/// `MOUNT_ATTR_NOSUID`.
pub(super) const NO_SUID: u64 = 0x2;
/// `MOUNT_ATTR_NODEV`.
pub(super) const NO_DEVICES: u64 = 0x4;

/// Since Linux 6.6: the answering process hands its processor to the waiting one.
const SYNC_WAKE_UP: u64 = 1;

/// Splits the process; `None` is the child.
pub(super) fn fork() -> io::Result<Option<Pid>> {
    // SAFETY: the helper never starts a thread, so no lock can be held by one that the child
    // lacks, and the child may go on as an ordinary process.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(Some(child)),
        ForkResult::Child => Ok(None),
    }
}

/// Closes what a careless ancestor left open, so that the command does not inherit it.
pub(super) fn close_inherited() {
    // SAFETY: called first thing in the helper, before anything of ours holds a descriptor
    // beyond the three standard ones. Kernels before 5.9 refuse, and nothing changes.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) };
}

/// Takes a descriptor that the kernel has just put into this process by `SCM_RIGHTS`.
pub(super) fn received(descriptor: RawFd) -> OwnedFd {
    // SAFETY: the kernel created the descriptor for this message; nobody else knows its number.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}

/// Sets attributes on a mount and all mounts beneath it, without clearing any.
pub(super) fn restrict_mount(at: &Path, attributes: u64, beneath: bool) -> io::Result<()> {
    let path = CString::new(at.as_os_str().as_bytes())?;
    let flags = if beneath { libc::AT_RECURSIVE } else { 0 };
    // { set, clear, propagation, user namespace }, as in linux/mount.h.
    let request: [u64; 4] = [attributes, 0, 0, 0];
    // SAFETY: the path is NUL-terminated and the request has the size that is given; both
    // outlive the call.
    outcome(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            request.as_ptr(),
            size_of::<[u64; 4]>(),
        )
    })
    .map(drop)
}

/// Sets the flags of an interface (`SIOCSIFFLAGS`) through any socket.
pub(super) fn interface_up(socket: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    // SAFETY: `ifreq` is plain data; all zeroes is a valid value.
    let mut request: libc::ifreq = unsafe { zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the request is an initialised `ifreq`, and outlives the call.
    outcome(libc::c_long::from(unsafe {
        libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request)
    }))
    .map(drop)
}

/// Installs a seccomp program on this process and returns the descriptor that hears from it.
pub(super) fn listen(program: &mut [Instruction]) -> io::Result<OwnedFd> {
    let listener = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // Without the second flag (before Linux 5.19) a process that receives signals faster than
    // it is answered would restart its call forever, so it is tried first.
    install(program, listener | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
        .or_else(|_| install(program, listener))
}

fn install(program: &mut [Instruction], flags: libc::c_ulong) -> io::Result<OwnedFd> {
    let length = u16::try_from(program.len()).map_err(io::Error::other)?;
    let filter = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    // SAFETY: `filter` describes `program`, which outlives the call; the kernel copies it.
    let descriptor = outcome(unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const filter)
    })?;
    // SAFETY: on success the call returns a descriptor that was opened for this caller.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor as RawFd) })
}

/// Installs a seccomp program that nobody listens to.
pub(super) fn confine(program: &mut [Instruction]) -> io::Result<()> {
    let length = u16::try_from(program.len()).map_err(io::Error::other)?;
    let filter = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    // SAFETY: `filter` describes `program`, which outlives the call; the kernel copies it.
    outcome(unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const filter)
    })
    .map(drop)
}

/// Makes the round trip of each interception cheaper, where the kernel knows how.
pub(super) fn wake_synchronously(listener: BorrowedFd<'_>) {
    // SAFETY: the request takes its flags by value; an unknown request is refused.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP) };
}

/// Takes the next interception.
pub(super) fn receive(listener: BorrowedFd<'_>) -> io::Result<Notice> {
    // SAFETY: `seccomp_notif` is plain data, and the kernel demands that it is all zeroes.
    let mut notice: Notice = unsafe { zeroed() };
    // SAFETY: the kernel writes one `seccomp_notif` into `notice`, which outlives the call.
    outcome(libc::c_long::from(unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut notice)
    }))?;
    Ok(notice)
}

/// Whether the intercepted process still waits, so that its number means the same process.
pub(super) fn still_waits(listener: BorrowedFd<'_>, notice: &Notice) -> bool {
    // SAFETY: the kernel reads one `u64` from a live reference.
    let answer = unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw const notice.id)
    };
    answer == 0
}

/// Lets the intercepted call go on. That its process is gone meanwhile is no error.
pub(super) fn proceed(listener: BorrowedFd<'_>, notice: &Notice) {
    let answer = libc::seccomp_notif_resp {
        id: notice.id,
        val: 0,
        error: 0,
        flags: libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
    };
    // SAFETY: the kernel reads one `seccomp_notif_resp` from `answer`, which outlives the call.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw const answer) };
}

fn outcome(returned: libc::c_long) -> io::Result<libc::c_long> {
    if returned < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(returned)
}
