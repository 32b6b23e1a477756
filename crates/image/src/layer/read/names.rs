//! What a header says, together with what was told before it. Reasons are predicates, for
//! `ArchiveError::Refused`.

use tar::EntryType;

use super::{Header, Node};
use crate::layer::pax::Told;
use crate::path::ImagePath;

/// The name, as bytes.
pub(super) fn name(header: &tar::Header, told: &Told) -> Result<Vec<u8>, String> {
    match (told.get("path"), &told.long_name) {
        (Some(_), Some(_)) => Err("it tells an entry's name or size in two ways".to_owned()),
        (Some(name), None) => Ok(name.to_owned()),
        (None, Some(name)) => Ok(name.clone()),
        (None, None) => Ok(header.path_bytes().into_owned()),
    }
}

/// The path that a name means, none for the root, and the last part of it.
pub(super) fn image_path(name: &str) -> Result<(Option<ImagePath>, &str), String> {
    let trimmed = name.trim_end_matches('/');
    if !name.is_empty()
        && !name.starts_with('/')
        && trimmed.split('/').all(|p| matches!(p, "" | "."))
    {
        return Ok((None, ""));
    }
    let path: ImagePath = name.parse().map_err(|why| format!("has a bad name: {why}"))?;
    let last = trimmed.rsplit('/').find(|part| !matches!(*part, "" | "."));
    Ok((Some(path), last.unwrap_or_default()))
}

/// Directory, regular file, symbolic or hard link; nothing else is taken.
pub(super) fn kind(kind: EntryType, name: &str) -> Result<EntryType, &'static str> {
    match kind {
        // As archives of the seventies had it, and all readers still do.
        EntryType::Regular if name.ends_with('/') => Ok(EntryType::Directory),
        EntryType::Regular | EntryType::Continuous => Ok(EntryType::Regular),
        EntryType::Directory | EntryType::Symlink | EntryType::Link => Ok(kind),
        EntryType::Char | EntryType::Block => Err("is a device"),
        EntryType::Fifo => Err("is a pipe"),
        EntryType::GNUSparse => Err("is a sparse file"),
        _ => Err("is of a kind that has no place in a layer"),
    }
}

/// Bytes of content.
pub(super) fn size(header: &tar::Header, told: &Told) -> Result<u64, String> {
    match told.number("size")? {
        Some(size) => Ok(size),
        None => octal_size(header),
    }
}

pub(super) fn octal_size(header: &tar::Header) -> Result<u64, String> {
    field(&header.as_old().size).ok_or_else(|| "has a size that is none".to_owned())
}

/// What a symbolic link names. Anything but nothing: where it leads is for those who follow it.
pub(super) fn symlink_target(header: &tar::Header, told: &Told) -> Result<String, String> {
    let target = String::from_utf8(link(header, told)?);
    let target = target.map_err(|_| "links to what is no UTF-8".to_owned())?;
    if target.is_empty() || target.len() > 4095 || target.contains('\0') {
        return Err("links to what is no name".to_owned());
    }
    Ok(target)
}

/// Which file a hard link names. It may not lead out of the image.
pub(super) fn hard_link(header: &tar::Header, told: &Told) -> Result<ImagePath, String> {
    let target = link(header, told)?;
    let target = std::str::from_utf8(&target).map_err(|_| "links to what is no UTF-8")?;
    target.parse().map_err(|why| format!("links to a bad name: {why}"))
}

fn link(header: &tar::Header, told: &Told) -> Result<Vec<u8>, String> {
    match (told.get("linkpath"), &told.long_link) {
        (Some(_), Some(_)) => Err("has two targets".to_owned()),
        (Some(target), None) => Ok(target.to_owned()),
        (None, Some(target)) => Ok(target.clone()),
        (None, None) => Ok(header.link_name_bytes().unwrap_or_default().into_owned()),
    }
}

/// The file of this name in the directory of `path`.
pub(super) fn sibling(path: &ImagePath, name: &str) -> Result<ImagePath, String> {
    let whole = match path.parent() {
        Some(parent) => format!("{parent}/{name}"),
        None => name.to_owned(),
    };
    if matches!(name, "" | "." | "..") {
        return Err("deletes what is no file".to_owned());
    }
    whole.parse().map_err(|why| format!("deletes a bad name: {why}"))
}

pub(super) fn header(
    path: ImagePath,
    header: &tar::Header,
    told: &Told,
    node: Node,
) -> Result<Header, String> {
    let old = header.as_old();
    let mode = field(&old.mode).ok_or("has a mode that is none")?;
    let id = |key: &str, bytes: &[u8]| {
        let id = match told.number(key)? {
            Some(id) => Some(id),
            None => field(bytes),
        };
        let id = id.and_then(|id| u32::try_from(id).ok());
        id.ok_or_else(|| format!("has a {key} that is none"))
    };
    let (uid, gid) = (id("uid", &old.uid)?, id("gid", &old.gid)?);
    let time = time(old, told);
    Ok(Header { path, mode: (mode & 0o7777) as u32, uid, gid, time, node })
}

/// Whole seconds since 1970; what can't be told, or was before, is 1970.
fn time(old: &tar::OldHeader, told: &Told) -> u64 {
    let Some(text) = told.get("mtime") else { return field(&old.mtime).unwrap_or(0) };
    let whole = text.split(|byte| *byte == b'.').next().unwrap_or_default();
    std::str::from_utf8(whole).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A number in octal digits, or in GNU's binary form; blank is 0.
fn field(bytes: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = bytes
        && first & 0x80 != 0
    {
        // Negative ones begin with 0xff.
        let high = if *first == 0x80 { 0 } else { return None };
        return rest.iter().try_fold(high, |number: u64, byte| {
            number.checked_mul(256)?.checked_add(u64::from(*byte))
        });
    }
    let text = bytes.trim_ascii_start();
    let end = text.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(text.len());
    text[..end].iter().try_fold(0_u64, |number, byte| match byte {
        b'0'..=b'7' => number.checked_mul(8)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    })
}
