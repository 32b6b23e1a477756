//! One engine per state directory. The lease is a lock that the kernel holds for the process, so
//! it ends with its holder, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

/// The right to run the one engine of a state directory, for as long as it lives.
#[derive(Debug)]
pub struct Lease {
    // The lock goes with the file. It is closed on exec, so that no step inherits it.
    _file: File,
}

/// Who holds a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// What it does: `tollgate run pr`.
    pub what: String,
    /// Since when, in RFC 3339.
    pub since: String,
}

/// Why there is no lease.
#[derive(Debug)]
pub enum LeaseError {
    /// Another engine has it; who, where that can be told.
    Held(Option<Holder>),
    /// The file can't be opened or locked.
    Io(io::Error),
}

impl Lease {
    /// Takes the lease of the state directory `state`, without waiting.
    ///
    /// # Errors
    /// It is held, or the file can't be used.
    pub fn take(state: &Path, holder: &Holder) -> Result<Self, LeaseError> {
        std::fs::create_dir_all(state).map_err(LeaseError::Io)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // Its holder is written into it: never into what a link points at.
        options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
        let mut file = options.open(state.join("lease")).map_err(LeaseError::Io)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(LeaseError::Held(read(&mut file))),
            Err(TryLockError::Error(e)) => Err(LeaseError::Io(e)),
            Ok(()) => {
                sign(&mut file, holder).map_err(LeaseError::Io)?;
                Ok(Self { _file: file })
            }
        }
    }
}

// Only a courtesy to whoever waits; the lock is what counts.
fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.take(4_096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn sign(file: &mut File, holder: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    serde_json::to_writer(&mut *file, holder)?;
    file.flush()
}
