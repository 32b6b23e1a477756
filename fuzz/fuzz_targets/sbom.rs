//! Any bytes as a bill of materials: what is read of it is written, and read as the same. Any text as
//! a licence, as which it is held against a policy that has it, too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_image::licence::{Expression, check};
use tollgate_image::sbom::{Subject, cyclonedx, read, spdx};
use tollgate_image::{Ecosystem, Inventory, Package};

fuzz_target!(|bytes: &[u8]| {
    document(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        licence(text);
    }
});

fn document(bytes: &[u8]) {
    let Ok(received) = read(bytes) else { return };
    let subject = Subject { name: "image".to_owned(), version: None, digest: None, created: None };
    for write in [cyclonedx, spdx] {
        let once = write(&received.inventory, &subject, None);
        let again = read(once.as_bytes()).unwrap_or_else(|error| panic!("{error}: {once}"));
        assert_eq!(write(&again.inventory, &subject, None), once);
    }
}

fn licence(text: &str) {
    if let Ok(expression) = text.parse::<Expression>() {
        let shown = expression.to_string();
        assert_eq!(shown.parse::<Expression>().ok(), Some(expression), "{shown}");
    }
    let package = Package {
        ecosystem: Ecosystem::PyPi,
        name: "a".to_owned(),
        version: "1".to_owned(),
        architecture: None,
        source: None,
        licence: Some(text.to_owned()),
        hashes: Vec::new(),
        requires: Vec::new(),
        size: 0,
    };
    let inventory = Inventory::of(vec![package]);
    let (denied, unknown) = check(&inventory, Some(&[text.to_owned()]), &[text.to_owned()]);
    assert!(denied.len() + unknown.len() <= 1);
    let (denied, _) = check(&inventory, None, &["MIT".to_owned()]);
    let (_, unknown) = check(&inventory, Some(&["MIT".to_owned()]), &[]);
    assert!(denied.len() + unknown.len() <= 1, "either it is known or not");
}
