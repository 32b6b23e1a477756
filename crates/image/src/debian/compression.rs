//! How Debian's files are packed.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;

/// The packing of a file, told by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    Plain,
    /// `.gz`
    Gzip,
    /// `.xz`
    Xz,
    /// `.zst`
    Zstd,
}

/// What `xz -9` needs is 65 MiB; what says that it needs more than this is refused, not tried.
const XZ_MEMORY_KIB: u32 = 128 << 10;
/// 128 MiB, which is also what zstd takes without being asked for more.
const ZSTD_WINDOW_LOG: u32 = 27;

/// A stream of unpacked bytes.
pub type Unpacked<'r> = Box<dyn Read + Send + 'r>;

impl Compression {
    /// What `name` says; none where it says something that is not read here.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let file = name.rsplit('/').next().unwrap_or_default();
        match file.rsplit_once('.').map(|(_, end)| end) {
            None | Some("tar") => Some(Self::Plain),
            Some("gz") => Some(Self::Gzip),
            Some("xz") => Some(Self::Xz),
            Some("zst") => Some(Self::Zstd),
            Some(_) => None,
        }
    }

    /// The bytes of `packed`, unpacked as they are read.
    ///
    /// # Errors
    /// No decoder can be set up.
    pub fn unpack<'r>(self, packed: impl Read + Send + 'r) -> io::Result<Unpacked<'r>> {
        Ok(match self {
            Self::Plain => Box::new(packed),
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Xz => Box::new(XzReader::new_mem_limit(packed, true, XZ_MEMORY_KIB)),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::new(packed)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_how_a_file_is_packed() {
        let known = [
            ("main/binary-amd64/Packages", Some(Compression::Plain)),
            ("data.tar", Some(Compression::Plain)),
            ("dists/v1.2/Packages.xz", Some(Compression::Xz)),
            ("data.tar.gz", Some(Compression::Gzip)),
            ("data.tar.zst", Some(Compression::Zstd)),
            ("data.tar.bz2", None),
        ];
        for (name, packed) in known {
            assert_eq!(Compression::of(name), packed, "{name}");
        }
    }
}
