//! Any text as a data contract.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match tollgate_config::contract(text, "contract.yaml") {
        Ok(contract) => assert!(!contract.tables.is_empty()),
        Err(problems) => {
            assert!(!problems.as_slice().is_empty());
            let _ = problems.render(true);
        }
    }
});
