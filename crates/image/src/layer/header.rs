//! An entry as the blocks that stand before its content in a tar archive. Source: POSIX.1-2017,
//! pax, "ustar Interchange Format" and "pax Extended Header".

use std::borrow::Cow;

use tar::EntryType;

use crate::entry::{Entry, EntryKind};

pub(super) const BLOCK: usize = 512;

/// What ends an archive.
pub(super) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// What eleven and seven octal digits can tell.
const LARGEST_SIZE: u64 = 0o777_7777_7777;
const LARGEST_ID: u32 = 0o777_7777;

const NAME: usize = 100;
const PREFIX: usize = 155;

/// The blocks of an entry's header: one of ustar, with a PAX header in front where that can't tell
/// all of it.
pub(super) fn blocks(entry: &Entry, time: u32) -> Vec<u8> {
    let name = name(entry);
    let link = link(entry);
    let place = split(&name);
    let mut records = Vec::new();
    if place.is_none() {
        record(&mut records, "path", &name);
    }
    if !fits(link, NAME) {
        record(&mut records, "linkpath", link);
    }
    if entry.size() > LARGEST_SIZE {
        record(&mut records, "size", &entry.size().to_string());
    }
    for (key, id) in [("uid", entry.uid), ("gid", entry.gid)] {
        if id > LARGEST_ID {
            record(&mut records, key, &id.to_string());
        }
    }
    let (prefix, rest) = place.unwrap_or(("", &name));
    let mut out = Vec::with_capacity(3 * BLOCK);
    if !records.is_empty() {
        let about = tar::Header::new_ustar();
        let size = records.len() as u64;
        ustar(&mut out, about, EntryType::XHeader, ("", "PaxHeader"), size, time);
        out.extend_from_slice(&records);
        out.resize(padded(out.len() as u64) as usize, 0);
    }
    let mut header = tar::Header::new_ustar();
    header.set_mode(entry.mode & 0o7777);
    header.set_uid(u64::from(short(entry.uid)));
    header.set_gid(u64::from(short(entry.gid)));
    if let Some(ustar) = header.as_ustar_mut() {
        copy(&mut ustar.linkname, link);
    }
    let size = if entry.size() > LARGEST_SIZE { 0 } else { entry.size() };
    ustar(&mut out, header, kind(entry), (prefix, rest), size, time);
    out
}

/// The bytes that `bytes` take in whole blocks.
pub(super) fn padded(bytes: u64) -> u64 {
    bytes.saturating_add(BLOCK as u64 - 1) / BLOCK as u64 * BLOCK as u64
}

fn ustar(
    out: &mut Vec<u8>,
    mut header: tar::Header,
    kind: EntryType,
    (prefix, name): (&str, &str),
    size: u64,
    time: u32,
) {
    if kind == EntryType::XHeader {
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
    }
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mtime(u64::from(time));
    if let Some(ustar) = header.as_ustar_mut() {
        copy(&mut ustar.prefix, prefix);
        copy(&mut ustar.name, name);
        ustar.set_device_major(0);
        ustar.set_device_minor(0);
    }
    header.set_cksum();
    out.extend_from_slice(header.as_bytes());
}

/// `text` in a field of fixed length: as much of it as has room, with `_` for what is not ASCII.
/// Readers take the PAX record where this is not the whole.
fn copy(field: &mut [u8], text: &str) {
    for (at, byte) in field.iter_mut().zip(text.bytes()) {
        *at = if byte.is_ascii() { byte } else { b'_' };
    }
}

fn short(id: u32) -> u32 {
    if id > LARGEST_ID { 0 } else { id }
}

fn name(entry: &Entry) -> Cow<'_, str> {
    match entry.kind {
        EntryKind::Directory => Cow::Owned(format!("{}/", entry.path)),
        _ => Cow::Borrowed(entry.path.as_str()),
    }
}

fn link(entry: &Entry) -> &str {
    match &entry.kind {
        EntryKind::Symlink(target) => target,
        EntryKind::Hardlink(target) => target.as_str(),
        EntryKind::Directory | EntryKind::File(_) => "",
    }
}

fn kind(entry: &Entry) -> EntryType {
    match entry.kind {
        EntryKind::Directory => EntryType::Directory,
        EntryKind::File(_) => EntryType::Regular,
        EntryKind::Symlink(_) => EntryType::Symlink,
        EntryKind::Hardlink(_) => EntryType::Link,
    }
}

fn fits(text: &str, room: usize) -> bool {
    text.is_ascii() && text.len() <= room
}

/// A name as prefix and rest, the rest as long as it may be; none if it has no such place.
fn split(name: &str) -> Option<(&str, &str)> {
    if fits(name, NAME) {
        return Some(("", name));
    }
    let mut slashes = name.match_indices('/').map(|(at, _)| (&name[..at], &name[at + 1..]));
    slashes.find(|(prefix, rest)| !rest.is_empty() && fits(rest, NAME) && fits(prefix, PREFIX))
}

/// `length key=value`, where the length counts itself.
fn record(out: &mut Vec<u8>, key: &str, value: &str) {
    let rest = key.len() + value.len() + 3;
    let digits = |n: usize| n.to_string().len();
    let mut length = rest + digits(rest);
    if digits(length) > digits(rest) {
        length = rest + digits(length);
    }
    out.extend_from_slice(format!("{length} {key}={value}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(key: &str, value: &str) -> String {
        let mut out = Vec::new();
        record(&mut out, key, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_record_counts_its_own_length() {
        assert_eq!(records("path", "a"), "9 path=a\n");
        // With its length of two digits it would have 101 bytes, so that it needs three.
        for length in 1..2_000 {
            let text = records("path", &"x".repeat(length));
            let told: usize = text.split(' ').next().unwrap().parse().unwrap();
            assert_eq!(told, text.len());
        }
    }

    #[test]
    fn a_name_is_split_where_both_parts_have_room() {
        let (long, name) = ("d".repeat(120), "n".repeat(100));
        assert_eq!(split("a/b"), Some(("", "a/b")));
        assert_eq!(split(&format!("{long}/{name}")), Some((long.as_str(), name.as_str())));
        assert_eq!(split(&format!("{long}/{name}x")), None);
        assert_eq!(split("é"), None);
    }

    #[test]
    fn a_plain_entry_takes_one_block() {
        let entry = Entry::symlink("bin".parse().unwrap(), "usr/bin");
        assert_eq!(blocks(&entry, 0).len(), BLOCK);
        let entry = Entry::symlink("bin".parse().unwrap(), &"x".repeat(101));
        assert_eq!(blocks(&entry, 0).len(), 3 * BLOCK);
    }
}
