//! Fetching files: from the network or this machine, whole or from where it was interrupted.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tollgate_image::oci::Sha256;

use super::cache::{Cache, digest_of, unusable};
use super::{AptError, OnProgress, Progress};
use crate::http::{Answer, Http, HttpError};

pub(super) struct Fetcher<'h> {
    pub(super) http: &'h Http,
    pub(super) cache: Cache,
}

impl Fetcher<'_> {
    /// A file that has no digest yet, in memory.
    pub(super) fn small(&self, url: &str, limit: u64) -> Result<Vec<u8>, AptError> {
        let mut bytes = Vec::new();
        let mut answer = self.open(url, 0, limit + 1)?;
        answer.body.read_to_end(&mut bytes).map_err(|error| interrupted(url, &error))?;
        if bytes.len() as u64 > limit {
            let why = format!("it has more than {limit} bytes");
            return Err(AptError::Digest { url: url.to_owned(), why });
        }
        Ok(bytes)
    }

    /// A file whose digest is known: from the cache, or fetched into it.
    pub(super) fn by_digest(
        &self,
        url: &str,
        digest: Sha256,
        size: u64,
        progress: OnProgress<'_>,
    ) -> Result<PathBuf, AptError> {
        if let Some(path) = self.cache.get(digest)? {
            return Ok(path);
        }
        let (mut file, partial) = self.cache.partial(digest)?;
        // Somebody else may have fetched it while we waited.
        if let Some(path) = self.cache.get(digest)? {
            return Ok(path);
        }
        let resumed = self.grow(url, &mut file, &partial, size, progress)?;
        let mut found = digest_of(&partial).map_err(|error| unusable(&partial, error))?;
        if found != digest && resumed {
            // The first part may have been of another file: begin anew, once.
            file.set_len(0).map_err(|error| unusable(&partial, error))?;
            self.grow(url, &mut file, &partial, size, progress)?;
            found = digest_of(&partial).map_err(|error| unusable(&partial, error))?;
        }
        if found != digest {
            file.set_len(0).map_err(|error| unusable(&partial, error))?;
            let why = format!("{digest} is expected, and it is {found}");
            return Err(AptError::Digest { url: url.to_owned(), why });
        }
        file.sync_all().map_err(|error| unusable(&partial, error))?;
        self.cache.keep(&partial, digest)
    }

    // Adds what is lacking; says whether there was something already.
    fn grow(
        &self,
        url: &str,
        file: &mut File,
        partial: &Path,
        size: u64,
        progress: OnProgress<'_>,
    ) -> Result<bool, AptError> {
        let unusable = |error| unusable(partial, error);
        let mut have = file.seek(SeekFrom::End(0)).map_err(unusable)?;
        if have > size {
            (have, _) = (0, file.set_len(0).map_err(unusable)?);
        }
        if have == size && size > 0 {
            return Ok(true);
        }
        // One byte more than there may be: it shows that there are more.
        let mut answer = self.open(url, have, size + 1)?;
        if answer.start < have {
            file.set_len(answer.start).map_err(unusable)?;
            have = answer.start;
        }
        let resumed = have > 0;
        file.seek(SeekFrom::Start(have)).map_err(unusable)?;
        let name = url.rsplit('/').next().unwrap_or(url);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = answer.body.read(&mut buffer).map_err(|error| interrupted(url, &error))?;
            if read == 0 {
                break;
            }
            have += read as u64;
            if have > size {
                file.set_len(0).map_err(unusable)?;
                let why = format!("it has more than {size} bytes");
                return Err(AptError::Digest { url: url.to_owned(), why });
            }
            file.write_all(&buffer[..read]).map_err(unusable)?;
            progress(Progress { file: name, bytes: read as u64, size });
        }
        if have < size {
            let why = format!("it stops after {have} of {size} bytes");
            return Err(interrupted(url, &io::Error::other(why)));
        }
        Ok(resumed)
    }

    fn open(&self, url: &str, start: u64, limit: u64) -> Result<Answer, AptError> {
        match url.strip_prefix("file:") {
            Some(path) => local(url, path, start, limit),
            None => Ok(self.http.get(url, start, limit)?),
        }
    }
}

// `file:/srv/debian` and `file:///srv/debian` are the same.
fn local(url: &str, path: &str, start: u64, limit: u64) -> Result<Answer, AptError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    let opened = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        let length = file.metadata()?.len().checked_sub(start);
        Ok(Answer { start, length, body: Box::new(file.take(limit)) })
    });
    opened.map_err(|error| {
        let why = error.to_string();
        HttpError { url: url.to_owned(), why, status: None, transient: false }.into()
    })
}

// What has come in stays, and the next attempt goes on from there.
fn interrupted(url: &str, error: &io::Error) -> AptError {
    let why = format!("the answer breaks off: {error}");
    HttpError { url: url.to_owned(), why, status: None, transient: true }.into()
}
