//! Whole columns of a table, for those who compute with them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use tollgate_model::{Cells, Columns, Form};

use crate::batch::{Batch, ColumnBatch, State, Values};
use crate::domain::Domain;
use crate::parse::cell::Reading;
use crate::parse::number;
use crate::reader::{Kind, Opening, Source, SourceColumn, Wanted};
use crate::report::{quote, shorten};
use crate::set::DataSet;
use crate::value::text_key;
use crate::{DataError, Options};

/// Reads columns of a table, CSV, JSON lines, Parquet or Arrow, each in the forms that are asked for.
///
/// A cell is the same text, and the same key, in whichever format it stands: `7` in CSV and the
/// number 7 in Parquet. Memory is that of the columns. `cancelled` is asked between batches.
///
/// # Errors
/// If the data can't be read to its end, has no such column, or a number is none.
pub fn columns(
    source: &Path,
    shown_as: &str,
    wanted: &[(String, Form)],
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Columns, DataError> {
    let names: Vec<String> = wanted.iter().map(|(name, _)| name.clone()).collect();
    let opening = Opening { options, names: &names };
    let set = DataSet::file(source, shown_as);
    let mut source = match set.parts() {
        [part] => Source::open(part, false, &opening)?,
        _ => return Err(DataError::NoParts { path: shown_as.to_owned() }),
    };
    let mut taking = Taking::new(source.columns(), wanted, shown_as)?;
    let go_on = || match cancelled() {
        true => Err(DataError::Cancelled { path: shown_as.to_owned() }),
        false => Ok(()),
    };
    match &mut source {
        Source::Text(reader) => {
            let (rules, mut lines) = (reader.rules(), reader.lines_before());
            let further = |error: DataError, lines| error.further_down(lines);
            while let Some(piece) = reader.piece().map_err(|error| further(error, lines))? {
                go_on()?;
                let read = rules.read(piece, &taking.decoded);
                let (batch, more) = read.map_err(|error| further(error, lines))?;
                lines += more;
                taking.take(&batch)?;
            }
        }
        Source::Parquet(reader) => {
            let decoded = taking.decoded.clone();
            let mut stream = reader.whole(&decoded, 0);
            while let Some(batch) = go_on().and_then(|()| stream.next())? {
                taking.take(&batch)?;
            }
        }
        Source::Arrow(reader) => {
            let decoded = taking.decoded.clone();
            let dictionaries = reader.dictionaries(&decoded)?;
            for batch in 0..reader.batches() {
                let mut stream = reader.stream(&decoded, &dictionaries, batch)?;
                while let Some(batch) = go_on().and_then(|()| stream.next())? {
                    taking.take(&batch)?;
                }
            }
        }
    }
    taking.end()
}

/// Columns that grow batch by batch.
struct Taking<'a> {
    shown: &'a str,
    /// Each column once, whatever it is wanted as.
    decoded: Vec<Wanted>,
    /// What is wanted: of which decoded column, and the cells so far.
    forms: Vec<(String, usize, Growing)>,
    rows: usize,
}

enum Growing {
    Numbers(Vec<f64>),
    Texts { names: Vec<String>, known: HashMap<String, u32>, codes: Vec<u32> },
    Keys(Vec<u128>),
}

impl<'a> Taking<'a> {
    fn new(
        source: &[SourceColumn],
        wanted: &[(String, Form)],
        shown: &'a str,
    ) -> Result<Self, DataError> {
        let mut slots: BTreeMap<usize, usize> = BTreeMap::new();
        let (mut decoded, mut forms) = (Vec::new(), Vec::new());
        for (name, form) in wanted {
            let (path, column) = (shown.to_owned(), name.clone());
            let Some(index) = source.iter().position(|column| column.name == *name) else {
                return Err(DataError::NoColumn { path, column, known: known(source) });
            };
            if let Kind::Record | Kind::List | Kind::Unsupported(_) = &source[index].kind {
                let found = source[index].kind.noun().to_owned();
                return Err(DataError::NoValues { path, column, found });
            }
            let slot = *slots.entry(index).or_insert_with(|| {
                let reading = Reading { domain: Domain::Text, pattern: None, any: true };
                decoded.push(Wanted { index, reading });
                decoded.len() - 1
            });
            let growing = match form {
                Form::Number => Growing::Numbers(Vec::new()),
                Form::Text => {
                    Growing::Texts { names: Vec::new(), known: HashMap::new(), codes: Vec::new() }
                }
                Form::Key => Growing::Keys(Vec::new()),
            };
            forms.push((name.clone(), slot, growing));
        }
        Ok(Self { shown, decoded, forms, rows: 0 })
    }

