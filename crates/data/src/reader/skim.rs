//! The pages of a column of a row group, looked at without rows: no value gets its row back, and
//! those of a dictionary are looked at once each. All that can be shown is that every cell is good,
//! and how often each value occurs; what is not good, damaged or stored in a rarer way is left to
//! those who decode the rows, and so are the words for it. Source: Parquet's "Data Pages" and
//! "Encodings".

use std::sync::Arc;

use parquet::basic::{Encoding, Type as Physical};
use parquet::column::page::{Page, PageReader};

use super::stored::Decode;
use super::{dictionary, hybrid, plain};
use crate::batch::{Chunk, ColumnBatch, State, Text, Values, View};
use crate::domain::Domain;

/// Values that are judged together: few enough to stay in the processor's nearest cache.
const TOGETHER: usize = 4096;
/// Values that are counted together: as many as in a batch of rows, for a sample of sorted numbers
/// is the better the more of them are sorted at once.
const COUNTED: usize = 16 << 10;

/// What looks at cells.
pub(crate) trait Onlooker {
    /// Whether each of these cells is good, wherever it stands.
    fn are_good(&self, cells: &ColumnBatch) -> bool;

    /// Whether it wants to know how often each cell occurs.
    fn counts(&self) -> bool;

    /// These good cells occur in further rows: each so many times, else once.
    fn add(&mut self, cells: &ColumnBatch, times: Option<&[u64]>);
}

/// How the column is stored.
#[derive(Clone, Copy)]
pub(super) struct Stored {
    pub(super) physical: Physical,
    pub(super) decode: Decode,
    pub(super) domain: Domain,
    pub(super) nullable: bool,
}

/// Pages that were judged so far.
struct Skim<'a> {
    stored: Stored,
    onlooker: &'a mut dyn Onlooker,
    dictionary: Option<Dictionary>,
    rows: u64,
    nulls: u64,
}

/// Values of which all are good.
struct Dictionary {
    values: ColumnBatch,
    count: u32,
    /// How often each occurs, where that is counted.
    times: Option<Vec<u64>>,
}

/// The parts of a data page.
struct Data<'a> {
    count: usize,
    /// How many rows are said to have no value, where that is said.
    nulls: Option<usize>,
    /// The numbers that tell which rows have a value.
    levels: Option<&'a [u8]>,
    encoding: Encoding,
    values: &'a [u8],
}

/// How many of so many rows have no value, if all their cells are surely good.
pub(super) fn nulls(
    pages: &mut dyn PageReader,
    stored: Stored,
    rows: u64,
    onlooker: &mut dyn Onlooker,
) -> Option<u64> {
    let mut skim = Skim { stored, onlooker, dictionary: None, rows: 0, nulls: 0 };
    while let Some(page) = pages.get_next_page().ok()? {
        skim.page(&page)?;
    }
    let (all, nulls) = (skim.rows == rows, skim.nulls);
    (all && skim.end()).then_some(nulls)
}

