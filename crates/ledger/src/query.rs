//! The questions. Answers come from the entries themselves; views only say where to look.

use std::collections::BTreeMap;

use rusqlite::{Connection, Params, Row};
use serde::{Deserialize, Serialize};
use tollgate_model::{
    Commit, Digest, EnvironmentRecord, Fact, Judged, ReleaseId, ReleaseRecorded, RunFinished,
    RunId, RunRecord, StepId, StepResult, StepStarted, StepState, Timestamp, Verdict,
};

use crate::sql::{Raw, int, uint};
use crate::stored::Stored;
use crate::{Entry, LedgerError};

/// A run in one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Which run.
    pub run: RunId,
    /// The pipeline, where it is one.
    pub pipeline: Option<String>,
    /// What asked for it.
    pub trigger: String,
    /// Where the project's history stood.
    pub commit: Option<Commit>,
    /// When it began.
    pub started_at: Timestamp,
    /// How it ended; none while it goes on.
    pub finished: Option<RunFinished>,
    /// How its steps stand.
    pub counts: StepCounts,
}

/// How many steps of a run stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCounts {
    /// All of them.
    pub total: u64,
    /// Ran and passed.
    pub passed: u64,
    /// Ran and failed.
    pub failed: u64,
    /// Ran and came to no verdict.
    pub undecided: u64,
    /// Were known already.
    pub reused: u64,
    /// Will not run.
    pub skipped: u64,
}

/// A result that can be reused.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedResult {
    /// The run in which the step ran.
    pub run: RunId,
    /// When it passed.
    pub at: Timestamp,
    /// What came of it.
    pub result: StepResult,
}

/// How a step ended in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct StepOutcome {
    /// Which run.
    pub run: RunId,
    /// When.
    pub at: Timestamp,
    /// Its key; none where it broke before a key was known.
    pub key: Option<Digest>,
    /// What came of it.
    pub verdict: Verdict,
    /// How many attempts it took.
    pub attempts: u32,
    /// Wall time of all attempts.
    pub millis: u64,
}

/// Predictions that a gate judged in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedRun {
    /// Which run.
    pub run: RunId,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub verdict: Verdict,
    /// The predictions, and what was measured on them.
    pub judged: Judged,
}

/// Content of the store that facts refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveDigest {
    /// What.
    pub digest: Digest,
    /// When a fact last referred to it, or reused what it belongs to.
    pub last_used: Timestamp,
}

impl RunSummary {
    /// The summary of a run.
    #[must_use]
    pub fn of(record: &RunRecord) -> Self {
        let started = &record.started;
        Self {
            run: started.run,
            pipeline: started.pipeline.clone(),
            trigger: started.trigger.clone(),
            commit: started.commit.clone(),
            started_at: record.started_at,
            finished: record.finished.clone(),
            counts: StepCounts::of(record),
        }
    }
}

impl StepCounts {
    fn of(record: &RunRecord) -> Self {
        let mut counts = Self { total: record.steps.len() as u64, ..Self::default() };
        for step in record.steps.values() {
            if let Some(count) = counts.place(&step.state) {
                *count += 1;
            }
        }
        counts
    }

    fn place(&mut self, state: &StepState) -> Option<&mut u64> {
        match state {
            StepState::Waiting | StepState::Running(_) => None,
            StepState::Reused(_) => Some(&mut self.reused),
            StepState::Skipped(_) => Some(&mut self.skipped),
            StepState::Finished(fact) => Some(match fact.result.verdict {
                Verdict::Pass => &mut self.passed,
                Verdict::Fail => &mut self.failed,
                Verdict::Undecided => &mut self.undecided,
            }),
        }
    }
}

const ENTRY: &str = "SELECT e.seq, e.at, e.prev, e.hash, e.kind, e.body FROM entry e ";

/// The entries that a statement of the form [`ENTRY`] finds.
fn entries(conn: &Connection, tail: &str, by: impl Params) -> Result<Vec<Entry>, LedgerError> {
    let mut statement = conn.prepare_cached(&format!("{ENTRY}{tail}"))?;
    let mut rows = statement.query(by)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(entry(row)?);
    }
    Ok(found)
}

/// Nothing is ever answered from an entry that was changed since it was written.
fn entry(row: &Row<'_>) -> Result<Entry, LedgerError> {
    let stored = Stored::read(row)?;
    let damaged = |why| LedgerError::Damaged { seq: stored.seq, why };
    if !stored.was_written_as(stored.seq) {
        return Err(damaged("its content does not match its hash".to_owned()));
    }
    let fact = stored.fact().map_err(damaged)?;
    Ok(Entry { seq: stored.seq, at: Timestamp::from_millis(stored.at), hash: stored.hash, fact })
}

