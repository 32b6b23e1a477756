//! Every way to change history is found and named.

use std::path::PathBuf;

use crate::common::*;
use rusqlite::Connection;
use tollgate_ledger::{Corruption, Damage, Ledger, LedgerError, verify_file};
use tollgate_model::Verdict;

/// A ledger file of nine entries, and what verification says of it.
struct Case {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl Case {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        fill(&mut Ledger::open(&path).unwrap(), &history());
        Self { _dir: dir, path }
    }

    fn sql(self, sql: &str) -> Self {
        Connection::open(&self.path).unwrap().execute_batch(sql).unwrap();
        self
    }

    fn found(&self) -> Vec<Corruption> {
        let found = verify_file(&self.path).unwrap_err();
        if let Ok(ledger) = Ledger::open(&self.path) {
            assert_eq!(ledger.verify().unwrap_err(), found);
        }
        found
    }

    fn words(&self) -> Vec<String> {
        self.found().iter().map(Corruption::to_string).collect()
    }
}

#[track_caller]
fn assert_found(sql: &str, expected: &[&str]) {
    assert_eq!(Case::new().sql(sql).words(), expected, "{sql}");
}

const CHANGED: &str = "entry 3 was changed: its content does not match its hash";

#[test]
fn a_sound_ledger_is_sound() {
    let case = Case::new();
    assert_eq!(verify_file(&case.path).unwrap().seq, 9);
}

#[test]
fn a_changed_byte_is_named_once() {
    assert_found("UPDATE entry SET at = at + 1 WHERE seq = 3", &[CHANGED]);
    assert_found("UPDATE entry SET body = replace(body, '40', '41') WHERE seq = 3", &[CHANGED]);
    let flip = |column| {
        format!(
            "UPDATE entry SET {column} = unhex(
                 substr(hex({column}), 1, 62) || CASE substr(hex({column}), 63)
                     WHEN 'AA' THEN 'BB' ELSE 'AA' END) WHERE seq = 3"
        )
    };
    assert_found(&flip("hash"), &[CHANGED]);
    assert_found(&flip("prev"), &[CHANGED]);
}

#[test]
fn a_fact_that_is_kept_as_another_kind_is_named() {
    let wrong = "entry 3 is no fact: it is kept as `step_skipped`";
    assert_found("UPDATE entry SET kind = 'step_skipped' WHERE seq = 3", &[CHANGED, wrong]);
}

#[test]
fn a_body_that_does_not_parse_is_named() {
    let words = Case::new().sql("UPDATE entry SET body = '{' WHERE seq = 3").words();
    assert_eq!(words[0], CHANGED);
    assert!(words[1].starts_with("entry 3 is no fact: EOF"), "{words:?}");
}

#[test]
fn removed_entries_are_named() {
    assert_found("DELETE FROM entry WHERE seq = 4", &["entry 4 is missing"]);
    assert_found("DELETE FROM entry WHERE seq < 4", &["entries 1 to 3 are missing"]);
    assert_found("DELETE FROM entry WHERE seq > 7", &["entries 8 to 9 are missing"]);
    assert_found("DELETE FROM entry", &["entries 1 to 9 are missing"]);
}

#[test]
fn a_gap_that_was_closed_is_named() {
    let close = "DELETE FROM entry WHERE seq = 7; UPDATE entry SET seq = seq - 1 WHERE seq > 7";
    let moved = |seq, from| format!("entry {seq} was moved: it was written as entry {from}");
    assert_found(close, &[&moved(7, 8), &moved(8, 9), "entry 9 is missing"]);
}

#[test]
fn reordered_entries_are_named() {
    let swap = "UPDATE entry SET seq = 99 WHERE seq = 2;
        UPDATE entry SET seq = 2 WHERE seq = 5; UPDATE entry SET seq = 5 WHERE seq = 99";
    let moved = |seq, from| format!("entry {seq} was moved: it was written as entry {from}");
    assert_found(swap, &[&moved(2, 5), &moved(5, 2)]);
}

#[test]
fn a_record_that_was_put_in_place_of_another_is_named() {
    // Entry 4 of another ledger: sound in itself, but it follows on another history.
    let other = Case::new();
    let mut ledger = Ledger::open(&other.path).unwrap();
    fill(&mut ledger, &[skip(3, "lint"), end(3, Verdict::Undecided)]);
    drop(ledger);
    let case = Case::new();
    let mut ledger = Ledger::open(&case.path).unwrap();
    fill(&mut ledger, &[reuse(3, "lint", "k1", 1), end(3, Verdict::Pass)]);
    drop(ledger);
    let attach = format!("ATTACH '{}' AS other", other.path.display());
    let case =
        case.sql(&format!("{attach}; REPLACE INTO entry SELECT * FROM other.entry WHERE seq = 11"));
    let found = case.words();
    let unlinked = "entry 11 does not follow on the entry before";
    let head = "entry 11 is the last, but the head has another hash";
    assert_eq!(found, [unlinked, head]);
}

#[test]
fn a_head_that_was_changed_is_named() {
    assert_found(
        "UPDATE head SET hash = zeroblob(32)",
        &["entry 9 is the last, but the head has another hash"],
    );
    assert_found("UPDATE head SET seq = 7", &["entry 8 stands after the head"]);
    let gone = Case::new().sql("DELETE FROM head").words();
    assert!(gone[0].starts_with("the file is damaged"), "{gone:?}");
}

