//! From what was seen of an attempt to what it means.

use tollgate_model::{
    Finding, OutputKind, Place, Plan, RelPath, Report, Step, StepEnd, Tests, Verdict,
    format_duration,
};

use crate::Performed;

/// The greatest length of a summary in characters.
const SUMMARY: usize = 400;

/// What an attempt means.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// Whether the step did what it must.
    pub verdict: Verdict,
    /// One sentence for a person.
    pub summary: String,
    /// What is wrong, and what a check found.
    pub report: Option<Report>,
}

/// Decides what an attempt of `step` means.
#[must_use]
pub fn assess(plan: &Plan, step: &Step, seen: &Performed) -> Assessment {
    let mut findings = Vec::new();
    findings.extend(undeclared(plan, step, &seen.undeclared_reads));
    findings.extend(network(step, seen));
    findings.extend(ending(step, seen));
    if seen.end == StepEnd::Exited(0) {
        findings.extend(outputs(step, seen));
        findings.extend(tests(step, seen));
    }
    let report = match (findings.is_empty(), &seen.report) {
        (true, None) => None,
        (true, Some(report)) => Some(report.clone()),
        (false, _) => Some(Report::new(findings, Vec::new())),
    };
    let verdict = verdict(seen, report.as_ref());
    let summary = summarise(&summary(verdict, seen, report.as_ref()));
    Assessment { verdict, summary, report }
}

/// The sentence as it goes into the record: of bounded length, whatever it speaks of.
pub(crate) fn summarise(sentence: &str) -> String {
    match sentence.char_indices().nth(SUMMARY) {
        Some((end, _)) => format!("{}…", &sentence[..end]),
        None => sentence.to_owned(),
    }
}

fn verdict(seen: &Performed, report: Option<&Report>) -> Verdict {
    match seen.end {
        // Nobody can say what the step would have come to.
        StepEnd::Cancelled | StepEnd::Broken | StepEnd::Disturbed | StepEnd::Misconfigured => {
            Verdict::Undecided
        }
        _ => report.map_or(Verdict::Pass, |report| report.verdict),
    }
}

fn summary(verdict: Verdict, seen: &Performed, report: Option<&Report>) -> String {
    if seen.end == StepEnd::Cancelled {
        return "stopped".to_owned();
    }
    if verdict == Verdict::Pass {
        return passed(seen, report);
    }
    let of = |report: &Report| {
        let all = report.findings.iter().chain(&report.not_assessed);
        let mut all = all.filter(|finding| finding.severity.fails());
        all.next().map(|first| first.message.clone())
    };
    report.and_then(of).unwrap_or_else(|| "it could not be carried out".to_owned())
}

fn passed(seen: &Performed, report: Option<&Report>) -> String {
    if let Some(Ok(tests)) = &seen.tests {
        let skipped =
            if tests.skipped > 0 { format!(", {} skipped", tests.skipped) } else { String::new() };
        return format!("{} tests passed{skipped}", tests.passed);
    }
    let figure = |name| report.and_then(|report| report.figures.get(name));
    match (figure("rows"), figure("columns")) {
        (Some(rows), Some(columns)) => format!("{rows} rows, {columns} columns checked"),
        _ => String::new(),
    }
}

fn place(step: &Step) -> Place {
    Place::Step { step: step.id.to_string() }
}

fn undeclared<'a>(
    plan: &'a Plan,
    step: &'a Step,
    reads: &'a [String],
) -> impl Iterator<Item = Finding> + 'a {
    reads.iter().map(move |path| {
        let message = format!("step `{}` read {path}, which it does not declare", step.id);
        let hint = declare(plan, step, path);
        Finding::new("step.undeclared-read", place(step), message).about(path).hint(hint)
    })
}

// What makes the read a declared one, where anything does.
fn declare(plan: &Plan, step: &Step, path: &str) -> String {
    let id = &step.id;
    match writer_of(plan, path) {
        None => format!("add `{path}` to the inputs of `{id}`"),
        Some(writer) if writer == id => format!(
            "`{path}` is an output of `{id}` itself, and no step sees what it left in an earlier \
             run: write it before reading it, or take the one in the project away"
        ),
        Some(writer) if plan.closure(std::slice::from_ref(writer)).contains(id) => format!(
            "`{writer}` leaves `{path}` and needs `{id}`: move that read to a step after `{writer}`"
        ),
        Some(writer) => format!("add `{writer}` to the needs of `{id}`"),
    }
}

