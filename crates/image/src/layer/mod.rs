//! Layers: a row of segments on the way out, hostile bytes on the way in.
//!
//! A [`Segment`] is a set of files as one compressed member of a tar archive. It is packed once and
//! kept in a [`Cache`]. [`assemble`] puts a layer together of segments, with one more in front that
//! holds all directories. A [`LayerReader`] reads any layer, whoever wrote it.

mod assemble;
mod cache;
mod compression;
mod directories;
mod duplicates;
mod error;
mod header;
mod key;

mod pack;
mod pax;
mod plain;
mod prepare;
mod read;
mod seen;
mod segment;
mod tape;
mod whole;

#[cfg(test)]
mod tests;

pub use assemble::{Recipe, assemble};
pub use cache::Cache;
pub use compression::{Compression, Packing};
pub use error::LayerError;
pub use key::{LayerKey, SegmentKey};
pub use pack::pack;
pub use prepare::{MakeEntries, Source};
pub use read::{Header, LayerEntry, LayerReader, Node};
pub use segment::{Item, Segment, SegmentRecord};
pub use whole::{Layer, LayerPlan, Part};