/// Only an anchor outside catches this; what it needs is that the head differs.
#[test]
fn rewriting_entries_head_and_views_shows_in_the_head_alone() {
    let case = Case::new();
    let anchor = verify_file(&case.path).unwrap();
    let case = case.sql(
        "DELETE FROM entry WHERE seq > 8;
         UPDATE head SET seq = 8, hash = (SELECT hash FROM entry WHERE seq = 8);
         UPDATE view_version SET version = 0;",
    );
    Ledger::open(&case.path).unwrap();
    let shorter = verify_file(&case.path).unwrap();
    assert_ne!(shorter, anchor);
}

#[test]
fn a_view_that_disagrees_is_named_with_the_row() {
    let cases = [
        ("DELETE FROM view_pass", "view_pass", "is missing"),
        ("UPDATE view_run SET summary = replace(summary, 'pass', 'fail')", "view_run", "wrong"),
        ("UPDATE view_run SET open = 0", "view_run", "is wrong"),
        ("INSERT INTO view_ref VALUES (1, zeroblob(32), NULL)", "view_ref", "is wrong"),
        ("UPDATE view_start SET seq = 3", "view_start", "is wrong"),
        ("DELETE FROM view_finish", "view_finish", "is missing"),
        ("DELETE FROM view_run_entry WHERE seq = 5", "view_run_entry", "row (1, 5) is missing"),
        ("DROP TABLE view_finish", "view_finish", "no such table"),
    ];
    for (sql, expected, word) in cases {
        let found = Case::new().sql(sql).found();
        let [Corruption { seq: None, damage: Damage::View { view, what } }] = found.as_slice()
        else {
            panic!("{sql}: {found:?}");
        };
        assert!(view == expected && what.contains(word), "{sql}: {view}, {what}");
    }
}

/// Not one byte of the file's content can change unseen: each is flipped in turn, in steps that
/// visit every page at many places.
#[test]
fn a_flipped_byte_of_the_file_never_passes_as_another_history() {
    let case = Case::new();
    Connection::open(&case.path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let sound = std::fs::read(&case.path).unwrap();
    let head = verify_file(&case.path).unwrap();
    let entries = Ledger::open(&case.path).unwrap().read(0, 99).unwrap();
    let flipped = case.path.with_file_name("flipped.db");
    let mut found = 0;
    for place in (0..sound.len()).step_by(131) {
        let mut bytes = sound.clone();
        bytes[place] ^= 0x10;
        std::fs::write(&flipped, bytes).unwrap();
        match verify_file(&flipped) {
            // Free space and counters of the header carry no history.
            Ok(after) => {
                assert_eq!(after, head, "byte {place}");
                let ledger = Connection::open(&flipped).unwrap();
                let count: u64 = ledger
                    .query_row("SELECT count(*) FROM entry", [], |r| r.get::<_, i64>(0))
                    .unwrap() as u64;
                assert_eq!(count, entries.len() as u64, "byte {place}");
            }
            Err(words) => {
                assert!(!words.is_empty() && !words[0].to_string().is_empty());
                found += 1;
            }
        }
    }
    assert!(found > 30, "most of the file is free space, but not all: {found}");
}

#[test]
fn every_flipped_byte_within_a_body_is_found() {
    let case = Case::new();
    Connection::open(&case.path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let sound = std::fs::read(&case.path).unwrap();
    let needle = b"\"fact\":\"step_reused\"";
    let start = sound.windows(needle.len()).position(|window| window == needle).unwrap();
    let flipped = case.path.with_file_name("flipped.db");
    for place in start..start + 120 {
        let mut bytes = sound.clone();
        bytes[place] ^= 0x01;
        std::fs::write(&flipped, bytes).unwrap();
        let found = verify_file(&flipped).unwrap_err();
        assert_eq!(found[0].seq, Some(7), "{found:?}");
    }
}

#[test]
fn a_damaged_page_is_told_in_words() {
    let case = Case::new();
    Connection::open(&case.path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = std::fs::read(&case.path).unwrap();
    // The second page is the root of the entries; its first byte says what kind of page it is.
    bytes[4096] = 0xFF;
    std::fs::write(&case.path, bytes).unwrap();
    let words = case.words();
    assert!(words[0].starts_with("the file is damaged: "), "{words:?}");
}

#[test]
fn what_is_no_ledger_is_not_sound() {
    let dir = tempfile::tempdir().unwrap();
    let none = dir.path().join("none.db");
    assert!(verify_file(&none).is_err());
    assert!(!none.exists());
}

#[test]
fn findings_are_bounded() {
    let case = Case::new();
    let facts: Vec<_> = (4..300).map(|run| begin(run, &[])).collect();
    Ledger::open(&case.path).unwrap().append(9, at(9), &facts).unwrap();
    assert_eq!(case.sql("UPDATE entry SET at = 0").found().len(), 100);
}

#[test]
fn nothing_is_answered_from_an_entry_that_was_changed() {
    let case = Case::new();
    let passed = |case: &Case| {
        let ledger = Ledger::open(&case.path).unwrap();
        ledger.passed_with_key(&digest("k1")).map(|known| known.is_some())
    };
    assert!(passed(&case).unwrap());
    let case = case.sql("UPDATE entry SET at = at + 1");
    assert!(matches!(passed(&case), Err(LedgerError::Damaged { .. })));
    // A view that was made to point at another entry's pass finds nothing.
    let swap = "UPDATE view_pass SET seq = (SELECT max(seq) FROM entry)";
    assert!(!passed(&Case::new().sql(swap)).unwrap());
}
