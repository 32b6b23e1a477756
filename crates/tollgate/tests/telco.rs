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

/// Some of the customers, by what is left of their row's number, mixed, when it is divided by two.
fn halves(rows: &[&str]) -> [Vec<String>; 2] {
    let half = |which: usize| {
        let mixed = |row: &usize| (row.wrapping_mul(2_654_435_761) >> 13) % 2 == which;
        (0..rows.len()).filter(mixed).map(|row| rows[row].to_owned()).collect()
    };
    [half(0), half(1)]
}

#[test]
fn halves_of_the_customers_are_alike_and_one_planted_shift_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = root.join("../shared/data/telco-customer-churn.csv");
    let Ok(text) = std::fs::read_to_string(&data) else {
        eprintln!("skipped: {} is not here", data.display());
        return;
    };
    let (head, rows) = text.split_once('\n').expect("a header");
    let [one, other] = halves(&rows.lines().collect::<Vec<_>>());
    let dir = tempfile::TempDir::new().expect("a directory");
    let put = |name: &str, rows: &[String]| {
        std::fs::write(dir.path().join(name), format!("{head}\n{}\n", rows.join("\n")))
            .expect(name);
    };
    let at = head.trim().split(',').position(|name| name == "tenure").expect("a column");
    let longer = |row: &String| {
        let mut cells: Vec<_> = row.split(',').map(str::to_owned).collect();
        let tenure: u32 = cells[at].parse().expect("months");
        cells[at] = (tenure + 24).to_string();
        cells.join(",")
    };
    put("all.csv", &[one.clone(), other.clone()].concat());
    put("one.csv", &one);
    put("other.csv", &other);
    put("shifted.csv", &other.iter().map(longer).collect::<Vec<_>>());
    let tollgate = |words: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .current_dir(dir.path())
            .args(words.split(' '))
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    };
    let passes = |words: &str| {
        let (exit, said) = tollgate(words);
        assert_eq!(exit, Some(0), "{words}: {said}");
    };
    passes("data infer all.csv -o c.yaml");
    passes("data check all.csv -c c.yaml");
    passes("data profile all.csv -c c.yaml -o all.json");
    passes("data profile one.csv -c c.yaml -o one.json");
    passes("data profile other.csv -c c.yaml -o other.json");
    passes("data merge one.json other.json -o merged.json");
    passes("data diff one.json other.csv");

    let read = |name: &str| {
        let text = std::fs::read_to_string(dir.path().join(name)).expect(name);
        tollgate_data::Profile::from_json(&text, name).expect(name)
    };
    let (all, merged) = (read("all.json"), read("merged.json"));
    assert_eq!((all.rows(), all.schema()), (merged.rows(), merged.schema()));
    for (whole, parts) in all.columns().iter().zip(merged.columns()) {
        let name = whole.name();
        assert_eq!(whole.categories(), parts.categories(), "{name}");
        assert_eq!(whole.distinct(), parts.distinct(), "{name}");
        assert_eq!((whole.nulls(), whole.invalid()), (parts.nulls(), parts.invalid()), "{name}");
        let (Some(mine), Some(theirs)) = (whole.numbers(), parts.numbers()) else { continue };
        assert_eq!((mine.min, mine.max), (theirs.min, theirs.max), "{name}");
        assert!((mine.mean - theirs.mean).abs() <= 1e-9 * mine.mean.abs(), "{name}");
        for share in [0.1, 0.25, 0.5, 0.75, 0.9] {
            // Where the value of one stands among those of the other, both with their error.
            let value = parts.quantile(share).expect("a quantile");
            let (sample, error) = whole.sample().expect("a sample");
            let error = error + parts.sample().expect("a sample").1;
            let below = |is: &dyn Fn(f64) -> bool| {
                let found = sample.iter().filter(|(number, _)| is(*number));
                found.map(|(_, weight)| *weight as f64).sum::<f64>() / whole.valid() as f64
            };
            let (low, high) = (below(&|x| x < value), below(&|x| x <= value));
            assert!(low - error <= share && share <= high + error, "{name} {share}: {low} {high}");
        }
    }

    let (exit, said) = tollgate("data diff one.json shifted.csv --json");
    assert_eq!(exit, Some(1), "{said}");
    let report: serde_json::Value = serde_json::from_str(&said).expect("a report");
    let drifted = |finding: &serde_json::Value| finding["place"]["data"]["column"].clone();
    let columns: Vec<_> =
        report["findings"].as_array().expect("findings").iter().map(drifted).collect();
    assert!(!columns.is_empty() && columns.iter().all(|column| column == "tenure"), "{said}");
    assert_eq!(report["not_assessed"], serde_json::Value::Null, "{said}");
}
