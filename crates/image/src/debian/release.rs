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
    /// Whether packages for all architectures are in an index of their own alone.
    pub all_apart: bool,
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
        let all_apart = found.words("Architectures").any(|word| word == "all")
            && found.words("No-Support-for-Architecture-all").all(|word| word != "Packages");
        let files = files(found.require("SHA256", file)?, file, found.line)?;
        Ok(Self {
            date: found.require("Date", file)?.to_owned(),
            suite: found.take("Suite"),
            codename: found.take("Codename"),
            version: found.take("Version"),
            valid_until: found.take("Valid-Until"),
            by_hash,
            not_automatic,
            all_apart,
            files,
        })
    }

    /// Whether it is still to be believed at `now`, in seconds since 1970. A release without an end
    /// is believed for ever; one whose end can't be read is not believed.
    #[must_use]
    pub fn is_valid_at(&self, now: i64) -> bool {
        let end = self.valid_until.as_deref().map(seconds);
        end.is_none_or(|end| end.is_some_and(|end| now <= end))
    }

    /// Whether it is about the suite that was asked for, which may be called by what stays or by
    /// what moves on. A mirror could hand out another suite that is signed as well.
    #[must_use]
    pub fn is_of(&self, suite: &str) -> bool {
        let names = [&self.suite, &self.codename];
        suite.ends_with('/') || names.into_iter().flatten().any(|name| name == suite)
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

// `Sat, 11 Jul 2026 10:16:37 UTC` as seconds since 1970. Source: RFC 2822 §3.3, in the one form that
// archives write. The count of days is the one of the proleptic Gregorian calendar.
fn seconds(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "UTC" | "GMT" | "+0000"] = words.as_slice() else {
        return None;
    };
    let number =
        |text: &str, most: i64| text.parse::<i64>().ok().filter(|n| (0..=most).contains(n));
    let month = 1 + i64::try_from(MONTHS.iter().position(|name| name == month)?).ok()?;
    let (year, day) = (number(year, 9999)?, number(day, 31)?);
    let parts: Option<Vec<i64>> = time.split(':').map(|part| number(part, 60)).collect();
    let [hour, minute, second] = parts?.try_into().ok()?;
    // Years that start in March have their odd day at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = 365 * year + leap + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
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
    fn a_release_is_believed_until_its_end_and_for_its_suite() {
        let times = [
            ("Thu, 01 Jan 1970 00:00:00 UTC", Some(0)),
            ("Sat, 28 Nov 2026 00:53:02 UTC", Some(1_795_827_182)),
            ("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199)),
            ("Sat, 28 Nov 2026 00:53:02 +0200", None),
            ("tomorrow", None),
        ];
        for (text, expected) in times {
            assert_eq!(seconds(text), expected, "{text}");
        }
        let of = |until: &str| {
            let text = format!("Valid-Until: {until}\n{}", text(&format!(" {HEX} 1 a\n")));
            Release::parse(&text, "Release").unwrap()
        };
        let release = of("Thu, 01 Jan 1970 00:01:00 UTC");
        assert!(release.is_valid_at(60) && !release.is_valid_at(61));
        assert!(!of("tomorrow").is_valid_at(0));
        assert!(release.is_of("bookworm") && release.is_of("oldstable") && release.is_of("./"));
        assert!(!release.is_of("trixie"));
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
