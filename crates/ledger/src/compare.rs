//! Views against the entries: they are built a second time, beside, and compared row by row.

use rusqlite::Connection;

use crate::LedgerError;
use crate::append::{build_views, view_version};
use crate::verify::Damage;
use crate::views::{self, Views};

/// Views of another version are not compared: they are rebuilt before anyone asks them.
pub(crate) fn compare_views(
    conn: &Connection,
    mut report: impl FnMut(Damage),
) -> Result<(), LedgerError> {
    if view_version(conn)? != views::VERSION {
        return Ok(());
    }
    let fresh = Views::temp(conn);
    build_views(conn, &fresh)?;
    for view in views::TABLES {
        let found = match first_difference(conn, view) {
            Ok(found) => found,
            Err(error) => Some(error.to_string()),
        };
        if let Some(what) = found {
            report(Damage::View { view: view.to_owned(), what });
        }
    }
    Ok(fresh.drop()?)
}

/// A row that only one of the two has, in words.
fn first_difference(conn: &Connection, view: &str) -> rusqlite::Result<Option<String>> {
    for (has, lacks, word) in [("main", "temp", "wrong"), ("temp", "main", "missing")] {
        let sql = format!("SELECT * FROM {has}.{view} EXCEPT SELECT * FROM {lacks}.{view} LIMIT 1");
        let mut statement = conn.prepare(&sql)?;
        let mut rows = statement.query([])?;
        if let Some(row) = rows.next()? {
            return Ok(Some(format!("row ({}) is {word}", describe(row)?)));
        }
    }
    Ok(None)
}

fn describe(row: &rusqlite::Row<'_>) -> rusqlite::Result<String> {
    let columns = row.as_ref().column_count();
    let cells = (0..columns).map(|index| row.get_ref(index).map(cell));
    Ok(cells.collect::<Result<Vec<_>, _>>()?.join(", "))
}

fn cell(value: rusqlite::types::ValueRef<'_>) -> String {
    use rusqlite::types::ValueRef::{Blob, Integer, Null, Real, Text};
    match value {
        Null => "null".to_owned(),
        Integer(number) => number.to_string(),
        Real(number) => number.to_string(),
        Text(text) => String::from_utf8_lossy(text).into_owned(),
        Blob(bytes) => bytes.iter().take(6).map(|byte| format!("{byte:02x}")).collect(),
    }
}
