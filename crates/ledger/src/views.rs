//! Views: tables that answer questions fast. Each is a pure function of the entries; the same
//! code builds them entry by entry, all at once, and a second time to be compared with.

use rusqlite::Connection;
use tollgate_model::{
    Delivery, DeliveryEvent, Digest, EnvironmentRecord, Fact, ReleaseRecorded, RunRecord,
    StepFinished,
};

use crate::sql::{Raw, int};
use crate::{Entry, LedgerError, RunSummary};

/// Raised with every change to the tables below or to what is written into them.
pub(crate) const VERSION: i64 = 4;

/// Every view, for dropping and comparing.
pub(crate) const TABLES: [&str; 12] = [
    "view_run",
    "view_run_entry",
    "view_pass",
    "view_reuse",
    "view_start",
    "view_finish",
    "view_ref",
    "view_judged",
    "view_release",
    "view_evidence",
    "view_environment",
    "view_delivery",
];

// `@` stands for the schema. Digests that facts refer to are kept with the step's key, since a
// reuse of the key is a use of all that was recorded under it. Reuses are in the order in which
// they come: to keep the last one with its key would touch a page for each of a run's steps.
const CREATE: &str = "
    CREATE TABLE @.view_run (run INTEGER PRIMARY KEY, open INTEGER NOT NULL, summary TEXT NOT NULL)
        STRICT;
    CREATE INDEX @.view_run_open ON view_run (run) WHERE open = 1;
    CREATE TABLE @.view_run_entry (run INTEGER NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;
    CREATE TABLE @.view_pass (key BLOB PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE @.view_reuse (seq INTEGER PRIMARY KEY, key BLOB NOT NULL) STRICT;
    CREATE TABLE @.view_start (step TEXT NOT NULL, run INTEGER NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (step, run)) STRICT, WITHOUT ROWID;
    CREATE TABLE @.view_finish (step TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (step, seq))
        STRICT, WITHOUT ROWID;
    CREATE TABLE @.view_ref (seq INTEGER NOT NULL, digest BLOB NOT NULL, key BLOB,
        PRIMARY KEY (seq, digest)) STRICT, WITHOUT ROWID;
    CREATE TABLE @.view_judged (step TEXT NOT NULL, seq INTEGER NOT NULL, predictions BLOB NOT NULL,
        holdout BLOB, PRIMARY KEY (step, seq)) STRICT, WITHOUT ROWID;
    CREATE TABLE @.view_release (release BLOB NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (release, seq)) STRICT, WITHOUT ROWID;
    CREATE TABLE @.view_evidence (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE @.view_environment (environment TEXT PRIMARY KEY, record TEXT NOT NULL)
        STRICT, WITHOUT ROWID;
    CREATE TABLE @.view_delivery (environment TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (environment, seq)) STRICT, WITHOUT ROWID;
";

/// The views in one schema of a connection: `main` to serve, `temp` to compare with.
pub(crate) struct Views<'c> {
    conn: &'c Connection,
    schema: &'static str,
}

impl<'c> Views<'c> {
    pub(crate) fn main(conn: &'c Connection) -> Self {
        Self { conn, schema: "main" }
    }

    pub(crate) fn temp(conn: &'c Connection) -> Self {
        Self { conn, schema: "temp" }
    }

    pub(crate) fn create(&self) -> rusqlite::Result<()> {
        self.conn.execute_batch(&CREATE.replace('@', self.schema))
    }

    pub(crate) fn drop(&self) -> rusqlite::Result<()> {
        let drop = |table| format!("DROP TABLE IF EXISTS {}.{table};", self.schema);
        self.conn.execute_batch(&TABLES.map(drop).concat())
    }

    /// Takes in one entry, except what is told by a run as a whole: see [`Self::record_run`].
    pub(crate) fn record(&self, entry: &Entry) -> Result<(), LedgerError> {
        let seq = int(entry.seq);
        if let Fact::Delivery(fact) = &entry.fact {
            return self.deliver(seq, fact);
        }
        let run = entry.fact.run().map_or(0, |run| int(run.0));
        self.write("INSERT INTO @.view_run_entry VALUES (?1, ?2)", (run, seq))?;
        match &entry.fact {
            Fact::RunStarted(fact) => self.refer(seq, fact.plan, None),
            Fact::StepStarted(fact) => {
                let step = fact.step.as_str();
                self.write("REPLACE INTO @.view_start VALUES (?1, ?2, ?3)", (step, run, seq))?;
                self.refer(seq, fact.ingredients, Some(fact.key))
            }
            Fact::StepFinished(fact) => self.finish(seq, fact),
            Fact::StepReused(fact) => {
                self.write("INSERT INTO @.view_reuse VALUES (?1, ?2)", (seq, Raw(fact.key)))
            }
            Fact::ReleaseRecorded(fact) => self.release(seq, fact),
            Fact::StepSkipped(_) | Fact::RunFinished(_) | Fact::Delivery(_) => Ok(()),
        }
    }

    /// What a decision was made by is kept for as long as the ledger is, as evidence is.
    fn deliver(&self, seq: i64, fact: &Delivery) -> Result<(), LedgerError> {
        let row = (fact.environment.as_str(), seq);
        self.write("INSERT INTO @.view_delivery VALUES (?1, ?2)", row)?;
        let kept = match &fact.event {
            DeliveryEvent::OpinionGiven(opinion) => Some(opinion.signature),
            DeliveryEvent::PromotionStarted(promotion) => Some(promotion.assessment),
            DeliveryEvent::Judged { samples, .. } => *samples,
            _ => None,
        };
        kept.map_or(Ok(()), |digest| {
            self.write("INSERT OR IGNORE INTO @.view_evidence VALUES (?1)", [Raw(digest)])
        })
    }

    /// Writes how an environment stands.
    pub(crate) fn record_environment(
        &self,
        name: &str,
        record: &EnvironmentRecord,
    ) -> Result<(), LedgerError> {
        let json = serde_json::to_string(record)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        self.write("REPLACE INTO @.view_environment VALUES (?1, ?2)", (name, json))
    }

    fn finish(&self, seq: i64, fact: &StepFinished) -> Result<(), LedgerError> {
        self.write("INSERT INTO @.view_finish VALUES (?1, ?2)", (fact.step.as_str(), seq))?;
        if let (Some(key), true) = (fact.key, fact.result.verdict.passed()) {
            self.write("REPLACE INTO @.view_pass VALUES (?1, ?2)", (Raw(key), seq))?;
        }
        let outputs = fact.result.outputs.values().map(|output| output.digest);
        let judged = fact.result.judged.as_ref();
        if let Some(judged) = judged {
            let (rows, holdout) = (Raw(judged.predictions), judged.holdout.map(Raw));
            let row = (fact.step.as_str(), seq, rows, holdout);
            self.write("INSERT INTO @.view_judged VALUES (?1, ?2, ?3, ?4)", row)?;
        }
        let rows = judged.map(|judged| judged.predictions);
        let built = fact.result.image.as_ref();
        let parts = built.map(|image| image.inventory);
        let scan = built.and_then(|image| image.scan);
        let found = [fact.result.log, fact.result.report, fact.result.sketch, rows, parts, scan];
        let digests = outputs.chain(found.into_iter().flatten());
        digests.into_iter().try_for_each(|digest| self.refer(seq, digest, fact.key))
    }

    fn release(&self, seq: i64, fact: &ReleaseRecorded) -> Result<(), LedgerError> {
        let release = Raw(fact.release.digest());
        self.write("INSERT INTO @.view_release VALUES (?1, ?2)", (release, seq))?;
        fact.evidence.iter().try_for_each(|evidence| {
            self.write(
                "INSERT OR IGNORE INTO @.view_evidence VALUES (?1)",
                [Raw(evidence.envelope)],
            )
        })
    }

    fn refer(&self, seq: i64, digest: Digest, key: Option<Digest>) -> Result<(), LedgerError> {
        let row = (seq, Raw(digest), key.map(Raw));
        // A step may leave the same content behind twice.
        self.write("INSERT OR IGNORE INTO @.view_ref VALUES (?1, ?2, ?3)", row)
    }

    /// Writes how a run stands. Once after a batch of entries, not once for each.
    pub(crate) fn record_run(&self, record: &RunRecord) -> Result<(), LedgerError> {
        let summary = RunSummary::of(record);
        let json = serde_json::to_string(&summary)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let row = (int(summary.run.0), summary.finished.is_none(), json);
        self.write("REPLACE INTO @.view_run VALUES (?1, ?2, ?3)", row)
    }

    fn write(&self, sql: &str, row: impl rusqlite::Params) -> Result<(), LedgerError> {
        self.conn.prepare_cached(&sql.replace('@', self.schema))?.execute(row)?;
        Ok(())
    }
}
