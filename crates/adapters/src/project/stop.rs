//! A scan that can be told to stop, also in the middle of a large file.

use std::io::{self, Read};

/// Says whether to stop.
#[derive(Clone, Copy)]
pub(super) struct Stop<'a>(pub(super) &'a (dyn Fn() -> bool + Sync));

impl<'a> Stop<'a> {
    /// # Errors
    /// It says so.
    pub(super) fn check(self) -> io::Result<()> {
        if (self.0)() { Err(io::Error::other("stopped")) } else { Ok(()) }
    }

    /// `inner`, of which nothing more can be read after a stop.
    pub(super) fn around<R: Read>(self, inner: R) -> impl Read + use<'a, R> {
        Stoppable { inner, stop: self }
    }
}

struct Stoppable<'a, R> {
    inner: R,
    stop: Stop<'a>,
}

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stop.check()?;
        self.inner.read(buffer)
    }
}
