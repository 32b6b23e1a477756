//! Where the record batches and dictionaries of a file are: its footer says so, and of a stream
//! each message says where the next one begins. Source: Arrow's "IPC File Format" and `File.fbs`.

use bytes::Bytes;
use parquet::file::reader::{ChunkReader, Length};

use super::flat::{Result, Table};
use super::schema::{self, Field};
use crate::reader::positioned::Positioned;

/// What a file begins and ends with.
const MAGIC: &[u8] = b"ARROW1";
/// What a message begins with, unless it is an old one.
const MARK: [u8; 4] = [0xff; 4];
/// Messages of a file, so that those without a body don't fill the memory.
const MESSAGES: usize = 4 << 20;
/// Bytes of what a message says of itself.
const HEAD: u64 = 256 << 20;

/// A message: what it says of itself, and the buffers behind that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    start: u64,
    head: u64,
    body: u64,
}

/// What there is in a file.
#[derive(Default)]
pub(super) struct Index {
    pub(super) fields: Vec<Field>,
    pub(super) dictionaries: Vec<Message>,
    /// And how many of the dictionaries count for it.
    pub(super) batches: Vec<(Message, usize)>,
}

impl Message {
    /// What it says of itself.
    pub(super) fn head(&self, file: &Positioned) -> Result<Bytes> {
        let bytes = read(file, self.start, self.head)?;
        let skipped = if bytes.starts_with(&MARK) { 8 } else { 4 };
        match bytes.len() {
            len if len > skipped => Ok(bytes.slice(skipped..)),
            _ => Err("a message that says nothing".to_owned()),
        }
    }

    /// Where a buffer of its body is.
    pub(super) fn buffer(&self, offset: i64, len: i64) -> Result<(u64, u64)> {
        let (offset, len) = u64::try_from(offset)
            .ok()
            .zip(u64::try_from(len).ok())
            .filter(|(offset, len)| offset.checked_add(*len).is_some_and(|end| end <= self.body))
            .ok_or("a buffer outside of its record batch")?;
        Ok((self.start + self.head + offset, len))
    }
}

/// Reads what the file says of itself.
pub(super) fn read_index(file: &Positioned) -> Result<Index> {
    let first = read(file, 0, file.len().min(MAGIC.len() as u64))?;
    match first.starts_with(MAGIC) {
        true => of_file(file),
        false => of_stream(file),
    }
}

fn of_file(file: &Positioned) -> Result<Index> {
    let incomplete = || "one that does not end as one does".to_owned();
    let tail = file.len().checked_sub(10).ok_or_else(incomplete)?;
    let bytes = read(file, tail, 10)?;
    let Some((len, MAGIC)) = bytes.split_first_chunk().map(|(len, magic)| (*len, magic)) else {
        return Err(incomplete());
    };
    let len = u64::try_from(i32::from_le_bytes(len)).ok().filter(|len| *len <= HEAD);
    let end = len.and_then(|len| tail.checked_sub(len)).ok_or("a footer longer than itself")?;
    let bytes = read(file, end, tail - end)?;
    let footer = Table::root(&bytes)?;
    let fields = schema::fields(&footer.needed(1, "a schema")?, bytes.len())?;
    let dictionaries = messages(&footer, 2, end)?;
    let batches = messages(&footer, 3, end)?;
    let all = dictionaries.len();
    Ok(Index { fields, dictionaries, batches: batches.into_iter().map(|at| (at, all)).collect() })
}

fn messages(footer: &Table<'_>, field: usize, end: u64) -> Result<Vec<Message>> {
    let blocks = footer.vector(field, 24)?;
    let message = |at| {
        let start = u64::try_from(blocks.long(at, 0)?).ok();
        let head = u64::try_from(blocks.int(at, 8)?).ok().filter(|head| *head <= HEAD);
        let body = u64::try_from(blocks.long(at, 16)?).ok();
        let message = start.zip(head).zip(body);
        let message = message.map(|((start, head), body)| Message { start, head, body });
        message.filter(|message| message.ends_before(end)).ok_or_else(outside)
    };
    match blocks.len() {
        len if len > MESSAGES => Err(too_many()),
        len => (0..len).map(message).collect(),
    }
}

fn of_stream(file: &Positioned) -> Result<Index> {
    let (mut index, mut at, mut has_schema) = (Index::default(), 0, false);
    // The stream ends with a mark, or where the file does.
    while let Some(message) = next(file, at)? {
        if index.batches.len() + index.dictionaries.len() >= MESSAGES {
            return Err(too_many());
        }
        let bytes = message.head(file)?;
        let table = Table::root(&bytes)?;
        let body = u64::try_from(table.long(3)?).map_err(|_| outside())?;
        let message = Message { body, ..message };
        if !message.ends_before(file.len()) {
            return Err("a message that the file ends in".to_owned());
        }
        at = message.start + message.head + message.body;
        match (table.byte(1)?, has_schema) {
            (1, false) => {
                index.fields = schema::fields(&table.needed(2, "a schema")?, bytes.len())?;
                has_schema = true;
            }
            (2, true) => index.dictionaries.push(message),
            (3, true) => index.batches.push((message, index.dictionaries.len())),
            (kind, _) => return Err(format!("a message of the kind {kind} where none may be")),
        }
    }
    match has_schema {
        true => Ok(index),
        false => Err("a stream without a schema".to_owned()),
    }
}

/// The message at this place, whose body it tells itself.
fn next(file: &Positioned, start: u64) -> Result<Option<Message>> {
    if start == file.len() {
        return Ok(None);
    }
    let bytes = read(file, start, 8)?;
    let Some((&MARK, len)) = bytes.split_first_chunk() else {
        return Err("bytes between messages".to_owned());
    };
    let len = len.first_chunk().map_or(0, |len| i32::from_le_bytes(*len));
    match u64::try_from(len).ok().filter(|len| *len <= HEAD) {
        Some(0) => Ok(None),
        Some(len) => Ok(Some(Message { start, head: len + 8, body: 0 })),
        None => Err("a message of an impossible length".to_owned()),
    }
}

impl Message {
    fn ends_before(&self, end: u64) -> bool {
        let len = self.head.checked_add(self.body);
        len.and_then(|len| self.start.checked_add(len)).is_some_and(|at| at <= end)
    }
}

/// No more than there is.
fn read(file: &Positioned, start: u64, len: u64) -> Result<Bytes> {
    let len = usize::try_from(len).map_err(|_| outside())?;
    file.get_bytes(start, len).map_err(|_| "one that ends too early".to_owned())
}

fn outside() -> String {
    "a message outside of the file".to_owned()
}

fn too_many() -> String {
    format!("more than {MESSAGES} record batches (write larger ones)")
}
