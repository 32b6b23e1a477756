//! What the parent and its helper say to each other over the control socket: one order, then
//! single bytes one way; one report, then the end of the stream, the other way. The order does
//! not travel on a command line, since the values of variables may be private.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::isolation::Findings;
use super::plan::Entry;
use super::spec::{Exit, Spec, Usage};

/// Ask every process of the run to end.
pub(super) const TERMINATE: u8 = b't';
/// End every process of the run.
pub(super) const KILL: u8 = b'k';

/// All that the helper needs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) spec: Spec,
    pub(super) walls: Walls,
    pub(super) tree: Vec<Entry>,
}

/// Which mechanisms to use: those that the probe found.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Walls {
    pub(super) namespaces: bool,
    pub(super) processes: bool,
    pub(super) network: bool,
    pub(super) proc: bool,
    pub(super) landlock: bool,
    pub(super) notification: bool,
}

impl From<&Findings> for Walls {
    fn from(findings: &Findings) -> Self {
        Self {
            namespaces: findings.namespaces.is_ok(),
            processes: findings.processes.is_ok(),
            network: findings.network.is_ok(),
            proc: findings.proc.is_ok(),
            landlock: findings.landlock.is_ok(),
            notification: findings.notification.is_ok(),
        }
    }
}

/// What the helper answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Report {
    /// No exit where the keeper was killed, so that nobody saw the command's end.
    Ended {
        exit: Option<Exit>,
        reads: Vec<String>,
        connections: Vec<String>,
        usage: Usage,
    },
    Failed(Failure),
}

/// Sends the order, its length first.
pub(super) fn send(mut to: impl Write, order: &Order) -> io::Result<()> {
    let text = serde_json::to_vec(order)?;
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&text)
}

/// Receives the order.
pub(super) fn receive(mut from: impl Read) -> io::Result<Order> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut text = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}