pub(crate) fn for_each_entry(
    conn: &Connection,
    mut each: impl FnMut(Entry) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let mut statement = conn.prepare(&format!("{ENTRY}ORDER BY e.seq"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(entry(row)?)?;
    }
    Ok(())
}

pub(crate) fn read(conn: &Connection, after: u64, limit: usize) -> Result<Vec<Entry>, LedgerError> {
    entries(conn, "WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2", (int(after), int(limit as u64)))
}

pub(crate) fn run_entries(conn: &Connection, run: RunId) -> Result<Vec<Entry>, LedgerError> {
    let tail = "JOIN view_run_entry v ON v.seq = e.seq WHERE v.run = ?1 ORDER BY v.seq";
    entries(conn, tail, [int(run.0)])
}

pub(crate) fn run(conn: &Connection, run: RunId) -> Result<Option<RunRecord>, LedgerError> {
    let mut folded: Option<RunRecord> = None;
    for Entry { at, fact, .. } in run_entries(conn, run)? {
        match (&mut folded, fact) {
            (None, Fact::RunStarted(started)) => folded = Some(RunRecord::begin(started, at)),
            (Some(record), fact) => record.apply(&fact, at)?,
            (None, _) => {}
        }
    }
    Ok(folded)
}

pub(crate) fn last_run(conn: &Connection) -> Result<Option<RunId>, LedgerError> {
    let mut statement = conn.prepare_cached("SELECT max(run) FROM view_run")?;
    let run: Option<i64> = statement.query_row([], |row| row.get(0))?;
    Ok(run.map(|run| RunId(uint(run))))
}

pub(crate) fn open_runs(conn: &Connection) -> Result<Vec<RunId>, LedgerError> {
    let sql = "SELECT run FROM view_run WHERE open = 1 ORDER BY run";
    let mut statement = conn.prepare_cached(sql)?;
    let runs = statement.query_map([], |row| Ok(RunId(uint(row.get(0)?))))?;
    Ok(runs.collect::<Result<_, _>>()?)
}

pub(crate) fn runs(conn: &Connection, limit: usize) -> Result<Vec<RunSummary>, LedgerError> {
    let sql = "SELECT summary FROM view_run ORDER BY run DESC LIMIT ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([int(limit as u64)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_bytes().unwrap_or_default();
        found.push(serde_json::from_slice(text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
        })?);
    }
    Ok(found)
}

pub(crate) fn passed_with_key(
    conn: &Connection,
    key: &Digest,
) -> Result<Option<CachedResult>, LedgerError> {
    let found = entries(conn, "JOIN view_pass v ON v.seq = e.seq WHERE v.key = ?1", [Raw(*key)])?;
    // The view says where to look; only the entry says that this key passed.
    Ok(found.into_iter().find_map(|entry| match entry.fact {
        Fact::StepFinished(fact)
            if fact.key.as_ref() == Some(key) && fact.result.verdict == Verdict::Pass =>
        {
            Some(CachedResult { run: fact.run, at: entry.at, result: fact.result })
        }
        _ => None,
    }))
}

pub(crate) fn last_started(
    conn: &Connection,
    step: &StepId,
    before: RunId,
) -> Result<Option<StepStarted>, LedgerError> {
    let tail = "JOIN view_start v ON v.seq = e.seq WHERE v.step = ?1 AND v.run < ?2
        ORDER BY v.run DESC LIMIT 1";
    let found = entries(conn, tail, (step.as_str(), int(before.0)))?;
    Ok(found.into_iter().find_map(|entry| match entry.fact {
        Fact::StepStarted(fact) => Some(fact),
        _ => None,
    }))
}

pub(crate) fn step_history(
    conn: &Connection,
    step: &StepId,
    limit: usize,
) -> Result<Vec<StepOutcome>, LedgerError> {
    let tail = "JOIN view_finish v ON v.seq = e.seq WHERE v.step = ?1
        ORDER BY v.seq DESC LIMIT ?2";
    let found = entries(conn, tail, (step.as_str(), int(limit as u64)))?;
    Ok(found.into_iter().filter_map(outcome).collect())
}

fn outcome(entry: Entry) -> Option<StepOutcome> {
    let Fact::StepFinished(fact) = entry.fact else { return None };
    Some(StepOutcome {
        run: fact.run,
        at: entry.at,
        key: fact.key,
        verdict: fact.result.verdict,
        attempts: fact.result.attempts,
        millis: fact.result.millis,
    })
}

