//! Verification: what is damaged, by sequence number and in words.

use std::fmt;
use std::path::Path;

use rusqlite::Connection;
use tollgate_model::{Digest, Timestamp};

use crate::append::read_head;
use crate::compare::compare_views;
use crate::fold::Fold;
use crate::sql::uint;
use crate::stored::Stored;
use crate::{Head, LedgerError, schema};

/// A person reads the first few; a program needs to know that there is one.
const MOST: usize = 100;

/// How far around an entry its true place is looked for.
const NEIGHBOURHOOD: u64 = 1_000;

/// One thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// The entry; none where the damage is not in one.
    pub seq: Option<u64>,
    /// What is wrong.
    pub damage: Damage,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Time, kind, body or hash were changed after they were written.
    Changed,
    /// The entry stands here, but was written as another one.
    Moved {
        /// Where it was written.
        from: u64,
    },
    /// It does not follow on the entry before: one of the two was replaced.
    Unlinked,
    /// Entries from this one on are not there.
    Missing {
        /// The last of those that are missing.
        to: u64,
    },
    /// The entry is not among those that the head counts.
    PastHead,
    /// The last entry's hash is not the one in the head.
    HeadDiffers,
    /// The body is no fact.
    Unreadable(String),
    /// The fact can't follow on those before.
    Illegal(String),
    /// A view does not say what the entries say.
    View {
        /// Which view.
        view: String,
        /// A row that is there and should not be, or the other way round.
        what: String,
    },
    /// The file itself is damaged, in SQLite's words.
    File(String),
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.seq, &self.damage) {
            (Some(seq), Damage::Missing { to }) if *to > seq => {
                write!(f, "entries {seq} to {to} are missing")
            }
            (Some(seq), damage) => write!(f, "entry {seq} {damage}"),
            (None, damage) => damage.fmt(f),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("was changed: its content does not match its hash"),
            Self::Moved { from } => write!(f, "was moved: it was written as entry {from}"),
            Self::Unlinked => f.write_str("does not follow on the entry before"),
            Self::Missing { .. } => f.write_str("is missing"),
            Self::PastHead => f.write_str("stands after the head"),
            Self::HeadDiffers => f.write_str("is the last, but the head has another hash"),
            Self::Unreadable(why) => write!(f, "is no fact: {why}"),
            Self::Illegal(why) => write!(f, "can't stand here: {why}"),
            Self::View { view, what } => {
                write!(f, "table {view} disagrees with the entries: {what}")
            }
            Self::File(why) => write!(f, "the file is damaged: {why}"),
        }
    }
}

/// Verifies the ledger in `path` without changing a byte of it: also where [`crate::Ledger::open`]
/// can't, as with an archived copy or a damaged one.
///
/// # Errors
/// As [`crate::Ledger::verify`].
pub fn verify_file(path: &Path) -> Result<Head, Vec<Corruption>> {
    match schema::open_read_only(path) {
        Ok(conn) => verify(&conn),
        Err(error) => Err(vec![Corruption { seq: None, damage: Damage::File(error.to_string()) }]),
    }
}

pub(crate) fn verify(conn: &Connection) -> Result<Head, Vec<Corruption>> {
    let mut found = Findings::default();
    match check(conn, &mut found) {
        Ok(head) if found.0.is_empty() => return Ok(head),
        Ok(_) => {}
        Err(error) => found.add(None, Damage::File(error.to_string())),
    }
    Err(found.0)
}

/// In one transaction, so that appends meanwhile don't look like damage.
fn check(conn: &Connection, found: &mut Findings) -> Result<Head, LedgerError> {
    let tx = conn.unchecked_transaction()?;
    check_pages(&tx, found)?;
    let head = read_head(&tx)?;
    let mut walk = Walk::new(found);
    walk.all(&tx)?;
    walk.end(head);
    // What follows from a damaged entry would only be reported twice.
    if found.0.is_empty() {
        compare_views(&tx, |damage| found.add(None, damage))?;
    }
    Ok(head)
}

