//! Whatever the text is: no panic, the same answer twice, and problems that can be shown.

use crate::support::{Files, corpus};
use proptest::prelude::*;
use tollgate_config::{Problems, contract, plan};

/// What the problems say, having been shown; nothing where there are none.
fn shown<T: std::fmt::Debug>(found: Result<T, Problems>) -> (String, Option<Problems>) {
    match found {
        Ok(value) => (format!("{value:?}"), None),
        Err(problems) => (problems.render(true) + &problems.render(false), Some(problems)),
    }
}

fn holds(text: &str) {
    let once = shown(plan(text, "tollgate.yaml", &Files::churn()));
    assert_eq!(once.0, shown(plan(text, "tollgate.yaml", &Files::churn())).0);
    let twice = shown(contract(text, "contract.yaml"));
    assert_eq!(twice.0, shown(contract(text, "contract.yaml")).0);
    for problems in [once.1, twice.1].iter().flatten() {
        let in_order = |pair: &[tollgate_config::Problem]| {
            (&pair[0].file, pair[0].span.line) <= (&pair[1].file, pair[1].span.line)
        };
        assert!(!problems.as_slice().is_empty() && problems.as_slice().windows(2).all(in_order));
        assert!(problems.into_iter().all(|p| p.span.line > 0 && p.span.start <= p.span.end));
    }
}

/// Lines that a file may be made of.
fn words() -> impl Strategy<Value = String> {
    let words = [
        "project: a",
        "steps:",
        "pipelines:",
        "  a:",
        "  b: { run: x, needs: [a] }",
        "    run: |",
        "    needs: [b, *x]",
        "    inputs: &x [src/, \"*.py\"]",
        "    outputs: [src/, out]",
        "\t",
        "    gate: { metrics: m.json }",
        "    require: { f1: \">= 1\" }",
        "  - name: t",
        "schema:",
        "apiVersion: v3.1.0",
        "    properties:",
        "      - name: é",
        "        logicalType: string",
        "        logicalTypeOptions: { pattern: '(' }",
        "    quality:",
        "      - metric: rowCount",
        "        mustBe: 1e400",
        "---",
        "\"",
        "'",
        "[",
        "{",
        "#",
        "\r",
        "\u{feff}",
        "<<: *x",
        "!!str 5",
        "? [a]",
        ": b",
        "漢: \u{1f600}",
    ];
    let line = prop::sample::select(words.to_vec());
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn made_of_words(text in words()) {
        holds(&text);
    }

    #[test]
    fn made_of_anything(text in "(?s).{0,120}") {
        holds(&text);
    }

    #[test]
    fn a_file_with_a_piece_cut_out(which in 0usize..1_000, from in 0usize..2_000, length in 1usize..40) {
        let files: Vec<_> = corpus("valid").into_iter().chain(corpus("contracts/valid")).collect();
        let (_, text) = &files[which % files.len()];
        let start = text.floor_char_boundary(from % text.len());
        let end = text.floor_char_boundary((start + length).min(text.len()));
        holds(&format!("{}{}", &text[..start], &text[end..]));
    }
}

#[test]
fn the_corpora() {
    for folder in ["valid", "malformed", "contracts/valid", "contracts/malformed"] {
        for (_, text) in corpus(folder) {
            holds(&text);
        }
    }
}
