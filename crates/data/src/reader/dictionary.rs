//! The values that a Parquet dictionary says there are. Source: Parquet's "Encodings", "Dictionary
//! Encoding" and "Plain".

use bytes::Bytes;
use parquet::basic::{Encoding, Type as Physical};
use parquet::column::page::Page;
use parquet::data_type::ByteArray;
use parquet::file::metadata::ColumnChunkMetaData;

use super::pages::{Cells, texts};
use super::plain;
use super::stored::Decode;
use crate::batch::{State, Text};

/// Larger dictionaries are not worth it: the chunk is about as large.
const MOST: u32 = 64 << 10;

/// Whether every page of the chunk holds nothing but places in its dictionary.
pub(super) fn is_all(chunk: &ColumnChunkMetaData) -> bool {
    let only = [Encoding::RLE_DICTIONARY, Encoding::PLAIN_DICTIONARY];
    let mask = chunk.page_encoding_stats_mask();
    chunk.dictionary_page_offset().is_some()
        && mask.is_some_and(|mask| only.iter().any(|encoding| mask.is_only(*encoding)))
}

/// The different values, and a row without one where `null` is set; `None` where the page is none
/// that is read here.
pub(super) fn values(page: &Page, physical: Physical, decode: Decode, null: bool) -> Option<Cells> {
    let Page::DictionaryPage { buf, num_values, .. } = page else { return None };
    // Each value takes four bytes at least. What says it has more values is not worth the memory.
    let count = usize::try_from(*num_values).ok().filter(|count| *count <= buf.len() / 4)?;
    let mut states = vec![State::Valid; count];
    states.extend(null.then_some(State::Null));
    if (physical, decode) == (Physical::BYTE_ARRAY, Decode::Text) {
        return texts(states, slices(buf, count)?, Ok).ok();
    }
    let values = plain::values(buf, count, null, physical, decode)?;
    Some(Cells { states, values, text: Text::None })
}

/// Whether the dictionary is worth a look without the rows.
pub(super) fn is_small(page: &Page) -> bool {
    page.num_values() <= MOST
}

/// Just so many texts, each behind its length.
fn slices(bytes: &Bytes, count: usize) -> Option<Vec<ByteArray>> {
    let (mut found, mut at) = (Vec::with_capacity(count), 0_usize);
    for _ in 0..count {
        let (length, _) = bytes.get(at..)?.split_first_chunk()?;
        let start = at + length.len();
        let end = start.checked_add(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        (end <= bytes.len()).then_some(())?;
        found.push(ByteArray::from(bytes.slice(start..end)));
        at = end;
    }
    (at == bytes.len()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_short_or_has_something_left_over_is_not_read() {
        let whole = Bytes::from_static(b"\x01\0\0\0a\0\0\0\0\x02\0\0\0bc");
        let texts: Vec<_> = slices(&whole, 3).unwrap();
        let texts: Vec<_> = texts.iter().map(|text| text.data().to_vec()).collect();
        assert_eq!(texts, [b"a".to_vec(), b"".to_vec(), b"bc".to_vec()]);
        for count in [0, 1, 2, 4] {
            assert!(slices(&whole, count).is_none(), "{count}");
        }
        for end in 0..whole.len() {
            assert!(slices(&whole.slice(..end), 3).is_none(), "{end}");
        }
        let huge = Bytes::from_static(b"\xff\xff\xff\xff");
        assert!(slices(&huge, 1).is_none());
    }
}
