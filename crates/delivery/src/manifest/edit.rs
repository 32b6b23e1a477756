//! Bytes in the place of others.

use super::tree::{Kind, Node, Style, line_of};
use super::{Image, Manifest, ManifestError};

/// Bytes that are replaced; none where something is put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The bytes that come there.
    pub(super) bytes: String,
    /// What was meant by them before, and what is.
    pub(super) before: String,
    pub(super) after: String,
}

/// The text with these bytes, sorted by place and apart from each other, in place of its own.
pub(super) fn apply(text: &str, splices: &[&Splice]) -> String {
    let mut out = String::with_capacity(text.len() + 128);
    let mut at = 0;
    for splice in splices {
        out.push_str(&text[at..splice.from]);
        out.push_str(&splice.bytes);
        at = splice.to;
    }
    out.push_str(&text[at..]);
    out
}

/// Another text for a scalar, in the quotes that it has.
pub(super) fn value(
    manifest: &Manifest<'_>,
    scalar: &Node,
    text: &str,
) -> Result<Splice, ManifestError> {
    let Kind::Scalar { text: before, style } = &scalar.kind else {
        return Err(unfit(manifest, scalar, "no text"));
    };
    let bytes = match style {
        Style::Plain => text.to_owned(),
        Style::Single => format!("'{text}'"),
        Style::Double => format!("\"{text}\""),
        Style::Nothing | Style::Other => return Err(unfit(manifest, scalar, &style.to_string())),
    };
    let (before, after) = (before.clone(), text.to_owned());
    Ok(Splice { from: scalar.from, to: scalar.to, bytes, before, after })
}

pub(super) fn unfit(manifest: &Manifest<'_>, node: &Node, how: &str) -> ManifestError {
    ManifestError::Unfit {
        path: manifest.path.to_owned(),
        line: line_of(manifest.text, node.from),
        what: "the image".to_owned(),
        how: how.to_owned(),
    }
}

/// What our comment behind an image begins with.
const OURS: &str = "# tag: ";

/// The comment that tells the tag of the image behind `scalar`: put there, brought up to date, or taken
/// away. Where somebody else's stands, or more of a value, there is no room for one.
pub(super) fn comment(manifest: &Manifest<'_>, scalar: &Node, image: &Image<'_>) -> Option<Splice> {
    let line = line_from(manifest.text, scalar.to).trim_end();
    let there = line.trim_start();
    let is_ours = there.starts_with(OURS);
    if !(there.is_empty() || is_ours) {
        return None;
    }
    let bytes = image.tag.map(|tag| format!(" {OURS}{tag}")).unwrap_or_default();
    let to = scalar.to + if is_ours { line.len() } else { 0 };
    let before = if is_ours { there[OURS.len()..].to_owned() } else { String::new() };
    let after = image.tag.unwrap_or_default().to_owned();
    let splice = Splice { from: scalar.to, to, bytes, before, after };
    (splice.before != splice.after).then_some(splice)
}

/// Another entry of a map, behind the last one that is written on one line; none where there is no such.
pub(super) fn entry(manifest: &Manifest<'_>, map: &Node, key: &str, text: &str) -> Option<Splice> {
    let Kind::Map { entries, flow } = &map.kind else { return None };
    let (first, _) = entries.first()?;
    let is_short =
        |node: &Node| matches!(&node.kind, Kind::Scalar { style, .. } if *style != Style::Other);
    let (_, last) = entries.iter().rev().find(|(_, value)| is_short(value))?;
    let (at, bytes) = match flow {
        true => (last.to, format!(", {key}: {text}")),
        false => {
            let begin = manifest.text[..first.from].rfind(BREAKS).map_or(0, |at| at + 1);
            let indent = manifest.text[begin..first.from].chars().count();
            // A comment behind the last value stays with it, and a file of Windows what it is.
            let at = last.to + line_from(manifest.text, last.to).len();
            let end = if manifest.text[at..].starts_with("\r\n") { "\r\n" } else { "\n" };
            (at, format!("{end}{}{key}: {text}", " ".repeat(indent)))
        }
    };
    Some(Splice { from: at, to: at, bytes, before: String::new(), after: text.to_owned() })
}

/// What ends a line. Source: YAML 1.2.2 §5.4.
const BREAKS: [char; 2] = ['\n', '\r'];

/// The rest of the line on which this byte is.
fn line_from(text: &str, at: usize) -> &str {
    text[at..].split(BREAKS).next().unwrap_or_default()
}
