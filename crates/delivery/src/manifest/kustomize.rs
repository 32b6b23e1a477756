//! Entries of `images` in a kustomization: `name`, and `newName`, `newTag` or `digest` in its place.
//! Source: the reference of kustomize, "images".

use super::edit::{Splice, comment, entry, unfit, value};
use super::tree::{Node, line_of};
use super::{Candidate, Image, Manifest, ManifestError, Read, Reference, Splices};

/// The splices; none where no kustomization names the image.
pub(super) fn splices(read: &Read<'_>, image: &Image<'_>) -> Result<Splices, ManifestError> {
    let mut found: Vec<(usize, &Node)> = Vec::new();
    for (file, (manifest, documents)) in read.iter().enumerate() {
        for document in documents.iter().filter(|document| is_kustomization(manifest, document)) {
            let entries = document.get("images").map(Node::items).unwrap_or_default();
            found.extend(entries.iter().map(|entry| (file, entry)));
        }
    }
    let wanted = Reference::of(image.repository);
    let names = |entry: &Node| -> Vec<Reference> {
        let texts = ["newName", "name"].into_iter().filter_map(|key| entry.get(key)?.text());
        texts.map(Reference::of).collect()
    };
    let exact: Vec<&(usize, &Node)> = found
        .iter()
        .filter(|(_, entry)| names(entry).iter().any(|it| it.repository == wanted.repository))
        .collect();
    let alike = || {
        let called = |it: &Reference| it.name() == wanted.name();
        found.iter().filter(|(_, entry)| names(entry).iter().any(called)).collect()
    };
    let meant: Vec<&(usize, &Node)> = if exact.is_empty() { alike() } else { exact };
    if meant.len() > 1 {
        let candidate = |(file, entry): &&(usize, &Node)| Candidate {
            path: read[*file].0.path.to_owned(),
            line: line_of(read[*file].0.text, entry.from),
            image: names(entry).first().map(Reference::to_string).unwrap_or_default(),
        };
        let found = meant.iter().map(candidate).collect();
        return Err(ManifestError::Ambiguous { wanted: image.repository.to_owned(), found });
    }
    let mut splices = Splices::new();
    for (file, entry) in meant {
        let of_entry = of_entry(&read[*file].0, entry, image)?;
        splices.extend(of_entry.into_iter().map(|splice| (*file, splice)));
    }
    Ok(splices)
}

fn is_kustomization(manifest: &Manifest<'_>, document: &Node) -> bool {
    let kind = document.get("kind").and_then(Node::text);
    let name = manifest.path.rsplit('/').next().unwrap_or_default();
    let by_name = ["kustomization.yaml", "kustomization.yml", "Kustomization"].contains(&name);
    matches!(kind, Some("Kustomization" | "Component")) || (kind.is_none() && by_name)
}

fn of_entry(
    manifest: &Manifest<'_>,
    map: &Node,
    image: &Image<'_>,
) -> Result<Vec<Splice>, ManifestError> {
    let no_room = || unfit(manifest, map, "an entry without a value on one line");
    let add = |key, text| entry(manifest, map, key, text).ok_or_else(no_room);
    let mut splices = Vec::new();
    let digest = match (map.get("digest"), map.entry("newTag")) {
        (Some(digest), _) => Some(digest),
        // A tag can't be held to a digest, so the digest takes its place.
        (None, Some((key, tag))) => {
            splices.push(value(manifest, key, "digest")?);
            Some(tag)
        }
        (None, None) => None,
    };
    if let Some(digest) = digest {
        splices.push(value(manifest, digest, image.digest)?);
        splices.extend(comment(manifest, digest, image));
    }
    // What comes to stand at one place stands there in this order.
    match (map.get("newName"), map.get("name").and_then(Node::text)) {
        (Some(name), _) => splices.push(value(manifest, name, image.repository)?),
        (None, Some(name)) if name == image.repository => {}
        (None, _) => splices.push(add("newName", image.repository)?),
    }
    if digest.is_none() {
        splices.push(add("digest", image.digest)?);
    }
    Ok(splices)
}
