//! That an edit has changed what it should and nothing else, told by reading what came out.

use super::edit::Splice;
use super::tree::{Document, Kind, Node, documents};
use super::{Manifest, ManifestError};

pub(super) fn only_these(
    manifest: &Manifest<'_>,
    before: &[Document],
    text: &str,
    splices: &[&Splice],
) -> Result<(), ManifestError> {
    let spills = |what: String| ManifestError::Spills { path: manifest.path.to_owned(), what };
    let after = documents(&Manifest { text, ..*manifest })
        .map_err(|error| spills(format!("what the file means ({error})")))?;
    if before.len() != after.len() {
        return Err(spills("how many documents there are".to_owned()));
    }
    let pairs = before.iter().zip(&after);
    pairs.into_iter().try_for_each(|(one, other)| same(one, other, splices)).map_err(spills)
}

fn same(before: &Node, after: &Node, splices: &[&Splice]) -> Result<(), String> {
    if before.anchor != after.anchor {
        return Err("an anchor".to_owned());
    }
    match (&before.kind, &after.kind) {
        (Kind::Scalar { text: was, style }, Kind::Scalar { text: is, style: now }) => {
            let place = |it: &&&Splice| (it.from, it.to) == (before.from, before.to);
            let wanted = splices.iter().find(place).map_or(was, |splice| &splice.after);
            match is == wanted && style == now {
                true => Ok(()),
                false => Err(format!("`{was}` to `{is}`")),
            }
        }
        (Kind::Alias(one), Kind::Alias(other)) if one == other => Ok(()),
        (Kind::List(was), Kind::List(is)) if was.len() == is.len() => {
            was.iter().zip(is).try_for_each(|(one, other)| same(one, other, splices))
        }
        (Kind::Map { entries: was, flow }, Kind::Map { entries: is, flow: now }) if flow == now => {
            entries(was, is, splices)
        }
        _ => Err("the kind of a value".to_owned()),
    }
}

// Those that were there are there, in their order; what is new was meant to be.
fn entries(was: &[(Node, Node)], is: &[(Node, Node)], splices: &[&Splice]) -> Result<(), String> {
    let mut was = was.iter().peekable();
    for (key, value) in is {
        if let Some((old_key, old_value)) = was.peek()
            && same(old_key, key, splices).is_ok()
        {
            same(old_value, value, splices)?;
            was.next();
            continue;
        }
        let is_meant = splices
            .iter()
            .any(|splice| splice.from == splice.to && value.text() == Some(&splice.after));
        if !is_meant {
            return Err(format!("`{}`", key.text().unwrap_or("a key")));
        }
    }
    match was.next() {
        None => Ok(()),
        Some((key, _)) => Err(format!("`{}`", key.text().unwrap_or("a key"))),
    }
}
