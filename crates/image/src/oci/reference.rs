//! How images are called: `registry.example:5000/team/app:1.2@sha256:…`.
//!
//! Source: OCI Distribution Specification 1.1, "Pulling manifests", for repositories and tags. The
//! registry is always written: which one a short name means is a matter of each machine, and what is
//! built is not.

use std::fmt;
use std::str::FromStr;

use super::Sha256;

/// The tag that is meant where neither a tag nor a digest is written.
const USUAL_TAG: &str = "latest";

const LONGEST: usize = 1024;
const LONGEST_REPOSITORY: usize = 255;
const LONGEST_TAG: usize = 128;

/// An image, or a place for one, in a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Sha256>,
}

/// A text that is no reference to an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no image of a registry: {why}")]
pub struct ReferenceError {
    text: String,
    why: String,
}

impl Reference {
    /// The registry as it is called: a host and, where one was written, a port.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path in the registry: `team/app`.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, where one was written.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, where one was written.
    #[must_use]
    pub fn digest(&self) -> Option<Sha256> {
        self.digest
    }

    /// What to ask the registry for: the digest, else the tag, else the tag that is usual.
    #[must_use]
    pub fn wanted(&self) -> String {
        match (self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => USUAL_TAG.to_owned(),
        }
    }

    /// The repository with this tag and no digest.
    ///
    /// # Errors
    /// The text is no tag.
    pub fn tagged(&self, tag: &str) -> Result<Self, ReferenceError> {
        let tag = self::tag(tag).map_err(|why| ReferenceError::new(tag, why))?;
        Ok(Self { tag: Some(tag), digest: None, ..self.clone() })
    }

    /// The repository with this digest and no tag.
    #[must_use]
    pub fn pinned(&self, digest: Sha256) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }
}

impl ReferenceError {
    fn new(text: &str, why: impl Into<String>) -> Self {
        // What a hostile file says is not repeated at length.
        let text = text.chars().take(LONGEST).collect::<String>().escape_debug().to_string();
        Self { text, why: why.into() }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map_err(|why| ReferenceError::new(text, why))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

fn parse(text: &str) -> Result<Reference, String> {
    if text.len() > LONGEST {
        return Err(format!("it has more than {LONGEST} characters"));
    }
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => {
            (named, Some(digest.parse::<Sha256>().map_err(|e| e.to_string())?))
        }
        None => (text, None),
    };
    let (registry, path) = match named.split_once('/') {
        Some((first, rest)) if is_host(first) => (host(first)?, rest),
        _ if named.is_empty() => return Err("a part of its path is empty".to_owned()),
        _ => {
            let how = format!("`registry.example/{}`", named.escape_debug());
            return Err(format!("it names no registry: write the host before it, such as {how}"));
        }
    };
    let (repository, tag) = match path.split_once(':') {
        Some((repository, tag)) => (repository, Some(self::tag(tag)?)),
        None => (path, None),
    };
    judge_repository(repository)?;
    Ok(Reference { registry, repository: repository.to_owned(), tag, digest })
}

// What stands before the first slash is a host if no repository is called so. Docker's rule counts
// capital letters too; here a host is written in small ones, and must still be one when read again.
fn is_host(first: &str) -> bool {
    first.eq_ignore_ascii_case("localhost") || first.contains(['.', ':', '['])
}

fn host(text: &str) -> Result<String, String> {
    let (name, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, rest))) => {
            address.parse::<std::net::Ipv6Addr>().map_err(|_| format!("`{text}` is no host"))?;
            (&text[..address.len() + 2], rest.strip_prefix(':').or(rest.is_empty().then_some("")))
        }
        Some(None) => return Err(format!("`{text}` is no host")),
        None => match text.split_once(':') {
            Some((_, "")) => return Err(format!("`{text}` lacks its port")),
            Some((name, port)) => (name, Some(port)),
            None => (text, Some("")),
        },
    };
    let port = port.ok_or_else(|| format!("`{text}` is no host"))?;
    let is_port = |port: &str| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if !port.is_empty() && !is_port(port) {
        return Err(format!("`{port}` is no port"));
    }
    let part = |part: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !part.is_empty()
            && part.chars().all(inner)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    if !name.starts_with('[') && !name.split('.').all(part) {
        return Err(format!("`{name}` is no host"));
    }
    Ok(text.to_ascii_lowercase())
}

