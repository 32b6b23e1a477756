//! Parquet through the crate's low-level readers: row group by row group, the wanted columns side
//! by side, some thousand rows at a time.

use std::collections::HashSet;
use std::fs::File;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::column::reader::ColumnReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::positioned::Positioned;
use super::skim::{self, Onlooker, Stored};
use super::stored::{self, Decode};
use super::{Kind, SourceColumn, Wanted, dictionary, footer, pages, with_constants};
use crate::DataError;
use crate::batch::{Batch, ColumnBatch, Text};
use crate::checks::Facts;
use crate::domain::Domain;
use crate::parse::cell::Reading;

/// Most rows of a batch.
const ROWS: usize = 16 << 10;
/// Most cells of a batch, so that thousands of columns don't take thousands of times the memory.
const CELLS: usize = 1 << 20;
/// Bytes that the values of a batch may have, as far as the footer tells.
const BYTES: u64 = 64 << 20;

/// A Parquet file.
pub(crate) struct ParquetReader {
    file: SerializedFileReader<Positioned>,
    shown: String,
    columns: Vec<SourceColumn>,
    leaves: Vec<Option<Leaf>>,
    /// Values of the columns behind those, the same in each row.
    constants: Vec<Option<String>>,
}

/// Some columns of some row groups, from their first row to their last.
pub(crate) struct Stream<'a> {
    reader: &'a ParquetReader,
    wanted: &'a [Wanted],
    /// Which of the wanted columns are decoded; the others are empty.
    slots: Vec<usize>,
    groups: Range<usize>,
    open: Option<OpenGroup>,
    /// Rows that stand before the next one.
    rows: u64,
}

/// Where a top-level column's values are.
#[derive(Clone, Copy)]
struct Leaf {
    index: usize,
    decode: Decode,
    domain: Domain,
    nullable: bool,
}

/// Where the cells of a column come from.
enum Cells {
    Stored(Leaf, Box<ColumnReader>),
    /// The same in each row.
    Constant(Reading, Option<String>),
}

/// A row group that is being read.
struct OpenGroup {
    readers: Vec<Option<Cells>>,
    /// Rows that are left.
    left: u64,
    /// Rows of a batch.
    step: usize,
}

impl ParquetReader {
    /// Reads the footer.
    pub(crate) fn open(
        file: File,
        shown: &str,
        constants: Vec<(String, Option<String>)>,
    ) -> Result<Self, DataError> {
        let unreadable = |source| DataError::Unreadable { path: shown.to_owned(), source };
        let file = Positioned::new(file).map_err(unreadable)?;
        let file = guarded(shown, || SerializedFileReader::new(file))?;
        let (mut columns, leaves) = guarded(shown, || columns(file.metadata()))?;
        let constants = with_constants(&mut columns, constants);
        Ok(Self { file, shown: shown.to_owned(), columns, leaves, constants })
    }

    pub(crate) fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    /// It can't be read once, and can be another time.
    pub(crate) fn changed(&self) -> DataError {
        let problem = "one that reads differently each time".to_owned();
        DataError::Corrupt { path: self.shown.clone(), format: "Parquet", problem }
    }

    /// The rows of each row group.
    pub(crate) fn groups(&self) -> Result<Vec<u64>, DataError> {
        let groups = self.file.metadata().row_groups();
        guarded(&self.shown, || groups.iter().map(rows_of).collect())
    }

    /// What the footer says of a column in a row group; `None` where it does not say enough.
    pub(crate) fn facts(&self, group: usize, wanted: &Wanted) -> Option<Facts> {
        let leaf = self.leaves.get(wanted.index).copied()??;
        let group = self.file.metadata().row_group(group);
        let statistics = group.column(leaf.index).statistics();
        let nulls = match leaf.nullable {
            true => statistics?.null_count_opt()?,
            false => 0,
        };
        let rows = u64::try_from(group.num_rows()).ok().filter(|rows| nulls <= *rows)?;
        let range = statistics.and_then(|statistics| footer::range(statistics, leaf.decode));
        Some(Facts { rows, nulls, range })
    }

