//! Arrow's interprocess format: files (Feather of version 2 is the same) and streams. Of a record
//! batch only the buffers of wanted columns are read, each from its begin to its end, some thousand
//! rows at a time: the memory does not depend on how large record batches are.
//!
//! Nothing that a file says of itself is believed before it is looked up: see [`flat`] for its
//! metadata, and [`tape`] for its buffers.

mod cells;
mod dictionary;
mod flat;
mod index;
mod schema;
mod segment;
mod tape;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cells::Column;
pub(crate) use dictionary::Dictionaries;
use flat::{Result, Table};
use index::Index;
use schema::{Field, Store};
use segment::Segment;

use super::pages::Cells;
use super::positioned::Positioned;
use super::{Kind, SourceColumn, Wanted, with_constants};
use crate::DataError;
use crate::batch::{Batch, ColumnBatch, Text};
use crate::domain::Domain;
use crate::parse::cell::Reading;

/// Most rows of a batch; whole bytes of bits.
const ROWS: usize = 16 << 10;
/// Most cells of a batch, so that thousands of columns don't take thousands of times the memory.
const CELLS: usize = 1 << 20;
/// Bytes that the values of a batch may have, as far as the file tells.
const BYTES: u64 = 64 << 20;

/// An Arrow file.
pub(crate) struct ArrowReader {
    file: Positioned,
    shown: String,
    columns: Vec<SourceColumn>,
    index: Index,
    /// Values of the columns behind those, the same in each row.
    constants: Vec<Option<String>>,
}

/// Some columns of a record batch, from its first row to its last.
pub(crate) struct Stream<'a> {
    shown: &'a str,
    inputs: Vec<Input>,
    /// Rows that are left.
    left: u64,
    /// Rows that are read at once.
    step: usize,
}

/// Where the cells of a column come from.
enum Input {
    Stored(Domain, Box<Column>),
    /// As places in a dictionary, if it is there.
    Coded(Domain, Box<Column>, Store, Option<std::sync::Arc<Cells>>),
    /// The same in each row.
    Constant(Reading, Option<String>),
}

impl ArrowReader {
    /// Reads the schema, and where the record batches are.
    pub(crate) fn open(
        file: File,
        shown: &str,
        constants: Vec<(String, Option<String>)>,
    ) -> std::result::Result<Self, DataError> {
        let unreadable = |source| DataError::Unreadable { path: shown.to_owned(), source };
        let file = Positioned::new(file).map_err(unreadable)?;
        let index = guarded(shown, || index::read_index(&file))?;
        let column =
            |field: &Field| SourceColumn { name: field.name.clone(), kind: field.kind.clone() };
        let mut columns: Vec<_> = index.fields.iter().map(column).collect();
        let constants = with_constants(&mut columns, constants);
        Ok(Self { file, shown: shown.to_owned(), columns, index, constants })
    }

    pub(crate) fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    /// How many record batches there are.
    pub(crate) fn batches(&self) -> usize {
        self.index.batches.len()
    }

    /// The dictionaries that these columns need.
    pub(crate) fn dictionaries(
        &self,
        wanted: &[Wanted],
    ) -> std::result::Result<Dictionaries, DataError> {
        guarded(&self.shown, || self.read_dictionaries(wanted))
    }

    fn read_dictionaries(&self, wanted: &[Wanted]) -> Result<Dictionaries> {
        let mut dictionaries = Dictionaries::default();
        let fields = wanted.iter().filter_map(|wanted| self.index.fields.get(wanted.index));
        let coded: Vec<_> =
            fields.filter_map(|field| Some((field.dictionary?.0, field.store?))).collect();
        if coded.is_empty() {
            return Ok(dictionaries);
        }
        for (number, message) in self.index.dictionaries.iter().enumerate() {
            let head = message.head(&self.file)?;
            let table = Table::root(&head)?.needed(2, "a dictionary")?;
            let id = table.long(0)?;
            let Some((_, store)) = coded.iter().find(|(known, _)| *known == id) else {
                continue;
            };
            let batch = table.needed(1, "a record batch")?;
            let segment = Segment::new(&self.file, message, &batch, &[store.width()])?;
            if segment.rows.saturating_add(dictionaries.len()) > dictionary::VALUES {
                return Err(format!("dictionaries of more than {} values", dictionary::VALUES));
            }
            let rows = usize::try_from(segment.rows).unwrap_or_default();
            let cells = match rows {
                0 => continue,
                _ => segment.column(0, *store, 0)?.read(rows)?,
            };
            dictionaries.add(id, number, cells, table.byte(2)? != 0)?;
        }
        Ok(dictionaries)
    }

