//! Reads the arguments of an intercepted call from its process's memory.

use std::ffi::OsString;
use std::fs::File;
use std::io::IoSliceMut;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// `PATH_MAX`.
const LONGEST: usize = 4096;
/// The smallest page of any machine: a read that stays within one cannot be cut short.
const PAGE: usize = 4096;

/// A NUL-terminated path.
pub(super) fn read_string(process: u32, at: u64) -> Option<PathBuf> {
    let mut bytes = [0; LONGEST];
    let length = read(process, at, &mut bytes)?;
    let end = bytes[..length].iter().position(|byte| *byte == 0)?;
    Some(OsString::from_vec(bytes[..end].to_vec()).into())
}

/// Exactly so many bytes.
pub(super) fn read_bytes<const N: usize>(process: u32, at: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    (read(process, at, &mut bytes)? == N).then_some(bytes)
}

/// Up to the buffer's length; fewer where the memory ends.
fn read(process: u32, at: u64, into: &mut [u8]) -> Option<usize> {
    read_at_once(process, at, into).or_else(|| read_file(process, at, into))
}

/// One call. The part up to the page's end is asked for separately, since the next page may not
/// exist.
fn read_at_once(process: u32, at: u64, into: &mut [u8]) -> Option<usize> {
    let base = usize::try_from(at).ok()?;
    let first = (PAGE - base % PAGE).min(into.len());
    let rest = into.len() - first;
    let remote = [
        RemoteIoVec { base, len: first },
        RemoteIoVec { base: base.checked_add(first)?, len: rest },
    ];
    let process = Pid::from_raw(i32::try_from(process).ok()?);
    process_vm_readv(process, &mut [IoSliceMut::new(into)], &remote).ok()
}

/// The same through `/proc`, for kernels and containers that refuse the call.
fn read_file(process: u32, at: u64, into: &mut [u8]) -> Option<usize> {
    let memory = File::open(format!("/proc/{process}/mem")).ok()?;
    let first = (PAGE - usize::try_from(at).ok()? % PAGE).min(into.len());
    let (head, tail) = into.split_at_mut(first);
    let read = memory.read_at(head, at).ok()?;
    let more = memory.read_at(tail, at + first as u64).unwrap_or(0);
    Some(if read == first { read + more } else { read })
}
