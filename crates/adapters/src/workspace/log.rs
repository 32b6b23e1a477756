//! A step's log: everything that it prints, up to a limit, in a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The greatest length of a log in bytes. What a step prints beyond it is counted, not kept.
const LIMIT: u64 = 64 << 20;

pub(super) struct Log {
    file: BufWriter<File>,
    written: u64,
    lost: u64,
    // A disk that fills up must not end the step; it fails the attempt afterwards.
    failure: Option<io::Error>,
}

impl Log {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        Ok(Self { file, written: 0, lost: 0, failure: None })
    }

    pub(super) fn append(&mut self, bytes: &[u8]) {
        let room = usize::try_from(LIMIT - self.written).unwrap_or(usize::MAX);
        let kept = &bytes[..bytes.len().min(room)];
        self.lost += (bytes.len() - kept.len()) as u64;
        self.written += kept.len() as u64;
        if let Err(e) = self.file.write_all(kept) {
            self.failure.get_or_insert(e);
        }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        if let Some(e) = self.failure {
            return Err(e);
        }
        if self.lost > 0 {
            writeln!(self.file, "\n[tollgate: {} bytes more were printed, not kept]", self.lost)?;
        }
        self.file.flush()
    }
}