    /// All different cells of a column in a row group, each once and in no order that means
    /// anything; `None` where they can't be had without decoding the rows. `facts` are the column's.
    pub(crate) fn distinct(
        &self,
        group: usize,
        wanted: &Wanted,
        facts: &Facts,
    ) -> Option<ColumnBatch> {
        let leaf = self.leaves.get(wanted.index).copied()??;
        let group = guarded(&self.shown, || self.file.get_row_group(group)).ok()?;
        let chunk = group.metadata().column(leaf.index);
        if !dictionary::is_all(chunk) {
            return None;
        }
        // What is wrong with the page is told by whoever decodes the rows.
        let first = || group.get_column_page_reader(leaf.index)?.get_next_page();
        let page = guarded(&self.shown, first).ok()??;
        if !dictionary::is_small(&page) {
            return None;
        }
        let cells = dictionary::values(&page, chunk.column_type(), leaf.decode, facts.nulls > 0)?;
        let (states, values, text) = (cells.states, cells.values, cells.text);
        Some(ColumnBatch { first_row: 1, domain: leaf.domain, states, values, text })
    }

    /// How many rows of a row group have no value in the column, if each of its cells is surely
    /// good. What is not is for those to say who decode the rows; then what was counted means
    /// nothing.
    pub(crate) fn skim(
        &self,
        group: usize,
        wanted: &Wanted,
        onlooker: &mut dyn Onlooker,
    ) -> Option<u64> {
        let Leaf { index, decode, domain, nullable } = self.leaf(wanted)?;
        let nulls = move || {
            let group = self.file.get_row_group(group)?;
            let physical = group.metadata().column(index).column_type();
            let stored = Stored { physical, decode, domain, nullable };
            let mut pages = group.get_column_page_reader(index)?;
            Ok(skim::nulls(&mut *pages, stored, rows_of(group.metadata())?, onlooker))
        };
        guarded(&self.shown, nulls).ok()?
    }

    /// The columns at `slots` of the wanted ones in these row groups, which `before` rows precede.
    /// Batches have the same rows whichever columns are asked for.
    pub(crate) fn stream<'a>(
        &'a self,
        wanted: &'a [Wanted],
        slots: Vec<usize>,
        groups: Range<usize>,
        before: u64,
    ) -> Stream<'a> {
        Stream { reader: self, wanted, slots, groups, open: None, rows: before }
    }

    /// All of them, which `before` rows precede.
    pub(crate) fn whole<'a>(&'a self, wanted: &'a [Wanted], before: u64) -> Stream<'a> {
        let groups = 0..self.file.metadata().num_row_groups();
        self.stream(wanted, (0..wanted.len()).collect(), groups, before)
    }

    fn leaf(&self, wanted: &Wanted) -> Option<Leaf> {
        self.leaves.get(wanted.index).copied().flatten()
    }
}

impl Stream<'_> {
    /// The next rows; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Batch>, DataError> {
        loop {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => match self.groups.next() {
                    Some(group) => guarded(&self.reader.shown, || self.open_group(group))?,
                    None => return Ok(None),
                },
            };
            if open.left == 0 {
                continue;
            }
            let batch = guarded(&self.reader.shown, || open.read(self.rows + 1))?;
            self.rows += batch.rows as u64;
            self.open = Some(open);
            return Ok(Some(batch));
        }
    }

    fn open_group(&self, group: usize) -> ParquetResult<OpenGroup> {
        let group = self.reader.file.get_row_group(group)?;
        let left = rows_of(group.metadata())?;
        let leaves: Vec<_> = self.wanted.iter().map(|wanted| self.reader.leaf(wanted)).collect();
        let sizes = leaves
            .iter()
            .flatten()
            .map(|leaf| group.metadata().column(leaf.index).uncompressed_size().unsigned_abs());
        let step = step(sizes.fold(0, u64::saturating_add), left, leaves.len());
        let readers = leaves.into_iter().enumerate().map(|(slot, leaf)| {
            if !self.slots.contains(&slot) {
                return Ok(None);
            }
            let stored = |leaf: Leaf| {
                Ok(Cells::Stored(leaf, Box::new(group.get_column_reader(leaf.index)?)))
            };
            match leaf {
                Some(leaf) => stored(leaf).map(Some),
                None => Ok(self.constant(&self.wanted[slot])),
            }
        });
        Ok(OpenGroup { readers: readers.collect::<ParquetResult<_>>()?, left, step })
    }
}

