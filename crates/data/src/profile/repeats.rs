//! Texts of a batch that occur again and again, counted before anything is done with them.

use crate::batch::{ColumnBatch, State};

/// Texts that are remembered, each in a place of its own.
const PLACES: usize = 1024;

/// Says of each valid text where in the batch it stands, and how often. Of texts that share a place
/// some may be told more than once; their counts add up.
pub(super) fn each(column: &ColumnBatch, mut tell: impl FnMut(usize, u64)) {
    let mut seen = vec![(0, 0); PLACES];
    for at in column.rows_in(State::Valid) {
        let (first, times) = &mut seen[place(column.text.get(at))];
        if *times > 0 && is_same(column, *first, at) {
            *times += 1;
            continue;
        }
        if *times > 0 {
            tell(*first, *times);
        }
        (*first, *times) = (at, 1);
    }
    seen.into_iter().filter(|(_, times)| *times > 0).for_each(|(first, times)| tell(first, times));
}

/// In JSON, `1` is another value than `"1"`.
fn is_same(column: &ColumnBatch, a: usize, b: usize) -> bool {
    let text = &column.text;
    text.get(a) == text.get(b) && text.token(a) == text.token(b)
}

/// By length and ends. It is the same on every machine, as the order in which texts are told, and
/// by it which of very many are forgotten, must be.
fn place(text: &[u8]) -> usize {
    let first = text.first_chunk().map_or_else(|| short(text), |bytes| u64::from_le_bytes(*bytes));
    let last = text.last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mixed =
        (first ^ last.rotate_left(23) ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 54) as usize % PLACES
}

fn short(text: &[u8]) -> u64 {
    text.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use parquet::data_type::ByteArray;

    use super::*;
    use crate::batch::{Text, Values};
    use crate::domain::Domain;

    proptest::proptest! {
        #[test]
        fn counts_add_up(numbers in proptest::collection::vec(0_u32..5_000, 0..3_000)) {
            let texts: Vec<_> = numbers.iter().map(|it| "x".repeat(*it as usize % 20) + &it.to_string()).collect();
            let states = texts.iter().map(|text| if text.len() == 9 { State::Bad } else { State::Valid }).collect();
            let pages = Text::Pages(texts.iter().map(|text| ByteArray::from(text.as_str())).collect());
            let (values, domain) = (Values::Text, Domain::Text);
            let column = ColumnBatch { first_row: 1, domain, states, values, text: pages };
            let (mut found, mut expected) = (BTreeMap::new(), BTreeMap::new());
            each(&column, |at, times| *found.entry(texts[at].clone()).or_insert(0) += times);
            let valid = texts.iter().filter(|text| text.len() != 9);
            valid.for_each(|text| *expected.entry(text.clone()).or_insert(0) += 1);
            proptest::prop_assert_eq!(found, expected);
        }
    }
}
