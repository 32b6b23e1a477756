//! The outer form of a `.deb`. Source: `ar(5)`; `deb(5)`, which keeps to plain names.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};

use super::damaged;
use crate::ArchiveError;

/// A member of the archive, and where its bytes are in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) start: u64,
    pub(super) size: u64,
}

/// More than any package has: a version, control, data, and what starts with `_`.
const MOST: usize = 16;
const HEADER: u64 = 60;

/// All members, each of which lies within the file.
pub(super) fn members(file: &mut File, name: &str) -> Result<Vec<Member>, ArchiveError> {
    let damaged = |why: &str| damaged(name, why);
    let unreadable = |source| ArchiveError::Unreadable { archive: name.to_owned(), source };
    let end = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
    let mut magic = [0; 8];
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    match file.read_exact(&mut magic) {
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(unreadable(error)),
        _ if magic != *b"!<arch>\n" => return Err(damaged("it is no Debian package")),
        _ => {}
    }
    let mut members = Vec::new();
    let mut at = magic.len() as u64;
    while at < end {
        let mut header = [0; HEADER as usize];
        file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        file.read_exact(&mut header).map_err(|_| damaged("it is cut off"))?;
        let member = member(&header, at + HEADER);
        let member = member.ok_or_else(|| damaged("it has a header that is none"))?;
        if member.size > end - member.start {
            return Err(damaged(&format!("`{}` goes beyond its end", member.name)));
        }
        // Members start at even places.
        at = member.start + member.size + member.size % 2;
        members.push(member);
        if members.len() > MOST {
            return Err(damaged("it has more members than a Debian package has"));
        }
    }
    Ok(members)
}

fn member(header: &[u8], start: u64) -> Option<Member> {
    let text = |from: usize, to: usize| std::str::from_utf8(&header[from..to]).ok();
    let name = text(0, 16)?.trim_end_matches(' ').trim_end_matches('/');
    let size = text(48, 58)?.trim_end_matches(' ');
    // `parse` would take a sign.
    let digits = size.bytes().all(|byte| byte.is_ascii_digit());
    let whole = header.ends_with(b"`\n") && !name.is_empty() && digits;
    let size = size.parse().ok().filter(|_| whole)?;
    Some(Member { name: name.to_owned(), start, size })
}
