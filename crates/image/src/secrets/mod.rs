//! Secrets that lie where everybody can read them: found by what they look like, in files, in layers
//! and in what an image says of itself, also where they are encoded.
//!
//! A secret itself is never told: not in a message, not in `Debug`, not in JSON. What is told is
//! where it is, of what kind, how it begins, and a fingerprint by which it can be allowed.

mod encoded;
mod image;
mod known;
mod look;
mod proof;
mod rules;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Serialize;
use tollgate_model::{Finding, Place};

use crate::oci::Sha256;
pub use image::{Searched, entries, layer, settings};
pub use known::holding;
use look::Words;

/// What says on a line that the secret in it is none that matters.
const ALLOWED_HERE: &[u8] = b"tollgate: allow-secret";

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Leak {
    /// In which file, or which setting of an image.
    pub path: String,
    /// Counted from 1; of what is in no line it is 1.
    pub line: u64,
    /// Its kind: `github-token`.
    pub kind: &'static str,
    /// What that is.
    pub what: &'static str,
    /// How it begins and how long it is: `ghp_… (40 characters)`.
    pub shown: String,
    /// Of the secret: 16 hexadecimal characters of a SHA-256.
    pub fingerprint: String,
    /// How it was encoded, where it was: `base64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoded: Option<&'static str>,
}

impl Leak {
    /// It as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let place = Place::File { path: self.path.clone(), line: Some(self.line) };
        let encoded = self.encoded.map(|how| format!(", in {how}")).unwrap_or_default();
        let message = format!("{} in {}:{}{encoded}", self.what, self.path, self.line);
        Finding::new(&format!("secret.{}", self.kind), place, message)
            .contrast("no secret", self.shown.clone())
            .hint("take it out and make it void: whoever has seen the file has it")
    }
}

/// What is looked for, as a digest: who keeps what was found looks again when it is another.
#[must_use]
pub fn looked_for() -> Sha256 {
    // The number is that of how it is looked for.
    let mut all = String::from("1");
    for rule in rules::RULES {
        all += &format!("{} {:?} {} {:?}\n", rule.id, rule.begins, rule.pattern, rule.proof);
    }
    Sha256::of(all.as_bytes())
}

/// The secrets in a file of these bytes, each once, in their order.
#[must_use]
pub fn search(path: &str, bytes: &[u8]) -> Vec<Leak> {
    static WORDS: LazyLock<Words> = LazyLock::new(Words::new);
    let mut leaks: Vec<Leak> = Vec::new();
    let mut known: HashSet<(u64, String)> = HashSet::new();
    let mut add = |found: look::Match<'_>, encoded: Option<&'static str>, line: u64| {
        let leak = Leak {
            path: path.to_owned(),
            line,
            kind: found.rule.id,
            what: found.rule.what,
            shown: shown(found.secret),
            fingerprint: Sha256::of(found.secret).hex()[..16].to_owned(),
            encoded,
        };
        // One secret is often several kinds: the first rule is the most exact.
        if known.insert((leak.line, leak.fingerprint.clone())) {
            leaks.push(leak);
        }
    };
    let mut lines = Lines::of(bytes);
    for found in WORDS.look(bytes) {
        if !is_allowed(bytes, found.at) {
            let line = lines.at(found.at);
            add(found, None, line);
        }
    }
    for part in encoded::parts(bytes) {
        if is_allowed(bytes, part.at) {
            continue;
        }
        // Of what was hidden only what has a form of its own is believed.
        let line = lines.at(part.at);
        for found in WORDS.look(&part.decoded).into_iter().filter(|found| found.rule.is_exact()) {
            add(found, Some(part.how), line);
        }
    }
    leaks.sort();
    leaks
}

/// Counts lines on the way through a text.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    fn at(&mut self, place: usize) -> u64 {
        if place < self.at {
            (self.at, self.line) = (0, 1);
        }
        let feeds = self.bytes[self.at..place].iter().filter(|byte| **byte == b'\n').count();
        (self.at, self.line) = (place, self.line + feeds as u64);
        self.line
    }
}

/// Whether the line says so.
fn is_allowed(bytes: &[u8], at: usize) -> bool {
    const LONGEST: usize = 2_000;
    let begin = at.saturating_sub(LONGEST);
    let begin =
        bytes[begin..at].iter().rposition(|byte| *byte == b'\n').map_or(begin, |it| begin + it);
    let rest = &bytes[at..bytes.len().min(at + LONGEST)];
    let end = at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    bytes[begin..end].windows(ALLOWED_HERE.len()).any(|window| window == ALLOWED_HERE)
}

/// At most four characters of it, and no more than a fifth.
fn shown(secret: &[u8]) -> String {
    let few = (secret.len() / 5).min(4);
    let begin: String = secret[..few].iter().map(|byte| char::from(*byte)).collect();
    let begin = begin.escape_debug().to_string();
    format!("{begin}… ({} characters)", secret.len())
}
