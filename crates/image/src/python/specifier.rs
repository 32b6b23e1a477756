//! Which versions are admitted. Source: the specification "Version specifiers" (PEP 440).

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::version::PythonVersion;

/// Conditions that all have to hold: `>=1.2, !=1.5.*`. None at all admits every version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Specifiers(Vec<Specifier>);

/// A text that is no condition on versions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no condition on versions: one such as `>=1.2` or `==1.4.*` is expected (PEP 440)"
)]
pub struct SpecifiersError(String);

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Specifier {
    Compare(Operator, PythonVersion),
    /// `==1.4.*` and, where the flag is false, `!=1.4.*`.
    Prefix(PythonVersion, bool),
    /// `===`: the same text.
    Same(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Compatible,
    Equal,
    NotEqual,
    AtMost,
    AtLeast,
    Below,
    Above,
}

// The longer ones first, so that each is found whole.
const OPERATORS: [(&str, Operator); 7] = [
    ("~=", Operator::Compatible),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("<", Operator::Below),
    (">", Operator::Above),
];

impl Specifiers {
    /// Whether `version` is admitted, whatever it is: what a lock pins may be a prerelease.
    #[must_use]
    pub fn admit(&self, version: &PythonVersion) -> bool {
        self.0.iter().all(|one| one.admits(version))
    }

    /// Whether `version` is admitted where prereleases are only taken if a condition names one.
    #[must_use]
    pub fn admit_final(&self, version: &PythonVersion) -> bool {
        (!version.is_prerelease() || self.0.iter().any(Specifier::names_prerelease))
            && self.admit(version)
    }

    /// The one version that is pinned with `==` or `===`, without a wildcard.
    #[must_use]
    pub fn pinned(&self) -> Option<PythonVersion> {
        match self.0.as_slice() {
            [Specifier::Compare(Operator::Equal, version)] => Some(version.clone()),
            [Specifier::Same(text)] => text.parse().ok(),
            _ => None,
        }
    }
}

impl TryFrom<String> for Specifiers {
    type Error = SpecifiersError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Specifiers {
    type Err = SpecifiersError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // The specification has a list that may end with a comma.
        let list = text.strip_suffix(',').unwrap_or(text);
        if list.trim().is_empty() {
            return if text.is_empty() { Ok(Self::default()) } else { Err(refused(text)) };
        }
        list.split(',').map(|one| Specifier::parse(one.trim())).collect::<Result<_, _>>().map(Self)
    }
}

fn refused(text: &str) -> SpecifiersError {
    SpecifiersError(text.chars().take(200).collect())
}

impl Specifier {
    pub(super) fn parse(text: &str) -> Result<Self, SpecifiersError> {
        if let Some(same) = text.strip_prefix("===") {
            let same = same.trim();
            let plain = !same.contains(|c: char| c.is_whitespace() || c == ';' || c == ')');
            return if plain { Ok(Self::Same(same.to_owned())) } else { Err(refused(text)) };
        }
        let found = OPERATORS.iter().find_map(|(sign, op)| Some((*op, text.strip_prefix(sign)?)));
        let (operator, version) = found.ok_or_else(|| refused(text))?;
        Self::compared(operator, version.trim()).ok_or_else(|| refused(text))
    }

    fn compared(operator: Operator, version: &str) -> Option<Self> {
        let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        if let Some(prefix) = version.strip_suffix(".*") {
            let version: PythonVersion = prefix.parse().ok()?;
            let bare = version == version.base() && !version.is_local();
            // `1.*` has nothing between the release and the star.
            let bare = bare && prefix.ends_with(|c: char| c.is_ascii_digit());
            return (equality && bare)
                .then_some(Self::Prefix(version, operator == Operator::Equal));
        }
        let version: PythonVersion = version.parse().ok()?;
        let local = version.is_local() && !equality;
        let short = operator == Operator::Compatible && version.release().len() < 2;
        (!local && !short).then_some(Self::Compare(operator, version))
    }

    fn names_prerelease(&self) -> bool {
        match self {
            Self::Compare(operator, version) => {
                *operator != Operator::NotEqual && version.is_prerelease()
            }
            Self::Prefix(..) => false,
            Self::Same(text) => text.parse().is_ok_and(|v: PythonVersion| v.is_prerelease()),
        }
    }

    pub(super) fn admits(&self, version: &PythonVersion) -> bool {
        match self {
            Self::Compare(operator, bound) => operator.admits(version, bound),
            Self::Prefix(prefix, wanted) => {
                begins_with(version, prefix, prefix.release().len()) == *wanted
            }
            Self::Same(text) => version.to_string().eq_ignore_ascii_case(text),
        }
    }
}

impl Operator {
    fn admits(self, version: &PythonVersion, bound: &PythonVersion) -> bool {
        let public = version.public();
        match self {
            Self::Equal => equal(version, bound),
            Self::NotEqual => !equal(version, bound),
            Self::AtMost => public <= *bound,
            Self::AtLeast => public >= *bound,
            Self::Compatible => {
                public >= *bound && begins_with(version, bound, bound.release().len() - 1)
            }
            // `<1.0` is not meant to admit `1.0rc1`, nor `>1.0` `1.0.post1` or `1.0+local`.
            Self::Below => {
                let before = version.is_prerelease() && !bound.is_prerelease();
                version < bound && !(before && *version >= first_of(bound))
            }
            Self::Above => version > bound && public != *bound && !is_post_of(&public, bound),
        }
    }
}

// The first development version of a version that is none itself: no prerelease comes before it.
fn first_of(bound: &PythonVersion) -> PythonVersion {
    format!("{bound}.dev0").parse().unwrap_or_else(|_| bound.clone())
}

// Whether it is `bound.postN`, or a development version of that.
fn is_post_of(version: &PythonVersion, bound: &PythonVersion) -> bool {
    let written = version.to_string();
    let before = written.split_once(".post").map(|(before, _)| before.parse());
    before.is_some_and(|before| before.as_ref() == Ok(bound))
}

// What stands after `+` counts only where it is asked for.
fn equal(version: &PythonVersion, bound: &PythonVersion) -> bool {
    if bound.is_local() { version == bound } else { version.public() == *bound }
}

// Whether the first `length` numbers are the same, with zeros where a release is shorter.
fn begins_with(version: &PythonVersion, prefix: &PythonVersion, length: usize) -> bool {
    let number = |of: &PythonVersion, at: usize| of.release().get(at).copied().unwrap_or(0);
    version.epoch() == prefix.epoch()
        && (0..length).all(|at| number(version, at) == number(prefix, at))
}

impl fmt::Display for Specifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "," })?;
            match one {
                Specifier::Compare(operator, version) => write!(f, "{operator}{version}")?,
                Specifier::Prefix(version, true) => write!(f, "=={version}.*")?,
                Specifier::Prefix(version, false) => write!(f, "!={version}.*")?,
                Specifier::Same(text) => write!(f, "==={text}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = OPERATORS.iter().find(|(_, operator)| operator == self);
        f.write_str(sign.map_or("", |(sign, _)| sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in ["1.0", "=1.0", ">=", ">=1.0+cpu", "~=1", ">1.*", "==1.0a1.*", "==1,,>2", ","] {
            assert!(text.parse::<Specifiers>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_pin_is_one_exact_version() {
        let pinned = |text: &str| text.parse::<Specifiers>().unwrap().pinned();
        assert_eq!(pinned("==1.0+cpu").unwrap().to_string(), "1.0+cpu");
        assert_eq!(pinned("===1.0").unwrap().to_string(), "1.0");
        assert!(pinned("==1.*").is_none() && pinned(">=1").is_none() && pinned("").is_none());
        assert!(pinned("==1,==1").is_none());
    }

    #[test]
    fn prereleases_are_taken_only_where_one_is_named() {
        let specifiers: Specifiers = ">=1.0".parse().unwrap();
        let candidate: PythonVersion = "2.0rc1".parse().unwrap();
        assert!(specifiers.admit(&candidate) && !specifiers.admit_final(&candidate));
        assert!(">=2.0a1".parse::<Specifiers>().unwrap().admit_final(&candidate));
    }

    #[test]
    fn conditions_are_written_as_they_are_read() {
        let text = ">=1.2,!=1.5.*,==1.*,===x,~=1.4";
        assert_eq!(text.parse::<Specifiers>().unwrap().to_string(), text);
    }
}
