//! Entries, and how each is bound to the one before.

use tollgate_model::{Digest, Fact, Hasher, Timestamp};

/// One fact with its place in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place, counted from 1 without gaps.
    pub seq: u64,
    /// When it was appended.
    pub at: Timestamp,
    /// Covers this entry and, through the entry before, all that came earlier.
    pub hash: Digest,
    /// What happened.
    pub fact: Fact,
}

/// Where the ledger ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last entry; 0 where there is none.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
}

impl Head {
    /// The head of an empty ledger: the same everywhere.
    #[must_use]
    pub fn genesis() -> Self {
        Self { seq: 0, hash: Hasher::new("tollgate.ledger.genesis.v1").finish() }
    }
}

/// What an entry's hash covers.
pub(crate) struct Link<'a> {
    pub(crate) prev: Digest,
    pub(crate) seq: u64,
    pub(crate) at: i64,
    pub(crate) kind: &'a [u8],
    /// The fact's JSON, byte for byte as stored: a later version may write the same fact
    /// differently, and must not invalidate what is there.
    pub(crate) body: &'a [u8],
}

impl Link<'_> {
    pub(crate) fn hash(&self) -> Digest {
        Hasher::new("tollgate.ledger.entry.v1")
            .part(self.prev.as_bytes())
            .part(&self.seq.to_le_bytes())
            .part(&self.at.to_le_bytes())
            .part(self.kind)
            .part(self.body)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link<'static> {
        Link { prev: Head::genesis().hash, seq: 1, at: 7, kind: b"k", body: b"{}" }
    }

    /// Fixed for ever: a change here makes every ledger in the world unverifiable. The values
    /// come from another implementation (Python's `blake3` over the same frames).
    #[test]
    fn the_hash_of_an_entry_is_a_promise() {
        let genesis = "db04d8a66b5e0b9ea971e7a695d6d47f796bebfcbb8235eea06c68afa982f487";
        let entry = "9f846eafc4576a711ce0b2435242df09f608321d5632de37dcb1dcf283b0f081";
        assert_eq!(Head::genesis().hash.to_string(), genesis);
        assert_eq!(link().hash().to_string(), entry);
    }

    #[test]
    fn every_part_counts() {
        let whole = link().hash();
        assert_ne!(whole, Link { prev: Digest::of(b""), ..link() }.hash());
        assert_ne!(whole, Link { seq: 2, ..link() }.hash());
        assert_ne!(whole, Link { at: 8, ..link() }.hash());
        assert_ne!(whole, Link { kind: b"l", ..link() }.hash());
        assert_ne!(whole, Link { body: b"{ }", ..link() }.hash());
    }
}
