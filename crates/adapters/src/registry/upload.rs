//! Sending blobs: small ones at once, large ones in pieces that can be gone on with.
//!
//! Source: OCI Distribution Specification 1.1, "Pushing blobs".

use std::fs::File;

use tollgate_image::oci::{Descriptor, Reference};
use ureq::http::Method;

use super::error::RegistryError;
use super::request::{Ask, Body, Part, Reply};
use super::resume::Memory;
use super::url::{Url, escaped};
use super::{CHUNK, Registry, pull_scope, push_scope};

/// No registry has a reason to ask for larger pieces.
const LARGEST_CHUNK: u64 = 1 << 30;

/// An upload that has begun.
#[derive(Debug)]
struct Session {
    at: Url,
    /// How many bytes the registry has.
    has: u64,
    /// How large a piece must be, unless it is the last.
    chunk: u64,
}

/// What came of beginning one.
enum Begun {
    Session(Session),
    /// The registry has taken the blob from another repository.
    Mounted,
}

/// A blob that is to be sent.
pub(super) struct Parcel<'b> {
    pub(super) to: &'b Reference,
    pub(super) blob: &'b Descriptor,
    /// Its bytes, which have been compared with its digest.
    pub(super) file: &'b File,
    /// A repository of the same registry that may have it.
    pub(super) from: Option<&'b str>,
    /// Told how many bytes have been sent; says whether to stop.
    pub(super) on: &'b (dyn Fn(u64) -> bool + Sync),
}

impl Registry<'_> {
    /// Sends a blob, or has it taken from another repository; says which: whether it was mounted.
    pub(super) fn send(&self, parcel: &Parcel<'_>) -> Result<bool, RegistryError> {
        let mut memory = self.memory(parcel)?;
        let known = memory.as_mut().and_then(Memory::recall);
        let known = match known {
            // What can't be asked after any more is begun anew.
            Some(at) => self.session(parcel, &at).unwrap_or_default(),
            None => None,
        };
        let session = match known {
            Some(session) => session,
            None => match self.begin(parcel, parcel.from)? {
                Begun::Mounted => {
                    memory.map(Memory::forget).unwrap_or_default();
                    return Ok(true);
                }
                Begun::Session(session) => session,
            },
        };
        self.fill(parcel, session, &mut memory)?;
        memory.map(Memory::forget).unwrap_or_default();
        Ok(false)
    }

    fn memory(&self, parcel: &Parcel<'_>) -> Result<Option<Memory>, RegistryError> {
        match &self.uploads {
            Some(directory) if parcel.blob.size > CHUNK => {
                let place = format!("{}/{}", self.base.authority(), parcel.to.repository());
                Memory::open(directory, &place, parcel.blob.digest)
            }
            _ => Ok(None),
        }
    }

    /// Sends what the registry lacks and closes the upload; what breaks off is gone on with, and
    /// what can't be gone on with is begun anew.
    fn fill(
        &self,
        parcel: &Parcel<'_>,
        mut session: Session,
        memory: &mut Option<Memory>,
    ) -> Result<(), RegistryError> {
        let (mut attempt, mut at_once) = (1, false);
        loop {
            if let Some(memory) = memory {
                memory.remember(&session.at)?;
            }
            let before = session.has;
            let error = match self.further(parcel, &session) {
                Ok(None) => return Ok(()),
                Ok(Some(next)) if next.has > before => {
                    (session, attempt) = (next, 1);
                    continue;
                }
                Ok(Some(next)) => next.stuck(),
                Err(error) => error,
            };
            let refused = is_refused(&error);
            if (refused && at_once) || !(refused || error.is_transient()) {
                return Err(error);
            }
            let known = match refused {
                // What is not taken in pieces, or no longer goes together, is sent at once.
                true => None,
                false if attempt >= self.patience.attempts => return Err(error),
                false => {
                    self.pause(attempt, error.after())?;
                    attempt += 1;
                    self.session(parcel, &session.at).ok().flatten()
                }
            };
            at_once |= refused;
            session = match known {
                Some(session) => session,
                // The last answer may have been lost, and all have come.
                None if self.has_blob(parcel.to, parcel.blob.digest)? => return Ok(()),
                None => match self.begin(parcel, None)? {
                    Begun::Session(new) if at_once => Session { chunk: parcel.blob.size, ..new },
                    Begun::Session(new) => new,
                    Begun::Mounted => return Ok(()),
                },
            };
        }
    }

    /// The next piece, or the end: the upload then, or none once it is closed.
    fn further(
        &self,
        parcel: &Parcel<'_>,
        session: &Session,
    ) -> Result<Option<Session>, RegistryError> {
        let left = parcel.blob.size - session.has;
        let whole = left <= session.chunk && session.has == 0;
        if left > 0 && !whole {
            return self.piece(parcel, session, left.min(session.chunk)).map(Some);
        }
        let digest = escaped(&parcel.blob.digest.to_string());
        let ask = self
            .asking(parcel, Method::PUT, session.at.with(&format!("digest={digest}")))
            .header("content-type", "application/octet-stream")
            .body(parcel.part(session.has, left));
        let reply = self.ask_once(&ask)?;
        let reply = self.fine(&ask, reply, &[201, 204])?;
        match reply.digest().filter(|said| *said != parcel.blob.digest) {
            Some(said) => Err(RegistryError::Content {
                what: parcel.to.to_string(),
                digest: parcel.blob.digest,
                why: format!("it says it keeps {said}"),
            }),
            None => Ok(None),
        }
    }

    fn piece(
        &self,
        parcel: &Parcel<'_>,
        session: &Session,
        length: u64,
    ) -> Result<Session, RegistryError> {
        let end = session.has + length;
        let ask = self
            .asking(parcel, Method::PATCH, session.at.clone())
            .header("content-type", "application/octet-stream")
            .header("content-range", format!("{}-{}", session.has, end - 1))
            .body(parcel.part(session.has, length));
        let reply = self.ask_once(&ask)?;
        let reply = self.fine(&ask, reply, &[202, 204])?;
        let has = received(&reply).unwrap_or(end);
        if has > end {
            return Err(reply.malformed("it says it has more than was sent"));
        }
        Ok(Session { at: reply.location()?, has, chunk: session.chunk })
    }

    /// How far an upload is; none where the registry knows none there.
    fn session(&self, parcel: &Parcel<'_>, at: &Url) -> Result<Option<Session>, RegistryError> {
        if at.origin() != self.base.origin() {
            return Ok(None);
        }
        let ask = self.asking(parcel, Method::GET, at.clone());
        let reply = self.ask(&ask)?;
        if reply.status == 404 {
            return Ok(None);
        }
        let reply = self.fine(&ask, reply, &[204, 202, 200])?;
        let has = received(&reply).unwrap_or(0);
        if has > parcel.blob.size {
            return Ok(None);
        }
        let at = reply.header("location").map_or(Ok(at.clone()), |_| reply.location())?;
        Ok(Some(Session { at, has, chunk: CHUNK }))
    }

    fn begin(&self, parcel: &Parcel<'_>, from: Option<&str>) -> Result<Begun, RegistryError> {
        let repository = parcel.to.repository();
        let url = self.at(repository, "blobs/uploads/");
        let mut ask = self.asking(parcel, Method::POST, url);
        if let Some(from) = from {
            let digest = escaped(&parcel.blob.digest.to_string());
            ask.url =
                ask.url.with(&format!("mount={digest}")).with(&format!("from={}", escaped(from)));
            ask = ask.scope(pull_scope(from));
        }
        let reply = self.ask(&ask)?;
        // Who may not read there may send it all the same.
        if from.is_some() && !matches!(reply.status, 201 | 202) {
            return self.begin(parcel, None);
        }
        let reply = self.fine(&ask, reply, &[202, 201])?;
        if reply.status == 201 {
            return match from {
                Some(_) => Ok(Begun::Mounted),
                None => Err(reply.malformed("it has it before it was sent")),
            };
        }
        let least = reply.header("oci-chunk-min-length").and_then(|least| least.parse().ok());
        let chunk = least.unwrap_or(CHUNK).clamp(CHUNK, LARGEST_CHUNK);
        Ok(Begun::Session(Session { at: reply.location()?, has: 0, chunk }))
    }

    fn asking<'b>(&self, parcel: &Parcel<'_>, method: Method, url: Url) -> Ask<'b> {
        let repository = parcel.to.repository();
        Ask::new(method, url, format!("push to {repository}")).scope(push_scope(repository))
    }
}

