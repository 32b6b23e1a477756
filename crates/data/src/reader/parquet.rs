//! Parquet through the crate's low-level readers: row group by row group, the wanted columns side
//! by side, some thousand rows at a time.

use std::collections::HashSet;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::column::reader::ColumnReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::stored::{self, Decode};
use super::{Kind, SourceColumn, Wanted, pages};
use crate::DataError;
use crate::batch::{Batch, ColumnBatch};
use crate::domain::Domain;

/// Most rows of a batch.
const ROWS: usize = 16 << 10;
/// Most cells of a batch, so that thousands of columns don't take thousands of times the memory.
const CELLS: usize = 1 << 20;
/// Bytes that the values of a batch may have, as far as the footer tells.
const BYTES: u64 = 64 << 20;

/// A Parquet file.
pub(crate) struct ParquetReader {
    file: SerializedFileReader<File>,
    shown: String,
    columns: Vec<SourceColumn>,
    leaves: Vec<Option<Leaf>>,
    /// The row group that is read next.
    group: usize,
    open: Option<OpenGroup>,
    /// Rows that were read so far.
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

/// A row group that is being read.
struct OpenGroup {
    readers: Vec<(Leaf, ColumnReader)>,
    /// Rows that are left.
    left: u64,
    /// Rows of a batch.
    step: usize,
}

impl ParquetReader {
    /// Reads the footer.
    pub(crate) fn open(file: File, shown: &str) -> Result<Self, DataError> {
        let file = guarded(shown, || SerializedFileReader::new(file))?;
        let (columns, leaves) = guarded(shown, || columns(file.metadata()))?;
        let shown = shown.to_owned();
        Ok(Self { file, shown, columns, leaves, group: 0, open: None, rows: 0 })
    }

    pub(crate) fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    /// The next rows; `None` at the end.
    pub(crate) fn next(&mut self, wanted: &[Wanted]) -> Result<Option<Batch>, DataError> {
        loop {
            let mut open = match self.open.take() {
                Some(open) => open,
                None if self.group == self.file.metadata().num_row_groups() => return Ok(None),
                None => guarded(&self.shown, || self.open_group(wanted))?,
            };
            if open.left == 0 {
                self.group += 1;
                continue;
            }
            let batch = guarded(&self.shown, || open.read(self.rows + 1))?;
            self.rows += batch.rows as u64;
            self.open = Some(open);
            return Ok(Some(batch));
        }
    }

    fn open_group(&self, wanted: &[Wanted]) -> ParquetResult<OpenGroup> {
        let group = self.file.get_row_group(self.group)?;
        let left = rows_of(group.metadata())?;
        let leaves: Vec<_> = wanted.iter().filter_map(|wanted| self.leaves[wanted.index]).collect();
        let bytes =
            leaves.iter().map(|leaf| group.metadata().column(leaf.index).uncompressed_size());
        let step =
            step(bytes.map(i64::unsigned_abs).fold(0, u64::saturating_add), left, leaves.len());
        let readers = leaves
            .into_iter()
            .map(|leaf| group.get_column_reader(leaf.index).map(|reader| (leaf, reader)));
        Ok(OpenGroup { readers: readers.collect::<ParquetResult<_>>()?, left, step })
    }
}

impl OpenGroup {
    fn read(&mut self, first_row: u64) -> ParquetResult<Batch> {
        let rows = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.step);
        self.left -= rows as u64;
        let columns = self.readers.iter_mut().map(|(leaf, reader)| {
            let cells = pages::read(reader, leaf.decode, leaf.nullable, rows)?;
            let (states, values, text) = (cells.states, cells.values, cells.text);
            Ok(ColumnBatch { first_row, domain: leaf.domain, states, values, text })
        });
        Ok(Batch { rows, columns: columns.collect::<ParquetResult<_>>()? })
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
    Err(DataError::Corrupt { path: shown.to_owned(), problem })
}