impl Skim<'_> {
    fn page(&mut self, page: &Page) -> Option<()> {
        if let Page::DictionaryPage { .. } = page {
            let first = self.dictionary.is_none() && self.rows == 0;
            self.dictionary = Some(first.then(|| self.entries(page))??);
            return Some(());
        }
        let data = data(page, self.stored.nullable)?;
        let present = match data.levels {
            Some(levels) => hybrid::ones(levels, data.count)?,
            None => data.count,
        };
        let nulls = data.count - present;
        data.nulls.is_none_or(|said| said == nulls).then_some(())?;
        self.rows += data.count as u64;
        self.nulls += nulls as u64;
        match data.encoding {
            Encoding::PLAIN if self.stored.physical == Physical::BYTE_ARRAY => {
                self.texts(data.values, present)
            }
            Encoding::PLAIN => self.plain(data.values, present),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                self.places(data.values, present)
            }
            _ => None,
        }
    }

    /// The values of a dictionary.
    fn entries(&self, page: &Page) -> Option<Dictionary> {
        let Stored { physical, decode, domain, .. } = self.stored;
        let cells = dictionary::values(page, physical, decode, false)?;
        let (states, values, text) = (cells.states, cells.values, cells.text);
        let values = ColumnBatch { first_row: 1, domain, states, values, text };
        let times = self.onlooker.counts().then(|| vec![0; values.states.len()]);
        let count = page.num_values();
        self.onlooker.are_good(&values).then_some(Dictionary { values, count, times })
    }

    /// Places in the dictionary: each of its values is good, so they need only be there.
    fn places(&mut self, values: &[u8], present: usize) -> Option<()> {
        let dictionary = self.dictionary.as_mut()?;
        let Some((bits, places)) = values.split_first() else {
            return (present == 0).then_some(());
        };
        match &mut dictionary.times {
            Some(times) => hybrid::tally(places, *bits, present, times),
            None => hybrid::are_below(places, *bits, present, dictionary.count).then_some(()),
        }
    }

    /// Adds what is only known in the end. Whether all of it is good.
    fn end(self) -> bool {
        if let Some(Dictionary { values, times: Some(times), .. }) = &self.dictionary {
            self.onlooker.add(values, Some(times));
        }
        if self.nulls == 0 {
            return true;
        }
        let null = self.cells(State::Null, 1, Values::Int(vec![0]));
        if self.onlooker.counts() {
            self.onlooker.add(&null, Some(&[self.nulls]));
        }
        self.onlooker.are_good(&null)
    }

    /// Looks at cells that stand in one row each.
    fn see(&mut self, cells: &ColumnBatch) -> Option<()> {
        self.onlooker.are_good(cells).then_some(())?;
        if self.onlooker.counts() {
            self.onlooker.add(cells, None);
        }
        Some(())
    }

    fn together(&self) -> usize {
        if self.onlooker.counts() { COUNTED } else { TOGETHER }
    }

    fn plain(&mut self, bytes: &[u8], present: usize) -> Option<()> {
        let Stored { physical, decode, .. } = self.stored;
        let width = plain::width(physical)?;
        (bytes.len() == present.checked_mul(width)?).then_some(())?;
        for bytes in bytes.chunks(self.together() * width) {
            let count = bytes.len() / width;
            let values = plain::values(bytes, count, false, physical, decode)?;
            self.see(&self.cells(State::Valid, count, values))?;
        }
        Some(())
    }

    /// Texts, each behind its length.
    fn texts(&mut self, bytes: &[u8], present: usize) -> Option<()> {
        (self.stored.decode == Decode::Text && present <= bytes.len() / 4).then_some(())?;
        let (chunk, mut at) = (Chunk { bytes: bytes.to_vec(), ..Chunk::default() }, 0_usize);
        let (chunk, mut left) = (Arc::new(chunk), present);
        while left > 0 {
            let count = left.min(self.together());
            let mut views = Vec::with_capacity(count);
            for _ in 0..count {
                let (length, text) = bytes.get(at..)?.split_first_chunk()?;
                let text = text.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
                std::str::from_utf8(text).ok()?;
                views.push(View::new(at + length.len(), text.len()));
                at += length.len() + text.len();
            }
            let mut cells = self.cells(State::Valid, count, Values::Text);
            cells.text = Text::Chunk(Arc::clone(&chunk), views);
            self.see(&cells)?;
            left -= count;
        }
        (at == bytes.len()).then_some(())
    }

    fn cells(&self, state: State, count: usize, values: Values) -> ColumnBatch {
        let (domain, states) = (self.stored.domain, vec![state; count]);
        ColumnBatch { first_row: 1, domain, states, values, text: Text::None }
    }
}

/// Takes a data page apart; `None` where it is none of the common kinds.
fn data(page: &Page, nullable: bool) -> Option<Data<'_>> {
    match page {
        Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } => {
            let (levels, values) = match nullable {
                true if *def_level_encoding == Encoding::RLE => behind_length(buf)?,
                true => return None,
                false => (None, &buf[..]),
            };
            let count = *num_values as usize;
            Some(Data { count, nulls: None, levels, encoding: *encoding, values })
        }
        Page::DataPageV2 {
            buf,
            num_values,
            encoding,
            num_rows,
            num_nulls,
            def_levels_byte_len: length,
            rep_levels_byte_len: 0,
            ..
        } => {
            let (levels, values) = buf.split_at_checked(*length as usize)?;
            (num_rows == num_values && (nullable || levels.is_empty())).then_some(())?;
            let (count, nulls) = (*num_values as usize, Some(*num_nulls as usize));
            let levels = nullable.then_some(levels);
            Some(Data { count, nulls, levels, encoding: *encoding, values })
        }
        _ => None,
    }
}

