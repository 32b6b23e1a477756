//! The store, object by object, beside what the ledger refers to.

use std::collections::BTreeSet;

use tollgate_adapters::DiskStore;
use tollgate_engine::{Store, StoredObject};
use tollgate_ledger::Ledger;
use tollgate_model::Digest;

use crate::error::CliError;

/// What reading the whole store showed.
pub(super) struct Checked {
    pub(super) stored: Vec<StoredObject>,
    /// Each damaged object with a sentence on it.
    pub(super) damaged: Vec<(Digest, String)>,
}

/// Reads every object. One that can't be read is damaged like one that was changed.
pub(super) fn check(store: &DiskStore) -> Result<Checked, CliError> {
    let stored = store.list()?;
    let look = |object: &StoredObject| {
        let found = store.verify(&object.digest).unwrap_or_else(|error| Some(error.to_string()));
        found.map(|what| (object.digest, what))
    };
    let damaged = stored.iter().filter_map(look).collect();
    Ok(Checked { stored, damaged })
}

/// How many objects the ledger refers to that are not in the store. The ledger does not say
/// whether they were collected or lost; their steps run again either way, so it is no damage.
pub(super) fn missing(stored: &[StoredObject], ledger: &Ledger) -> Result<u64, CliError> {
    let there: BTreeSet<Digest> = stored.iter().map(|object| object.digest).collect();
    let live = ledger.live_digests()?;
    Ok(live.iter().filter(|live| !there.contains(&live.digest)).count() as u64)
}

/// A note on objects that are not there.
pub(super) fn note(missing: u64) -> String {
    let objects = crate::display::count(missing, "object");
    format!(
        "{objects} that facts refer to not in the store: collected, or lost; a step that is needed runs again"
    )
}
