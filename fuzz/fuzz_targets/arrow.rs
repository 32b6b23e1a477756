//! Any bytes as an Arrow file or stream: what two threads see is what one does.

#![no_main]

use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use tollgate_data::{Options, check};
use tollgate_model::Contract;

const CONTRACT: &str = "
apiVersion: v3.1.0
kind: DataContract
id: arrow
version: 1.0.0
status: active
schema:
  - name: arrow
    properties:
      - { name: i, logicalType: integer, unique: true, logicalTypeOptions: { minimum: 0, maximum: 9 } }
      - { name: n, logicalType: number, logicalTypeOptions: { maximum: 99 } }
      - { name: s, logicalType: string, required: true, logicalTypeOptions: { maxLength: 9 } }
      - { name: v, logicalType: string, required: true, logicalTypeOptions: { maxLength: 9 } }
      - { name: c, logicalType: string, required: true, logicalTypeOptions: { maxLength: 1 } }
";

fn outcome(file: &PathBuf, contract: &Contract, threads: usize) -> String {
    let options = Options { threads, ..Options::default() };
    match check(file, "arrow", contract, None, &options, &|| false) {
        Ok(report) => format!("{report:?}"),
        Err(error) => error.to_string(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let contract = tollgate_config::contract(CONTRACT, "arrow.yaml").expect("it is one");
    let name = format!("tollgate-arrow-{}.arrow", std::process::id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, bytes).expect("there is room for it");
    let alone = outcome(&file, &contract, 1);
    assert_eq!(outcome(&file, &contract, 2), alone);
});
