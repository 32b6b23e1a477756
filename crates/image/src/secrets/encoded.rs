//! Parts of a file that are encoded: what is in them is looked at as well, once.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter ones hold no secret.
const LEAST_BASE64: usize = 28;
const LEAST_HEX: usize = 40;
/// What is unpacked of a packed file, and of all text that is escaped or wide.
const MOST: usize = 16 << 20;

/// A part of a file, decoded.
pub(super) struct Part {
    pub(super) at: usize,
    pub(super) how: &'static str,
    pub(super) decoded: Vec<u8>,
}

pub(super) fn parts(bytes: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    runs(bytes, LEAST_BASE64, is_base64, &mut |at, run| base64(at, run, &mut parts));
    runs(bytes, LEAST_HEX, |byte| byte.is_ascii_hexdigit(), &mut |at, run| {
        hex(at, run, &mut parts)
    });
    parts.extend(escaped(bytes));
    parts.extend(wide(bytes));
    parts.extend(packed(bytes));
    parts
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The longest rows of such bytes, if they are long enough.
fn runs<'b>(
    bytes: &'b [u8],
    least: usize,
    is: impl Fn(u8) -> bool,
    found: &mut dyn FnMut(usize, &'b [u8]),
) {
    let mut begin = 0;
    while begin < bytes.len() {
        // From a place where a row of that length could end, so that most bytes are not looked at.
        let Some(last) = bytes.get(begin + least - 1) else { return };
        if !is(*last) {
            begin += least;
            continue;
        }
        let back = bytes[begin..begin + least].iter().rposition(|byte| !is(*byte));
        let start = back.map_or(begin, |back| begin + back + 1);
        let end =
            bytes[start..].iter().position(|byte| !is(*byte)).map_or(bytes.len(), |it| start + it);
        if end - start >= least {
            found(start, &bytes[start..end]);
        }
        begin = end + 1;
    }
}

/// At each of the four places where it may begin: something else of the alphabet may stand before it.
fn base64(at: usize, run: &[u8], parts: &mut Vec<Part>) {
    let url = run.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if url { &URL_SAFE_NO_PAD } else { &STANDARD_NO_PAD };
    for skip in 0..4 {
        let Some(rest) = run.get(skip..) else { return };
        let whole = &rest[..rest.len() / 4 * 4];
        let tail = &rest[whole.len()..];
        // What is left over may be two or three characters, which are one or two bytes.
        let text = if tail.len() >= 2 && engine.decode(rest).is_ok() { rest } else { whole };
        if let Ok(decoded) = engine.decode(text)
            && is_texty(&decoded)
        {
            parts.push(Part { at, how: "base64", decoded });
        }
    }
}

/// Secrets are text; what decodes to anything else is a picture, a digest or no base64.
fn is_texty(decoded: &[u8]) -> bool {
    let text = decoded.iter().filter(|byte| matches!(byte, 9 | 10 | 13 | 32..=126)).count();
    text * 10 >= decoded.len() * 9
}

fn hex(at: usize, run: &[u8], parts: &mut Vec<Part>) {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    for skip in 0..2 {
        let pairs = run.get(skip..).unwrap_or_default().as_chunks::<2>().0;
        let decoded: Vec<u8> = pairs.iter().map(|two| digit(two[0]) << 4 | digit(two[1])).collect();
        if is_texty(&decoded) {
            parts.push(Part { at, how: "hexadecimal", decoded });
        }
    }
}

/// `%2B` of addresses, `\u002b` and `\/` of JSON, and `\x2b` of programs.
fn escaped(bytes: &[u8]) -> Option<Part> {
    let bytes = &bytes[..bytes.len().min(MOST)];
    let first = bytes.iter().position(|byte| matches!(byte, b'%' | b'\\'))?;
    let (mut decoded, mut at, mut changed) =
        (Vec::with_capacity(bytes.len() - first), first, false);
    let code = |digits: Option<&[u8]>| -> Option<u8> {
        u8::from_str_radix(std::str::from_utf8(digits?).ok()?, 16).ok()
    };
    while let Some(byte) = bytes.get(at) {
        let (taken, meant) = match byte {
            b'%' => (3, code(bytes.get(at + 1..at + 3))),
            b'\\' => match bytes.get(at + 1) {
                Some(b'u') if bytes.get(at + 2..at + 4) == Some(b"00") => {
                    (6, code(bytes.get(at + 4..at + 6)))
                }
                Some(b'x') => (4, code(bytes.get(at + 2..at + 4))),
                Some(b'n') => (2, Some(b'\n')),
                Some(b'/') => (2, Some(b'/')),
                _ => (1, None),
            },
            _ => (1, None),
        };
        changed |= meant.is_some();
        match meant {
            Some(meant) => {
                decoded.push(meant);
                at += taken;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    changed.then_some(Part { at: first, how: "escapes", decoded })
}

/// UTF-16: each second byte of a Latin text is zero.
fn wide(bytes: &[u8]) -> Option<Part> {
    let bytes = &bytes[..bytes.len().min(MOST)];
    let pairs = bytes.as_chunks::<2>().0;
    if pairs.len() < 16 {
        return None;
    }
    let zeros =
        |side: usize| pairs.iter().filter(|pair| pair[side] == 0).count() * 10 >= pairs.len() * 8;
    let side = [1, 0].into_iter().find(|side| zeros(*side))?;
    Some(Part { at: 0, how: "UTF-16", decoded: pairs.iter().map(|pair| pair[1 - side]).collect() })
}

fn packed(bytes: &[u8]) -> Option<Part> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut decoded = Vec::new();
    // What is whole before it breaks is looked at.
    let _ = flate2::bufread::MultiGzDecoder::new(bytes).take(MOST as u64).read_to_end(&mut decoded);
    Some(Part { at: 0, how: "gzip", decoded })
}
