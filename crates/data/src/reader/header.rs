//! The first line of a CSV file: the names of its columns, and what stands between them.

use std::collections::HashMap;

use super::csv::{Rules, is_nothing};
use super::encoding;
use super::input::Input;
use super::split::{Field, Outcome, Split};
use super::{Kind, SourceColumn};
use crate::DataError;

/// Bytes that are read for the header.
const HEAD: usize = 64 << 10;
/// What may stand between fields, if nobody says it.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What a CSV file says of itself.
pub(super) struct Header {
    pub(super) columns: Vec<SourceColumn>,
    /// Lines of it, and of what stands before it.
    pub(super) lines: u64,
    pub(super) delimiter: u8,
}

/// Reads the first line that is not empty. Without a delimiter it is found there.
pub(super) fn read(
    input: &mut Input,
    rules: &Rules,
    delimiter: Option<u8>,
) -> Result<Header, DataError> {
    let (mut fields, mut room, mut line) = (Vec::new(), HEAD, 1);
    loop {
        let text = input.fill(room);
        let last = input.last;
        if text.is_empty() && last {
            return Err(DataError::Empty { path: rules.shown.clone() });
        }
        let delimiter = delimiter.map_or_else(|| detect(&text, last, rules, line), Ok)?;
        let outcome = Split { delimiter, last }.record(&text, 0, &mut fields);
        let Some((next, lines)) = rules.complete(outcome, text.len(), line, last)? else {
            input.fault(&text).map_err(|fault| fault.further_down(line - 1))?;
            room = text.len() * 2;
            input.keep(text, 0);
            continue;
        };
        rules.bounded(next, line)?;
        encoding::check(&text[..next], &rules.shown, line)?;
        let text = input.keep(text, next);
        if !matches!(fields[..], [only] if is_nothing(only)) {
            let columns = names(rules, line, &text, &fields)?;
            return Ok(Header { columns, lines: line - 1 + lines, delimiter });
        }
        line += lines;
    }
}

/// What stands between the fields of the first line. A comma where that is possible; anything
/// else only if nothing but it splits the line.
fn detect(text: &[u8], last: bool, rules: &Rules, line: u64) -> Result<u8, DataError> {
    let mut fields = Vec::new();
    let mut splits = |delimiter: &u8| {
        let outcome = Split { delimiter: *delimiter, last }.record(text, 0, &mut fields);
        matches!(outcome, Outcome::Complete { .. }) && fields.len() > 1
    };
    let possible: Vec<_> = DELIMITERS.into_iter().filter(|delimiter| splits(delimiter)).collect();
    match possible[..] {
        [] | [b',', ..] => Ok(b','),
        [only] => Ok(only),
        _ => {
            let named: Vec<_> =
                possible.iter().map(|byte| format!("`{}`", byte.escape_ascii())).collect();
            let problem = format!(
                "expected one kind of delimiter in the header, found {}; say which one it is",
                named.join(" and ")
            );
            Err(rules.malformed(line, problem))
        }
    }
}

fn names(
    rules: &Rules,
    line: u64,
    text: &[u8],
    fields: &[Field],
) -> Result<Vec<SourceColumn>, DataError> {
    let mut seen = HashMap::new();
    let name = |(at, field): (usize, &Field)| {
        let mut name = String::from_utf8_lossy(&text[field.start..field.end]).into_owned();
        if field.doubled {
            name = name.replace("\"\"", "\"");
        }
        match seen.insert(name.clone(), at + 1) {
            None => Ok(SourceColumn { name, kind: Kind::Untyped }),
            Some(first) => Err(rules.malformed(
                line,
                format!(
                    "expected column names that differ, found `{name}` for columns {first} and {}; \
                     rename one",
                    at + 1
                ),
            )),
        }
    };
    fields.iter().enumerate().map(name).collect()
}
