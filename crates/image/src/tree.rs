//! The files of an image: its layers laid over one another, without their contents.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;

use crate::archive::{ArchiveError, Limits};
use crate::entry::Content;
use crate::layer::{Compression, Header, LayerEntry, LayerReader, Node};
use crate::oci::layout::Layout;
use crate::oci::{Descriptor, Sha256, Sha256Writer};
use crate::path::ImagePath;

/// A layer that can be read.
#[derive(Clone, Debug)]
pub struct LayerSource {
    /// What it is called in errors: its digest.
    pub name: String,
    /// Its packed bytes, which have been proven to be those of its digest.
    pub content: Content,
    /// In what it is packed.
    pub compression: Compression,
    /// Of its unpacked bytes, where that is known and to be compared.
    pub diff_id: Option<Sha256>,
}

/// The files of an image.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: BTreeMap<ImagePath, Placed>,
    /// For each layer the bytes of all its files, whether they can be seen or not.
    written: Vec<u64>,
    /// Bytes of all names that were put in, directories that are only implied among them: a deep
    /// name of 4 kB implies two thousand.
    names: u64,
}

/// What lies at a path of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Permission bits, with set-user-id, set-group-id and sticky.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// When it was changed, in seconds since 1970.
    pub time: u64,
    /// Which layer it is from, counted from 0.
    pub layer: usize,
    /// What it is.
    pub kind: Kind,
}

/// What a file of an image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file.
    File(Stored),
    /// A link to what this text names.
    Symlink(String),
}

/// The content of a file. Hard links have it in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// How many bytes.
    pub size: u64,
    /// Of its bytes.
    pub digest: Sha256,
    /// The layer that has the bytes, counted from 0.
    pub layer: usize,
    /// Where in that layer.
    pub path: ImagePath,
}

impl LayerSource {
    /// A layer of a layout; none where its media type is of no layer. Its bytes are taken as they are.
    #[must_use]
    pub fn of(layout: &Layout, layer: &Descriptor) -> Option<Self> {
        Some(Self {
            name: layer.digest.to_string(),
            content: Content::Disk { path: layout.blob_path(&layer.digest), size: layer.size },
            compression: Compression::of(&layer.media_type)?,
            diff_id: None,
        })
    }

    pub(crate) fn reader<'a>(&'a self, limits: &Limits) -> Result<LayerReader<'a>, ArchiveError> {
        let unreadable = |source| ArchiveError::Unreadable { archive: self.name.clone(), source };
        let packed =
            io::BufReader::with_capacity(1 << 16, self.content.open().map_err(unreadable)?);
        LayerReader::new(packed, self.compression, &self.name, limits)
    }
}

impl Tree {
    /// The files of an image with these layers, from the lowest to the highest. The limits hold for
    /// all layers together.
    ///
    /// # Errors
    /// A layer can't be read, has another `diff_id`, or puts something below what is no directory.
    pub fn of(layers: &[LayerSource], limits: &Limits) -> Result<Self, ArchiveError> {
        let (mut tree, mut left) = (Self::default(), *limits);
        for (at, layer) in layers.iter().enumerate() {
            let (mut changes, written, names) = changes(layer, &left)?;
            tree.names = tree.names.saturating_add(names);
            left.entries = left.entries.saturating_sub(changes.len() as u64);
            left.bytes = left.bytes.saturating_sub(written);
            // What a layer deletes is below it, wherever in the layer that is said.
            changes.sort_by_key(|(entry, _)| matches!(entry, LayerEntry::Has(_)));
            for (entry, digest) in changes {
                tree.apply(at, entry, digest).map_err(|(path, why)| ArchiveError::Refused {
                    archive: layer.name.clone(),
                    entry: path.to_string(),
                    why,
                })?;
                tree.bounded(layer, limits)?;
            }
            tree.written.push(written);
        }
        Ok(tree)
    }

    /// What lies at a path.
    #[must_use]
    pub fn get(&self, path: &ImagePath) -> Option<&Placed> {
        self.nodes.get(path)
    }

