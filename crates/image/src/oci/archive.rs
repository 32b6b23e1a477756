//! An image in the archive that `docker save` writes, taken into a layout.
//!
//! Source: Docker Image Specification v1.2, "Combined Image JSON + Filesystem Changeset Format": a tar
//! with `manifest.json`, which names the configuration and the layers, lowest first. Newer versions of
//! Docker have an OCI layout in the same archive, and still this file.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use serde::Deserialize;

use super::layout::{Layout, LayoutError};
use super::{Descriptor, ImageConfig, Manifest, media};
use crate::layer::{Packing, pack};

/// The longest document, in bytes: a configuration with much history has some ten thousand.
const LONGEST: u64 = 4 << 20;

/// More members than an image has layers, by far.
const MOST: usize = 10_000;

/// Links to links, so deep.
const DEEPEST: usize = 4;

/// Why an archive is no image.
#[derive(Debug, thiserror::Error)]
pub enum ArchivedError {
    /// It is not what it should be.
    #[error("the archive of the image {0}")]
    Malformed(String),
    /// It can't be read.
    #[error("the archive of the image can't be read: {0}")]
    Io(#[from] io::Error),
    /// It can't be put into the layout.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    layers: Vec<String>,
}

/// A member: where it lies, or what it links to.
enum Member {
    At(u64, u64),
    Link(String),
}

/// Takes the one image of an archive into a layout, its layers packed. The configuration stays what it
/// is.
///
/// # Errors
/// It is no such archive, what it holds is not what it says, or a disk fails.
pub fn take_archived(
    mut archive: impl Read + Seek,
    layout: &Layout,
    packing: Packing,
) -> Result<(Manifest, ImageConfig), ArchivedError> {
    let members = members(&mut archive)?;
    let read = |name: &str, archive: &mut _| document(&members, name, archive);
    let listed: Vec<Listed> = parsed("manifest.json", &read("manifest.json", &mut archive)?)?;
    let [image] = listed.as_slice() else {
        return Err(malformed(format!("holds {} images, and one is expected", listed.len())));
    };
    let bytes = read(&image.config, &mut archive)?;
    let config: ImageConfig = parsed(&image.config, &bytes)?;
    if config.rootfs.diff_ids.len() != image.layers.len() {
        return Err(malformed("has other layers than its configuration tells".to_owned()));
    }
    let mut layers: Vec<Descriptor> = Vec::new();
    for (name, expected) in image.layers.iter().zip(&config.rootfs.diff_ids) {
        let (at, size) = find(&members, name)?;
        archive.seek(SeekFrom::Start(at))?;
        let (blob, diff_id, written) = pack((&mut archive).take(size), layout.writer()?, packing)?;
        if diff_id != *expected {
            return Err(malformed(format!("has another layer in `{name}` than it tells")));
        }
        written.keep(&blob)?;
        layers.push(blob);
    }
    let of_config = layout.put_bytes(media::CONFIG, &bytes)?;
    Ok((Manifest::image(of_config, layers), config))
}

fn malformed(what: String) -> ArchivedError {
    ArchivedError::Malformed(what)
}

fn parsed<T: serde::de::DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, ArchivedError> {
    serde_json::from_slice(bytes).map_err(|error| malformed(format!("has no {name}: {error}")))
}

fn members(archive: &mut (impl Read + Seek)) -> Result<BTreeMap<String, Member>, ArchivedError> {
    let mut members = BTreeMap::new();
    let mut tar = tar::Archive::new(archive);
    for entry in tar.entries_with_seek()? {
        let entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let member = match entry.header().entry_type() {
            tar::EntryType::Regular => Member::At(entry.raw_file_position(), entry.size()),
            tar::EntryType::Symlink | tar::EntryType::Link => {
                let to = entry.link_name_bytes().unwrap_or_default();
                Member::Link(String::from_utf8_lossy(&to).into_owned())
            }
            _ => continue,
        };
        members.insert(name, member);
        if members.len() > MOST {
            return Err(malformed(format!("has more than {MOST} members")));
        }
    }
    Ok(members)
}

fn document(
    members: &BTreeMap<String, Member>,
    name: &str,
    archive: &mut (impl Read + Seek),
) -> Result<Vec<u8>, ArchivedError> {
    let (at, size) = find(members, name)?;
    if size > LONGEST {
        return Err(malformed(format!("has a {name} of {size} bytes")));
    }
    archive.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    archive.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

// Old versions link a layer that is there twice: `../ID/layer.tar`, seen from its own directory.
fn find(members: &BTreeMap<String, Member>, name: &str) -> Result<(u64, u64), ArchivedError> {
    let mut name = name.to_owned();
    for _ in 0..DEEPEST {
        match members.get(&name) {
            Some(Member::At(at, size)) => return Ok((*at, *size)),
            Some(Member::Link(to)) => name = to.trim_start_matches("../").to_owned(),
            None => break,
        }
    }
    Err(malformed(format!("has no {name}")))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::oci::Sha256;

    /// An archive of these members; a text that begins with `->` is a link.
    fn archive(members: &[(&str, &[u8])]) -> Cursor<Vec<u8>> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in members {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            match bytes.strip_prefix(b"->") {
                Some(to) => {
                    header.set_entry_type(tar::EntryType::Symlink);
                    header.set_size(0);
                    tar.append_link(&mut header, name, std::str::from_utf8(to).unwrap()).unwrap();
                }
                None => {
                    header.set_size(bytes.len() as u64);
                    tar.append_data(&mut header, name, *bytes).unwrap();
                }
            }
        }
        Cursor::new(tar.into_inner().unwrap())
    }

    fn config(layers: &[&[u8]]) -> Vec<u8> {
        let diff_ids: Vec<String> = layers.iter().map(|it| Sha256::of(it).to_string()).collect();
        let config = serde_json::json!({
            "architecture": "amd64", "os": "linux", "config": { "User": "7" },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        serde_json::to_vec(&config).unwrap()
    }

    fn taken(archive: Cursor<Vec<u8>>) -> Result<(Manifest, ImageConfig), ArchivedError> {
        let place = tempfile::tempdir().unwrap();
        let layout = Layout::create(place.path()).unwrap();
        let taken = take_archived(archive, &layout, Packing::default())?;
        for layer in &taken.0.layers {
            layout.proven(layer).unwrap();
        }
        Ok(taken)
    }

    const MANIFEST: &[u8] = br#"[{"Config":"c.json","Layers":["1/layer.tar","2/layer.tar"]}]"#;

    #[test]
    fn layers_are_packed_and_links_followed() {
        let layer: &[u8] = b"as if it were a layer";
        let archive = archive(&[
            ("2/layer.tar", b"->../1/layer.tar"),
            ("1/layer.tar", layer),
            ("c.json", &config(&[layer, layer])),
            ("manifest.json", MANIFEST),
        ]);
        let (manifest, config) = taken(archive).unwrap();
        assert_eq!(manifest.layers.len(), 2);
        assert_eq!(manifest.layers[0], manifest.layers[1]);
        assert_eq!(config.config.user.as_deref(), Some("7"));
    }

    #[test]
    fn what_is_not_as_told_is_refused() {
        let layer: &[u8] = b"a layer";
        let told = config(&[layer, b"another"]);
        let refused = |members: &[(&str, &[u8])]| taken(archive(members)).unwrap_err().to_string();
        let all: &[(&str, &[u8])] = &[
            ("1/layer.tar", layer),
            ("2/layer.tar", layer),
            ("c.json", &told),
            ("manifest.json", MANIFEST),
        ];
        assert!(refused(all).contains("has another layer in `2/layer.tar`"));
        assert!(refused(&all[..3]).contains("has no manifest.json"));
        assert!(refused(&all[2..]).contains("has no 1/layer.tar"));
        assert!(refused(&[("manifest.json", b"[]")]).contains("holds 0 images"));
        let circle: &[(&str, &[u8])] =
            &[("1/layer.tar", b"->2/layer.tar"), ("2/layer.tar", b"->1/layer.tar"), all[2], all[3]];
        assert!(refused(circle).contains("has no"));
        assert!(taken(Cursor::new(b"no archive at all".to_vec())).is_err());
    }
}
