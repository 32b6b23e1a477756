//! Whether what looks like a secret is one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::rules::{Proof, Rule};

/// Words of documents and tests that stand for a secret.
const STAND_INS: [&str; 26] = [
    "example",
    "changeme",
    "change_me",
    "change-me",
    "placeholder",
    "your_",
    "your-",
    "yourpass",
    "redacted",
    "xxxx",
    "****",
    "....",
    "dummy",
    "sample",
    "insert",
    "replace",
    "todo",
    "fixme",
    "password",
    "passwd",
    "secret",
    "foobar",
    "notreal",
    "fake",
    "test",
    "my_",
];
/// What a template fills in.
const TEMPLATES: [&str; 8] = ["${", "{{", "<", "%(", "{", "$", "%s", "…"];

pub(super) fn is_one(rule: &Rule, secret: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(secret) else { return false };
    match rule.proof {
        Proof::Form => !is_stand_in(text, false),
        Proof::Random(tenths) => is_random(text, tenths) && !is_stand_in(text, is_loose(rule)),
        Proof::Checksum => has_checksum(text),
        Proof::Jwt => is_jwt(text),
        Proof::Chosen => !is_stand_in(text, true) && !is_plain_word(text),
    }
}

/// Rules whose match may be any text: words of everyday language are none for them.
fn is_loose(rule: &Rule) -> bool {
    matches!(rule.id, "password" | "api-key" | "bearer" | "comet-key" | "pagerduty-key")
}

fn is_stand_in(text: &str, loose: bool) -> bool {
    let lower = text.to_ascii_lowercase();
    if TEMPLATES.iter().any(|sign| text.starts_with(sign)) || text.contains("${") {
        return true;
    }
    // Six of the same after one another are no accident, nor is the alphabet.
    let bytes = lower.as_bytes();
    let is_row = bytes.windows(6).any(|six| six.iter().all(|byte| *byte == six[0]));
    let is_ladder =
        bytes.windows(8).any(|it| it.windows(2).all(|two| two[1] == two[0].wrapping_add(1)));
    let words = if loose { &STAND_INS[..] } else { &STAND_INS[..10] };
    is_row || is_ladder || words.iter().any(|word| lower.contains(word))
}

/// A single word in one case is what documents have: `user:pass@host`.
fn is_plain_word(text: &str) -> bool {
    text.len() < 8
        && (text.chars().all(|c| c.is_ascii_lowercase())
            || text.chars().all(|c| c.is_ascii_uppercase()))
}

/// Shannon's entropy of its characters, in tenths of bits for each.
fn is_random(text: &str, tenths: u32) -> bool {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let all = text.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / all;
            -share * share.log2()
        })
        .sum();
    // A short text can't have many bits for each character.
    let most = all.log2();
    bits >= (f64::from(tenths) / 10.0).min(most * 0.75)
}

/// CRC-32 of what stands before the last six characters, in base 62. Source: GitHub, "Behind
/// GitHub's new authentication token formats" (2021).
fn has_checksum(text: &str) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((_, token)) = text.split_once('_') else { return false };
    let Some((body, checksum)) = token.split_at_checked(token.len().saturating_sub(6)) else {
        return false;
    };
    let mut left = rawzip::crc32(body.as_bytes());
    let mut told = [b'0'; 6];
    for digit in told.iter_mut().rev() {
        *digit = DIGITS[(left % 62) as usize];
        left /= 62;
    }
    checksum.as_bytes() == told
}

fn is_jwt(text: &str) -> bool {
    let header = text.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let header: Option<serde_json::Value> =
        header.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    // An unsigned one proves nothing to anybody.
    header.is_some_and(|header| header["alg"].as_str().is_some_and(|alg| alg != "none"))
}