    /// All paths in their order, directories before what is in them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&ImagePath, &Placed)> {
        self.nodes.iter()
    }

    /// For each layer the bytes of all its files, those among them that later layers hide.
    #[must_use]
    pub fn written(&self) -> &[u64] {
        &self.written
    }

    fn bounded(&self, layer: &LayerSource, limits: &Limits) -> Result<(), ArchiveError> {
        if self.names > limits.metadata {
            return Err(too_many_names(layer, limits));
        }
        Ok(())
    }

    fn apply(
        &mut self,
        layer: usize,
        entry: LayerEntry,
        digest: Option<Sha256>,
    ) -> Result<(), (ImagePath, String)> {
        match entry {
            LayerEntry::Opaque(None) => self.nodes.clear(),
            LayerEntry::Opaque(Some(path)) => self.clear(&path),
            LayerEntry::Whiteout(path) => {
                self.clear(&path);
                self.nodes.remove(&path);
            }
            LayerEntry::Has(header) => {
                let path = header.path.clone();
                return self.place(layer, header, digest).map_err(|why| (path, why));
            }
        }
        Ok(())
    }

    fn below(&self, path: &ImagePath) -> impl Iterator<Item = (&ImagePath, &Placed)> {
        // `0` follows `/`.
        let (first, last) = (format!("{path}/"), format!("{path}0"));
        let range = (Bound::Included(first.as_str()), Bound::Excluded(last.as_str()));
        self.nodes.range::<str, _>(range)
    }

    /// Removes all below a path.
    fn clear(&mut self, path: &ImagePath) {
        let below: Vec<ImagePath> = self.below(path).map(|(path, _)| path.clone()).collect();
        for path in &below {
            self.nodes.remove(path);
        }
    }

    fn place(
        &mut self,
        layer: usize,
        header: Header,
        digest: Option<Sha256>,
    ) -> Result<(), String> {
        self.parents(layer, &header.path)?;
        let Header { path, mode, uid, gid, time, node } = header;
        let kind = match node {
            Node::Directory => Kind::Directory,
            Node::Symlink(target) => Kind::Symlink(target),
            Node::File(size) => {
                let digest = digest.unwrap_or_else(|| Sha256::of(b""));
                Kind::File(Stored { size, digest, layer, path: path.clone() })
            }
            Node::Hardlink(target) => {
                let linked = self.nodes.get(&target).cloned();
                let linked = linked.filter(|linked| matches!(linked.kind, Kind::File(_)));
                let linked =
                    linked.ok_or_else(|| format!("is a link to `{target}`, which is no file"))?;
                return self.put(path, Placed { layer, ..linked });
            }
        };
        self.put(path, Placed { mode, uid, gid, time, layer, kind })
    }

    fn put(&mut self, path: ImagePath, placed: Placed) -> Result<(), String> {
        if placed.kind != Kind::Directory {
            if self.below(&path).any(|(_, inner)| inner.layer == placed.layer) {
                return Err("has something below it in the same layer".to_owned());
            }
            self.clear(&path);
        }
        self.nodes.insert(path, placed);
        Ok(())
    }

    /// Sees to it that all above a path are directories. No link is followed: where it leads would
    /// be for the lower layer to say.
    fn parents(&mut self, layer: usize, path: &ImagePath) -> Result<(), String> {
        let parent = path.as_str().rsplit_once('/').map(|(parent, _)| parent);
        let there = parent.and_then(|parent| self.nodes.get(parent));
        if parent.is_none() || there.is_some_and(|placed| placed.kind == Kind::Directory) {
            return Ok(()); // What is above a directory is one.
        }
        for ancestor in path.ancestors() {
            match self.nodes.get(&ancestor).map(|placed| &placed.kind) {
                Some(Kind::Directory) => {}
                Some(Kind::Symlink(_)) => {
                    return Err(format!("lies below `{ancestor}`, which is a link"));
                }
                Some(Kind::File(_)) => {
                    return Err(format!("lies below `{ancestor}`, which is a file"));
                }
                None => {
                    let kind = Kind::Directory;
                    let implied = Placed { mode: 0o755, uid: 0, gid: 0, time: 0, layer, kind };
                    self.names = self.names.saturating_add(ancestor.as_str().len() as u64);
                    self.nodes.insert(ancestor, implied);
                }
            }
        }
        Ok(())
    }
}

type Changes = Vec<(LayerEntry, Option<Sha256>)>;

/// What a layer says, with the digests of its files, the bytes of them all, and of their names.
fn changes(layer: &LayerSource, limits: &Limits) -> Result<(Changes, u64, u64), ArchiveError> {
    let mut reader = layer.reader(limits)?;
    let (mut changes, mut written, mut names) = (Vec::new(), 0, 0);
    while let Some(entry) = reader.next_entry()? {
        names += names_of(&entry);
        if names > limits.metadata {
            return Err(too_many_names(layer, limits));
        }
        let mut digest = None;
        if let LayerEntry::Has(Header { node: Node::File(size), .. }) = entry {
            let mut hash = Sha256Writer::new(io::sink());
            let read = io::copy(&mut reader, &mut hash);
            read.map_err(|error| reader.failure(error))?;
            digest = Some(hash.finish().0);
            written += size;
        }
        changes.push((entry, digest));
    }
    let (found, _) = reader.finish()?;
    match layer.diff_id {
        Some(expected) if expected != found => Err(ArchiveError::Damaged {
            archive: layer.name.clone(),
            why: format!("unpacked it is {found} rather than {expected}"),
        }),
        _ => Ok((changes, written, names)),
    }
}

fn names_of(entry: &LayerEntry) -> u64 {
    let length = |path: &ImagePath| path.as_str().len() as u64;
    match entry {
        LayerEntry::Opaque(path) => path.as_ref().map_or(0, length),
        LayerEntry::Whiteout(path) => length(path),
        LayerEntry::Has(Header { path, node: Node::Symlink(target), .. }) => {
            length(path) + target.len() as u64
        }
        LayerEntry::Has(Header { path, node: Node::Hardlink(target), .. }) => {
            length(path) + length(target)
        }
        LayerEntry::Has(Header { path, .. }) => length(path),
    }
}

fn too_many_names(layer: &LayerSource, limits: &Limits) -> ArchiveError {
    let what = format!("{} bytes of names", limits.metadata);
    ArchiveError::TooMuch { archive: layer.name.clone(), what }
}

#[cfg(test)]
pub(crate) mod tests;
