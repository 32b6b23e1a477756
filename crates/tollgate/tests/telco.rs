//! Real data, checked by the real binary: what is wrong is found, and nothing that is not there.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_eleven_customers_without_total_charges_are_found_and_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = root.join("../shared/data/telco-customer-churn.csv");
    if !data.exists() {
        eprintln!("skipped: {} is not here", data.display());
        return;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["data", "check", "--json"])
        .arg(&data)
        .arg("--contract")
        .arg(root.join("scenarios/telco/contract.odcs.yaml"))
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&output.stdout);
    let report: serde_json::Value = serde_json::from_str(&said).expect("a report");
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 1, "{said}");
    assert_eq!(findings[0]["place"]["data"]["column"], "TotalCharges");
    assert_eq!(findings[0]["extent"], serde_json::json!({ "count": 11, "of": 7043 }));
    assert_eq!(report["not_assessed"], serde_json::Value::Null, "{said}");
    assert_eq!(output.status.code(), Some(1));
}
