//! Which objects of the store may go.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::{Digest, Timestamp};

use crate::StoredObject;

/// What the ledger says of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The object.
    pub digest: Digest,
    /// When a step made it or reused it the last time.
    pub last_used: Timestamp,
    /// Whether it stays whatever the limit: evidence is what decisions are checked by years later.
    pub forever: bool,
}

/// The objects to remove so that at most `limit` bytes stay: first those that no fact refers to,
/// then those whose last use is longest ago. Ties go by digest, so that the choice is repeatable.
#[must_use]
pub fn sweep(stored: &[StoredObject], kept: &[Kept], limit: u64) -> Vec<StoredObject> {
    let uses: BTreeMap<Digest, Timestamp> = kept.iter().map(|k| (k.digest, k.last_used)).collect();
    let forever: BTreeSet<Digest> = kept.iter().filter(|k| k.forever).map(|k| k.digest).collect();
    let may_go = |object: &&StoredObject| !forever.contains(&object.digest);
    let mut by_age: Vec<&StoredObject> = stored.iter().filter(may_go).collect();
    by_age.sort_by_key(|object| (uses.get(&object.digest), object.digest));
    let mut total: u64 = stored.iter().map(|object| object.bytes).sum();
    let mut removed = Vec::new();
    for object in by_age {
        let wanted = uses.contains_key(&object.digest);
        if wanted && total <= limit {
            break;
        }
        total -= object.bytes;
        removed.push(object.clone());
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn object(n: u8, bytes: u64) -> StoredObject {
        StoredObject { digest: Digest::from_bytes([n; 32]), bytes }
    }

    fn used(n: u8, at: i64) -> Kept {
        Kept {
            digest: Digest::from_bytes([n; 32]),
            last_used: Timestamp::from_millis(at),
            forever: false,
        }
    }

    #[test]
    fn what_nothing_refers_to_goes_first_then_the_longest_unused() {
        let stored = [object(1, 10), object(2, 10), object(3, 10), object(4, 10)];
        let kept = [used(1, 30), used(2, 10), used(4, 20)];
        assert_eq!(sweep(&stored, &kept, 100), [object(3, 10)]);
        assert_eq!(sweep(&stored, &kept, 20), [object(3, 10), object(2, 10)]);
    }

    #[test]
    fn evidence_stays_whatever_the_limit() {
        let stored = [object(1, 10), object(2, 10)];
        let kept = [Kept { forever: true, ..used(1, 10) }, used(2, 20)];
        assert_eq!(sweep(&stored, &kept, 0), [object(2, 10)]);
    }

    proptest! {
        #[test]
        fn what_stays_fits_and_no_more_goes_than_must(
            sizes in prop::collection::vec(0u64..50, 0..12), limit in 0u64..300,
        ) {
            let stored: Vec<_> = (0u8..).zip(&sizes).map(|(n, bytes)| object(n, *bytes)).collect();
            let kept: Vec<_> = (0u8..).zip(&sizes).map(|(n, _)| used(n, i64::from(n))).collect();
            let removed = sweep(&stored, &kept, limit);
            let bytes = |objects: &[StoredObject]| objects.iter().map(|o| o.bytes).sum::<u64>();
            let rest = bytes(&stored) - bytes(&removed);
            prop_assert!(rest <= limit);
            if let Some(last) = removed.last() {
                prop_assert!(rest + last.bytes > limit);
            }
        }
    }
}
