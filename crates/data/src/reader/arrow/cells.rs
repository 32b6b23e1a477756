//! The cells of a column in a record batch, some thousand rows at a time.

use std::sync::Arc;

use bytes::Bytes;
use parquet::data_type::ByteArray;

use super::flat::Result;
use super::schema::Store;
use super::tape::Tape;
use crate::batch::{Chunk, State, Text, Values, View};
use crate::reader::pages::Cells;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// Bytes that the texts of some rows may have together, where the same bytes can be meant often.
const MOST: usize = 1 << 30;

/// A column's buffers, read as far as its rows were.
pub(super) struct Column {
    pub(super) store: Store,
    /// A bit for each row that has a value; none where all have.
    pub(super) valid: Option<Tape>,
    /// The values, or where they are.
    pub(super) values: Tape,
    pub(super) data: Data,
}

/// What values lie in that do not all have the same width.
pub(super) enum Data {
    None,
    /// And where the next one begins.
    Run(Tape, Option<u64>),
    Whole(Vec<Bytes>),
}

impl Column {
    /// The next rows.
    pub(super) fn read(&mut self, rows: usize) -> Result<Cells> {
        let len = rows as u64;
        let (values, text) = match self.store {
            Store::Bool => (Values::Bool(bits(&self.values.take(len.div_ceil(8))?, rows)), None),
            Store::Int { width, signed, by } => {
                (whole(&self.values.take(len * width as u64)?, width, signed, by), None)
            }
            Store::DayMillis => {
                let millis = each(&self.values.take(len * 8)?, i64::from_le_bytes);
                (Values::Int(millis.iter().map(|millis| millis.div_euclid(DAY)).collect()), None)
            }
            Store::Float { width } => {
                (Values::Float(floats(&self.values.take(len * width as u64)?, width)), None)
            }
            Store::Decimal { width } => {
                (Values::Wide(decimals(&self.values.take(len * width as u64)?, width)?), None)
            }
            Store::Fixed { width } => {
                let bytes = self.values.take(len.saturating_mul(width as u64))?;
                let views = (0..rows).map(|row| View::new(row * width, width)).collect();
                (Values::Text, Some((bytes, views)))
            }
            Store::Text { width } => (Values::Text, Some(self.texts(rows, width)?)),
            Store::View => return self.views(rows),
        };
        let mut states = states(&mut self.valid, rows)?;
        let text = text.map_or(Text::None, |(bytes, views)| texts(bytes, views, &mut states));
        Ok(Cells { states, values, text })
    }

    /// Texts one behind the other, whose begins never go back.
    fn texts(&mut self, rows: usize, width: usize) -> Result<(Vec<u8>, Vec<View>)> {
        let Data::Run(data, begin) = &mut self.data else {
            return Err("texts without a buffer".to_owned());
        };
        let mut first = *begin;
        if first.is_none() {
            let at = offsets(&self.values.take(width as u64)?, width)?[0];
            data.skip(at)?;
            first = Some(at);
        }
        let (first, ends) = (first.unwrap_or(0), self.values.take(rows as u64 * width as u64)?);
        let ends = offsets(&ends, width)?;
        let last = ends.last().copied().unwrap_or(first);
        let bytes = data.take(last.checked_sub(first).ok_or_else(backwards)?)?;
        *begin = Some(last);
        let mut at = first;
        let view = |end: &u64| {
            let (start, len) = (at.checked_sub(first), end.checked_sub(at));
            at = *end;
            let end = end.checked_sub(first).filter(|end| *end <= bytes.len() as u64);
            let (start, len, _) = start
                .zip(len)
                .zip(end)
                .map(|((start, len), end)| (start, len, end))
                .ok_or_else(backwards)?;
            Ok(View::new(index(start)?, index(len)?))
        };
        let views = ends.iter().map(view).collect::<Result<_>>()?;
        Ok((bytes, views))
    }

    /// Texts of up to twelve bytes, or where longer ones are.
    fn views(&mut self, rows: usize) -> Result<Cells> {
        let Data::Whole(data) = &self.data else {
            return Err("texts without buffers".to_owned());
        };
        let bytes = Bytes::from(self.values.take(rows as u64 * 16)?);
        let mut states = states(&mut self.valid, rows)?;
        let (mut texts, mut sum) = (Vec::with_capacity(rows), 0_usize);
        for (row, state) in states.iter_mut().enumerate() {
            let view = &bytes[row * 16..row * 16 + 16];
            let [len, _, buffer, start] = [0, 4, 8, 12].map(|at| u32_at(view, at));
            let text = match (*state, len) {
                (State::Null, _) => Bytes::new(),
                (_, 0..=12) => bytes.slice(row * 16 + 4..row * 16 + 4 + len),
                _ => {
                    let whole = data.get(buffer).ok_or("a text in a buffer that is not there")?;
                    let end = start.checked_add(len).filter(|end| *end <= whole.len());
                    whole.slice(start..end.ok_or("a text outside of its buffer")?)
                }
            };
            sum = sum.saturating_add(text.len());
            if sum > MOST {
                return Err(format!("texts of more than {MOST} bytes in some rows"));
            }
            if std::str::from_utf8(&text).is_err() {
                *state = State::Bad;
            }
            texts.push(ByteArray::from(text));
        }
        Ok(Cells { states, values: Values::Text, text: Text::Pages(texts) })
    }
}

