//! A file that several threads read at places of their own. The crate's own way shares one cursor.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// A file and its length.
#[derive(Clone)]
pub(crate) struct Positioned {
    file: Arc<Mutex<File>>,
    len: u64,
}

/// The file from some place on.
pub(crate) struct From {
    file: Positioned,
    at: u64,
}

impl Positioned {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file: Arc::new(Mutex::new(file)), len })
    }

    /// The file from there on.
    pub(crate) fn from(&self, at: u64) -> From {
        From { file: self.clone(), at }
    }

    fn at<T>(&self, start: u64, read: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        read(&mut file)
    }
}

impl Length for Positioned {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Positioned {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::new(From { file: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // A damaged footer can ask for more than there is; no memory is taken for that.
        let end = start.saturating_add(length as u64);
        if end > self.len {
            return Err(ParquetError::EOF(format!("no byte {end}, there are {}", self.len)));
        }
        let mut bytes = vec![0; length];
        self.at(start, |file| file.read_exact(&mut bytes))?;
        Ok(bytes.into())
    }
}

impl Read for From {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.at(self.at, |file| file.read(into))?;
        self.at += read as u64;
        Ok(read)
    }
}
