//! A layer that somebody else has put together, packed.

use std::io::{self, Read, Write};

use super::compression::Packing;
use crate::oci::{Descriptor, Sha256, Sha256Writer};

/// Packs the bytes of an archive as they are. Tells the blob that was written, and the digest of the
/// unpacked bytes.
///
/// # Errors
/// The bytes can't be read, or `to` can't be written.
pub fn pack<W: Write>(
    mut from: impl Read,
    to: W,
    packing: Packing,
) -> io::Result<(Descriptor, Sha256, W)> {
    let mut blob = Sha256Writer::new(to);
    let mut plain = Sha256Writer::new(packing.encoder(&mut blob)?);
    io::copy(&mut from, &mut plain)?;
    let (diff_id, _, encoder) = plain.finish();
    encoder.finish()?.flush()?;
    let (digest, size, to) = blob.finish();
    Ok((Descriptor::new(packing.compression.media_type(), digest, size), diff_id, to))
}