    /// The wanted columns of a record batch.
    pub(crate) fn stream<'a>(
        &'a self,
        wanted: &[Wanted],
        dictionaries: &Dictionaries,
        batch: usize,
    ) -> std::result::Result<Stream<'a>, DataError> {
        guarded(&self.shown, || self.open_batch(wanted, dictionaries, batch))
    }

    fn open_batch(
        &self,
        wanted: &[Wanted],
        dictionaries: &Dictionaries,
        batch: usize,
    ) -> Result<Stream<'_>> {
        let (message, before) = self.index.batches[batch];
        let head = message.head(&self.file)?;
        let table = Table::root(&head)?;
        if table.byte(1)? != 3 {
            return Err("another message where a record batch should be".to_owned());
        }
        let table = table.needed(2, "a record batch")?;
        let widths: Vec<_> = self.index.fields.iter().map(|field| field.width).collect();
        let segment = Segment::new(&self.file, &message, &table, &widths)?;
        let shown = self.shown.as_str();
        if segment.rows == 0 {
            return Ok(Stream { shown, inputs: Vec::new(), left: 0, step: ROWS });
        }
        let small = BYTES / (wanted.len().max(1) as u64 * 3);
        let (mut inputs, mut bytes) = (Vec::new(), 0_u64);
        for wanted in wanted {
            let Some(field) = self.index.fields.get(wanted.index) else {
                inputs.extend(self.constant(wanted));
                continue;
            };
            let (Kind::Typed(domain), Some(store)) = (&field.kind, field.store) else {
                return Err(format!("cells of `{}` that are not read", field.name));
            };
            let stored = field.dictionary.map_or(store, |(_, keys)| keys);
            let column = segment.column(wanted.index, stored, small)?;
            bytes = bytes.saturating_add(column.bytes());
            let column = Box::new(column);
            inputs.push(match field.dictionary {
                None => Input::Stored(*domain, column),
                Some((id, _)) => Input::Coded(*domain, column, store, dictionaries.get(id, before)),
            });
        }
        let step = step(bytes, segment.rows, inputs.len());
        Ok(Stream { shown, inputs, left: segment.rows, step })
    }

    fn constant(&self, wanted: &Wanted) -> Option<Input> {
        let constant = wanted.index.checked_sub(self.index.fields.len())?;
        let value = self.constants.get(constant)?;
        Some(Input::Constant(wanted.reading.clone(), value.clone()))
    }
}

impl Stream<'_> {
    /// The next rows, numbered from 1; `None` at the end.
    pub(crate) fn next(&mut self) -> std::result::Result<Option<Batch>, DataError> {
        if self.left == 0 {
            return Ok(None);
        }
        let rows = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.step);
        let inputs = self.inputs.iter_mut();
        let columns = guarded(self.shown, || inputs.map(|input| input.read(rows)).collect())?;
        self.left -= rows as u64;
        Ok(Some(Batch { rows, columns, names: Vec::new() }))
    }
}

impl Input {
    fn read(&mut self, rows: usize) -> Result<ColumnBatch> {
        let (domain, cells) = match self {
            Self::Constant(reading, value) => {
                return Ok(reading.read(1, rows, Text::same(value.as_deref(), rows)));
            }
            Self::Stored(domain, column) => (*domain, column.read(rows)?),
            Self::Coded(domain, column, store, values) => {
                let keys = column.read(rows)?;
                (*domain, dictionary::look_up(values.as_deref(), &keys, *store)?)
            }
        };
        let Cells { states, values, text } = cells;
        Ok(ColumnBatch { first_row: 1, domain, states, values, text })
    }
}

/// How many rows are read at once. Without columns there is nothing to hold, and all may be.
fn step(bytes: u64, rows: u64, columns: usize) -> usize {
    if columns == 0 {
        return usize::MAX;
    }
    let each = (bytes / rows.max(1)).max(1);
    let by_bytes = usize::try_from(BYTES / each).unwrap_or(ROWS);
    by_bytes.min(CELLS / columns).clamp(8, ROWS) / 8 * 8
}

/// Runs what may fail or, should what unpacks buffers do so, panic.
fn guarded<T>(shown: &str, work: impl FnOnce() -> Result<T>) -> std::result::Result<T, DataError> {
    let problem = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(problem)) => problem,
        Err(_) => "damage that the reader can't make sense of".to_owned(),
    };
    Err(DataError::Corrupt { path: shown.to_owned(), format: "Arrow", problem })
}
