//! Any bytes as data that comes on a stream: CSV or JSON lines, packed or not.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_data::{Options, check_stream};
use tollgate_model::Contract;

const CONTRACT: &str = "
apiVersion: v3.1.0
kind: DataContract
id: rows
version: 1.0.0
status: active
schema:
  - name: rows
    properties:
      - { name: a, logicalType: integer, required: true, unique: true }
      - { name: b, logicalType: string, logicalTypeOptions: { maxLength: 3 } }
      - { name: c, logicalType: date }
";

fn outcome(bytes: &[u8], contract: &Contract, threads: usize, piece: usize) -> String {
    let input = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let options = Options { threads, piece, max_line: 512, ..Options::default() };
    match check_stream(input, "rows", contract, None, &options, &|| false) {
        Ok(report) => format!("{report:?}"),
        Err(error) => error.to_string(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let contract = tollgate_config::contract(CONTRACT, "rows.yaml").expect("it is one");
    let alone = outcome(bytes, &contract, 1, 1 << 20);
    assert_eq!(outcome(bytes, &contract, 2, 7), alone);
});
