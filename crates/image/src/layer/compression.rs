//! How the bytes of a layer are packed.

use std::io::{self, BufRead, Read, Write};

use flate2::GzBuilder;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::oci::media;

/// In what a layer is packed. All three may be written one after the other and be read as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// In nothing.
    Plain,
    /// In gzip members.
    Gzip,
    /// In Zstandard frames.
    Zstd,
}

/// How a layer is packed. The same entries with the same packing are the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Packing {
    /// In what.
    pub compression: Compression,
    /// How hard: 0 to 9 for gzip, 1 to 22 for Zstandard.
    pub level: u32,
    /// When all entries were changed, in seconds since 1970.
    pub time: u32,
}

impl Default for Packing {
    /// Gzip, which everybody reads, at level 6; times are 0.
    fn default() -> Self {
        Self { compression: Compression::Gzip, level: 6, time: 0 }
    }
}

impl Packing {
    /// Zstandard at its usual level; times are 0.
    #[must_use]
    pub fn zstd() -> Self {
        Self { compression: Compression::Zstd, level: 3, time: 0 }
    }

    pub(super) fn encoder<W: Write>(&self, to: W) -> io::Result<Encoder<W>> {
        Ok(match self.compression {
            Compression::Plain => Encoder::Plain(to),
            Compression::Gzip => {
                let level = flate2::Compression::new(self.level.min(9));
                // 255 is "unknown", as the system that packs must not matter.
                Encoder::Gzip(GzBuilder::new().mtime(0).operating_system(255).write(to, level))
            }
            Compression::Zstd => {
                let level = i32::try_from(self.level.clamp(1, 22)).unwrap_or(3);
                Encoder::Zstd(zstd::stream::write::Encoder::new(to, level)?)
            }
        })
    }
}

impl Compression {
    /// What the media type of a layer says; none if it is no layer's.
    #[must_use]
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type {
            media::LAYER | media::DOCKER_LAYER_PLAIN => Some(Self::Plain),
            media::LAYER_GZIP | media::DOCKER_LAYER => Some(Self::Gzip),
            media::LAYER_ZSTD | media::DOCKER_LAYER_ZSTD => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The media type of such a layer.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Plain => media::LAYER,
            Self::Gzip => media::LAYER_GZIP,
            Self::Zstd => media::LAYER_ZSTD,
        }
    }

    /// The unpacked bytes of `packed`, over all members.
    ///
    /// # Errors
    /// No memory for the unpacker.
    pub(super) fn decoder<'a>(
        self,
        packed: impl BufRead + Send + 'a,
    ) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(match self {
            Self::Plain => Box::new(packed),
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            // Its window is at most 128 MiB, which is the library's own limit.
            Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
        })
    }
}

/// Packs what is written into it.
pub(super) enum Encoder<W: Write> {
    Plain(W),
    Gzip(GzEncoder<W>),
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Encoder<W> {
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(to) => Ok(to),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(to) => to.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
        }
    }
}