impl Stream<'_> {
    fn constant(&self, wanted: &Wanted) -> Option<Cells> {
        let constant = wanted.index.checked_sub(self.reader.leaves.len())?;
        let value = self.reader.constants.get(constant)?;
        Some(Cells::Constant(wanted.reading.clone(), value.clone()))
    }
}

impl OpenGroup {
    fn read(&mut self, first_row: u64) -> ParquetResult<Batch> {
        let rows = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.step);
        self.left -= rows as u64;
        let columns = self.readers.iter_mut().map(|column| {
            let (leaf, reader) = match column {
                None => return Ok(ColumnBatch::empty()),
                Some(Cells::Constant(reading, value)) => {
                    return Ok(reading.read(first_row, rows, Text::same(value.as_deref(), rows)));
                }
                Some(Cells::Stored(leaf, reader)) => (leaf, reader),
            };
            let cells = pages::read(reader, leaf.decode, leaf.nullable, rows)?;
            let (states, values, text) = (cells.states, cells.values, cells.text);
            Ok(ColumnBatch { first_row, domain: leaf.domain, states, values, text })
        });
        Ok(Batch { rows, columns: columns.collect::<ParquetResult<_>>()?, names: Vec::new() })
    }
}

/// How many rows are read at once. Without columns there is nothing to hold, and all may be.
fn step(bytes: u64, rows: u64, columns: usize) -> usize {
    if columns == 0 {
        return usize::MAX;
    }
    let each = (bytes / rows.max(1)).max(1);
    let by_bytes = usize::try_from(BYTES / each).unwrap_or(ROWS);
    by_bytes.min(CELLS / columns).clamp(1, ROWS)
}

/// The rows of a row group, if all its columns agree.
fn rows_of(group: &RowGroupMetaData) -> ParquetResult<u64> {
    let rows = group.num_rows();
    let flat = |column: &&parquet::file::metadata::ColumnChunkMetaData| {
        column.column_descr().max_rep_level() == 0
    };
    match group.columns().iter().filter(flat).find(|column| column.num_values() != rows) {
        Some(column) => Err(ParquetError::General(format!(
            "{} values of `{}` in a row group of {rows} rows",
            column.num_values(),
            column.column_path().string()
        ))),
        None => u64::try_from(rows).map_err(|_| ParquetError::General(format!("{rows} rows"))),
    }
}

type Columns = (Vec<SourceColumn>, Vec<Option<Leaf>>);

fn columns(metadata: &ParquetMetaData) -> ParquetResult<Columns> {
    let schema = metadata.file_metadata().schema_descr();
    let mut names = HashSet::new();
    let (mut columns, mut leaves) = (Vec::new(), Vec::new());
    for field in schema.root_schema().get_fields() {
        let (kind, decode) = stored::column(field);
        if !names.insert(field.name()) {
            return Err(ParquetError::General(format!("two columns named `{}`", field.name())));
        }
        leaves.push(decode.zip(domain(&kind)));
        columns.push(SourceColumn { name: field.name().to_owned(), kind });
    }
    let mut found = vec![None; columns.len()];
    for (index, leaf) in schema.columns().iter().enumerate() {
        let root = schema.get_column_root_idx(index);
        let nullable = leaf.max_def_level() > 0;
        found[root] = leaves[root].map(|(decode, domain)| Leaf { index, decode, domain, nullable });
    }
    Ok((columns, found))
}

fn domain(kind: &Kind) -> Option<Domain> {
    if let Kind::Typed(domain) = kind { Some(*domain) } else { None }
}

/// Runs what may fail or, on a damaged file, panic inside the crate. The state that a panic leaves
/// behind is not used again: the error ends the check.
fn guarded<T>(shown: &str, work: impl FnOnce() -> ParquetResult<T>) -> Result<T, DataError> {
    let problem = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "damage that the reader can't make sense of".to_owned(),
    };
    Err(DataError::Corrupt { path: shown.to_owned(), format: "Parquet", problem })
}
