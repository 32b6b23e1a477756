//! The name of an image, as manifests write it.

use std::fmt;

/// `repository[:tag][@digest]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// With its registry, where it is written: `registry.example:5000/team/churn`.
    pub repository: String,
    /// Behind a colon.
    pub tag: Option<String>,
    /// Behind an `@`.
    pub digest: Option<String>,
}

impl Reference {
    /// The parts of a text. Which characters a registry takes is not asked: what is not understood here
    /// is not the image that is looked for.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (named, digest) = match text.split_once('@') {
            Some((named, digest)) => (named, Some(digest.to_owned())),
            None => (text, None),
        };
        // A colon before a slash is a port's.
        let name_from = named.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match named[name_from..].split_once(':') {
            Some((name, tag)) => (&named[..name_from + name.len()], Some(tag.to_owned())),
            None => (named, None),
        };
        Self { repository: repository.to_owned(), tag, digest }
    }

    /// The last part of its repository.
    #[must_use]
    pub fn name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_no_tag() {
        let parts = |text: &str| {
            let it = Reference::of(text);
            assert_eq!(it.to_string(), text);
            (it.repository.clone(), it.tag.clone(), it.digest.is_some(), it.name().to_owned())
        };
        let of = |repository: &str, tag: Option<&str>, digest, name: &str| {
            (repository.to_owned(), tag.map(str::to_owned), digest, name.to_owned())
        };
        assert_eq!(parts("churn"), of("churn", None, false, "churn"));
        assert_eq!(parts("churn:1.2"), of("churn", Some("1.2"), false, "churn"));
        assert_eq!(parts("r.test:5000/a/churn"), of("r.test:5000/a/churn", None, false, "churn"));
        assert_eq!(parts("r.test:5000/c:1@sha256:0"), of("r.test:5000/c", Some("1"), true, "c"));
    }
}