/// The newest first.
pub(crate) fn judged(
    conn: &Connection,
    step: &StepId,
    limit: usize,
) -> Result<Vec<JudgedRun>, LedgerError> {
    let tail = "JOIN view_judged v ON v.seq = e.seq WHERE v.step = ?1
        ORDER BY v.seq DESC LIMIT ?2";
    let found = entries(conn, tail, (step.as_str(), int(limit as u64)))?;
    Ok(found.into_iter().filter_map(judged_run).collect())
}

fn judged_run(entry: Entry) -> Option<JudgedRun> {
    let Fact::StepFinished(fact) = entry.fact else { return None };
    let (run, verdict) = (fact.run, fact.result.verdict);
    Some(JudgedRun { run, at: entry.at, verdict, judged: *fact.result.judged? })
}

pub(crate) fn uses_of_holdouts(
    conn: &Connection,
) -> Result<BTreeMap<Digest, Vec<Digest>>, LedgerError> {
    let sql = "SELECT holdout, predictions, min(seq) AS first FROM view_judged
        WHERE holdout IS NOT NULL GROUP BY holdout, predictions ORDER BY first";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut uses: BTreeMap<Digest, Vec<Digest>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (Raw(holdout), Raw(predictions)) = (row.get(0)?, row.get(1)?);
        uses.entry(holdout).or_default().push(predictions);
    }
    Ok(uses)
}

/// The newest first.
pub(crate) fn releases(
    conn: &Connection,
    limit: usize,
) -> Result<Vec<(Timestamp, ReleaseRecorded)>, LedgerError> {
    let tail = "JOIN view_release v ON v.seq = e.seq ORDER BY v.seq DESC LIMIT ?1";
    let found = entries(conn, tail, [int(limit as u64)])?;
    Ok(found.into_iter().filter_map(recorded).collect())
}

/// The newest first.
pub(crate) fn release(
    conn: &Connection,
    release: &ReleaseId,
) -> Result<Vec<(Timestamp, ReleaseRecorded)>, LedgerError> {
    let tail = "JOIN view_release v ON v.seq = e.seq WHERE v.release = ?1 ORDER BY v.seq DESC";
    let found = entries(conn, tail, [Raw(release.digest())])?;
    Ok(found.into_iter().filter_map(recorded).collect())
}

fn recorded(entry: Entry) -> Option<(Timestamp, ReleaseRecorded)> {
    match entry.fact {
        Fact::ReleaseRecorded(fact) => Some((entry.at, fact)),
        _ => None,
    }
}

pub(crate) fn evidence(conn: &Connection) -> Result<Vec<Digest>, LedgerError> {
    let mut statement = conn.prepare_cached("SELECT digest FROM view_evidence ORDER BY digest")?;
    let rows = statement.query_map([], |row| row.get(0).map(|Raw(digest)| digest))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn live_digests(conn: &Connection) -> Result<Vec<LiveDigest>, LedgerError> {
    let sql = "
        WITH reused AS (SELECT key, max(seq) AS seq FROM view_reuse GROUP BY key),
             used AS (SELECT f.digest, max(max(f.seq, coalesce(r.seq, 0))) AS seq
                      FROM view_ref f LEFT JOIN reused r ON r.key = f.key GROUP BY f.digest)
        SELECT u.digest, e.at FROM used u JOIN entry e ON e.seq = u.seq
        ORDER BY u.seq DESC, u.digest";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let Raw(digest) = row.get(0)?;
        Ok(LiveDigest { digest, last_used: Timestamp::from_millis(row.get(1)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How every environment stands of which there is a fact.
pub(crate) fn environments(
    conn: &Connection,
) -> Result<BTreeMap<String, EnvironmentRecord>, LedgerError> {
    let mut statement = conn.prepare_cached("SELECT environment, record FROM view_environment")?;
    let mut rows = statement.query([])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(1)?;
        let record = serde_json::from_str(&text).map_err(|error| {
            let text = rusqlite::types::Type::Text;
            rusqlite::Error::FromSqlConversionFailure(1, text, error.into())
        })?;
        found.insert(row.get(0)?, record);
    }
    Ok(found)
}

/// What happened to one environment, newest first.
pub(crate) fn deliveries(
    conn: &Connection,
    environment: &str,
    limit: usize,
) -> Result<Vec<Entry>, LedgerError> {
    let tail = "JOIN view_delivery v ON v.seq = e.seq WHERE v.environment = ?1
        ORDER BY v.seq DESC LIMIT ?2";
    entries(conn, tail, (environment, int(limit as u64)))
}
