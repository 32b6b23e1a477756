//! Which crate may import which: the table of the design, against the manifests.

use std::path::Path;

use crate::Outcome;
use crate::metadata::{Edge, list, manifests, own_edges, text};

/// What a crate may import of ours.
enum May {
    Only(&'static [&'static str]),
    /// Everything but what is for tests.
    All,
}

/// Nobody lists `testkit`: it is for tests, and comes in as a dev-dependency or not at all. Nobody
/// but the binary lists `adapters`.
const TABLE: &[(&str, May)] = &[
    ("tollgate-model", May::Only(&[])),
    ("tollgate-stats", May::Only(&[])),
    ("tollgate-config", May::Only(&["tollgate-model", "tollgate-stats"])),
    ("tollgate-ledger", May::Only(&["tollgate-model"])),
    ("tollgate-data", May::Only(&["tollgate-model", "tollgate-stats"])),
    ("tollgate-report", May::Only(&["tollgate-model"])),
    ("tollgate-image", May::Only(&["tollgate-model"])),
    ("tollgate-evidence", May::Only(&["tollgate-model"])),
    ("tollgate-delivery", May::Only(&["tollgate-model"])),
    (
        "tollgate-engine",
        May::Only(&["tollgate-model", "tollgate-stats", "tollgate-ledger", "tollgate-delivery"]),
    ),
    (
        "tollgate-adapters",
        May::Only(&[
            "tollgate-engine",
            "tollgate-model",
            "tollgate-data",
            "tollgate-image",
            "tollgate-evidence",
            "tollgate-delivery",
        ]),
    ),
    ("tollgate", May::All),
    (
        TESTKIT,
        May::Only(&["tollgate-model", "tollgate-ledger", "tollgate-engine", "tollgate-delivery"]),
    ),
    ("xtask", May::Only(&[])),
];

const TESTKIT: &str = "tollgate-testkit";

pub(crate) fn check(root: &Path) -> Outcome {
    let manifests = manifests(root)?;
    let crates = list(&manifests, "packages").iter().map(|package| text(package, "name"));
    let mut problems: Vec<String> = crates.filter_map(unknown).collect();
    problems.extend(own_edges(&manifests).iter().filter_map(judge));
    Ok(problems)
}

fn rule(name: &str) -> Option<&'static May> {
    TABLE.iter().find(|(of, _)| *of == name).map(|(_, may)| may)
}

fn unknown(name: &str) -> Option<String> {
    let known = rule(name).is_some();
    (!known).then(|| {
        format!("{name} has no row in the table of xtask/src/layering.rs: a new crate needs one")
    })
}

fn judge(edge: &Edge) -> Option<String> {
    let Edge { from, to, kind } = edge;
    let allowed = match rule(from)? {
        _ if to == TESTKIT => kind == "dev",
        May::All => true,
        May::Only(names) => names.contains(&to.as_str()),
    };
    (!allowed).then(|| format!("{from} -> {to} ({kind} dependency): {}", words(from, to)))
}

fn words(from: &str, to: &str) -> String {
    if to == TESTKIT {
        return format!("{to} is for tests, so only a dev-dependency may name it");
    }
    match rule(from) {
        Some(May::Only([])) => format!("{from} imports nothing of ours"),
        Some(May::Only(names)) => format!("{from} may import {} only", names.join(", ")),
        Some(May::All) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(from: &str, to: &str, kind: &str) -> Option<String> {
        judge(&Edge { from: from.into(), to: to.into(), kind: kind.into() })
    }

    #[test]
    fn what_the_table_has_is_allowed() {
        assert_eq!(judged("tollgate-engine", "tollgate-ledger", "normal"), None);
        assert_eq!(judged("tollgate", "tollgate-adapters", "normal"), None);
        assert_eq!(judged("tollgate-engine", TESTKIT, "dev"), None);
    }

    #[test]
    fn the_rest_is_named_with_its_rule() {
        let told = judged("tollgate-config", "tollgate-ledger", "normal");
        let expected = "tollgate-config -> tollgate-ledger (normal dependency): \
                        tollgate-config may import tollgate-model, tollgate-stats only";
        assert_eq!(told.as_deref(), Some(expected));
        assert!(judged("tollgate-model", "tollgate-stats", "dev").is_some());
        assert!(judged("tollgate-engine", "tollgate-adapters", "dev").is_some());
        assert!(judged("xtask", "tollgate", "build").is_some());
    }

    #[test]
    fn testkit_is_for_tests_even_in_the_binary() {
        assert_eq!(judged("tollgate", TESTKIT, "dev"), None);
        assert!(judged("tollgate", TESTKIT, "normal").is_some_and(|told| told.contains("tests")));
    }

    #[test]
    fn a_new_crate_needs_a_row() {
        assert!(unknown("tollgate-common").is_some());
        assert_eq!(unknown("tollgate-model"), None);
    }
}
