//! Which columns an Arrow schema has, what their types stand for, and how many buffers each of them
//! takes in a record batch. Source: Arrow's `Schema.fbs` and "Columnar Format".

use std::collections::HashSet;

use super::flat::{Result, Table};
use crate::domain::Domain;
use crate::reader::Kind;

/// Columns within columns; more are a mistake.
const DEPTH: usize = 64;
/// Columns, with those within others. Metadata of a few bytes can claim any number.
const FIELDS: usize = 1 << 20;

/// A top-level column.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) store: Option<Store>,
    /// The dictionary that its cells are places in, and how those are stored.
    pub(super) dictionary: Option<(i64, Store)>,
    pub(super) width: Width,
}

/// What a column takes in a record batch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Width {
    pub(super) nodes: usize,
    pub(super) buffers: usize,
    /// How often it has a number of further buffers.
    pub(super) variadic: usize,
}

/// How values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    /// A bit each.
    Bool,
    /// So many bytes each, times so many.
    Int {
        width: usize,
        signed: bool,
        by: i64,
    },
    /// Milliseconds, of which only the day counts.
    DayMillis,
    Float {
        width: usize,
    },
    /// Two's complement of up to 256 bits.
    Decimal {
        width: usize,
    },
    /// Texts one behind the other, and where each begins in so many bytes.
    Text {
        width: usize,
    },
    /// Sixteen bytes that are the text, or say where it is.
    View,
    /// So many bytes each.
    Fixed {
        width: usize,
    },
}

/// The columns of a schema.
pub(super) fn fields(schema: &Table<'_>, metadata: usize) -> Result<Vec<Field>> {
    if schema.short(0, 0)? != 0 {
        return Err("numbers with their highest byte first, which are not read here".to_owned());
    }
    let (mut budget, mut names, mut letters) = (FIELDS, HashSet::new(), 0);
    let mut fields = Vec::new();
    for table in schema.vector(1, 4)?.tables() {
        let table = table?;
        let name = table.text(0)?;
        // Honest names don't share their letters.
        letters += name.len();
        if letters > metadata {
            return Err("metadata with names that lie in each other".to_owned());
        }
        if !names.insert(name) {
            return Err(format!("two columns named `{name}`"));
        }
        fields.push(field(&table, name, &mut budget)?);
    }
    Ok(fields)
}

fn field(table: &Table<'_>, name: &str, budget: &mut usize) -> Result<Field> {
    let (kind, store) = match of_type(table)? {
        Ok((domain, store)) => (Kind::Typed(domain), Some(store)),
        Err(kind) => (kind, None),
    };
    let width = width(table, 0, budget)?;
    let mut dictionary = None;
    if let Some(encoding) = table.table(4)? {
        let index = match encoding.table(1)? {
            Some(index) => int(&index)?,
            None => Store::Int { width: 4, signed: true, by: 1 },
        };
        dictionary = Some((encoding.long(0)?, index));
    }
    Ok(Field { name: name.to_owned(), kind, store, dictionary, width })
}

/// With the columns within it.
fn width(table: &Table<'_>, depth: usize, budget: &mut usize) -> Result<Width> {
    *budget = budget.checked_sub(1).ok_or_else(|| format!("more than {FIELDS} columns"))?;
    if depth > DEPTH {
        return Err(format!("more than {DEPTH} columns within each other"));
    }
    if table.table(4)?.is_some() {
        return Ok(Width { nodes: 1, buffers: 2, variadic: 0 });
    }
    let (buffers, variadic) = match table.byte(2)? {
        1 | 22 => (0, 0),
        4 | 5 | 19 | 20 | 25 | 26 => (3, 0),
        23 | 24 => (2, 1),
        13 | 16 => (1, 0),
        14 => (1 + usize::from(table.needed(3, "a type")?.short(0, 0)? == 1), 0),
        _ => (2, 0),
    };
    let mut sum = Width { nodes: 1, buffers, variadic };
    for child in table.vector(5, 4)?.tables() {
        let child = width(&child?, depth + 1, budget)?;
        sum.nodes += child.nodes;
        sum.buffers += child.buffers;
        sum.variadic += child.variadic;
    }
    Ok(sum)
}

