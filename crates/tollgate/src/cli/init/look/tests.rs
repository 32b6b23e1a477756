//! What a look at differently laid out repositories finds.

use super::look;
use crate::cli::init::findings::{Findings, Installed, Manager, Runner, ToolKind};
use crate::cli::init::samples::sample;

fn kinds(findings: &Findings) -> Vec<ToolKind> {
    findings.tools.iter().map(|tool| tool.kind).collect()
}

const TEST: (&str, &str) = ("tests/test_a.py", "def test_a(): pass");

#[test]
fn a_package_is_installed_by_its_skeleton() {
    let found = look(&sample(&[
        (
            "pyproject.toml",
            "[project]\nname='n'\nreadme='README.md'\n[project.optional-dependencies]\ntest=['pytest']\ndocs=['sphinx']\n[build-system]\nrequires=['hatchling','hatch-vcs']\nbuild-backend='hatchling.build'",
        ),
        ("README.md", ""),
        ("src/n/__init__.py", ""),
        ("src/n/_version.py", ""),
        ("src/n/big.py", ""),
        TEST,
    ]));
    assert_eq!(found.project, "n");
    let install = found.install.unwrap();
    assert_eq!((install.project, install.extras), (Installed::Editable, vec!["test".to_owned()]));
    let inputs = ["README.md", "pyproject.toml", "src/**/__init__.py", "src/n/_version.py"];
    assert_eq!(install.inputs, inputs);
    assert_eq!(install.env, ["SETUPTOOLS_SCM_PRETEND_VERSION=0.0.0"]);
    assert!(install.unlisted.is_empty());
    assert!(found.tests.unwrap().env.is_empty());
}

#[test]
fn an_application_is_installed_for_its_dependencies() {
    let found = look(&sample(&[
        (
            "pyproject.toml",
            "[project]\nname='n'\ndependencies=['six']\n[dependency-groups]\ndev=['pytest']",
        ),
        ("src/a.py", ""),
        TEST,
    ]));
    let install = found.install.unwrap();
    assert_eq!(
        (install.project, install.groups),
        (Installed::Dependencies, vec!["dev".to_owned()])
    );
    assert_eq!(install.inputs, ["pyproject.toml"]);
    assert_eq!(found.tests.unwrap().env, ["PYTHONPATH=src"]);
}

#[test]
fn locks_say_who_installs() {
    let project =
        ("pyproject.toml", "[project]\nname='n'\n[tool.uv.workspace]\nmembers=['libs/*']");
    let found = look(&sample(&[project, ("uv.lock", ""), ("libs/a/pyproject.toml", "")]));
    let install = found.install.unwrap();
    assert_eq!(install.manager, Manager::Uv { locked: true });
    assert_eq!(install.inputs, ["libs/a/", "pyproject.toml", "uv.lock"]);
    let poetry = ("pyproject.toml", "[tool.poetry.dependencies]\npython='^3.10'");
    let found = look(&sample(&[poetry, ("poetry.lock", ""), ("requirements.txt", "x")]));
    assert_eq!(found.install.unwrap().manager, Manager::Poetry);
}

#[test]
fn only_tools_that_are_configured_or_listed() {
    let code = ("a.py", "");
    let none = look(&sample(&[code, ("setup.cfg", "[metadata]\nname=n"), ("tox.ini", "[tox]")]));
    assert!(none.tools.is_empty());
    let listed = look(&sample(&[code, ("requirements-dev.txt", "black\nmypy==1.0")]));
    assert_eq!(kinds(&listed), [ToolKind::Black, ToolKind::Mypy]);
    let configured = look(&sample(&[
        code,
        ("pyproject.toml", "[tool.ruff]\n[tool.mypy]\nfiles=['a.py']"),
        (".flake8", ""),
        ("pyrightconfig.json", "{}"),
    ]));
    let all = [ToolKind::Ruff, ToolKind::Flake8, ToolKind::Mypy, ToolKind::Pyright];
    assert_eq!(kinds(&configured), all);
    assert!(configured.tools[2].targets.is_empty());
    assert_eq!(configured.install.unwrap().unlisted, ["flake8", "mypy", "pyright", "ruff"]);
    assert_eq!(configured.notes.len(), 1);
}

#[test]
fn tests_and_what_runs_them() {
    let cases = ("tests/test_a.py", "import unittest\nclass A(unittest.TestCase): pass");
    let by = |files: &[(&str, &str)]| look(&sample(files)).tests.map(|tests| tests.runner);
    let unittest = |package| Runner::Unittest { start: Some("tests".to_owned()), package };
    assert_eq!(by(&[cases]), Some(unittest(false)));
    assert_eq!(by(&[cases, ("tests/__init__.py", "")]), Some(unittest(true)));
    assert_eq!(by(&[cases, ("pytest.ini", "")]), Some(Runner::Pytest));
    assert_eq!(by(&[TEST]), Some(Runner::Pytest));
    assert_eq!(by(&[("scripts/test_model.py", "evaluate()")]), None);
    assert_eq!(by(&[("docs/test_a.py", "def test_a(): pass")]), None);
}

#[test]
fn tests_read_what_they_and_the_code_name() {
    let found = look(&sample(&[
        ("a/__init__.py", "DATA = ROOT / 'data' / 'x.csv'"),
        ("data/raw/x.csv", ""),
        ("params.yaml", ""),
        ("conftest.py", ""),
        (
            "tests/test_a.py",
            "def test_a(): open('params.yaml'); open('data/raw/x.csv'); f('tests')",
        ),
    ]));
    assert_eq!(found.tests.unwrap().reads, ["conftest.py", "data/", "params.yaml"]);
}

#[test]
fn a_contract_finds_its_data() {
    let contract = |name: &str| {
        format!(
            "{{apiVersion: v3.1.0, kind: DataContract, id: a, version: 1.0.0, status: active,\nschema: [{{name: {name},\nphysicalName: sample.csv\n, properties: [{{name: id}}]}}]}}"
        )
    };
    let (one, other) = (contract("orders"), contract("nothing").replace("sample", "absent"));
    let found = look(&sample(&[
        ("c/one.odcs.yaml", &one),
        ("c/other.odcs.yaml", &other),
        ("c/broken.odcs.yaml", "x"),
        ("data/sample.csv", ""),
        ("data/a.csv", ""),
    ]));
    assert_eq!(found.data.len(), 1);
    assert_eq!(found.data[0].data, "data/sample.csv");
    assert_eq!(found.loose_contracts, ["c/broken.odcs.yaml", "c/other.odcs.yaml"]);
}

#[test]
fn what_is_not_set_up_is_said() {
    let found = look(&sample(&[
        ("environment.yml", ""),
        ("Dockerfile", ""),
        ("pyproject.toml", "= broken"),
        ("backend/requirements.txt", ""),
    ]));
    assert_eq!(found.install, None);
    assert_eq!(found.notes.len(), 4);
    assert!(found.notes[3].contains("tollgate -C backend init"));
}
