//! All or nothing, at the expected place, and only what is legal.

use std::path::Path;
use std::sync::Barrier;

use crate::common::*;
use tollgate_ledger::{Head, Ledger, LedgerError};
use tollgate_model::Verdict;

#[test]
fn a_stale_writer_is_refused_and_changes_nothing() {
    let mut ledger = Ledger::open_in_memory().unwrap();
    fill(&mut ledger, &history());
    let before = (ledger.head().unwrap(), ledger.runs(9).unwrap());
    for expected in [8, 10] {
        let refused = ledger.append(expected, at(9), &[end(3, Verdict::Pass)]);
        assert!(
            matches!(refused, Err(LedgerError::Conflict { expected: e, actual: 9 }) if e == expected),
            "{refused:?}"
        );
    }
    assert_eq!((ledger.head().unwrap(), ledger.runs(9).unwrap()), before);
}

#[test]
fn an_illegal_fact_takes_the_whole_append_down() {
    let mut ledger = Ledger::open_in_memory().unwrap();
    fill(&mut ledger, &history());
    let before = (ledger.head().unwrap(), ledger.runs(9).unwrap());
    let illegal = [
        (begin(3, &[]), "r3 is not later than r3"),
        (end(2, Verdict::Pass), "r2 is not open"),
        (skip(7, "lint"), "r7 has not begun"),
        (start(3, "lint", "k", 2), "`lint` is cached"),
    ];
    for (fact, why) in illegal {
        let refused = ledger.append(9, at(9), &[reuse(3, "lint", "k1", 1), fact]).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
        assert_eq!((ledger.head().unwrap(), ledger.runs(9).unwrap()), before);
    }
    ledger.append(9, at(9), &[reuse(3, "lint", "k1", 1), end(3, Verdict::Pass)]).unwrap();
    assert!(ledger.verify().is_ok());
}

#[test]
fn nothing_is_appended_by_nothing() {
    let mut ledger = Ledger::open_in_memory().unwrap();
    assert_eq!(ledger.append(0, at(0), &[]).unwrap(), ledger.head().unwrap());
    assert!(matches!(ledger.append(1, at(0), &[]), Err(LedgerError::Conflict { .. })));
}

/// Runs that overlap, the greater number first to end: the fold must not mix them up when it is
/// loaded by a second handle in the middle.
#[test]
fn another_handle_goes_on_where_the_first_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let mut first = Ledger::open(&path).unwrap();
    fill(&mut first, &[begin(1, &["lint"]), begin(2, &["lint"]), start(1, "lint", "k", 1)]);
    let mut second = Ledger::open(&path).unwrap();
    fill(&mut second, &[end(2, Verdict::Undecided), finish(1, "lint", "k", Verdict::Pass)]);
    fill(&mut first, &[end(1, Verdict::Pass), begin(3, &[])]);
    assert_eq!(second.open_runs().unwrap(), [tollgate_model::RunId(3)]);
    assert_eq!(second.verify().unwrap(), first.head().unwrap());
}

/// What a writer got in each round: 1 for a place, 0 for a conflict. Anything else is told after
/// the race, for who waits at the barrier would wait for ever.
fn race(path: &Path, barrier: &Barrier, rounds: u64) -> Result<Vec<u64>, LedgerError> {
    let ledger = Ledger::open(path);
    let (mut outcomes, mut ledger) = (Vec::new(), ledger);
    for round in 0..rounds {
        barrier.wait();
        outcomes.push(match &mut ledger {
            Ok(ledger) => match ledger.append(round, at(0), &[begin(round + 1, &[])]) {
                Ok(_) => Ok(1),
                Err(LedgerError::Conflict { .. }) => Ok(0),
                Err(error) => Err(error),
            },
            Err(_) => Ok(0),
        });
        barrier.wait();
    }
    ledger?;
    outcomes.into_iter().collect()
}

#[test]
fn of_two_racing_writers_exactly_one_gets_each_place() {
    const ROUNDS: u64 = 40;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let barrier = Barrier::new(2);
    let (one, other) = std::thread::scope(|scope| {
        let run = || scope.spawn(|| race(&path, &barrier, ROUNDS));
        let (one, other) = (run(), run());
        (one.join().unwrap(), other.join().unwrap())
    });
    let winners: Vec<u64> = one.unwrap().iter().zip(&other.unwrap()).map(|(a, b)| a + b).collect();
    assert_eq!(winners, [1; ROUNDS as usize]);
    assert_eq!(Ledger::open(&path).unwrap().verify().unwrap().seq, ROUNDS);
}