impl<'b> Parcel<'b> {
    fn part(&self, from: u64, length: u64) -> Body<'b> {
        Body::Part(Part { file: self.file, from, length, on: self.on })
    }
}

impl Session {
    fn stuck(&self) -> RegistryError {
        let (url, why) = (self.at.shown(), "it takes pieces and has no more for it".to_owned());
        RegistryError::Unreachable { url, why, transient: true }
    }
}

// Source: "Pushing a blob in chunks": `0-<last>`. One byte and none are written alike by some.
fn received(reply: &Reply) -> Option<u64> {
    let range = reply.header("range")?;
    let last = range.trim_start_matches("bytes=").split_once('-')?.1.trim().parse::<u64>().ok()?;
    Some(if last == 0 { 0 } else { last.saturating_add(1) })
}

/// Whether the registry does not take this upload: it has forgotten it, is out of step with it, got
/// other bytes than were meant, or wants no pieces.
fn is_refused(error: &RegistryError) -> bool {
    matches!(error, RegistryError::Refused { status: 400 | 404 | 405 | 411 | 413 | 416 | 501, .. })
}

#[cfg(test)]
mod tests {
    use tollgate_image::oci::Sha256;

    use super::*;

    #[test]
    fn what_a_registry_has_is_read_from_its_range() {
        let url = Url::parse("http://localhost/").unwrap();
        let has = |range: &str| {
            let mut headers = http::HeaderMap::new();
            headers.insert("range", range.parse().unwrap());
            let body = ureq::Body::builder().data("");
            received(&Reply { url: url.clone(), status: 204, headers, body })
        };
        assert_eq!(has("0-9"), Some(10));
        assert_eq!(has("bytes=0-9"), Some(10));
        assert_eq!(has("0-0"), Some(0));
        assert_eq!(has("0-18446744073709551615"), Some(u64::MAX));
        assert_eq!(has("9"), None);
        assert_eq!(has("0-x"), None);
    }

    #[test]
    fn a_digest_is_escaped_once() {
        let digest = escaped(&Sha256::of(b"").to_string());
        assert!(digest.starts_with("sha256%3Ae3b0"), "{digest}");
    }
}