fn states(valid: &mut Option<Tape>, rows: usize) -> Result<Vec<State>> {
    let Some(tape) = valid else { return Ok(vec![State::Valid; rows]) };
    let valid = bits(&tape.take((rows as u64).div_ceil(8))?, rows);
    let state = |valid: bool| if valid { State::Valid } else { State::Null };
    Ok(valid.into_iter().map(state).collect())
}

/// Texts that are not UTF-8 are no values. Most often all are, and so is what they lie in.
fn texts(bytes: Vec<u8>, views: Vec<View>, states: &mut [State]) -> Text {
    let chunk = Arc::new(Chunk { bytes, unescaped: Vec::new() });
    let whole = std::str::from_utf8(&chunk.bytes).ok();
    for (state, view) in states.iter_mut().zip(&views) {
        let is_text = match whole {
            Some(whole) => view.is_text_of(whole),
            None => std::str::from_utf8(chunk.get(*view)).is_ok(),
        };
        if !is_text && *state == State::Valid {
            *state = State::Bad;
        }
    }
    Text::Chunk(chunk, views)
}

/// A bit for each row, the lowest of a byte first.
fn bits(bytes: &[u8], rows: usize) -> Vec<bool> {
    (0..rows).map(|row| bytes[row / 8] >> (row % 8) & 1 == 1).collect()
}

fn each<const N: usize, T>(bytes: &[u8], make: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|bytes| make(*bytes)).collect()
}

fn whole(bytes: &[u8], width: usize, signed: bool, by: i64) -> Values {
    let narrow = match (width, signed) {
        (1, true) => each(bytes, |b| i64::from(i8::from_le_bytes(b))),
        (1, false) => each(bytes, |b| i64::from(u8::from_le_bytes(b))),
        (2, true) => each(bytes, |b| i64::from(i16::from_le_bytes(b))),
        (2, false) => each(bytes, |b| i64::from(u16::from_le_bytes(b))),
        (4, true) => each(bytes, |b| i64::from(i32::from_le_bytes(b))),
        (4, false) => each(bytes, |b| i64::from(u32::from_le_bytes(b))),
        (_, true) => each(bytes, i64::from_le_bytes),
        (_, false) => return Values::Wide(each(bytes, |b| i128::from(u64::from_le_bytes(b)))),
    };
    match by {
        1 => Values::Int(narrow),
        _ => Values::Wide(narrow.iter().map(|value| i128::from(*value) * i128::from(by)).collect()),
    }
}

fn floats(bytes: &[u8], width: usize) -> Vec<f64> {
    match width {
        2 => each(bytes, crate::reader::pages::half),
        4 => each(bytes, |bytes| f64::from(f32::from_le_bytes(bytes))),
        _ => each(bytes, f64::from_le_bytes),
    }
}

fn decimals(bytes: &[u8], width: usize) -> Result<Vec<i128>> {
    Ok(match width {
        4 => each(bytes, |bytes| i128::from(i32::from_le_bytes(bytes))),
        8 => each(bytes, |bytes| i128::from(i64::from_le_bytes(bytes))),
        16 => each(bytes, i128::from_le_bytes),
        _ => {
            let halves = each(bytes, i128::from_le_bytes);
            let narrow = |half: &[i128; 2]| (half[1] == half[0] >> 127).then_some(half[0]);
            let narrow = halves.as_chunks().0.iter().map(narrow).collect::<Option<_>>();
            narrow.ok_or("a decimal of more digits than its type has")?
        }
    })
}

fn offsets(bytes: &[u8], width: usize) -> Result<Vec<u64>> {
    let offsets: Vec<_> = match width {
        4 => each(bytes, |bytes| i64::from(i32::from_le_bytes(bytes))),
        _ => each(bytes, i64::from_le_bytes),
    };
    let offsets = offsets.into_iter().map(|at| u64::try_from(at).map_err(|_| backwards()));
    offsets.collect()
}

fn index(number: u64) -> Result<usize> {
    usize::try_from(number).map_err(|_| backwards())
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    bytes[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

fn backwards() -> String {
    "texts that end before they begin".to_owned()
}
