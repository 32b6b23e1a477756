//! Taking a profile, alone or in the same pass as a contract's checks.

use tollgate_model::{Contract, Report, Table};

use super::Profile;
use super::guess::types;
use crate::fit::Fit;
use crate::pass::{self, Pass};
use crate::plan::Plan;
use crate::reader::{Opening, Source, SourceColumn};
use crate::report::Origin;
use crate::run::{Question, find_table, open};
use crate::{DataError, DataSet, Options};

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

    /// The columns that are known to be wanted before the data is read.
    pub(crate) fn names(&self) -> Vec<String> {
        let like = self.like.into_iter().flat_map(Profile::columns);
        let like = like.map(|column| column.name().to_owned()).filter(|name| self.wants(name));
        self.columns.into_iter().flatten().cloned().chain(like).collect()
    }
}

/// The profile of a data set.
///
/// Columns are of the types that the table of a contract tells, else of those of the profile that
/// it is to be compared with. Where neither is given, files without types are read twice: once to
/// find out (see [`guess`](crate::guess)). JSON lines are read once more, to find out which columns there are.
///
/// # Errors
/// If the data can't be read to its end, its files differ in their columns, a column that was asked
/// for is not there (unless there is a profile to compare with: that it is gone is for the comparison
/// to tell), or `cancelled` says so.
pub fn profile(
    set: &DataSet,
    table: Option<&Table>,
    watched: &Watched<'_>,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Profile, DataError> {
    let names = names(set, options, cancelled)?;
    let opening = Opening { options, names: &names };
    let source = open(set, &opening)?;
    let columns = source.columns().to_vec();
    if watched.like.is_none() {
        all_there(&columns, set.shown(), watched)?;
    }
    let table = match (table, watched.like) {
        (Some(table), _) => table.clone(),
        (None, None) => types(set, watched, options, cancelled)?,
        (None, Some(_)) => Table { name: String::new(), columns: vec![], rules: vec![], line: 0 },
    };
    let origin = Origin { source: set.shown().to_owned(), contract: String::new() };
    let plan = || Plan::watching_only(&columns, &table, origin.clone(), options, watched);
    let (mut plan, pass) = alike(set, source, &plan, &opening, cancelled)?;
    Ok(finish(&mut plan, set.shown(), pass.rows))
}

/// What [`check_set`](crate::check_set) reports, and the profile of the watched columns that are
/// there, from one pass over the data.
///
/// # Errors
/// As with [`check_set`](crate::check_set).
pub fn check_and_profile(
    set: &DataSet,
    contract: &Contract,
    table: Option<&str>,
    watched: &Watched<'_>,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Report, Profile), DataError> {
    let table = find_table(contract, table)?;
    let question = Question { contract, table, watched: Some(watched) };
    let mut seen = question.of_set(set, options, cancelled)?;
    let rows = seen.rows();
    let profile = finish(&mut seen.plan, set.shown(), rows);
    Ok((seen.report(), profile))
}

/// The columns that JSON has to be asked for, as only its rows tell them; else none.
pub(super) fn names(
    set: &DataSet,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<String>, DataError> {
    let opening = Opening { options, names: &[] };
    let source = open(set, &opening)?;
    if !source.is_json() {
        return Ok(Vec::new());
    }
    let (_, pass) = alike(set, source, &Plan::nothing, &opening, cancelled)?;
    Ok(pass.names.into_iter().collect())
}

/// A pass over files that must all have the columns of the first.
pub(super) fn alike(
    set: &DataSet,
    source: Source,
    plan: &dyn Fn() -> Plan,
    opening: &Opening<'_>,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Plan, Pass), DataError> {
    let columns = source.columns().to_vec();
    let fit = |plan: &Plan| Fit::of(columns.iter().map(|column| &column.name), &columns, plan);
    let (plan, mut pass) = pass::over(set, source, fit, plan, opening, cancelled)?;
    match pass.unlike.pop() {
        None => Ok((plan, pass)),
        Some((path, why)) => {
            let first = set.parts().first().map_or(set.shown(), |part| &part.shown).to_owned();
            Err(DataError::Unlike { path, first, why })
        }
    }
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
