//! Any bytes as a Parquet file: what is only judged by two threads is told as what one decodes.

#![no_main]

use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use tollgate_data::{Options, check};
use tollgate_model::Contract;

const CONTRACT: &str = "
apiVersion: v3.1.0
kind: DataContract
id: pages
version: 1.0.0
status: active
schema:
  - name: pages
    properties:
      - { name: i, logicalType: integer, logicalTypeOptions: { minimum: 0, maximum: 9 } }
      - { name: n, logicalType: number, logicalTypeOptions: { maximum: 99 } }
      - { name: s, logicalType: string, logicalTypeOptions: { maxLength: 9 } }
";

fn outcome(file: &PathBuf, contract: &Contract, threads: usize) -> String {
    let options = Options { threads, paranoid: true, ..Options::default() };
    match check(file, "pages", contract, None, &options, &|| false) {
        Ok(report) => format!("{report:?}"),
        Err(error) => error.to_string(),
    }
}

// The reader of damaged pages may panic, and that is caught. The hook that a target comes with would
// end the process all the same; a panic that nobody catches still does.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| {
    let contract = tollgate_config::contract(CONTRACT, "pages.yaml").expect("it is one");
    let name = format!("tollgate-pages-{}.parquet", std::process::id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, bytes).expect("there is room for it");
    let alone = outcome(&file, &contract, 1);
    assert_eq!(outcome(&file, &contract, 2), alone);
});
