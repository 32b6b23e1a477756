//! Any bytes as a file that is searched for secrets: what is found is in a line of it, is told once, and
//! is not shown.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use tollgate_image::secrets::search;

fuzz_target!(|bytes: &[u8]| {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    let mut told = HashSet::new();
    for leak in search("file", bytes) {
        assert!((1..=lines).contains(&leak.line), "{leak:?}");
        assert_eq!(leak.fingerprint.len(), 16, "{leak:?}");
        // Four characters at most, each escaped, and how many there are.
        assert!(leak.shown.chars().count() <= 4 * 10 + 30, "{leak:?}");
        assert!(told.insert((leak.line, leak.fingerprint.clone())), "{leak:?} is told twice");
        drop(leak.finding());
    }
});
