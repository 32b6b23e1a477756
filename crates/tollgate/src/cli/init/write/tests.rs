//! Whatever was found, the text is a `tollgate.yaml`.

use std::collections::BTreeMap;

use tollgate_config::{PathKind, Project};
use tollgate_model::{Plan, RelPath};

use super::*;
use crate::cli::init::findings::{DataCheck, Install, Installed, Manager};
use crate::cli::init::look::look;
use crate::cli::init::samples::sample;

const CONTRACT: &str = "\
{apiVersion: v3.1.0, kind: DataContract, id: a, version: 1.0.0, status: active, schema: [
  {name: orders, properties: [{name: id, logicalType: integer}]}";

const SECOND: &str = ", {name: odd table, properties: [{name: id, logicalType: integer}]}";

/// A project that has every path.
struct Everything;

impl Project for Everything {
    fn kind(&self, path: &RelPath) -> Option<PathKind> {
        let name = path.as_str().rsplit('/').next().unwrap_or_default();
        let is_file = name.trim_start_matches('.').contains('.') || name.starts_with('.');
        Some(if is_file { PathKind::File } else { PathKind::Directory })
    }

    fn glob_matches(&self, _: &str) -> bool {
        true
    }

    fn read(&self, path: &RelPath) -> Result<String, String> {
        let several = path.as_str() == "c #1.odcs.yaml";
        Ok(format!("{CONTRACT}{}]}}", if several { SECOND } else { "" }))
    }

    fn paths(&self) -> Vec<String> {
        Vec::new()
    }
}

fn accepted(text: &str) -> Plan {
    tollgate_config::plan(text, "tollgate.yaml", &Everything)
        .unwrap_or_else(|problems| panic!("{}\n{text}", problems.render(false)))
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

/// The digits of a number in mixed bases: each combination of choices is one number.
struct Choices(usize);

impl Choices {
    fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        let at = self.0 % all.len();
        self.0 /= all.len();
        &all[at]
    }

    fn yes(&mut self) -> bool {
        *self.of(&[false, true])
    }
}

fn install(choices: &mut Choices) -> Option<Install> {
    let odd = strings(&["requirements.txt", "it's odd: yes #1.txt"]);
    let managers = [
        None,
        Some(Manager::Pip { requirements: Vec::new() }),
        Some(Manager::Pip { requirements: odd.clone() }),
        Some(Manager::Uv { locked: true }),
        Some(Manager::Uv { locked: false }),
        Some(Manager::Poetry),
    ];
    let manager = choices.of(&managers).clone();
    let project = *choices.of(&[Installed::No, Installed::Dependencies, Installed::Editable]);
    let (some, unlisted) = (choices.yes(), choices.yes());
    let given = |given: bool, items: &[&str]| if given { strings(items) } else { Vec::new() };
    Some(Install {
        manager: manager?,
        project,
        extras: given(some, &["dev", "a b"]),
        groups: given(some, &["test"]),
        unlisted: given(unlisted, &["pytest", "ruff"]),
        inputs: if some { odd } else { Vec::new() },
        env: given(some, &["A=1", "B=x y"]),
    })
}

fn tests(choices: &mut Choices) -> Option<Tests> {
    let runners = [
        None,
        Some(Runner::Pytest),
        Some(Runner::Unittest { start: None, package: false }),
        Some(Runner::Unittest { start: Some("my tests".to_owned()), package: true }),
    ];
    let runner = choices.of(&runners).clone();
    let some = choices.yes();
    Some(Tests {
        runner: runner?,
        directories: if some { strings(&["tests/", "my tests/"]) } else { Vec::new() },
        reads: if some { strings(&["data/", "no", "1.0", "pyproject.toml"]) } else { Vec::new() },
        env: strings(&["PYTHONPATH=src"]),
    })
}

fn findings(choices: &mut Choices) -> Findings {
    let check = |data: &str, table: Option<&str>| DataCheck {
        data: data.to_owned(),
        contract: "c #1.odcs.yaml".to_owned(),
        table: Some(table.unwrap_or("orders").to_owned()),
    };
    let data = [
        vec![],
        vec![check("a.csv", None)],
        vec![check("a.csv", None), check("b: c.csv", Some("odd table"))],
    ];
    let trained = [None, Some("train.py"), Some("-deep/it's: #1/train.py")];
    let code = [strings(&[]), strings(&["src/", "*.py"]), strings(&["-x/", "a: b/", "no/"])];
    let own_targets = choices.yes();
    let code = choices.of(&code).clone();
    let tool = |kind| Tool {
        kind,
        configuration: strings(&["setup.cfg"]),
        targets: if own_targets { Vec::new() } else { code.clone() },
    };
    let kinds = [&[][..], &ToolKind::ALL[..1], &ToolKind::ALL[..]];
    Findings {
        tools: choices.of(&kinds).iter().copied().map(tool).collect(),
        data: choices.of(&data).clone(),
        training: choices.of(&trained).map(str::to_owned),
        project: (*choices.of(&["churn", "1.0", "on: #x \"y\"", "no"])).to_owned(),
        loose_contracts: if choices.yes() { strings(&["x: y.odcs.yaml"]) } else { Vec::new() },
        code,
        ..Findings::default()
    }
}

