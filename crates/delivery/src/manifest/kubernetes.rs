//! Images of containers, in objects of any kind: what has `containers` is what runs some, a custom
//! resource too.

use super::edit::{comment, unfit, value};
use super::tree::{Kind, Node, line_of};
use super::{Candidate, Image, Manifest, ManifestError, Read, Reference, Splices};

const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// An image that a container names.
struct Found<'a> {
    file: usize,
    node: &'a Node,
    image: Reference,
}

pub(super) fn splices(read: &Read<'_>, image: &Image<'_>) -> Result<Splices, ManifestError> {
    let mut found = Vec::new();
    for (file, (manifest, documents)) in read.iter().enumerate() {
        for document in documents.iter().filter(|document| is_object(document)) {
            let mut nodes = Vec::new();
            images(document, &mut nodes);
            for node in nodes {
                let text = text_of(manifest, document, node)?;
                let image = Reference::of(text);
                found.push(Found { file, node, image });
            }
        }
    }
    let mut splices = Splices::new();
    let named = format!("{}@{}", image.repository, image.digest);
    for meant in chosen(&found, read, image)? {
        let (manifest, _) = &read[meant.file];
        // Who has an alias is changed with whom it stands for.
        if matches!(meant.node.kind, Kind::Alias(_)) {
            continue;
        }
        splices.push((meant.file, value(manifest, meant.node, &named)?));
        splices.extend(comment(manifest, meant.node, image).map(|splice| (meant.file, splice)));
    }
    Ok(splices)
}

fn is_object(document: &Node) -> bool {
    document.get("apiVersion").is_some() && document.get("kind").is_some()
}

/// The `image` of each container below.
fn images<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| images(item, found)),
        Kind::Map { entries, .. } => {
            for (key, value) in entries {
                if key.text().is_some_and(|key| LISTS.contains(&key)) {
                    found.extend(value.items().iter().filter_map(|item| item.get("image")));
                }
                images(value, found);
            }
        }
        Kind::Scalar { .. } | Kind::Alias(_) => {}
    }
}

fn text_of<'a>(
    manifest: &Manifest<'_>,
    document: &'a Node,
    node: &'a Node,
) -> Result<&'a str, ManifestError> {
    let meant = match node.kind {
        Kind::Alias(anchor) => anchored(document, anchor),
        _ => Some(node),
    };
    meant.and_then(Node::text).ok_or_else(|| unfit(manifest, node, "no text"))
}

fn anchored(node: &Node, anchor: usize) -> Option<&Node> {
    if node.anchor == anchor {
        return Some(node);
    }
    match &node.kind {
        Kind::List(items) => items.iter().find_map(|item| anchored(item, anchor)),
        Kind::Map { entries, .. } => entries
            .iter()
            .find_map(|(key, value)| anchored(key, anchor).or_else(|| anchored(value, anchor))),
        Kind::Scalar { .. } | Kind::Alias(_) => None,
    }
}

/// Those of the image's own repository; else those of the one repository that is called alike.
fn chosen<'f, 'a>(
    found: &'f [Found<'a>],
    read: &Read<'_>,
    image: &Image<'_>,
) -> Result<Vec<&'f Found<'a>>, ManifestError> {
    let wanted = Reference::of(image.repository);
    let exact: Vec<_> =
        found.iter().filter(|it| it.image.repository == wanted.repository).collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    let alike: Vec<_> = found.iter().filter(|it| it.image.name() == wanted.name()).collect();
    let repositories = alike.iter().map(|it| &it.image.repository);
    let one = repositories.clone().all(|it| Some(it) == repositories.clone().next());
    let told = |found: &mut dyn Iterator<Item = &Found<'_>>| {
        let candidate = |it: &Found<'_>| Candidate {
            path: read[it.file].0.path.to_owned(),
            line: line_of(read[it.file].0.text, it.node.from),
            image: it.image.to_string(),
        };
        found.map(candidate).collect()
    };
    let wanted = image.repository.to_owned();
    match (alike.is_empty(), one) {
        (false, true) => Ok(alike),
        (false, false) => {
            Err(ManifestError::Ambiguous { wanted, found: told(&mut alike.into_iter()) })
        }
        (true, _) => Err(ManifestError::Missing { wanted, found: told(&mut found.iter()) }),
    }
}
