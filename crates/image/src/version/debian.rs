//! Versions of Debian packages. Source: Debian Policy Manual §5.6.12; `deb-version(7)`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// `[epoch:]upstream[-revision]`, in the order of `dpkg --compare-versions`.
#[derive(Clone, Debug)]
pub struct DebianVersion {
    epoch: u32,
    upstream: String,
    revision: String,
    written: String,
}

/// Why a text is no version of a Debian package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version of a Debian package")]
pub struct DebianVersionError(String);

impl FromStr for DebianVersion {
    type Err = DebianVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || DebianVersionError(text.to_owned());
        let written = text.trim();
        let (epoch, rest) = match written.split_once(':') {
            Some((epoch, rest)) => (epoch.parse().map_err(|_| refused())?, rest),
            None => (0, written),
        };
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        let known = |c: char| c.is_ascii_alphanumeric() || ".+~:-".contains(c);
        if upstream.is_empty() || !rest.chars().all(known) {
            return Err(refused());
        }
        let (upstream, revision) = (upstream.to_owned(), revision.to_owned());
        Ok(Self { epoch, upstream, revision, written: written.to_owned() })
    }
}

impl Ord for DebianVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| in_turns(self.upstream.as_bytes(), other.upstream.as_bytes()))
            .then_with(|| in_turns(self.revision.as_bytes(), other.revision.as_bytes()))
    }
}

// Stretches without digits and stretches of digits, in turns, until one differs.
fn in_turns(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (text_a, text_b) = (take(&mut a, false), take(&mut b, false));
        let (number_a, number_b) = (take(&mut a, true), take(&mut b, true));
        let order = by_letters(text_a, text_b).then_with(|| by_value(number_a, number_b));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn take<'t>(text: &mut &'t [u8], digits: bool) -> &'t [u8] {
    let end = text.iter().position(|b| b.is_ascii_digit() != digits).unwrap_or(text.len());
    let (taken, rest) = text.split_at(end);
    *text = rest;
    taken
}

// `~` comes before the end of a text, the end before letters, and letters before all else.
fn by_letters(a: &[u8], b: &[u8]) -> Ordering {
    let weight = |text: &[u8], at: usize| match text.get(at) {
        None => 0,
        Some(b'~') => -1,
        Some(letter) if letter.is_ascii_alphabetic() => i32::from(*letter),
        Some(other) => i32::from(*other) + 256,
    };
    (0..a.len().max(b.len()))
        .map(|at| weight(a, at).cmp(&weight(b, at)))
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

// Numbers of any length.
fn by_value(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (a.trim_ascii_zeros(), b.trim_ascii_zeros());
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

trait TrimZeros {
    fn trim_ascii_zeros(&self) -> &[u8];
}

impl TrimZeros for [u8] {
    fn trim_ascii_zeros(&self) -> &[u8] {
        let start = self.iter().position(|digit| *digit != b'0').unwrap_or(self.len());
        &self[start..]
    }
}

impl PartialOrd for DebianVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

// `1.0` and `1.00` are the same version, so equality follows the order and not the letters.
impl PartialEq for DebianVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for DebianVersion {}

impl fmt::Display for DebianVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> DebianVersion {
        text.parse().unwrap()
    }

    // Checked against `dpkg --compare-versions`.
    #[test]
    fn versions_come_in_dpkg_s_order() {
        let rising = [
            "0.9",
            "1.0~~",
            "1.0~~a",
            "1.0~",
            "1.0~rc1-1",
            "1.0",
            "1.0-0.1",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1+deb12u1",
            "1.0-1.1",
            "1.0-2",
            "1.0-10",
            "1.0a",
            "1.0+dfsg",
            "1.0.1",
            "1.2",
            "1.10",
            "2-1",
            "20230101",
            "1:0.1",
            "2:0",
        ];
        for (at, low) in rising.iter().enumerate() {
            for high in &rising[at + 1..] {
                assert!(version(low) < version(high), "{low} < {high}");
                assert!(version(high) > version(low), "{high} > {low}");
            }
        }
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        assert_eq!(version("1.0"), version("0:1.00"));
        assert_eq!(version("1.0"), version("1.0-0"));
        assert_eq!(version("0:1.00").to_string(), "0:1.00");
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "a:1", "1 0", ":1", "-1", "99999999999:1", "1_0"] {
            assert!(text.parse::<DebianVersion>().is_err(), "{text}");
        }
    }
}
