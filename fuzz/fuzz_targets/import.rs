//! Any text as a file of another tool.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_config::{Format, import};

fuzz_target!(|text: &str| {
    let all = [
        None,
        Some(Format::GreatExpectations),
        Some(Format::Pandera),
        Some(Format::Frictionless),
        Some(Format::JsonSchema),
        Some(Format::Dbt),
    ];
    for format in all {
        match import(text, "file", format) {
            Ok(imported) => {
                assert!(tollgate_config::contract(&imported.contract, "contract.yaml").is_ok());
            }
            Err(problems) => drop(problems.render(true)),
        }
    }
});
