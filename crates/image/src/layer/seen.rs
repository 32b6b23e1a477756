//! Which names an archive has had, in sixteen bytes each.

use std::collections::HashSet;

use sha2::Digest as _;

use crate::path::ImagePath;

/// What a name stands for. A file and the deletion of that below it may have the same path.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Entry,
    Whiteout,
    Opaque,
}

/// The names so far. Two names with the same half of a SHA-256 are not to be found.
#[derive(Debug, Default)]
pub(super) struct Seen(HashSet<[u8; 16]>);

impl Seen {
    /// Whether this is the first of its name; the root where there is no path.
    pub(super) fn first(&mut self, mark: Mark, path: Option<&ImagePath>) -> bool {
        let mut hash = sha2::Sha256::new();
        hash.update([mark as u8]);
        hash.update(path.map_or("", ImagePath::as_str));
        let digest: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        self.0.insert(half)
    }
}
