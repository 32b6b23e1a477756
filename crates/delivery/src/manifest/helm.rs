//! Values of a Helm chart. What they mean is the chart's, so the keys are told by the user; what is there
//! is an image's name, or a map with the usual parts of one.

use super::edit::{Splice, comment, entry, unfit, value};
use super::tree::{Kind, Node, line_of};
use super::{Candidate, Image, Manifest, ManifestError, Read, Splices};

pub(super) fn splices(
    read: &Read<'_>,
    image: &Image<'_>,
    keys: &[&str],
) -> Result<Splices, ManifestError> {
    let mut found: Vec<(usize, &Node)> = Vec::new();
    for (file, (_, documents)) in read.iter().enumerate() {
        let at = |document| keys.iter().try_fold(document, |node: &Node, key| node.get(key));
        found.extend(documents.iter().filter_map(at).map(|node| (file, node)));
    }
    let wanted = format!("the value at `{}`", keys.join("."));
    match found.as_slice() {
        [] => Err(ManifestError::Missing { wanted, found: Vec::new() }),
        [(file, node)] => {
            let splices = of_value(&read[*file].0, node, image)?;
            Ok(splices.into_iter().map(|splice| (*file, splice)).collect())
        }
        several => {
            let candidate = |(file, node): &(usize, &Node)| Candidate {
                path: read[*file].0.path.to_owned(),
                line: line_of(read[*file].0.text, node.from),
                image: node.text().unwrap_or("a map").to_owned(),
            };
            let found = several.iter().map(candidate).collect();
            Err(ManifestError::Ambiguous { wanted, found })
        }
    }
}

fn of_value(
    manifest: &Manifest<'_>,
    node: &Node,
    image: &Image<'_>,
) -> Result<Vec<Splice>, ManifestError> {
    if !matches!(node.kind, Kind::Map { .. }) {
        let named = format!("{}@{}", image.repository, image.digest);
        let splice = value(manifest, node, &named)?;
        return Ok([splice].into_iter().chain(comment(manifest, node, image)).collect());
    }
    let mut splices = Vec::new();
    match (node.get("registry"), node.get("repository")) {
        (Some(registry), Some(repository)) => {
            let (host, rest) = image.repository.split_once('/').unwrap_or(("", image.repository));
            splices.push(value(manifest, registry, host)?);
            splices.push(value(manifest, repository, rest)?);
        }
        (None, Some(repository)) => splices.push(value(manifest, repository, image.repository)?),
        _ => {
            return Err(unfit(manifest, node, "a map without `repository`"));
        }
    }
    match (node.get("digest"), node.get("tag")) {
        (Some(digest), _) => {
            splices.push(value(manifest, digest, image.digest)?);
            splices.extend(comment(manifest, digest, image));
        }
        // Charts put it behind a colon: `repository:tag@digest` is a name.
        (None, Some(tag)) => {
            let before = tag.text().unwrap_or_default();
            let before = before.split('@').next().filter(|tag| !tag.is_empty());
            let shown = image.tag.or(before).unwrap_or("latest");
            splices.push(value(manifest, tag, &format!("{shown}@{}", image.digest))?);
        }
        (None, None) => {
            let no_room = || unfit(manifest, node, "a map without a value on one line");
            splices.push(entry(manifest, node, "digest", image.digest).ok_or_else(no_room)?);
        }
    }
    Ok(splices)
}
