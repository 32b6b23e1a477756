//! Versions of Python packages. Source: PEP 440, "Version scheme" and the summary of its ordering.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;

/// `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]`, in PEP 440's order.
#[derive(Clone, Debug)]
pub struct PythonVersion {
    epoch: u64,
    release: Vec<u64>,
    pre: Option<(Pre, u64)>,
    post: Option<u64>,
    dev: Option<u64>,
    local: Vec<Local>,
}

/// Why a text is no version of a Python package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version of a Python package (PEP 440)")]
pub struct PythonVersionError(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pre {
    Alpha,
    Beta,
    Candidate,
}

// A number comes after any text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Text(String),
    Number(u64),
}

// The pattern of PEP 440's appendix B, which takes all spellings that it normalises.
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?ix)^\s*v?
        (?:(?P<epoch>[0-9]+)!)?
        (?P<release>[0-9]+(?:\.[0-9]+)*)
        (?:[-_.]?(?P<pre>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?P<pre_n>[0-9]+)?)?
        (?P<post>-(?P<post_n1>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_n2>[0-9]+)?)?
        (?P<dev>[-_.]?dev[-_.]?(?P<dev_n>[0-9]+)?)?
        (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$";
    #[expect(clippy::unwrap_used, reason = "a constant; a test parses with it")]
    Regex::new(pattern).unwrap()
});

impl FromStr for PythonVersion {
    type Err = PythonVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || PythonVersionError(text.to_owned());
        let found = PATTERN.captures(text).ok_or_else(refused)?;
        let part = |name: &str| found.name(name).map(|m| m.as_str());
        let number = |text: &str| text.parse::<u64>().map_err(|_| refused());
        let counted = |name: &str| part(name).map_or(Ok(0), number);
        let release = part("release").unwrap_or_default().split('.').map(number);
        let pre = match part("pre").map(str::to_ascii_lowercase).as_deref() {
            None => None,
            Some("a" | "alpha") => Some((Pre::Alpha, counted("pre_n")?)),
            Some("b" | "beta") => Some((Pre::Beta, counted("pre_n")?)),
            Some(_) => Some((Pre::Candidate, counted("pre_n")?)),
        };
        let post = match (part("post"), part("post_n1").or_else(|| part("post_n2"))) {
            (None, _) => None,
            (Some(_), given) => Some(given.map_or(Ok(0), number)?),
        };
        let dev = part("dev").map(|_| counted("dev_n")).transpose()?;
        let local = part("local").unwrap_or_default().to_ascii_lowercase();
        let local = local.split(['.', '-', '_']).filter(|part| !part.is_empty());
        Ok(Self {
            epoch: counted("epoch")?,
            release: release.collect::<Result<_, _>>()?,
            pre,
            post,
            dev,
            local: local
                .map(|part| {
                    part.parse().map_or_else(|_| Local::Text(part.to_owned()), Local::Number)
                })
                .collect(),
        })
    }
}

impl PythonVersion {
    /// The numbers of the release, as written: `1.20` is `[1, 20]`.
    #[must_use]
    pub fn release(&self) -> &[u64] {
        &self.release
    }

    /// The epoch; 0 where none is written.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether it comes before the release that it names: an alpha, a beta, a candidate or a
    /// development version.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    /// Whether it comes after the release that it names.
    #[must_use]
    pub fn is_postrelease(&self) -> bool {
        self.post.is_some()
    }

    /// Whether it has a part after `+`.
    #[must_use]
    pub fn is_local(&self) -> bool {
        !self.local.is_empty()
    }

    /// The same without what stands after `+`.
    #[must_use]
    pub fn public(&self) -> Self {
        Self { local: Vec::new(), ..self.clone() }
    }

    /// The epoch and release alone: of `1!2.0rc1+cpu` it is `1!2.0`.
    #[must_use]
    pub fn base(&self) -> Self {
        Self { pre: None, post: None, dev: None, ..self.public() }
    }