fn writer_of<'a>(plan: &'a Plan, path: &str) -> Option<&'a tollgate_model::StepId> {
    let path: RelPath = path.parse().ok()?;
    let writes = |step: &&Step| step.outputs.iter().any(|output| output.holds(&path));
    plan.steps.values().find(writes).map(|step| &step.id)
}

fn ending(step: &Step, seen: &Performed) -> Option<Finding> {
    let message = match seen.end {
        StepEnd::Exited(0) | StepEnd::Assessed | StepEnd::Cancelled => return None,
        // Nothing that the step did.
        StepEnd::Broken | StepEnd::Disturbed | StepEnd::Misconfigured => return None,
        // What failed says more than that something did.
        StepEnd::Exited(code) => failed_tests(seen)
            .unwrap_or_else(|| format!("the command exited with code {code}{}", meaning(code))),
        StepEnd::Signalled(signal) => {
            format!("signal {signal} ended the command{}", killed(signal))
        }
        StepEnd::TimedOut => {
            let limit = step.timeout.map(format_duration).unwrap_or_default();
            format!("the command ran over its timeout of {limit} and was ended")
        }
    };
    Some(Finding::new("step.failed", place(step), message))
}

fn failed_tests(seen: &Performed) -> Option<String> {
    match &seen.tests {
        Some(Ok(tests)) if tests.failed > 0 => Some(count(tests)),
        _ => None,
    }
}

fn count(tests: &Tests) -> String {
    let total = tests.passed + tests.failed + tests.skipped;
    let first = tests.failures.first().map(|f| format!(", first {}", f.name)).unwrap_or_default();
    format!("{} of {total} tests failed{first}", tests.failed)
}

// The two codes that shells use for a command of their own making.
fn meaning(code: i32) -> &'static str {
    match code {
        126 => " (found, but not executable)",
        127 => " (command not found: is it a tool of the machine, or the output of a need?)",
        _ => "",
    }
}

fn killed(signal: i32) -> &'static str {
    if signal == 9 { " (out of memory, perhaps)" } else { "" }
}

// A refused connection explains a failure. By itself it is none: some libraries call home, are
// refused each time alike, and go on.
fn network(step: &Step, seen: &Performed) -> Option<Finding> {
    let refused = &seen.refused_connections;
    let first = refused.first().filter(|_| seen.end != StepEnd::Exited(0))?;
    let more =
        if refused.len() > 1 { format!(" and {} more", refused.len() - 1) } else { String::new() };
    let message = format!(
        "step `{}` reached for the network ({first}{more}), which it does not declare",
        step.id
    );
    let hint = format!("add `network: true` to `{}` if it must", step.id);
    Some(Finding::new("step.network", place(step), message).hint(hint))
}

fn outputs<'a>(step: &'a Step, seen: &'a Performed) -> impl Iterator<Item = Finding> + 'a {
    step.outputs.iter().filter_map(move |declared| {
        let refused = seen.refused_outputs.get(&declared.path);
        let problem = match seen.outputs.get(&declared.path) {
            None if let Some(why) = refused => why,
            None => "was not there when the command had ended",
            Some(found) if declared.directory != (found.kind == OutputKind::Tree) => {
                if declared.directory {
                    "is a file, not a directory"
                } else {
                    "is a directory: write it with a trailing `/`"
                }
            }
            Some(_) => return None,
        };
        let message = format!("the declared output {} {problem}", declared.path);
        let found = Finding::new("step.output", place(step), message);
        Some(found.about(declared.path.as_str()))
    })
}

fn tests(step: &Step, seen: &Performed) -> Option<Finding> {
    let path = step.junit.as_ref()?;
    let message = match seen.tests.as_ref() {
        None => format!("the declared JUnit file {path} was not there when the command had ended"),
        Some(Err(why)) => format!("the declared JUnit file {path} can't be read: {why}"),
        Some(Ok(tests)) if tests.failed > 0 => {
            format!("{}, though the command exited with 0", count(tests))
        }
        Some(Ok(_)) => return None,
    };
    Some(Finding::new("step.junit", place(step), message))
}