/// SQLite knows its pages, not our bytes: a changed byte within a row is for the chain to find.
fn check_pages(conn: &Connection, found: &mut Findings) -> Result<(), LedgerError> {
    let mut statement = conn.prepare(&format!("PRAGMA integrity_check({MOST})"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            found.add(None, Damage::File(line));
        }
    }
    Ok(())
}

#[derive(Default)]
struct Findings(Vec<Corruption>);

impl Findings {
    fn add(&mut self, seq: Option<u64>, damage: Damage) {
        if self.0.len() < MOST {
            self.0.push(Corruption { seq, damage });
        }
    }
}

/// One pass over the entries.
struct Walk<'f> {
    found: &'f mut Findings,
    /// The entry before, by number and stored hash; the hash is none where it can't be trusted.
    seq: u64,
    hash: Option<Digest>,
    fold: Fold,
}

impl<'f> Walk<'f> {
    fn new(found: &'f mut Findings) -> Self {
        let Head { seq, hash } = Head::genesis();
        Self { found, seq, hash: Some(hash), fold: Fold::default() }
    }

    fn all(&mut self, conn: &Connection) -> Result<(), LedgerError> {
        let sql = "SELECT seq, at, prev, hash, kind, body FROM entry WHERE seq > 0 ORDER BY seq";
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            match Stored::read(row) {
                Ok(stored) => self.step(&stored),
                Err(error) => {
                    let seq = row.get(0).map_or(self.seq + 1, uint);
                    self.found.add(Some(seq), Damage::Unreadable(error.to_string()));
                    (self.seq, self.hash) = (seq, None);
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, stored: &Stored<'_>) {
        if stored.seq > self.seq + 1 {
            self.found.add(Some(self.seq + 1), Damage::Missing { to: stored.seq - 1 });
            self.hash = None;
        }
        let sound = self.check_link(stored);
        self.check_fact(stored);
        (self.seq, self.hash) = (stored.seq, sound.then_some(stored.hash));
    }

    fn check_link(&mut self, stored: &Stored<'_>) -> bool {
        let seq = Some(stored.seq);
        if !stored.was_written_as(stored.seq) {
            let moved = origin(stored).map(|from| Damage::Moved { from });
            self.found.add(seq, moved.unwrap_or(Damage::Changed));
            return false;
        }
        if self.hash.is_some_and(|hash| hash != stored.prev) {
            self.found.add(seq, Damage::Unlinked);
        }
        true
    }

    /// Transitions are judged only while all before is sound; what isn't read can't be folded.
    fn check_fact(&mut self, stored: &Stored<'_>) {
        let damage = match stored.fact() {
            Err(why) => Damage::Unreadable(why),
            Ok(_) if !self.found.0.is_empty() => return,
            Ok(fact) => match self.fold.apply(&fact, Timestamp::from_millis(stored.at)) {
                Err(illegal) => Damage::Illegal(illegal.to_string()),
                Ok(_) => return,
            },
        };
        self.found.add(Some(stored.seq), damage);
    }

    fn end(self, head: Head) {
        let (seq, hash) = (self.seq, self.hash);
        if seq < head.seq {
            self.found.add(Some(seq + 1), Damage::Missing { to: head.seq });
        } else if seq > head.seq {
            self.found.add(Some(head.seq + 1), Damage::PastHead);
        } else if hash.is_some_and(|hash| hash != head.hash) {
            self.found.add(Some(seq), Damage::HeadDiffers);
        }
    }
}

/// Where the entry was written, if that is not far from where it stands.
fn origin(stored: &Stored<'_>) -> Option<u64> {
    let first = stored.seq.saturating_sub(NEIGHBOURHOOD);
    let last = stored.seq.saturating_add(NEIGHBOURHOOD);
    (first..=last).find(|seq| stored.was_written_as(*seq))
}
