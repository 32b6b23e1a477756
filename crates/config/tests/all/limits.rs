//! Inputs as large as they may be, made to cost as much as they can. Each is answered in a moment
//! (here without optimisation); before its limit existed, it was not.

use crate::support::Files;
use tollgate_config::{Code, Problems, contract, plan};

const MIB: usize = 1 << 20;

fn problems(text: &str) -> Problems {
    let problems = plan(text, "tollgate.yaml", &Files::churn()).unwrap_err();
    assert!(problems.render(true).len() < MIB);
    problems
}

fn codes(text: &str) -> Vec<Code> {
    let mut codes: Vec<Code> = problems(text).into_iter().map(|problem| problem.code).collect();
    codes.dedup();
    codes
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn a_file_over_the_limit_is_refused_unread() {
    assert_eq!(codes(&" ".repeat(MIB + 1)), [Code::TooLarge]);
}

#[test]
fn many_unknown_keys() {
    let text = format!("project: p\nsteps: {{}}\n{}", lines(40_000, |n| format!("neds{n}: 1\n")));
    assert!(codes(&text).contains(&Code::UnknownKey));
}

#[test]
fn one_huge_key_and_one_huge_value() {
    assert!(codes(&format!("? {}\n: 1\n", "k".repeat(MIB - 100))).contains(&Code::UnknownKey));
    let text =
        format!("project: p\nsteps: {{ a: {{ run: x, needs: {} }} }}", "n".repeat(MIB - 100));
    assert_eq!(codes(&text), [Code::WrongType]);
}

#[test]
fn nesting_in_both_styles() {
    assert_eq!(codes(&"[".repeat(MIB)), [Code::TooDeep]);
    assert_eq!(codes(&"- ".repeat(MIB / 2)), [Code::TooDeep]);
    assert_eq!(codes(&lines(300, |n| format!("{}a:\n", " ".repeat(n)))), [Code::TooDeep]);
}

#[test]
fn aliases_that_multiply_text() {
    let copies = "*a, ".repeat(1_000);
    let text = format!("a: &a {}\nproject: [{copies}]", "x".repeat(100_000));
    assert_eq!(codes(&text), [Code::TooLarge]);
}

#[test]
fn aliases_that_multiply_in_a_contract() {
    let level = |n: usize| format!("l{n}: &l{n} [{}]\n", format!("*l{}, ", n - 1).repeat(10));
    let bomb = format!("l0: &l0 [x]\n{}schema: *l40\n", (1..=40).map(level).collect::<String>());
    let copies = "*a, ".repeat(1_000);
    let text = format!("id: &a {}\ntags: [{copies}]\n", "x".repeat(100_000));
    for text in [bomb, text] {
        let problems = contract(&text, "c.yaml").unwrap_err();
        assert!(problems.render(true).len() < MIB);
        assert!(problems.into_iter().any(|problem| problem.code == Code::TooLarge));
    }
}

#[test]
fn a_long_chain_of_steps_and_its_circle() {
    let chain = |last: usize| {
        let need = move |n| if n == 0 { last } else { n - 1 };
        let step = move |n| format!("  s{n}: {{ run: x, needs: [s{}] }}\n", need(n));
        format!("project: p\nsteps:\n{}", lines(1_000, step))
    };
    assert_eq!(codes(&chain(999)), [Code::Cycle]);
    assert_eq!(codes(&chain(0)), [Code::SelfNeed]);
}

#[test]
fn every_step_needs_every_step() {
    let all = (0..150).map(|n| format!("s{n}")).collect::<Vec<_>>().join(", ");
    let step = |n| format!("  s{n}: {{ run: x, needs: [{all}] }}\n");
    let found = codes(&format!("project: p\nsteps:\n{}", lines(150, step)));
    assert!(found.contains(&Code::Cycle) && found.contains(&Code::SelfNeed));
}

#[test]
fn many_outputs_that_hold_each_other() {
    let outputs = (0..5_000).map(|n| format!("o/{n}")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "project: p\nsteps:\n  a: {{ run: x, outputs: [o/, {outputs}] }}\n  b: {{ run: y, inputs: [o] }}\n"
    );
    let found = codes(&text);
    assert!(found.contains(&Code::OutputConflict) && found.contains(&Code::MissingNeed));
}

#[test]
fn many_missing_files_and_globs() {
    let inputs =
        (0..1_000).map(|n| format!("src/{n}.py, \"a{n}/*\"")).collect::<Vec<_>>().join(", ");
    let text = format!("project: p\nsteps: {{ a: {{ run: x, inputs: [{inputs}] }} }}");
    assert_eq!(codes(&text), [Code::MissingFile]);
}

#[test]
fn a_pattern_that_is_costly_to_compile() {
    let text = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: a\nschema:\n  - name: t\n    properties:\n      - { name: a, logicalType: string, logicalTypeOptions: { pattern: '((\\w{900}){900}){900}' } }\n";
    let problems = contract(text, "contract.yaml").unwrap_err();
    assert_eq!(problems.as_slice()[0].code, Code::BadPattern);
}

#[test]
fn many_columns_of_one_name() {
    let columns = lines(15_000, |n| {
        format!("      - {{ name: a, physicalName: b{}, primaryKey: true }}\n", n % 7)
    });
    let text = format!(
        "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: a\nschema:\n  - name: t\n    properties:\n{columns}"
    );
    let problems = contract(&text, "contract.yaml").unwrap_err();
    assert!(problems.into_iter().all(|problem| problem.file == "contract.yaml"));
}

#[test]
fn globs_that_compile_to_much() {
    let long = format!("{{{}}}", vec!["[!\u{e9}-\u{ffff}]*"; 20_000].join(","));
    let text = |glob: &str| format!("project: p\nsteps: {{ a: {{ run: x, inputs: ['{glob}'] }} }}");
    assert_eq!(codes(&text(&long)), [Code::BadGlob]);
    let most = format!("{{{}}}", vec!["[!\u{e9}-\u{ffff}]*"; 70].join(","));
    assert!(plan(&text(&most), "tollgate.yaml", &Files::churn()).is_ok());
}