fn judge_repository(text: &str) -> Result<(), String> {
    if text.len() > LONGEST_REPOSITORY {
        return Err(format!("its repository has more than {LONGEST_REPOSITORY} characters"));
    }
    match text.split('/').find(|part| !is_component(part)) {
        None => Ok(()),
        Some("") => Err("a part of its path is empty".to_owned()),
        Some(part) if part.chars().any(|c| c.is_ascii_uppercase()) => {
            Err(format!("`{part}` has capital letters, which repositories don't"))
        }
        Some(part) => Err(format!("`{part}` is no part of a repository's path")),
    }
}

// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends = |c: Option<char>| c.is_some_and(plain);
    let between = text.split(plain).filter(|signs| !signs.is_empty());
    ends(text.chars().next())
        && ends(text.chars().next_back())
        && between.into_iter().all(|signs| {
            matches!(signs, "." | "_" | "__") || signs.bytes().all(|sign| sign == b'-')
        })
}

fn tag(text: &str) -> Result<String, String> {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let inner = |c: char| first(c) || c == '.' || c == '-';
    let fits = text.len() <= LONGEST_TAG && text.starts_with(first) && text.chars().all(inner);
    match fits {
        true => Ok(text.to_owned()),
        false => Err(format!("`{}` is no tag", text.escape_debug())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_tag_that_is_left_out_is_the_usual_one() {
        for (text, whole, host, wanted) in [
            ("localhost/app", "localhost/app", "localhost", "latest"),
            ("127.0.0.1:5000/a/b:x", "127.0.0.1:5000/a/b:x", "127.0.0.1:5000", "x"),
            ("[::1]:5000/a", "[::1]:5000/a", "[::1]:5000", "latest"),
            (
                "Registry.Example/a__b/c-d.e",
                "registry.example/a__b/c-d.e",
                "registry.example",
                "latest",
            ),
        ] {
            let read: Reference = text.parse().unwrap();
            assert_eq!(read.to_string(), whole);
            assert_eq!((read.registry(), read.wanted().as_str()), (host, wanted));
        }
    }

    #[test]
    fn a_digest_goes_before_a_tag() {
        let read: Reference = format!("r.example/a:1@{DIGEST}").parse().unwrap();
        assert_eq!((read.tag(), read.wanted().as_str()), (Some("1"), DIGEST));
        assert_eq!(read.tagged("2").unwrap().to_string(), "r.example/a:2");
        assert_eq!(read.pinned(Sha256::of(b"")).to_string(), format!("r.example/a@{DIGEST}"));
        assert!(read.tagged("no tag").is_err());
    }

    #[test]
    fn what_is_no_reference_is_refused_with_the_reason() {
        let long = format!("r.example/{}", "a".repeat(256));
        for (text, why) in [
            ("", "a part of its path is empty"),
            ("python", "it names no registry"),
            ("team/app:1", "such as `registry.example/team/app:1`"),
            ("Team/app:1", "it names no registry"),
            ("r.example/", "a part of its path is empty"),
            ("r.example//a", "a part of its path is empty"),
            ("r.example/A", "capital letters"),
            ("r.example/../a", "`..` is no part"),
            ("r.example/a?b", "`a?b` is no part"),
            ("r.example/a___b", "no part"),
            ("r.example/a:", "is no tag"),
            ("r.example/a:-x", "is no tag"),
            ("r.example/a:b:c", "is no tag"),
            ("r.example/a@sha256:12", "is no digest"),
            ("r.example/a@sha512:12", "is no digest"),
            ("r.example:0/a", "`0` is no port"),
            ("r.example:99999/a", "is no port"),
            ("r.example:/a", "lacks its port"),
            ("-r.example/a", "is no host"),
            ("user:pw@r.example/a", "is no digest"),
            ("[::x]/a", "is no host"),
            ("[::1]x/a", "is no host"),
            ("https://r.example/a", "lacks its port"),
            (&long, "more than 255"),
            (&"a".repeat(2000), "more than 1024"),
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_read_again_as_the_same(text in "[a-zA-Z0-9._:/@\\[\\]-]{0,40}") {
            if let Ok(read) = text.parse::<Reference>() {
                prop_assert_eq!(read.to_string().parse::<Reference>(), Ok(read));
            }
        }
    }
}
