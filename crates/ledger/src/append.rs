//! Writing: entries, head and views in one transaction.

use std::collections::BTreeSet;

use rusqlite::Connection;
use tollgate_model::{Fact, RunId, Timestamp};

use crate::chain::Link;
use crate::fold::Fold;
use crate::query;
use crate::sql::{Raw, int};
use crate::views::{self, Views};
use crate::{Entry, Head, LedgerError};

/// A fold that is up to date with entry `seq`.
pub(crate) struct Standing {
    pub(crate) seq: u64,
    pub(crate) fold: Fold,
}

impl Standing {
    /// How the open runs stand at the head, from the views and their entries alone.
    pub(crate) fn load(conn: &Connection, head: Head) -> Result<Self, LedgerError> {
        let mut fold = Fold::default();
        for run in query::open_runs(conn)? {
            // Runs may overlap: each begins its own fold, whatever the greatest number so far.
            fold.last_run = 0;
            for entry in query::run_entries(conn, run)? {
                fold.apply(&entry.fact, entry.at)?;
            }
        }
        fold.last_run = query::last_run(conn)?.map_or(0, |run| run.0);
        fold.environments = query::environments(conn)?;
        Ok(Self { seq: head.seq, fold })
    }
}

/// Appends after `head` and hands out the new head. The caller commits, or drops it all.
pub(crate) fn append(
    conn: &Connection,
    head: Head,
    fold: &mut Fold,
    at: Timestamp,
    facts: &[Fact],
) -> Result<Head, LedgerError> {
    let views = Views::main(conn);
    let mut touched = Touched::default();
    let mut head = head;
    for fact in facts {
        let entry = insert(conn, head, at, fact)?;
        touched.apply(&views, fold, &entry)?;
        head = Head { seq: entry.seq, hash: entry.hash };
    }
    touched.record(&views, fold)?;
    set_head(conn, head)?;
    Ok(head)
}

fn insert(conn: &Connection, head: Head, at: Timestamp, fact: &Fact) -> Result<Entry, LedgerError> {
    let seq = head.seq + 1;
    let body = serde_json::to_string(fact)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let hash = link(head, at, fact, &body).hash();
    conn.prepare_cached("INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute((
        int(seq),
        at.as_millis(),
        Raw(head.hash),
        Raw(hash),
        fact.kind(),
        body,
    ))?;
    Ok(Entry { seq, at, hash, fact: fact.clone() })
}

fn link<'a>(head: Head, at: Timestamp, fact: &'a Fact, body: &'a str) -> Link<'a> {
    Link {
        prev: head.hash,
        seq: head.seq + 1,
        at: at.as_millis(),
        kind: fact.kind().as_bytes(),
        body: body.as_bytes(),
    }
}

pub(crate) fn read_head(conn: &Connection) -> Result<Head, LedgerError> {
    let mut statement = conn.prepare_cached("SELECT seq, hash FROM head")?;
    let (seq, Raw(hash)): (i64, Raw) = statement.query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(Head { seq: crate::sql::uint(seq), hash })
}

fn set_head(conn: &Connection, Head { seq, hash }: Head) -> Result<(), LedgerError> {
    conn.prepare_cached("UPDATE head SET seq = ?1, hash = ?2")?.execute((int(seq), Raw(hash)))?;
    Ok(())
}

/// The runs that a batch of entries changed and did not close, and the environments.
#[derive(Default)]
pub(crate) struct Touched(BTreeSet<RunId>, BTreeSet<String>);

impl Touched {
    /// Takes one entry into the fold and into the views.
    pub(crate) fn apply(
        &mut self,
        views: &Views<'_>,
        fold: &mut Fold,
        entry: &Entry,
    ) -> Result<(), LedgerError> {
        let closed = fold.apply(&entry.fact, entry.at)?;
        views.record(entry)?;
        self.1.extend(entry.fact.environment().map(str::to_owned));
        match (closed, entry.fact.run()) {
            (Some(record), _) => {
                self.0.remove(&record.started.run);
                views.record_run(&record)
            }
            (None, run) => {
                self.0.extend(run);
                Ok(())
            }
        }
    }

    /// Writes how the runs stand that are still open, and the environments.
    pub(crate) fn record(&self, views: &Views<'_>, fold: &Fold) -> Result<(), LedgerError> {
        let open = self.0.iter().filter_map(|run| fold.open.get(run));
        open.into_iter().try_for_each(|record| views.record_run(record))?;
        let touched = self.1.iter().filter_map(|name| Some((name, fold.environments.get(name)?)));
        touched.into_iter().try_for_each(|(name, record)| views.record_environment(name, record))
    }
}

/// Builds the views of all entries, one entry at a time.
pub(crate) fn build_views(conn: &Connection, views: &Views<'_>) -> Result<(), LedgerError> {
    let mut fold = Fold::default();
    let mut touched = Touched::default();
    views.drop()?;
    views.create()?;
    query::for_each_entry(conn, |entry| touched.apply(views, &mut fold, &entry))?;
    touched.record(views, &fold)
}

/// Which version of the views is there; 0 for none.
pub(crate) fn view_version(conn: &Connection) -> Result<i64, LedgerError> {
    Ok(conn.query_row("SELECT version FROM view_version", [], |row| row.get(0))?)
}

/// Rebuilds the views that serve.
pub(crate) fn rebuild_views(conn: &Connection) -> Result<(), LedgerError> {
    build_views(conn, &Views::main(conn))?;
    set_view_version(conn, views::VERSION)
}

pub(crate) fn set_view_version(conn: &Connection, version: i64) -> Result<(), LedgerError> {
    conn.execute("UPDATE view_version SET version = ?1", [version])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tollgate_model::{RunEnd, RunFinished, Verdict};

    use super::*;
    use crate::{Corruption, Damage, schema};

    /// Somebody who can compute hashes makes a chain that is sound in itself.
    #[test]
    fn a_forged_history_with_an_illegal_fact_is_named() {
        let conn = schema::open_in_memory().expect("a ledger");
        let end = RunFinished {
            run: RunId(1),
            verdict: Verdict::Pass,
            end: RunEnd::Completed,
            millis: 1,
        };
        let fact = Fact::RunFinished(end);
        let at = Timestamp::from_millis(0);
        let entry = insert(&conn, Head::genesis(), at, &fact).expect("an entry");
        set_head(&conn, Head { seq: entry.seq, hash: entry.hash }).expect("a head");
        let why = "illegal fact `run_finished`: r1 has not begun".to_owned();
        let expected = Corruption { seq: Some(1), damage: Damage::Illegal(why) };
        assert_eq!(crate::verify::verify(&conn), Err(vec![expected]));
        assert!(matches!(rebuild_views(&conn), Err(LedgerError::Illegal(_))));
    }
}