    fn take(&mut self, batch: &Batch) -> Result<(), DataError> {
        for (name, slot, growing) in &mut self.forms {
            let column = &batch.columns[*slot];
            growing.take(column, batch.rows).map_err(|(at, found)| DataError::NoNumber {
                path: self.shown.to_owned(),
                column: name.clone(),
                row: (self.rows + at + 1) as u64,
                found,
            })?;
        }
        self.rows += batch.rows;
        Ok(())
    }

    // JSON lines have no header in which a column could be missing.
    fn end(self) -> Result<Columns, DataError> {
        let empty = |(_, _, growing): &&(String, usize, Growing)| growing.is_empty();
        if let Some((name, ..)) = self.forms.iter().find(empty).filter(|_| self.rows > 0) {
            let (path, column) = (self.shown.to_owned(), name.clone());
            return Err(DataError::NoValues { path, column, found: "none in any row".into() });
        }
        let cells = self.forms.into_iter().map(|(name, _, growing)| match growing {
            Growing::Numbers(cells) => ((name, Form::Number), Cells::Numbers(cells)),
            Growing::Texts { names, codes, .. } => {
                ((name, Form::Text), Cells::Texts { names, codes })
            }
            Growing::Keys(cells) => ((name, Form::Key), Cells::Keys(cells)),
        });
        Ok(Columns { rows: self.rows, cells: cells.collect() })
    }
}

impl Growing {
    /// Whether no cell has a value.
    fn is_empty(&self) -> bool {
        match self {
            Self::Numbers(cells) => cells.iter().all(|cell| cell.is_nan()),
            Self::Texts { names, .. } => names.is_empty(),
            Self::Keys(cells) => cells.iter().all(|cell| *cell == 0),
        }
    }

    /// Adds the batch's cells; else the first that is no number, and its text.
    fn take(&mut self, column: &ColumnBatch, rows: usize) -> Result<(), (usize, String)> {
        match self {
            Self::Numbers(cells) => {
                for at in 0..rows {
                    cells.push(as_number(column, at).map_err(|found| (at, found))?);
                }
            }
            Self::Texts { names, known, codes } => {
                for at in 0..rows {
                    let code = match column.show(at) {
                        None => Cells::NULL,
                        Some(text) => *known.entry(text).or_insert_with_key(|text| {
                            names.push(text.clone());
                            u32::try_from(names.len() - 1).unwrap_or(Cells::NULL)
                        }),
                    };
                    codes.push(code);
                }
            }
            Self::Keys(cells) => {
                let key = |at| column.show(at).map_or(0, |text| text_key(text.as_bytes()));
                cells.extend((0..rows).map(key));
            }
        }
        Ok(())
    }
}

/// The cell's number, NaN where there is none; else its text.
fn as_number(column: &ColumnBatch, at: usize) -> Result<f64, String> {
    if column.states[at] == State::Null {
        return Ok(f64::NAN);
    }
    #[expect(clippy::cast_precision_loss, reason = "metrics are computed in 64 bits")]
    match (&column.values, column.states[at]) {
        (Values::Int(values), State::Valid) => return Ok(values[at] as f64),
        (Values::Num(values), State::Valid) => return Ok(values[at].as_f64()),
        (Values::Bool(values), State::Valid) => return Ok(f64::from(u8::from(values[at]))),
        _ => {}
    }
    let text = column.show(at).unwrap_or_default();
    let number = number::number(text.trim().as_bytes()).map(|number| number.as_f64());
    match text.trim() {
        "" => Ok(f64::NAN),
        "true" | "True" | "t" => Ok(1.0),
        "false" | "False" | "f" => Ok(0.0),
        text => number.ok_or_else(|| shorten(text)),
    }
}

fn known(source: &[SourceColumn]) -> String {
    let names: Vec<_> = source.iter().take(20).map(|column| quote(&column.name)).collect();
    names.join(", ")
}