/// The levels, whose length stands before them, and the values behind them.
fn behind_length(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (levels, values) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((Some(levels), values))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::data_type::{ByteArrayType, DataType, DoubleType};
    use parquet::file::properties::{WriterProperties, WriterVersion};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::profile::{ColumnProfile, ColumnType};

    type Judge<'a> = &'a dyn Fn(&ColumnBatch) -> bool;

    /// Judges, and counts into a profile.
    struct Looking<'a>(Judge<'a>, Option<ColumnProfile>);

    impl Onlooker for Looking<'_> {
        fn are_good(&self, cells: &ColumnBatch) -> bool {
            (self.0)(cells)
        }

        fn counts(&self) -> bool {
            self.1.is_some()
        }

        fn add(&mut self, cells: &ColumnBatch, times: Option<&[u64]>) {
            let profile = self.1.as_mut().unwrap();
            match times {
                Some(times) => profile.observe_times(cells, times),
                None => profile.observe(cells),
            }
        }
    }

    /// What is said of pages of four rows, every third one without a value, if `judge` says that
    /// about each cell.
    fn said<T: DataType>(
        field: &str,
        stored: Stored,
        values: [T::T; 8],
        version: WriterVersion,
        judge: Judge<'_>,
    ) -> Option<u64> {
        let schema = parse_message_type(&format!("message t {{ OPTIONAL {field} a; }}")).unwrap();
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_encoding(Encoding::PLAIN)
            .set_dictionary_page_size_limit(30)
            .set_data_page_row_count_limit(4)
            .set_write_batch_size(4);
        let properties = Arc::new(properties.build());
        let mut writer =
            SerializedFileWriter::new(Vec::new(), Arc::new(schema), properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let levels: Vec<_> = (0..12).map(|row| i16::from(row % 3 > 0)).collect();
        column.typed::<T>().write_batch(&values, Some(&levels), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        let reader = SerializedFileReader::new(Bytes::from(writer.into_inner().unwrap())).unwrap();
        let group = reader.get_row_group(0).unwrap();
        let mut kinds: Vec<_> = group.metadata().column(0).encodings().collect();
        kinds.retain(|kind| *kind != Encoding::RLE);
        assert_eq!(kinds.len(), 2, "a dictionary, and then plain values: {kinds:?}");
        let read = |profile: Option<ColumnProfile>| {
            let mut looking = Looking(judge, profile);
            let mut pages = group.get_column_page_reader(0).unwrap();
            (nulls(&mut *pages, stored, 12, &mut looking), looking.1)
        };
        let (said, _) = read(None);
        let kind = ColumnType::from(stored.domain);
        let (counted, profile) = read(Some(ColumnProfile::new("a".to_owned(), kind, false)));
        assert_eq!(said, counted);
        if said.is_some() {
            let profile = profile.unwrap();
            assert_eq!(
                (profile.rows(), profile.nulls(), profile.distinct()),
                (12, 4, Some((8, true)))
            );
            let counts = profile.categories().map(|(counts, _)| counts.into_values().collect());
            let weights =
                profile.sample().map(|(all, _)| all.into_iter().map(|(_, n)| n).collect());
            assert_eq!(counts.or(weights), Some(vec![1; 8]));
        }
        said
    }

    #[test]
    fn good_cells_are_counted_without_their_rows() {
        let (physical, domain, nullable) =
            (Physical::DOUBLE, Domain::Number { single: false }, true);
        let doubles = Stored { physical, decode: Decode::Double, domain, nullable };
        let (physical, domain) = (Physical::BYTE_ARRAY, Domain::Text);
        let texts = Stored { physical, decode: Decode::Text, domain, nullable };
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
            let double =
                |judge: Judge<'_>| said::<DoubleType>("DOUBLE", doubles, numbers, version, judge);
            assert_eq!(double(&|_| true), Some(4));
            assert_eq!(double(&|cells| cells.nulls() == 0), None);
            let below = |end: f64| {
                double(&|cells| match &cells.values {
                    Values::Float(values) => values.iter().all(|value| *value < end),
                    _ => true,
                })
            };
            assert_eq!((below(8.5), below(7.5), below(1.5)), (Some(4), None, None));
            let words = ["a", "bc", "def", "long", "longer", "more", "much", "\u{e9}"];
            let text = |judge: Judge<'_>| {
                let words = words.map(Into::into);
                said::<ByteArrayType>("BYTE_ARRAY", texts, words, version, judge)
            };
            assert_eq!(text(&|_| true), Some(4));
            let without = |word: &str| {
                let is = |cells: &ColumnBatch, at| cells.text.get(at) == word.as_bytes();
                text(&|cells| !(0..cells.states.len()).any(|at| is(cells, at)))
            };
            assert_eq!((without("none"), without("\u{e9}"), without("bc")), (Some(4), None, None));
        }
    }
}