    // Where it stands among the versions of its release: development versions of the release
    // itself come first, then what is before it, then the release, then what is after it.
    fn stage(&self) -> (u8, Option<(Pre, u64)>) {
        match self.pre {
            Some(pre) => (1, Some(pre)),
            None if self.post.is_none() && self.dev.is_some() => (0, None),
            None => (2, None),
        }
    }

    // Trailing zeros count for nothing.
    fn significant(&self) -> &[u64] {
        let end = self.release.iter().rposition(|n| *n != 0).map_or(0, |at| at + 1);
        &self.release[..end]
    }
}

impl Ord for PythonVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let dev = |version: &Self| version.dev.unwrap_or(u64::MAX);
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| self.significant().cmp(other.significant()))
            .then_with(|| self.stage().cmp(&other.stage()))
            .then_with(|| self.post.cmp(&other.post))
            .then_with(|| dev(self).cmp(&dev(other)))
            .then_with(|| self.local.cmp(&other.local))
    }
}

impl PartialOrd for PythonVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

// `1.0` and `1.0.0` are the same version, so equality follows the order.
impl PartialEq for PythonVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for PythonVersion {}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch > 0 {
            write!(f, "{}!", self.epoch)?;
        }
        let release: Vec<String> = self.release.iter().map(u64::to_string).collect();
        f.write_str(&release.join("."))?;
        if let Some((pre, number)) = self.pre {
            let letter = match pre {
                Pre::Alpha => "a",
                Pre::Beta => "b",
                Pre::Candidate => "rc",
            };
            write!(f, "{letter}{number}")?;
        }
        if let Some(number) = self.post {
            write!(f, ".post{number}")?;
        }
        if let Some(number) = self.dev {
            write!(f, ".dev{number}")?;
        }
        for (at, part) in self.local.iter().enumerate() {
            f.write_str(if at == 0 { "+" } else { "." })?;
            match part {
                Local::Text(text) => f.write_str(text)?,
                Local::Number(number) => write!(f, "{number}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> PythonVersion {
        text.parse().unwrap()
    }

    // The list of the PEP's section "Summary of permitted suffixes and relative ordering", with
    // local versions and epochs; checked against `packaging.version`.
    #[test]
    fn versions_come_in_pep_440_s_order() {
        let rising = [
            "1.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.15",
            "1.1.dev1",
            "1!0.1",
        ];
        // `1.dev0` and `1.0.dev456` are of the same release.
        for (at, low) in rising.iter().enumerate() {
            for high in &rising[at + 1..] {
                assert!(version(low) < version(high), "{low} < {high}");
                assert!(version(high) > version(low), "{high} > {low}");
            }
        }
    }

    #[test]
    fn spellings_are_normalised() {
        let spelled = [
            ("v1.0-ALPHA.1", "1.0a1"),
            ("1.0c1", "1.0rc1"),
            ("1.0_preview", "1.0rc0"),
            ("1.0-1", "1.0.post1"),
            ("1.0.r4", "1.0.post4"),
            ("1.0-dev", "1.0.dev0"),
            ("1.0+ubuntu-1", "1.0+ubuntu.1"),
            (" 0!1.00 ", "1.0"),
        ];
        for (written, normal) in spelled {
            assert_eq!(version(written).to_string(), normal, "{written}");
            assert_eq!(version(written), version(normal));
        }
        assert_eq!(version("1.0"), version("1.0.0"));
    }

    #[test]
    fn a_version_knows_what_it_is() {
        assert!(version("1.0rc1").is_prerelease() && version("1.dev1").is_prerelease());
        assert!(version("1.0.post1").is_postrelease() && !version("1.0.post1").is_prerelease());
        assert_eq!(version("1!2.0rc1.post2+cpu").base().to_string(), "1!2.0");
        assert!(version("1+cpu").is_local() && !version("1+cpu").public().is_local());
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "one", "1.0.x", "1..0", "1+", "1.0 beta x", "99999999999999999999999"] {
            assert!(text.parse::<PythonVersion>().is_err(), "{text}");
        }
    }
}
