//! Taking a profile, alone or in the same pass as a contract's checks.

use std::path::Path;

use tollgate_model::{Contract, Report, Table};

use super::{Profile, guess};
use crate::pass;
use crate::plan::Plan;
use crate::reader::{Source, SourceColumn};
use crate::report::Origin;
use crate::run::{Pieces, find_table};
use crate::{DataError, Options};

/// Which columns are profiled, and as what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watched<'a> {
    /// Their names; none means all.
    pub columns: Option<&'a [String]>,
    /// As which types texts are read where the contract does not say.
    pub like: Option<&'a Profile>,
}

impl Watched<'_> {
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.columns.is_none_or(|names| names.iter().any(|wanted| wanted == name))
    }
}

/// The profile of the data in `source`.
///
/// Columns are of the types that the table of a contract tells, else of those of the profile that
/// it is to be compared with. Where neither is given, a file without types is read twice: once to
/// find out (see [`guess`]).
///
/// # Errors
/// If the data can't be read to its end, a column is not there, or `cancelled` says so.
pub fn profile(
    source: &Path,
    shown_as: &str,
    table: Option<&Table>,
    watched: &Watched<'_>,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Profile, DataError> {
    let mut reader = Source::open(source, shown_as, options)?;
    let columns = reader.columns().to_vec();
    all_there(&columns, shown_as, watched)?;
    let guessed = match (table, watched.like) {
        (Some(table), _) => table.clone(),
        (None, None) => guess(source, shown_as, options, cancelled)?,
        (None, Some(_)) => Table { name: String::new(), columns: vec![], rules: vec![], line: 0 },
    };
    let origin = Origin { source: shown_as.to_owned(), contract: String::new() };
    let plan = || Plan::watching_only(&columns, &guessed, origin.clone(), options, watched);
    let (mut plan, pass) = pass::over(&mut reader, &plan, options, shown_as, cancelled)?;
    Ok(finish(&mut plan, shown_as, pass.rows))
}

/// What [`check`](crate::check) reports, and the profile of the watched columns that are there,
/// from one pass over the data.
///
/// # Errors
/// As with [`check`](crate::check).
pub fn check_and_profile(
    source: &Path,
    shown_as: &str,
    contract: &Contract,
    table: Option<&str>,
    watched: &Watched<'_>,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Report, Profile), DataError> {
    let table = find_table(contract, table)?;
    let plan = |columns: &[SourceColumn], origin: Origin| {
        Plan::watching(columns, table, origin, options, watched)
    };
    let mut seen = Pieces::read(source, shown_as, contract, &plan, options, cancelled)?;
    let rows = seen.rows();
    let profile = finish(&mut seen.plan, shown_as, rows);
    Ok((seen.report(), profile))
}

fn finish(plan: &mut Plan, shown_as: &str, rows: u64) -> Profile {
    let mut columns = Vec::new();
    let mut checks = Vec::new();
    for check in std::mem::take(&mut plan.checks) {
        match check.into_profile() {
            Ok(column) => columns.push(column.settled()),
            Err(check) => checks.push(*check),
        }
    }
    plan.checks = checks;
    Profile::new(shown_as.to_owned(), rows, columns, std::mem::take(&mut plan.unread))
}

fn all_there(
    columns: &[SourceColumn],
    shown_as: &str,
    watched: &Watched<'_>,
) -> Result<(), DataError> {
    let is_there = |name: &String| columns.iter().any(|column| column.name == *name);
    let Some(missing) = watched.columns.into_iter().flatten().find(|name| !is_there(name)) else {
        return Ok(());
    };
    let known: Vec<_> =
        columns.iter().take(20).map(|column| format!("`{}`", column.name)).collect();
    let (path, column) = (shown_as.to_owned(), missing.clone());
    Err(DataError::NoColumn { path, column, known: known.join(", ") })
}
