//! From what owners bring to a layer in an image layout, with nothing done twice.

use std::collections::BTreeSet;

use super::cache::Cache;
use super::compression::Packing;
use super::error::LayerError;
use super::key::LayerKey;
use super::prepare::{Source, prepare};
use super::whole::{Layer, LayerPlan};
use crate::entry::Entry;
use crate::oci::layout::Layout;

/// What a layer is made of.
#[derive(Debug)]
pub struct Recipe<'a> {
    /// Files and links by owner, in any order.
    pub sources: Vec<Source<'a>>,
    /// Directories with another mode or owner than root's 0755, or with nothing in them.
    pub directories: Vec<Entry>,
    /// How it is packed.
    pub packing: Packing,
}

/// Puts a layer together and its blob into `layout`. A layer of the same recipe that is there is
/// known by its key alone; otherwise segments that are in `cache` are not packed again.
///
/// # Errors
/// The parts can't be told or don't go together, or the disk fails.
pub fn assemble(
    layout: &Layout,
    cache: &Cache,
    recipe: &Recipe<'_>,
    threads: usize,
) -> Result<Layer, LayerError> {
    let key = recipe.key();
    if let Some(layer) = cache.layer(&key)
        && layout.has(&layer.descriptor)
    {
        return Ok(layer);
    }
    let mut forgotten = BTreeSet::new();
    let layer = loop {
        match made(layout, cache, recipe, threads, !forgotten.is_empty()) {
            // The cache is not what it was: what it has of this owner is packed again, once.
            Err(LayerError::Changed { owner, .. }) if !forgotten.contains(&owner) => {
                recipe.forget(cache, &owner);
                forgotten.insert(owner);
            }
            outcome => break outcome?,
        }
    };
    cache.keep_layer(&key, &layer)?;
    Ok(layer)
}

fn made(
    layout: &Layout,
    cache: &Cache,
    recipe: &Recipe<'_>,
    threads: usize,
    again: bool,
) -> Result<Layer, LayerError> {
    let Recipe { sources, directories, packing } = recipe;
    let segments = prepare(cache, sources, packing, threads)?;
    let plan = LayerPlan::settled(segments, directories, *packing, |segment, paths| {
        cache.without(segment, paths, again)
    })?;
    let blob = layout.writer()?;
    let (layer, blob) = plan.write(blob, threads)?;
    blob.keep(&layer.descriptor)?;
    Ok(layer)
}

impl Recipe<'_> {
    fn key(&self) -> LayerKey {
        let mut keys: Vec<_> = self.sources.iter().map(|s| s.key(&self.packing)).collect();
        keys.sort();
        LayerKey::of(keys, &self.directories, &self.packing)
    }

    /// Forgets what is packed of `owner`.
    fn forget(&self, cache: &Cache, owner: &str) {
        for source in self.sources.iter().filter(|source| source.owner == owner) {
            cache.forget(&source.key(&self.packing));
        }
    }
}
