//! The step that makes the virtual environment.

use super::step::Step;
use super::words::shell;
use crate::cli::init::findings::{Install, Installed, Manager};

/// The step.
pub(super) fn step(install: &Install) -> Step {
    let mut run = match &install.manager {
        Manager::Pip { requirements } => pip(install, requirements),
        Manager::Uv { locked } => uv(install, *locked),
        Manager::Poetry => poetry(install),
    };
    if !install.unlisted.is_empty() {
        run.push(format!("{} install -q {}", installer(install), install.unlisted.join(" ")));
    }
    Step {
        name: "deps".to_owned(),
        comment: Some(
            "The virtual environment. It is made anew only when what it is made from changes.",
        ),
        run,
        inputs: install.inputs.clone(),
        outputs: vec![".venv/".to_owned()],
        env: install.env.clone(),
        network: Some("off unless said"),
        asks_python: true,
        ..Step::default()
    }
}

/// The pip that installs into the environment. uv's and Poetry's environments have none.
fn installer(install: &Install) -> &'static str {
    match install.manager {
        Manager::Pip { .. } => ".venv/bin/pip",
        Manager::Uv { .. } => "\"$TMPDIR\"/uv/bin/pip --python .venv",
        Manager::Poetry => "\"$TMPDIR\"/poetry/bin/pip --python .venv",
    }
}

// Each in a command of its own: pip wants either all of one command to have hashes, or none.
fn pip(install: &Install, requirements: &[String]) -> Vec<String> {
    let mut lines = vec!["python3 -m venv .venv".to_owned()];
    if !requirements.is_empty() {
        let files = requirements.iter().map(|file| format!(" -r {}", shell(file)));
        lines.push(format!(".venv/bin/pip install -q{}", files.collect::<String>()));
    }
    if !install.groups.is_empty() {
        lines.push(".venv/bin/pip install -q --upgrade pip    # for --group".to_owned());
    }
    let project = match install.project {
        Installed::No => String::new(),
        Installed::Dependencies => format!(" {}", project(install)),
        Installed::Editable => format!(" -e {}", project(install)),
    };
    let groups = flags("group", &install.groups);
    if !project.is_empty() || !groups.is_empty() {
        lines.push(format!(".venv/bin/pip install -q{project}{groups}"));
    }
    lines
}

/// `.`, or `'.[dev,test]'`.
fn project(install: &Install) -> String {
    match install.extras.is_empty() {
        true => ".".to_owned(),
        false => shell(&format!(".[{}]", install.extras.join(","))),
    }
}

fn flags(flag: &str, values: &[String]) -> String {
    values.iter().map(|value| format!(" --{flag} {}", shell(value))).collect()
}

fn uv(install: &Install, locked: bool) -> Vec<String> {
    let frozen = if locked { " --frozen" } else { "" };
    let groups = flags("group", &install.groups);
    let extras = flags("extra", &install.extras);
    vec![
        "python3 -m venv \"$TMPDIR\"/uv && \"$TMPDIR\"/uv/bin/pip install -q uv".to_owned(),
        format!("\"$TMPDIR\"/uv/bin/uv sync -q{frozen}{groups}{extras} --python python3"),
    ]
}

fn poetry(install: &Install) -> Vec<String> {
    let extras = flags("extras", &install.extras);
    vec![
        "python3 -m venv \"$TMPDIR\"/poetry && \"$TMPDIR\"/poetry/bin/pip install -q poetry"
            .to_owned(),
        format!("\"$TMPDIR\"/poetry/bin/poetry install --no-interaction{extras}"),
    ]
}
