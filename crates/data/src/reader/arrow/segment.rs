//! A record batch, or the values of a dictionary: where the buffers of each column are. Source:
//! Arrow's `Message.fbs`.

use super::cells::{Column, Data};
use super::flat::{Result, Table, Vector};
use super::index::Message;
use super::schema::{Store, Width};
use super::tape::{Packing, Tape};
use crate::reader::positioned::Positioned;

/// Rows that other readers can count, too.
const ROWS: u64 = i32::MAX as u64;

/// What a message says of its columns.
pub(super) struct Segment<'a> {
    pub(super) rows: u64,
    file: &'a Positioned,
    message: &'a Message,
    packing: Option<Packing>,
    nodes: Vector<'a>,
    buffers: Vector<'a>,
    variadic: Vector<'a>,
    /// Where each column begins in those three.
    starts: Vec<(usize, usize, usize)>,
}

impl<'a> Segment<'a> {
    /// For columns that take so much, as the schema has them.
    pub(super) fn new(
        file: &'a Positioned,
        message: &'a Message,
        table: &Table<'a>,
        widths: &[Width],
    ) -> Result<Self> {
        let rows = u64::try_from(table.long(0)?).ok().filter(|rows| *rows <= ROWS);
        let rows = rows.ok_or_else(|| format!("a record batch of more than {ROWS} rows"))?;
        let (nodes, buffers) = (table.vector(1, 16)?, table.vector(2, 16)?);
        let variadic = table.vector(4, 8)?;
        let packing = Packing::of(table.table(3)?)?;
        let (mut starts, mut at) = (Vec::with_capacity(widths.len()), (0, 0, 0));
        for width in widths {
            starts.push(at);
            let mut further = 0_usize;
            for number in at.2..at.2 + width.variadic {
                let count = usize::try_from(variadic.long(number, 0)?);
                let count = count.ok().filter(|count| *count <= buffers.len());
                further = further.saturating_add(count.ok_or_else(other_columns)?);
            }
            let next = at.1 + width.buffers;
            at = (at.0 + width.nodes, next.saturating_add(further), at.2 + width.variadic);
        }
        if (at.0, at.1, at.2) != (nodes.len(), buffers.len(), variadic.len()) {
            return Err(other_columns());
        }
        Ok(Self { rows, file, message, packing, nodes, buffers, variadic, starts })
    }

    /// The buffers of a column that stores its values so.
    pub(super) fn column(&self, index: usize, store: Store, small: u64) -> Result<Column> {
        let (node, buffer, variadic) = self.starts[index];
        let (rows, nulls) = (self.nodes.long(node, 0)?, self.nodes.long(node, 8)?);
        if u64::try_from(rows).ok() != Some(self.rows) {
            return Err(format!("a column of {rows} rows in a record batch of {}", self.rows));
        }
        let valid = self.tape(buffer, small)?;
        if valid.left() == 0 && nulls != 0 {
            return Err(format!("{nulls} nulls, and not which they are"));
        }
        let valid = Some(valid).filter(|valid| valid.left() > 0);
        let values = self.tape(buffer + 1, small)?;
        let data = match store {
            Store::Text { .. } => Data::Run(self.tape(buffer + 2, small)?, None),
            Store::View => {
                let count = usize::try_from(self.variadic.long(variadic, 0)?).unwrap_or_default();
                let mut whole = Vec::new();
                for at in 0..count {
                    let mut tape = self.tape(buffer + 2 + at, 0)?;
                    whole.push(tape.take(tape.left())?.into());
                }
                Data::Whole(whole)
            }
            _ => Data::None,
        };
        Ok(Column { store, valid, values, data })
    }

    fn tape(&self, buffer: usize, small: u64) -> Result<Tape> {
        let (offset, len) = (self.buffers.long(buffer, 0)?, self.buffers.long(buffer, 8)?);
        let place = self.message.buffer(offset, len)?;
        Tape::open(self.file, place, self.packing, small)
    }
}

impl Store {
    /// What a column that is stored so takes.
    pub(super) fn width(self) -> Width {
        let (buffers, variadic) = match self {
            Self::Text { .. } => (3, 0),
            Self::View => (2, 1),
            _ => (2, 0),
        };
        Width { nodes: 1, buffers, variadic }
    }
}

impl Column {
    /// How many bytes its buffers say that they have.
    pub(super) fn bytes(&self) -> u64 {
        let data = match &self.data {
            Data::Run(data, _) => data.left(),
            Data::None | Data::Whole(_) => 0,
        };
        self.values.left().saturating_add(data)
    }
}

fn other_columns() -> String {
    "a record batch with other columns than the schema".to_owned()
}
