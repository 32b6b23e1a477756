//! Any text as a condition of a contract.

#![no_main]

use libfuzzer_sys::fuzz_target;

const HEAD: &str = "apiVersion: v3.1.0
kind: DataContract
id: a
version: 1.0.0
status: draft
schema:
  - name: t
    properties:
      - { name: a, logicalType: integer }
      - { name: b, logicalType: string }
      - { name: c, logicalType: date }
      - { name: d, logicalType: boolean }
      - { name: e }
    quality:
";

fuzz_target!(|text: &str| {
    let quoted = text.replace('\'', "''");
    let rule = format!(
        "      - {{ type: custom, engine: tollgate, implementation: {{ condition: '{quoted}' }} }}\n"
    );
    if let Err(problems) = tollgate_config::contract(&format!("{HEAD}{rule}"), "contract.yaml") {
        assert!(!problems.as_slice().is_empty());
        let _ = problems.render(true);
    }
});