/// Two command lines in a fresh checkout, again and again.
#[test]
fn of_two_who_begin_a_ledger_at_once_both_have_it() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let path = dir.path().join(format!("{round}.db"));
        let barrier = Barrier::new(3);
        let open = || {
            barrier.wait();
            Ledger::open(&path).and_then(|ledger| ledger.head())
        };
        let heads = std::thread::scope(|scope| {
            let opened = [(); 3].map(|()| scope.spawn(open));
            opened.map(|handle| handle.join().unwrap())
        });
        for head in heads {
            assert_eq!(head.unwrap(), Head::genesis(), "round {round}");
        }
    }
}

/// What a power cut leaves behind: the files as they are on disk before the commit, with the
/// half-written pages in the log.
#[test]
fn a_crash_in_the_middle_leaves_the_previous_head() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let mut ledger = Ledger::open(&path).unwrap();
    fill(&mut ledger, &history());
    let head = ledger.head().unwrap();

    let other = rusqlite::Connection::open(&path).unwrap();
    // A cache this small spills uncommitted pages into the log.
    other.pragma_update(None, "cache_size", 1).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE head SET seq = 10;").unwrap();
    for seq in 10..200 {
        let row = (seq, 0, [0u8; 32], [0u8; 32], "run_started", "x".repeat(2_000));
        other.execute("INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row).unwrap();
    }
    let crashed = dir.path().join("crashed.db");
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", path.display());
        std::fs::copy(from, format!("{}{suffix}", crashed.display())).unwrap();
    }
    drop(other);

    let log = std::fs::metadata(dir.path().join("crashed.db-wal")).unwrap().len();
    assert!(log > 200_000, "the crash must leave something to ignore, not {log} bytes");
    let mut survivor = Ledger::open(&crashed).unwrap();
    assert_eq!(survivor.head().unwrap(), head);
    assert_eq!(survivor.verify(), Ok(head));
    fill(&mut survivor, &[skip(3, "lint")]);
    assert_eq!(survivor.verify().unwrap().seq, 10);
}

#[test]
fn the_files_that_are_not_ours_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("some.db");
    let refused = || Ledger::open(&path).err().unwrap().to_string();

    std::fs::write(&path, "not a database, but long enough to be looked at\n".repeat(40)).unwrap();
    assert!(refused().ends_with("is not a Tollgate ledger"), "{}", refused());

    std::fs::remove_file(&path).unwrap();
    let foreign = rusqlite::Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE songs (title)").unwrap();
    assert!(refused().ends_with("is not a Tollgate ledger"), "{}", refused());
    let mode: String = foreign.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete", "not even its journal was touched");
}

#[test]
fn a_later_format_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    drop(Ledger::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    let refused = Ledger::open(&path).err().unwrap();
    assert!(matches!(refused, LedgerError::NewerFormat { found: 9, .. }), "{refused}");
}

#[test]
fn views_of_another_version_are_rebuilt_when_the_ledger_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let mut ledger = Ledger::open(&path).unwrap();
    fill(&mut ledger, &history());
    let runs = ledger.runs(9).unwrap();
    ledger.drop_views().unwrap();
    assert!(ledger.runs(9).is_err());
    assert_eq!(Ledger::open(&path).unwrap().runs(9).unwrap(), runs);
    assert!(ledger.verify().is_ok());
}

#[test]
fn the_log_that_stays_behind_does_not_grow_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    // Another handle stays open and reads in between, as a console does.
    let reader = Ledger::open(&path).unwrap();
    for round in 0..30 {
        let runs = round * 100 + 1..=round * 100 + 100;
        let facts: Vec<_> =
            runs.flat_map(|run| [begin(run, &["lint", "test"]), end(run, Verdict::Pass)]).collect();
        let mut ledger = Ledger::open(&path).unwrap();
        let head = ledger.head().unwrap().seq;
        ledger.append(head, at(0), &facts).unwrap();
        assert_eq!(reader.head().unwrap().seq, ledger.head().unwrap().seq);
    }
    let log = std::fs::metadata(dir.path().join("ledger.db-wal")).unwrap().len();
    assert!(log < 3 << 20, "{log} bytes of log");
}

// What stands in the log alone is not covered by the chain's verification: SQLite takes a damaged
// log for one that ends there. So it must not stay behind.
#[test]
fn the_last_to_close_moves_the_log_into_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let mut ledger = Ledger::open(&path).unwrap();
    ledger.append(0, at(0), &[begin(1, &["lint"])]).unwrap();
    drop(ledger);
    assert!(!dir.path().join("ledger.db-wal").exists());
    assert_eq!(Ledger::open(&path).unwrap().head().unwrap().seq, 1);
}
