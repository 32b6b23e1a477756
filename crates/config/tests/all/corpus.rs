//! Every malformed file says what is wrong so that a newcomer can repair it; every valid one is
//! read as meant. The snapshots are the messages.
//!
//! After a change: `INSTA_UPDATE=always cargo test -p tollgate-config`, then read the difference.

use std::path::Path;

use crate::support::{Files, corpus};
use tollgate_config::{contract, plan};

fn snapshot(folder: &str, path: &Path, text: &str) {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => format!("../snapshots/{folder}") }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn malformed_plans_are_explained() {
    let files = corpus("malformed");
    assert!(files.len() >= 45, "{} files", files.len());
    for (path, text) in files {
        let problems = plan(&text, "tollgate.yaml", &Files::churn()).unwrap_err();
        snapshot("malformed", &path, &problems.render(false));
    }
}

#[test]
fn valid_plans_are_read() {
    for (path, text) in corpus("valid") {
        match plan(&text, "tollgate.yaml", &Files::churn()) {
            Ok(plan) => snapshot("valid", &path, &serde_json::to_string_pretty(&plan).unwrap()),
            Err(problems) => panic!("{}:\n{problems}", path.display()),
        }
    }
}

#[test]
fn malformed_contracts_are_explained() {
    let files = corpus("contracts/malformed");
    assert!(files.len() >= 12, "{} files", files.len());
    for (path, text) in files {
        let problems = contract(&text, "contract.yaml").unwrap_err();
        snapshot("contracts/malformed", &path, &problems.render(false));
    }
}

#[test]
fn valid_contracts_are_read() {
    for (path, text) in corpus("contracts/valid") {
        match contract(&text, "contract.yaml") {
            Ok(found) => {
                snapshot("contracts/valid", &path, &serde_json::to_string_pretty(&found).unwrap());
            }
            Err(problems) => panic!("{}:\n{problems}", path.display()),
        }
    }
}
