//! The image of a release in the manifests of an environment.
//!
//! Manifests are people's: their comments, order, quotes and anchors stay. So nothing is written anew;
//! the bytes of the values are found by a parser that knows where it read them, and replaced. Before
//! the outcome is handed out it is read again: it must be what was there, but for those values.

mod edit;
mod error;
mod helm;
mod kubernetes;
mod kustomize;
mod reference;
mod tree;
mod verify;

pub use error::{Candidate, ManifestError};
pub use reference::Reference;

use std::collections::BTreeSet;

use edit::Splice;
use tree::{Document, documents};

/// A file of an environment.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    /// How it is called.
    pub path: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// What is to run.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// Where a registry has it: `registry.example/team/churn`.
    pub repository: &'a str,
    /// Its digest: `sha256:…`.
    pub digest: &'a str,
    /// What people call it. It is told in a comment, or where a tag is asked for.
    pub tag: Option<&'a str>,
}

/// Where the image is named.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// In containers of Kubernetes objects, or in a kustomization, which is believed before them.
    Found,
    /// In values of Helm, at these keys: an image's name, or a map with `repository`, `tag`, `digest`.
    Values(&'a [&'a str]),
}

/// One value that is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// What stood there; nothing where there was none.
    pub before: String,
    /// What stands there.
    pub after: String,
}

/// Manifests that name the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edited {
    /// The files that are other than before: path and text.
    pub files: Vec<(String, String)>,
    /// What is other in them.
    pub changes: Vec<Change>,
}

/// Names `image` in the manifests. Nothing is changed where it is named already.
///
/// # Errors
/// A manifest can't be read, or it can't be told which of the images in them is meant.
pub fn name_image(
    manifests: &[Manifest<'_>],
    image: &Image<'_>,
    place: Place<'_>,
) -> Result<Edited, ManifestError> {
    let mut read: Vec<(Manifest<'_>, Vec<Document>)> = Vec::new();
    for manifest in manifests {
        read.push((*manifest, documents(manifest)?));
    }
    let splices = match place {
        Place::Values(keys) => helm::splices(&read, image, keys)?,
        Place::Found => match kustomize::splices(&read, image)? {
            found if !found.is_empty() => found,
            _ => kubernetes::splices(&read, image)?,
        },
    };
    let mut edited = Edited::default();
    for (at, (manifest, before)) in read.iter().enumerate() {
        let mut own: Vec<&Splice> =
            splices.iter().filter(|(file, _)| *file == at).map(|(_, splice)| splice).collect();
        own.sort_by_key(|splice| splice.from);
        let text = edit::apply(manifest.text, &own);
        if text == manifest.text {
            continue;
        }
        verify::only_these(manifest, before, &text, &own)?;
        let changes = own.iter().filter(|splice| splice.before != splice.after);
        edited.changes.extend(changes.map(|splice| Change {
            path: manifest.path.to_owned(),
            line: tree::line_of(manifest.text, splice.from),
            before: splice.before.clone(),
            after: splice.after.clone(),
        }));
        edited.files.push((manifest.path.to_owned(), text));
    }
    Ok(edited)
}

/// The digest by which the manifests name the image of that repository; none where they name it by a tag
/// alone.
///
/// # Errors
/// As [`name_image`]; also where they name it by several digests.
pub fn named(
    manifests: &[Manifest<'_>],
    repository: &str,
    place: Place<'_>,
) -> Result<Option<String>, ManifestError> {
    // Where an edit would put another digest, the one that is meant stands.
    let other = format!("sha256:{}", "0".repeat(64));
    let image = Image { repository, digest: &other, tag: None };
    let edited = name_image(manifests, &image, place)?;
    // Beside them a tag, in a comment or as its own value, may change too.
    let by_digest: Vec<&Change> =
        edited.changes.iter().filter(|change| digest_in(&change.before).is_some()).collect();
    let digests: BTreeSet<&str> =
        by_digest.iter().filter_map(|change| digest_in(&change.before)).collect();
    match digests.into_iter().collect::<Vec<_>>().as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((*one).to_owned())),
        _ => {
            let candidate = |change: &&Change| Candidate {
                path: change.path.clone(),
                line: change.line,
                image: change.before.clone(),
            };
            let found = by_digest.iter().map(candidate).collect();
            Err(ManifestError::Ambiguous { wanted: repository.to_owned(), found })
        }
    }
}

fn digest_in(text: &str) -> Option<&str> {
    let at = text.find("sha256:")?;
    let digest = text.get(at..at + 71)?;
    digest["sha256:".len()..].bytes().all(|b| b.is_ascii_hexdigit()).then_some(digest)
}

/// What was read of each file, and what is to be changed in which.
type Read<'a> = [(Manifest<'a>, Vec<Document>)];
type Splices = Vec<(usize, Splice)>;
