//! What every reader of an archive holds to, whatever the archive is: wheels, Debian packages,
//! layers, models. An archive is hostile until it has been read to its end.

use serde::{Deserialize, Serialize};

/// How much an archive may be, unpacked. What goes beyond is refused when it is reached, so that
/// neither memory nor disk are filled first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// How many entries.
    pub entries: u64,
    /// Bytes of all contents.
    pub bytes: u64,
    /// Bytes of what is read into memory at once: an index, a control file, a manifest.
    pub metadata: u64,
}

impl Default for Limits {
    /// A million entries, 32 GiB (the largest wheels of CUDA stay below 4), 64 MiB of metadata.
    fn default() -> Self {
        Self { entries: 1_000_000, bytes: 32 << 30, metadata: 64 << 20 }
    }
}

/// Why an archive is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Something in it must not be there.
    #[error("{archive}: `{entry}` {why}")]
    Refused {
        /// What it is called.
        archive: String,
        /// The name of the entry, as the archive has it.
        entry: String,
        /// A predicate: `leads out of the archive`.
        why: String,
    },
    /// It is not what it should be, or it is cut off.
    #[error("{archive}: {why}")]
    Damaged {
        /// What it is called.
        archive: String,
        /// A sentence without a full stop.
        why: String,
    },
    /// It is more than the limits allow.
    #[error("{archive}: it has more than {what}, which is the limit")]
    TooMuch {
        /// What it is called.
        archive: String,
        /// The limit, with its unit: `1000000 entries`.
        what: String,
    },
    /// It can't be read.
    #[error("{archive} can't be read: {source}")]
    Unreadable {
        /// What it is called.
        archive: String,
        /// What lies beneath.
        source: std::io::Error,
    },
}
