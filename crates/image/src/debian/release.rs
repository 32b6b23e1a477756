//! What a suite of an archive holds, and for how long that is so. Source: the Debian wiki's
//! "DebianRepository/Format"; `apt-secure(8)`.

use std::collections::BTreeMap;

use super::{Paragraphs, TextError};
use crate::oci::Sha256;
use crate::path::ImagePath;

/// A release file whose signature has been verified.
///
/// The text must be what `gpgv --output` gave: an armoured file may hold more than what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// `oldstable`, which moves on.
    pub suite: Option<String>,
    /// `bookworm`, which stays.
    pub codename: Option<String>,
    /// `12.15`.
    pub version: Option<String>,
    /// When it was made, in RFC 2822's form (`Sat, 11 Jul 2026 10:16:37 UTC`).
    pub date: String,
    /// From when on it must not be believed any more, in the same form.
    pub valid_until: Option<String>,
    /// Whether its files can be had by their digest, so that an update halfway through harms nobody.
    pub by_hash: bool,
    /// Whether its packages are taken only where no other suite has one (backports).
    pub not_automatic: bool,
    files: BTreeMap<String, ReleaseFile>,
}

/// A file of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseFile {
    /// Its digest.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

impl Release {
    /// Reads the text that was signed; errors call it `file`.
    ///
    /// # Errors
    /// It is still armoured, it is not one paragraph, or it lacks what can't be done without.
    pub fn parse(text: &str, file: &str) -> Result<Self, TextError> {
        if text.contains("-----BEGIN PGP SIGNED MESSAGE-----") {
            let why =
                "it is a signed file: what was signed is expected, as `gpgv --output` gives it";
            return Err(TextError::new(file, 1, why));
        }
        let mut paragraphs = Paragraphs::new(text.as_bytes(), file);
        let nothing = || TextError::new(file, 1, "there is nothing in it");
        let mut found = paragraphs.next().ok_or_else(nothing)??;
        if let Some(more) = paragraphs.next() {
            return Err(TextError::new(
                file,
                more?.line,
                "a release is one paragraph, this is two",
            ));
        }
        let yes = |name: &str| found.get(name).is_some_and(|value| value == "yes");
        let (by_hash, not_automatic) = (yes("Acquire-By-Hash"), yes("NotAutomatic"));
        let files = files(found.require("SHA256", file)?, file, found.line)?;
        Ok(Self {
            date: found.require("Date", file)?.to_owned(),
            suite: found.take("Suite"),
            codename: found.take("Codename"),
            version: found.take("Version"),
            valid_until: found.take("Valid-Until"),
            by_hash,
            not_automatic,
            files,
        })
    }

    /// A file by its path within the suite: `main/binary-amd64/Packages.xz`.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<ReleaseFile> {
        self.files.get(path).copied()
    }

    /// The index of a component's packages that is cheapest to have and can be read here: its path
    /// and what it must be.
    #[must_use]
    pub fn index(&self, component: &str, architecture: &str) -> Option<(String, ReleaseFile)> {
        let ends = [".xz", ".gz", ""];
        let paths = ends.map(|end| format!("{component}/binary-{architecture}/Packages{end}"));
        paths.into_iter().find_map(|path| self.file(&path).map(|file| (path, file)))
    }
}

fn files(text: &str, file: &str, first: usize) -> Result<BTreeMap<String, ReleaseFile>, TextError> {
    let mut files = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let wrong = || {
            let why = format!("`SHA256:` has `{line}`: digest, size and path are expected");
            TextError::new(file, first, why)
        };
        let mut words = line.split_ascii_whitespace();
        let (sha256, size) = (words.next(), words.next());
        let path: ImagePath = words.next().and_then(|w| w.parse().ok()).ok_or_else(wrong)?;
        let sha256 = sha256.and_then(|w| Sha256::from_hex(w).ok()).ok_or_else(wrong)?;
        let size = size.and_then(|w| w.parse().ok()).ok_or_else(wrong)?;
        let known = files.insert(path.into(), ReleaseFile { sha256, size });
        if words.next().is_some() || known.is_some_and(|known| known.sha256 != sha256) {
            return Err(wrong());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn text(sums: &str) -> String {
        format!(
            "Suite: oldstable\nVersion: 12.15\nCodename: bookworm\n\
             Date: Sat, 11 Jul 2026 10:16:37 UTC\nAcquire-By-Hash: yes\nSHA256:\n{sums}"
        )
    }

    #[test]
    fn a_release_names_its_files() {
        let sums = format!(
            " {HEX} 50060337 main/binary-amd64/Packages\n {HEX}  9 main/binary-amd64/Packages.xz\n"
        );
        let release = Release::parse(&text(&sums), "Release").unwrap();
        assert_eq!(release.codename.as_deref(), Some("bookworm"));
        assert!(release.by_hash && !release.not_automatic && release.valid_until.is_none());
        let (path, file) = release.index("main", "amd64").unwrap();
        assert_eq!((path.as_str(), file.size), ("main/binary-amd64/Packages.xz", 9));
        assert_eq!(release.index("contrib", "amd64"), None);
    }

    #[test]
    fn what_is_no_verified_release_is_refused() {
        let wrong = [
            (String::new(), "there is nothing in it"),
            ("-----BEGIN PGP SIGNED MESSAGE-----\n".to_owned(), "it is a signed file"),
            (format!("{}\n\nSuite: x\n", text("")), "this is two"),
            (text(""), "there is no `SHA256:`"),
            (text(" 00 1 a\n"), "digest, size and path are expected"),
            (text(&format!(" {HEX} 1 ../../etc/passwd\n")), "digest, size and path"),
            (format!("SHA256:\n {HEX} 1 a\n"), "there is no `Date:`"),
        ];
        for (text, why) in wrong {
            let error = Release::parse(&text, "Release").unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
