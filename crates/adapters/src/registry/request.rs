//! One question to a registry as a value, and its answer.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;

use tollgate_image::oci::Sha256;
use ureq::http::{HeaderMap, Method};

use super::error::RegistryError;
use super::url::Url;

/// What is asked.
pub(super) struct Ask<'b> {
    pub(super) method: Method,
    pub(super) url: Url,
    /// What a token for it must allow: `repository:team/app:pull`.
    pub(super) scopes: Vec<String>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body<'b>,
    /// What is being done, for whoever is not allowed to: `push to team/app`.
    pub(super) doing: String,
}

/// What goes with it.
pub(super) enum Body<'b> {
    None,
    Bytes(&'b [u8]),
    Part(Part<'b>),
}

/// A part of a file, which can be read more than once.
#[derive(Clone, Copy)]
pub(super) struct Part<'b> {
    pub(super) file: &'b File,
    pub(super) from: u64,
    pub(super) length: u64,
    /// Told how far in the file it has come; says whether to stop.
    pub(super) on: &'b (dyn Fn(u64) -> bool + Sync),
}

/// What is read of it next.
pub(super) struct PartReader<'b> {
    part: Part<'b>,
    read: u64,
}

impl<'b> Part<'b> {
    pub(super) fn reader(self) -> PartReader<'b> {
        PartReader { part: self, read: 0 }
    }
}

impl Read for PartReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Part { file, from, length, on } = self.part;
        if on(from + self.read) {
            return Err(io::Error::other("stopped"));
        }
        let room = usize::try_from(length - self.read).unwrap_or(usize::MAX).min(buffer.len());
        let read = file.read_at(&mut buffer[..room], from + self.read)?;
        if read == 0 && room > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file was cut off"));
        }
        self.read += read as u64;
        Ok(read)
    }
}

impl Ask<'_> {
    pub(super) fn new(method: Method, url: Url, doing: impl Into<String>) -> Self {
        let (scopes, headers) = (Vec::new(), Vec::new());
        Self { method, url, scopes, headers, body: Body::None, doing: doing.into() }
    }

    pub(super) fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl<'b> Ask<'b> {
    pub(super) fn body(mut self, body: Body<'b>) -> Self {
        self.body = body;
        self
    }
}

/// What comes back.
pub(super) struct Reply {
    /// Who answered, in the end.
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: ureq::Body,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Where it says to go on.
    pub(super) fn location(&self) -> Result<Url, RegistryError> {
        let there = self.header("location").and_then(|location| self.url.join(location));
        let there = there.ok_or_else(|| self.malformed("it does not say where to go on"))?;
        match self.url.is_https() && !there.is_https() {
            true => Err(self.malformed("it leads from HTTPS to plain HTTP")),
            false => Ok(there),
        }
    }

    /// The digest that it says its content has.
    pub(super) fn digest(&self) -> Option<Sha256> {
        self.header("docker-content-digest")?.parse().ok()
    }

    pub(super) fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    /// All of it, which must be no longer than `limit`.
    pub(super) fn bytes(self, limit: u64) -> Result<Vec<u8>, RegistryError> {
        let url = self.url.shown();
        let mut bytes = Vec::new();
        let body = self.body.into_with_config().limit(u64::MAX).reader();
        body.take(limit + 1).read_to_end(&mut bytes).map_err(|error| broken_off(&url, &error))?;
        if bytes.len() as u64 > limit {
            let why = format!("it answers with more than {limit} bytes");
            return Err(RegistryError::Malformed { what: url, why });
        }
        Ok(bytes)
    }

    pub(super) fn malformed(&self, why: impl Into<String>) -> RegistryError {
        RegistryError::Malformed { what: self.url.shown(), why: why.into() }
    }
}

/// An answer that does not come whole.
pub(super) fn broken_off(url: &str, error: &io::Error) -> RegistryError {
    let why = format!("the answer breaks off: {error}");
    RegistryError::Unreachable { url: url.to_owned(), why, transient: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_away_from_tls() {
        let leads = |from: &str, to: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("location", to.parse().unwrap());
            let body = ureq::Body::builder().data("");
            let url = Url::parse(from).unwrap();
            let reply = Reply { url, status: 307, headers, body };
            reply.location().map(|url| url.text()).map_err(|error| error.to_string())
        };
        let there = Ok("https://s.example/x".to_owned());
        assert_eq!(leads("https://r.example/a", "https://s.example/x"), there);
        assert_eq!(leads("http://r.example/a", "https://s.example/x"), there);
        let error = leads("https://r.example/a", "http://r.example/x").unwrap_err();
        assert!(error.contains("from HTTPS to plain HTTP"), "{error}");
        let error = leads("https://r.example/a", "https://me:pw@r.example/").unwrap_err();
        assert!(!error.contains("pw"), "{error}");
    }
}
