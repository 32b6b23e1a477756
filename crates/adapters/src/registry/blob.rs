//! Blobs: whether they are there, and reading them so that nothing wrong gets through.

use std::io::{self, Read, Write as _};

use tollgate_image::oci::{Descriptor, Reference, Sha256, Sha256Writer};
use ureq::http::Method;

use super::error::RegistryError;
use super::request::{Ask, broken_off};
use super::{Registry, pull_scope};

/// A connection that has carried so much is no worse than a new one.
const FAR: u64 = 1 << 20;

/// The bytes of a blob, as they come. At their end they have been compared with its digest: what
/// was read before is not to be used until then. A connection that breaks off is made again.
pub struct BlobReader<'r> {
    registry: &'r Registry<'r>,
    repository: String,
    blob: Descriptor,
    body: Option<Box<dyn Read + Send>>,
    hash: Sha256Writer<io::Sink>,
    read: u64,
    ended: bool,
    attempt: u32,
    /// How far it was when it last broke off.
    broken_at: u64,
    failed: Option<RegistryError>,
}

impl Registry<'_> {
    /// Whether a repository has a blob of that digest.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn has_blob(&self, of: &Reference, digest: Sha256) -> Result<bool, RegistryError> {
        let repository = of.repository();
        let url = self.at(repository, &format!("blobs/{digest}"));
        let ask = Ask::new(Method::HEAD, url, format!("push to {repository}"));
        let ask = ask.scope(super::push_scope(repository));
        let reply = self.ask(&ask)?;
        match reply.status {
            404 => Ok(false),
            _ => self.fine(&ask, reply, &[200]).map(|_| true),
        }
    }

    /// The bytes of a blob.
    pub fn blob<'r>(&'r self, of: &Reference, blob: &Descriptor) -> BlobReader<'r> {
        BlobReader {
            registry: self,
            repository: of.repository().to_owned(),
            blob: blob.clone(),
            body: None,
            hash: Sha256Writer::new(io::sink()),
            read: 0,
            ended: false,
            attempt: 1,
            broken_at: 0,
            failed: None,
        }
    }
}

impl BlobReader<'_> {
    /// Why reading failed.
    pub fn error(&mut self) -> Option<RegistryError> {
        self.failed.take()
    }

    fn step(&mut self, buffer: &mut [u8]) -> Result<usize, RegistryError> {
        if (self.registry.stopped)() {
            return Err(RegistryError::Stopped);
        }
        let mut body = match self.body.take() {
            Some(body) => body,
            None => self.open()?,
        };
        let url = self.shown();
        let read = body.read(buffer).map_err(|error| broken_off(&url, &error))?;
        self.body = Some(body);
        if read == 0 {
            return self.ended();
        }
        // A hash takes everything.
        let _ = self.hash.write_all(&buffer[..read]);
        self.read += read as u64;
        match self.read > self.blob.size {
            true => Err(self.other(format!("it has more than {} bytes", self.blob.size))),
            false => Ok(read),
        }
    }

    fn ended(&mut self) -> Result<usize, RegistryError> {
        if self.read < self.blob.size {
            self.body = None;
            let why = format!("it stops after {} of {} bytes", self.read, self.blob.size);
            return Err(broken_off(&self.shown(), &io::Error::other(why)));
        }
        let hash = std::mem::replace(&mut self.hash, Sha256Writer::new(io::sink()));
        let (found, ..) = hash.finish();
        self.ended = true;
        match found == self.blob.digest {
            true => Ok(0),
            false => Err(self.other(format!("its digest is {found}"))),
        }
    }

    /// The rest of the blob.
    fn open(&self) -> Result<Box<dyn Read + Send>, RegistryError> {
        let Self { registry, repository, blob, read, .. } = self;
        let url = registry.at(repository, &format!("blobs/{}", blob.digest));
        let ask = Ask::new(Method::GET, url, format!("read {repository}"));
        let mut ask = ask.scope(pull_scope(repository));
        if *read > 0 {
            ask = ask.header("range", format!("bytes={read}-"));
        }
        let reply = registry.ask_once(&ask)?;
        if reply.status == 404 {
            return Err(RegistryError::NotFound { what: format!("{repository}@{}", blob.digest) });
        }
        let reply = registry.fine(&ask, reply, &[200, 206])?;
        let begins = reply.header("content-range").and_then(|range| {
            range.strip_prefix("bytes ")?.split('-').next()?.trim().parse::<u64>().ok()
        });
        let skip = match (reply.status, begins) {
            (206, Some(begins)) if begins == *read => 0,
            (206, _) => return Err(reply.malformed("it sends another part than was asked for")),
            _ => *read,
        };
        let due = blob.size - read + skip;
        if let Some(length) = reply.length().filter(|length| *length != due) {
            return Err(self.other(format!("it has {length} bytes rather than {due}")));
        }
        let url = reply.url.shown();
        // One byte more than there may be shows that there are more.
        let body = reply.body.into_with_config().limit(u64::MAX).reader();
        let mut body = body.take(due.saturating_add(1));
        let skipped = io::copy(&mut (&mut body).take(skip), &mut io::sink());
        skipped.map_err(|error| broken_off(&url, &error))?;
        Ok(Box::new(body))
    }

    fn shown(&self) -> String {
        let what = format!("blobs/{}", self.blob.digest);
        self.registry.at(&self.repository, &what).shown()
    }

    fn other(&self, why: String) -> RegistryError {
        RegistryError::Content { what: self.shown(), digest: self.blob.digest, why }
    }

    /// Whether it is worth another attempt; waits before it.
    fn once_more(&mut self, error: RegistryError) -> Result<(), RegistryError> {
        if self.read >= self.broken_at + FAR {
            self.attempt = 1;
        }
        self.broken_at = self.read;
        if !error.is_transient() || self.attempt >= self.registry.patience.attempts {
            return Err(error);
        }
        self.body = None;
        self.registry.pause(self.attempt, error.after())?;
        self.attempt += 1;
        Ok(())
    }
}

impl Read for BlobReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.ended {
            return Ok(0);
        }
        loop {
            let step = self.step(buffer);
            match step.or_else(|error| self.once_more(error).map(|()| usize::MAX)) {
                Ok(usize::MAX) => {}
                Ok(read) => return Ok(read),
                Err(error) => {
                    let shown = io::Error::other(error.to_string());
                    self.failed = Some(error);
                    return Err(shown);
                }
            }
        }
    }
}
