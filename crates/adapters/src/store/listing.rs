//! The listing of a tree: what its digest is taken of.

use serde::{Deserialize, Serialize};
use tollgate_model::{Digest, OutputKind, OutputRef};

/// One entry of a listing. One JSON object a line, sorted by path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Relative to the tree's root.
    pub(super) path: String,
    pub(super) node: Node,
}

/// What is there. Of a mode only the executable bit is kept, of times and owners nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Node {
    Dir,
    File(Digest, u64),
    Exec(Digest, u64),
    Link(String),
}

pub(super) fn write(entries: &[Entry]) -> Vec<u8> {
    let mut text = Vec::new();
    for entry in entries {
        // Strings and numbers only: writing them as JSON can't fail.
        let _ = serde_json::to_writer(&mut text, entry);
        text.push(b'\n');
    }
    text
}

pub(super) fn parse(text: &[u8]) -> Result<Vec<Entry>, serde_json::Error> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(serde_json::from_slice).collect()
}

pub(super) fn reference(entries: &[Entry], digest: Digest) -> OutputRef {
    let sizes = entries.iter().filter_map(|entry| match entry.node {
        Node::File(_, bytes) | Node::Exec(_, bytes) => Some(bytes),
        Node::Dir | Node::Link(_) => None,
    });
    let (files, bytes) = sizes.fold((0, 0), |(files, sum), bytes| (files + 1, sum + bytes));
    OutputRef { kind: OutputKind::Tree, digest, bytes, files }
}
