//! The socket between the supervisor (outside of the process namespace) and the keeper (its
//! first process). Message boundaries are kept; one message carries a descriptor.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg,
    sendmsg, socketpair,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::raw;
use super::spec::Exit;

/// Longer than any failure's words.
const LONGEST: usize = 16 * 1024;

/// What the keeper's side says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// The command is about to start; the descriptor hears of its system calls.
    Listening,
    /// It could not be started.
    Failed(Failure),
    /// It ended.
    Ended(Exit),
}

/// Both ends, closed on `exec`.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?)
}

/// Sends one word, with a descriptor if one is given.
pub(super) fn say(to: &OwnedFd, word: &Word, descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
    send(to, word, descriptor)
}

/// Sends anything.
pub(super) fn send(
    to: &OwnedFd,
    word: &impl Serialize,
    descriptor: Option<BorrowedFd<'_>>,
) -> io::Result<()> {
    let text = serde_json::to_vec(word)?;
    let descriptors: Vec<RawFd> = descriptor.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&descriptors)];
    let rights = if descriptors.is_empty() { &rights[..0] } else { &rights[..] };
    let text = [IoSlice::new(&text[..text.len().min(LONGEST)])];
    sendmsg::<()>(to.as_raw_fd(), &text, rights, MsgFlags::MSG_NOSIGNAL, None)?;
    Ok(())
}

/// Hears the next word; `None` once the other side is gone.
pub(super) fn hear(from: &OwnedFd) -> io::Result<Option<(Word, Option<OwnedFd>)>> {
    receive(from)
}

/// Receives what the other side sends.
pub(crate) fn receive<T: DeserializeOwned>(
    from: &OwnedFd,
) -> io::Result<Option<(T, Option<OwnedFd>)>> {
    let mut text = vec![0; LONGEST];
    let mut space = cmsg_space!(RawFd);
    let (length, descriptor) = {
        let mut parts = [IoSliceMut::new(&mut text)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let message = recvmsg::<()>(from.as_fd().as_raw_fd(), &mut parts, Some(&mut space), flags)?;
        (message.bytes, message.cmsgs()?.find_map(descriptor_in))
    };
    if length == 0 {
        return Ok(None);
    }
    Ok(Some((serde_json::from_slice(&text[..length])?, descriptor)))
}

fn descriptor_in(message: ControlMessageOwned) -> Option<OwnedFd> {
    match message {
        ControlMessageOwned::ScmRights(descriptors) => {
            descriptors.first().copied().map(raw::received)
        }
        _ => None,
    }
}
