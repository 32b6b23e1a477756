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

#[test]
fn a_contract_that_is_inferred_from_half_of_the_customers_fits_the_other_half() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = root.join("../shared/data/telco-customer-churn.csv");
    let Ok(text) = std::fs::read_to_string(&data) else {
        eprintln!("skipped: {} is not here", data.display());
        return;
    };
    let (head, rows) = text.split_once('\n').expect("a header");
    let rows: Vec<_> = rows.lines().collect();
    let dir = tempfile::TempDir::new().expect("a directory");
    let part = |name: &str, rows: &[&str]| {
        std::fs::write(dir.path().join(name), format!("{head}\n{}\n", rows.join("\n")))
            .expect(name);
    };
    let (first, second) = rows.split_at(rows.len() / 2);
    part("first.csv", first);
    part("second.csv", second);
    let tollgate = |words: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .current_dir(dir.path())
            .args(words.split(' '))
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{words}: {said}");
    };
    tollgate("data infer first.csv -o c.yaml");
    tollgate("data check first.csv -c c.yaml");
    tollgate("data check second.csv -c c.yaml");
    tollgate("data diff first.csv second.csv");
}