/// The domain of a type and how it is stored; else what it is.
fn of_type(field: &Table<'_>) -> Result<std::result::Result<(Domain, Store), Kind>> {
    let kind = field.needed(3, "a type")?;
    let unsupported = |what: &str| Ok(Err(Kind::Unsupported(what.to_owned())));
    let found = match field.byte(2)? {
        1 => return unsupported("a column of nothing but nulls"),
        2 => (Domain::Integer, int(&kind)?),
        3 => match kind.short(0, 0)? {
            0 => (Domain::Number { single: true }, Store::Float { width: 2 }),
            1 => (Domain::Number { single: true }, Store::Float { width: 4 }),
            2 => (Domain::Number { single: false }, Store::Float { width: 8 }),
            other => return Err(format!("a precision of the number {other}")),
        },
        4 | 5 => (Domain::Text, Store::Text { width: 4 }),
        19 | 20 => (Domain::Text, Store::Text { width: 8 }),
        23 | 24 => (Domain::Text, Store::View),
        6 => (Domain::Boolean, Store::Bool),
        7 => return decimal(&kind),
        8 if kind.short(0, 1)? == 0 => (Domain::Date, whole(4, 1)),
        8 => (Domain::Date, Store::DayMillis),
        9 => (Domain::Time, whole(width_of(kind.int(1, 32)?)?, nanos(kind.short(0, 1)?)?)),
        10 => (Domain::Timestamp, whole(8, nanos(kind.short(0, 0)?)?)),
        15 => {
            let width = usize::try_from(kind.int(0, 0)?);
            let width = width.map_err(|_| "values of less than no bytes".to_owned())?;
            (Domain::Text, Store::Fixed { width })
        }
        13 => return Ok(Err(Kind::Record)),
        12 | 16 | 21 | 25 | 26 => return Ok(Err(Kind::List)),
        11 => return unsupported("an interval"),
        14 => return unsupported("a union"),
        17 => return unsupported("a map"),
        18 => return unsupported("a duration"),
        22 => return unsupported("a column of run lengths"),
        other => return unsupported(&format!("the type of the number {other}")),
    };
    Ok(Ok(found))
}

fn int(kind: &Table<'_>) -> Result<Store> {
    let (width, signed) = (width_of(kind.int(0, 0)?)?, kind.byte(1)? != 0);
    Ok(Store::Int { width, signed, by: 1 })
}

fn width_of(bits: i32) -> Result<usize> {
    match bits {
        8 => Ok(1),
        16 => Ok(2),
        32 => Ok(4),
        64 => Ok(8),
        _ => Err(format!("whole numbers of {bits} bits")),
    }
}

fn whole(width: usize, by: i64) -> Store {
    Store::Int { width, signed: true, by }
}

fn nanos(unit: i16) -> Result<i64> {
    match unit {
        0 => Ok(1_000_000_000),
        1 => Ok(1_000_000),
        2 => Ok(1_000),
        3 => Ok(1),
        _ => Err(format!("a unit of time of the number {unit}")),
    }
}

/// Up to 38 digits, which is what 128 bits hold.
fn decimal(kind: &Table<'_>) -> Result<std::result::Result<(Domain, Store), Kind>> {
    let width = match kind.int(2, 128)? {
        32 => 4,
        64 => 8,
        128 => 16,
        256 => 32,
        bits => return Err(format!("decimals of {bits} bits")),
    };
    let scale = u32::try_from(kind.int(1, 0)?).ok().filter(|scale| *scale <= 38);
    match scale.filter(|_| kind.int(0, 0).is_ok_and(|digits| digits <= 38)) {
        Some(scale) => Ok(Ok((Domain::Decimal { scale }, Store::Decimal { width }))),
        None => Ok(Err(Kind::Unsupported("a decimal of more than 38 digits".to_owned()))),
    }
}
