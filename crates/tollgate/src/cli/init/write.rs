//! From findings to the text of a `tollgate.yaml`. Pure.

mod environment;
mod examples;
mod step;
mod words;

use self::step::Step;
use super::findings::{Findings, Runner, Tests, Tool, ToolKind};

const HEAD: &str = "\
# What Tollgate runs for this project: `tollgate run` runs the `pr` pipeline below.
#
# A step sees only its `inputs` and what the steps in `needs` made. It runs again only
# when one of these changed, or the step itself; else its result is reused. Where it
# wants another file of the repository, Tollgate says which: add that to its `inputs`.
";

/// The text. Whatever was found, `tollgate_config` accepts it.
pub(crate) fn write(findings: &Findings) -> String {
    let steps = steps(findings);
    let mut text = format!("{HEAD}project: {}\n\nsteps:\n", words::scalar(&findings.project));
    for step in &steps {
        text.push_str(&step.to_yaml());
    }
    text.push_str(&examples::commented(findings));
    let names: Vec<&str> =
        steps.iter().map(|step| step.name.as_str()).filter(|name| *name != "deps").collect();
    text.push_str("\n# A pipeline names the steps it is after; what they need comes along.\n");
    text.push_str("pipelines:\n  pr:\n    on: pull_request\n");
    text.push_str(&format!("    steps: [{}]\n", names.join(", ")));
    text
}

fn steps(findings: &Findings) -> Vec<Step> {
    let mut steps: Vec<Step> = findings.install.iter().map(environment::step).collect();
    for tool in &findings.tools {
        let name = match steps.iter().any(|step| step.name == tool.kind.purpose()) {
            true => tool.kind.name(),
            false => tool.kind.purpose(),
        };
        steps.push(check(name, tool, findings));
    }
    match &findings.tests {
        Some(tests) => steps.push(test(tests, findings)),
        None => steps.extend(compile(findings)),
    }
    let several = findings.data.len() > 1;
    steps.extend(findings.data.iter().enumerate().map(|(at, check)| {
        let name = if several { format!("data-{}", at + 1) } else { "data".to_owned() };
        Step::data(name, check)
    }));
    if steps.iter().all(|step| step.name == "deps") {
        steps.push(placeholder(findings));
    }
    steps
}

/// A command of the environment, or of the machine where there is none.
fn program(findings: &Findings, module: &str) -> String {
    match (&findings.install, module) {
        (None, _) => format!("python3 -m {module}"),
        (Some(_), "compileall" | "unittest" | "pytest") => format!(".venv/bin/python -m {module}"),
        (Some(_), _) => format!(".venv/bin/{module}"),
    }
}

fn check(name: &str, tool: &Tool, findings: &Findings) -> Step {
    let kind = tool.kind;
    let option = match kind {
        ToolKind::Ruff => " check",
        ToolKind::Black => " --check",
        _ => "",
    };
    let targets = words::targets(&tool.targets);
    let run = format!("{}{option}{targets}", program(findings, kind.name()));
    let mut step = Step::run(name, &run, findings);
    // Types are checked of the code; what of the tests its configuration names is with them.
    let only_code = kind.purpose() == "types" && !tool.targets.is_empty();
    let code = if only_code { findings.code.clone() } else { findings.all_code() };
    step.inputs = joined(&[&code, &tool.configuration]);
    if kind == ToolKind::Pyright {
        step.network = Some("pyright fetches its own parts");
    }
    step
}

fn test(tests: &Tests, findings: &Findings) -> Step {
    let run = match &tests.runner {
        Runner::Pytest => format!("{} -q --junitxml=report.xml", program(findings, "pytest")),
        Runner::Unittest { start, package } => {
            let start = start.iter().map(|start| format!(" -s {}", words::shell(start)));
            let start: String = start.chain(package.then(|| " -t .".to_owned())).collect();
            format!("{} discover{start}", program(findings, "unittest"))
        }
    };
    let mut step = Step::run("test", &run, findings);
    step.inputs = joined(&[&findings.code, &tests.directories, &tests.reads]);
    step.env.clone_from(&tests.env);
    step.junit = tests.runner == Runner::Pytest;
    step
}

/// Where there are no tests, at least every module must be Python.
fn compile(findings: &Findings) -> Option<Step> {
    if findings.code.is_empty() {
        return None;
    }
    let alone = Findings { install: None, ..findings.clone() };
    let targets = words::targets(&findings.code);
    let run = format!("{} -q{targets}", program(&alone, "compileall"));
    let mut step = Step::run("compile", &run, &alone);
    step.comment = Some("There are no tests yet; this finds what is not even Python.");
    step.inputs.clone_from(&findings.code);
    Some(step)
}

/// A file without steps would be none.
fn placeholder(findings: &Findings) -> Step {
    let mut step = Step::run("hello", "echo put your checks here", findings);
    step.comment = Some("Nothing that could be checked was found: write your own steps.");
    step
}

/// All of them, each once. With a `/` at its end or without, a path is the same.
fn joined(lists: &[&[String]]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let bare = |path: &str| path.trim_end_matches('/').to_owned();
    for item in lists.iter().copied().flatten() {
        if !all.iter().any(|known| bare(known) == bare(item)) {
            all.push(item.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests;