/// Uncommented, the examples are steps too.
fn uncommented(text: &str) -> String {
    let steps = text.split_once("\nsteps:\n").map_or("", |(_, steps)| steps);
    let is_example = |line: &str| {
        let body = line.strip_prefix("  # ").unwrap_or_default();
        let word = body.trim_end().strip_suffix(':').unwrap_or_default();
        body.starts_with("  ") || !word.is_empty() && !word.contains(' ')
    };
    let line = |line: &str| match is_example(line) {
        true => format!("  {}\n", &line[4..]),
        false => format!("{line}\n"),
    };
    format!("project: x\nsteps:\n{}", steps.lines().map(line).collect::<String>())
}

#[test]
fn every_combination_of_findings_is_accepted() {
    // The installation and the tests don't touch the rest, so the two halves are gone through
    // beside each other, not multiplied.
    let (left, right) = (6 * 3 * 2 * 2 * 4 * 2, 2 * 3 * 3 * 3 * 3 * 4 * 2);
    for number in 0..usize::max(left, right) {
        let mut rest = Choices(number % right);
        let mut found = findings(&mut rest);
        let mut choices = Choices(number % left);
        found.install = install(&mut choices);
        found.tests = tests(&mut choices);
        let text = write(&found);
        let plan = accepted(&text);
        assert_eq!(plan.project, found.project);
        assert!(!plan.pipelines["pr"].steps.is_empty(), "{text}");
        let more = accepted(&uncommented(&text));
        let examples = 2 * usize::from(found.training.is_some()) + found.loose_contracts.len();
        assert_eq!(more.steps.len(), plan.steps.len() + examples, "{text}");
    }
}

#[test]
fn a_usual_project() {
    let repository = sample(&[
        ("requirements.txt", "pandas==2.2.2"),
        ("requirements-dev.txt", "pytest\nflake8"),
        ("setup.cfg", "[flake8]"),
        ("src/churn/model.py", "def f(): pass"),
        ("train.py", ""),
        ("tests/test_model.py", "def test_f(): open('data/sample.csv')"),
        ("data/sample.csv", "a"),
    ]);
    let text = write(&look(&repository));
    let (_, steps) = text.split_once("steps:\n").unwrap();
    insta::assert_snapshot!(steps, @r#"
  # The virtual environment. It is made anew only when what it is made from changes.
  deps:
    run: |
      python3 -m venv .venv
      .venv/bin/pip install -q -r requirements.txt -r requirements-dev.txt
    inputs: [requirements-dev.txt, requirements.txt]
    outputs: [.venv/]             # handed to the steps that need this one
    network: true                 # off unless said
    tools: [python3 --version]    # another Python: run it again
  lint:
    run: .venv/bin/flake8 src *.py tests
    needs: [deps]
    inputs: [src/, "*.py", tests/, setup.cfg]
  test:
    run: .venv/bin/python -m pytest -q --junitxml=report.xml
    needs: [deps]
    inputs: [src/, "*.py", tests/, data/sample.csv, setup.cfg]
    env: [PYTHONPATH=src]
    junit: report.xml             # names the failed test

  # A model as a step, and the bar that it must meet: say what it reads and writes.
  # train:
  #   run: .venv/bin/python train.py
  #   needs: [deps]
  #   inputs: [src/, train.py]
  #   outputs: [model.pkl, metrics.json]
  # quality:
  #   gate: { metrics: metrics.json }
  #   needs: [train]
  #   require: { accuracy: ">= 0.85" }

# A pipeline names the steps it is after; what they need comes along.
pipelines:
  pr:
    on: pull_request
    steps: [lint, test]
"#);
}

#[test]
fn a_project_without_anything() {
    let plan = accepted(&write(&look(&sample(&[("README.md", "")]))));
    assert_eq!(plan.steps.len(), 1);
}

#[test]
fn names_of_steps_are_not_used_twice() {
    let tools = ToolKind::ALL.into_iter();
    let tool = |kind| Tool { kind, configuration: Vec::new(), targets: strings(&["src/"]) };
    let found = Findings {
        project: "x".to_owned(),
        code: strings(&["src/"]),
        tools: tools.map(tool).collect(),
        ..Findings::default()
    };
    let steps: BTreeMap<_, _> = accepted(&write(&found)).steps;
    assert_eq!(steps.len(), ToolKind::ALL.len() + 1);
}
