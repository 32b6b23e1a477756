//! A buffer of a record batch, from its first byte to its last: however large it is and however far
//! it unpacks, no more of it is in memory than was asked for.

use std::io::{BufReader, Cursor, Read};

use super::flat::{Result, Table};
use crate::reader::positioned::Positioned;

/// Bytes that are asked for at once; a text that is longer is a mistake.
const MOST: u64 = 1 << 30;
/// Bytes that are read ahead.
const AHEAD: u64 = 64 << 10;
/// The greatest window of Zstandard, as a power of two: what its level 19 takes four times.
const WINDOW: u32 = 25;

/// How a buffer is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Lz4,
    Zstandard,
}

/// The rest of a buffer.
pub(super) struct Tape {
    input: Box<dyn Read + Send>,
    left: u64,
}

impl Packing {
    /// That of a record batch; the table is its `BodyCompression`.
    pub(super) fn of(compression: Option<Table<'_>>) -> Result<Option<Self>> {
        let Some(table) = compression else { return Ok(None) };
        match (table.byte(0)?, table.byte(1)?) {
            (0, 0) => Ok(Some(Self::Lz4)),
            (1, 0) => Ok(Some(Self::Zstandard)),
            (codec, _) => Err(format!("a record batch packed in a way of the number {codec}")),
        }
    }
}

impl Tape {
    /// The buffer of so many bytes at `start`. Where it is packed and has no more than `small`
    /// bytes, it is unpacked at once, which takes less than what unpacks it.
    pub(super) fn open(
        file: &Positioned,
        (start, len): (u64, u64),
        packing: Option<Packing>,
        small: u64,
    ) -> Result<Self> {
        let part = |start, len: u64| {
            let capacity = usize::try_from(len.min(AHEAD)).unwrap_or_default();
            BufReader::with_capacity(capacity, file.from(start).take(len))
        };
        let Some(packing) = packing.filter(|_| len > 0) else {
            return Ok(Self { input: Box::new(part(start, len)), left: len });
        };
        let rest = len.checked_sub(8).ok_or("a packed buffer without its length")?;
        let unpacked = Self { input: Box::new(part(start, 8)), left: 8 }.take(8)?;
        let unpacked = unpacked.first_chunk().map_or(0, |len| i64::from_le_bytes(*len));
        let input = part(start + 8, rest);
        let Ok(left) = u64::try_from(unpacked) else {
            return match unpacked {
                -1 => Ok(Self { input: Box::new(input), left: rest }),
                _ => Err(format!("a buffer of {unpacked} bytes")),
            };
        };
        let input: Box<dyn Read + Send> = match packing {
            Packing::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(input)),
            Packing::Zstandard => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)
                    .map_err(|error| error.to_string())?;
                decoder.window_log_max(WINDOW).map_err(|error| error.to_string())?;
                Box::new(decoder)
            }
        };
        let mut tape = Self { input, left };
        if left > small {
            return Ok(tape);
        }
        let all = tape.take(left)?;
        Ok(Self { input: Box::new(Cursor::new(all)), left })
    }

    /// How many bytes it says that there are.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// The next bytes, just so many.
    pub(super) fn take(&mut self, len: u64) -> Result<Vec<u8>> {
        if len > MOST {
            return Err(format!("texts of {len} bytes in a row or some (at most {MOST} are read)"));
        }
        self.left = self.left.checked_sub(len).ok_or_else(too_short)?;
        // What is not there takes no memory, whatever was said of it.
        let mut bytes = Vec::with_capacity(usize::try_from(len.min(AHEAD)).unwrap_or_default());
        let read = (&mut self.input).take(len).read_to_end(&mut bytes);
        match read.map_err(|error| format!("a buffer that can't be unpacked ({error})"))? as u64 {
            read if read == len => Ok(bytes),
            _ => Err(too_short()),
        }
    }

    /// Goes on behind so many bytes.
    pub(super) fn skip(&mut self, mut len: u64) -> Result<()> {
        while len > 0 {
            let step = len.min(AHEAD);
            self.take(step)?;
            len -= step;
        }
        Ok(())
    }
}

fn too_short() -> String {
    "a buffer that is too short for its rows".to_owned()
}
