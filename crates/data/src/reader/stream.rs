//! A text as a stream of bytes, taken out of gzip or Zstandard where it is packed. What the bytes
//! are tells how they are packed, not what the file is called.

use std::io::{BufReader, Cursor, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use crate::DataError;

/// Bytes that show what a file is.
const MAGIC: usize = 512;
/// Bytes that a decoder hands out at a time, so that how far it gets in a damaged stream does not
/// depend on who asks. It is also all that a stream which grows without measure takes here.
const STEP: usize = 64 << 10;

/// Bytes that are read once.
type Bytes = Box<dyn Read + Send>;

/// A text from its first byte to its last.
pub(crate) struct Stream {
    input: Bytes,
    shown: String,
    packing: Option<Packing>,
    /// Bytes of text that were taken.
    taken: u64,
}

/// How a text is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstandard,
}

impl Packing {
    /// What the first bytes show. A Zstandard file may begin with a frame that is skipped.
    pub(super) fn of(magic: &[u8]) -> Option<Self> {
        match magic {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                Some(Self::Zstandard)
            }
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstandard => "Zstandard",
        }
    }
}

impl Stream {
    /// The text in `input`.
    pub(crate) fn open(input: impl Read + Send + 'static, shown: &str) -> Result<Self, DataError> {
        let mut raw =
            Self { input: Box::new(input), shown: shown.to_owned(), packing: None, taken: 0 };
        raw.packing = Packing::of(&raw.peek()?);
        let packed = |input| BufReader::with_capacity(STEP, input);
        raw.input = match raw.packing {
            None => raw.input,
            Some(Packing::Gzip) => Box::new(Steady::new(MultiGzDecoder::new(packed(raw.input)))),
            Some(Packing::Zstandard) => {
                let decoder = zstd::stream::read::Decoder::with_buffer(packed(raw.input));
                let unreadable = |source| DataError::Unreadable { path: shown.to_owned(), source };
                Box::new(Steady::new(decoder.map_err(unreadable)?))
            }
        };
        Ok(raw)
    }

    /// The first bytes of the text, which stay in it.
    pub(crate) fn peek(&mut self) -> Result<Vec<u8>, DataError> {
        let mut first = Vec::new();
        self.take_from(MAGIC, &mut first)?;
        self.taken = 0;
        let rest = std::mem::replace(&mut self.input, Box::new(std::io::empty()));
        self.input = Box::new(Cursor::new(first.clone()).chain(rest));
        Ok(first)
    }

    pub(crate) fn packing(&self) -> Option<Packing> {
        self.packing
    }

    /// Appends up to `most` bytes; fewer only at the end. What could be read before an error is
    /// there.
    pub(crate) fn append(&mut self, most: usize, text: &mut Vec<u8>) -> Result<usize, DataError> {
        self.take_from(most, text)
    }

    fn take_from(&mut self, most: usize, text: &mut Vec<u8>) -> Result<usize, DataError> {
        let before = text.len();
        let read = fill(&mut *self.input, most, text);
        self.taken += (text.len() - before) as u64;
        read.map(|()| text.len() - before).map_err(|source| match self.packing {
            None => DataError::Unreadable { path: self.shown.clone(), source },
            Some(packing) => DataError::Damaged {
                path: self.shown.clone(),
                packing: packing.name(),
                line: 1,
                bytes: self.taken,
                problem: source.to_string(),
            },
        })
    }
}

/// In as few calls as there can be: `read_to_end` asks for some kilobytes at a time.
fn fill(input: &mut dyn Read, most: usize, text: &mut Vec<u8>) -> std::io::Result<()> {
    let (mut at, end) = (text.len(), text.len() + most);
    text.resize(end, 0);
    let read = loop {
        match input.read(&mut text[at..end]) {
            Ok(0) => break Ok(()),
            Ok(read) => at += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    text.truncate(at);
    read
}

/// A decoder that is always asked for the same number of bytes.
struct Steady<R> {
    decoder: R,
    step: Vec<u8>,
    /// What of `step` was not handed out yet.
    at: usize,
    end: usize,
}

impl<R: Read> Steady<R> {
    fn new(decoder: R) -> Self {
        Self { decoder, step: vec![0; STEP], at: 0, end: 0 }
    }
}

impl<R: Read> Read for Steady<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.end {
            (self.at, self.end) = (0, self.decoder.read(&mut self.step)?);
        }
        let len = into.len().min(self.end - self.at);
        into[..len].copy_from_slice(&self.step[self.at..self.at + len]);
        self.at += len;
        Ok(len)
    }
}
