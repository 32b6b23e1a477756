//! Text inside of gzip and Zstandard: the same report as without, and never more memory.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tollgate_data::{DataError, Options};
use tollgate_model::{Contract, LogicalType};

use crate::common::{Demands, column, contract, report_with};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).unwrap()
}

fn demands() -> Contract {
    let a = column("a").of(LogicalType::Integer).unique().required();
    contract(vec![a, column("b").required()], vec![])
}

/// Rows of which some repeat others and some are empty.
fn rows(count: u64) -> String {
    (0..count)
        .map(|at| format!("{},{}\n", at % 9_973, if at % 5 == 0 { "" } else { "x" }))
        .collect()
}

/// All but the size of the file.
fn outcome(name: &str, bytes: &[u8], threads: usize, piece: usize) -> String {
    let options = Options { threads, piece, ..Options::default() };
    match report_with(name, bytes, &demands(), &options) {
        Ok(mut report) => {
            report.figures.remove("bytes");
            serde_json::to_string(&report).unwrap()
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn packed_text_is_told_by_its_bytes_and_counts_as_it_is() {
    let text = format!("\u{feff}a,b\n{}", rows(20_000));
    let plain = outcome("t.csv", text.as_bytes(), 1, 1 << 20);
    let (head, tail) = text.as_bytes().split_at(text.len() / 3);
    let members = [gzip(head), gzip(b""), gzip(tail)].concat();
    let skipped = [&b"\x50\x2a\x4d\x18\x02\0\0\0ab"[..], &zstd(head)[..], &zstd(tail)[..]].concat();
    for packed in [gzip(text.as_bytes()), zstd(text.as_bytes()), members, skipped] {
        for (threads, piece) in [(1, 4_000), (3, 50_000)] {
            assert_eq!(outcome("t.csv", &packed, threads, piece), plain);
        }
    }
}

#[test]
fn a_stream_that_ends_too_early_is_an_error_that_says_how_far_it_went() {
    let text = format!("a,b\n{}", "1,2\n".repeat(50_000));
    for (whole, name) in [(gzip(text.as_bytes()), "gzip"), (zstd(text.as_bytes()), "Zstandard")] {
        for cut in [whole.len() - 1, whole.len() - 9] {
            let alone = outcome("t.csv", &whole[..cut], 1, 1 << 20);
            assert!(alone.contains(&format!("the {name} data is damaged behind ")), "{alone}");
            assert_eq!(outcome("t.csv", &whole[..cut], 3, 1_000), alone);
        }
    }
    let cut = gzip(text.as_bytes());
    let found = outcome("t.csv", &cut[..cut.len() - 4], 2, 1 << 10);
    assert!(found.contains("behind 200004 bytes of text, in line 50002: "), "{found}");
}

#[test]
fn a_fault_in_the_text_is_told_before_the_damage_behind_it() {
    let text = format!("a,b\n1,2\n3\n{}", "1,2\n".repeat(50_000));
    let packed = gzip(text.as_bytes());
    for piece in [100, 1 << 20] {
        let found = outcome("t.csv", &packed[..packed.len() - 4], 2, piece);
        assert!(found.contains("line 3: expected 2 fields"), "{found}");
    }
}

#[test]
fn damaged_streams_end() {
    let text = format!("a,b\n{}", rows(300));
    for whole in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
        for at in (4..whole.len()).step_by(3) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            outcome("t.csv", &bytes, 1, 1 << 16);
        }
        for cut in (4..whole.len()).step_by(7) {
            let options = Options::default();
            let found = report_with("t.csv", &whole[..cut], &demands(), &options).unwrap_err();
            assert!(matches!(found, DataError::Damaged { .. }), "{cut}: {found}");
        }
    }
}

/// A record without an end, of 64 MiB in some kilobytes: refused at the limit for records, long before.
#[test]
fn what_grows_without_measure_is_refused_at_the_limit() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(b"a,b\n1,").unwrap();
    let zeros = vec![b'0'; 1 << 20];
    (0..1 << 6).for_each(|_| encoder.write_all(&zeros).unwrap());
    let packed = encoder.finish().unwrap();
    let options = Options { max_line: 1 << 20, ..Options::default() };
    let found = report_with("t.csv", &packed, &demands(), &options).unwrap_err().to_string();
    assert!(found.contains("line 2: expected a record of at most 1048576 bytes"), "{found}");
}

#[test]
fn what_is_packed_twice_or_needs_no_packing_is_named() {
    for (bytes, named) in [
        (gzip(&gzip(b"a,b\n")), "packed twice"),
        (zstd(b"PAR1"), "Parquet inside of"),
        (gzip(b""), "is empty"),
        (gzip(b"a\0,\0b\0"), "UTF-16"),
    ] {
        let found = outcome("t.csv", &bytes, 1, 1 << 20);
        assert!(found.contains(named), "{found}");
    }
}
