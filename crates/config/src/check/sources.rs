//! Data, metrics and contracts.

use std::collections::BTreeMap;

use tollgate_model::{Baseline, Contract, RelPath, Table};

use super::Steps;
use super::files::Reader;
use super::outputs::Outputs;
use crate::project::{PathKind, Project};
use crate::record::Recorded;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::StepFile;
use crate::text::{listed, quoted};
use crate::{Code, Problem, Problems, Span, suggest};

/// Contracts by path; none where one can't be used.
pub(crate) type Contracts = BTreeMap<RelPath, Option<Contract>>;

/// Data and metrics are there. Data may be a directory of files, or a glob; metrics are one file.
pub(crate) fn check(steps: &Steps, outputs: &Outputs<'_>, project: &dyn Project, sink: &mut Sink) {
    for (id, step) in steps {
        let reader = Reader { id: &id.value, step, outputs, project };
        if let Some(data) = &step.value.data {
            reader.input(data, sink);
        }
        for source in super::registries::files(&step.value) {
            reader.kind(&source.value, source.span, sink);
        }
        let drift = step.value.drift.as_ref();
        let reference = drift.and_then(|drift| drift.value.reference.as_ref());
        // A reference is a profile, which is a file, or data.
        let (profile, data): (Vec<_>, Vec<_>) =
            reference.into_iter().partition(|path| path.value.as_str().ends_with(".json"));
        for source in data {
            reader.kind(&source.value, source.span, sink);
        }
        let profile = profile.into_iter().map(|path| (&path.value, path.span));
        for (path, span) in read_by(&step.value).into_iter().chain(profile) {
            if reader.kind(path, span, sink) == Some(PathKind::Directory) {
                let message =
                    format!("{} is a directory, and a file is expected", quoted(path.as_str()));
                sink.add(Problem::new(Code::NotADirectory, span, message));
            }
        }
    }
}

/// The files of figures that a gate is about.
fn read_by(step: &StepFile) -> Vec<(&RelPath, Span)> {
    let gate = step.gate.as_ref().map(|gate| &gate.value);
    let metrics = gate.and_then(|gate| gate.metrics.as_ref());
    let predictions = gate.and_then(|gate| gate.predictions.as_ref());
    let predictions = predictions.and_then(|rows| rows.value.path.as_ref());
    let baseline = step.compare.as_ref().and_then(|compare| compare.value.baseline.as_ref());
    let baseline = baseline.and_then(|baseline| match &baseline.value {
        Baseline::File(path) => Some((path, baseline.span)),
        _ => None,
    });
    let paths = metrics.into_iter().flat_map(|metrics| &metrics.value.0);
    let paths = paths.chain(predictions).map(|path| (&path.value, path.span));
    paths.chain(baseline).collect()
}

/// Reads the contracts that the steps name, each once. Their texts are added to `texts`, and
/// their problems to `sink`.
pub(crate) fn contracts(
    steps: &Steps,
    project: &dyn Project,
    texts: &mut BTreeMap<String, String>,
    sink: &mut Sink,
) -> Contracts {
    let mut read = Contracts::new();
    let outputs = Outputs::of(steps);
    for (id, step) in steps {
        let Some(path) = &step.value.contract else { continue };
        if !read.contains_key(&path.value) {
            let contract = contract(path, project, texts, sink);
            read.insert(path.value.clone(), contract);
        }
        if let Some(Some(contract)) = read.get(&path.value) {
            table(&step.value, path, contract, sink);
            let reader = Reader { id: &id.value, step, outputs: &outputs, project };
            references(&reader, path, contract, sink);
        }
    }
    read
}

/// Other data that the contract's foreign keys refer to is there.
fn references(reader: &Reader<'_>, path: &At<RelPath>, contract: &Contract, sink: &mut Sink) {
    let name = reader.step.value.table.as_ref().map(|table| table.value.as_str());
    for data in contract.table(name).map(Table::references).unwrap_or_default() {
        if reader.kind(data, path.span, sink) == Some(PathKind::Directory) {
            let message = format!(
                "{}, to which the contract refers, is a directory, and a file is expected",
                quoted(data.as_str())
            );
            sink.add(Problem::new(Code::NotADirectory, path.span, message));
        }
    }
}

fn contract(
    path: &At<RelPath>,
    project: &dyn Project,
    texts: &mut BTreeMap<String, String>,
    sink: &mut Sink,
) -> Option<Contract> {
    let name = path.value.as_str();
    let text = match project.read(&path.value) {
        Ok(text) => text,
        Err(why) => {
            sink.add(unreadable(path, &why, project));
            return None;
        }
    };
    match crate::contract(&text, name) {
        Ok(contract) => Some(contract),
        Err(problems) => {
            texts.insert(name.to_owned(), Problems::source(&text).to_owned());
            sink.adopt(problems.into_vec());
            None
        }
    }
}

fn unreadable(path: &At<RelPath>, why: &str, project: &dyn Project) -> Problem {
    let message = format!("the contract {} can't be read", quoted(path.value.as_str()));
    let problem = Problem::new(Code::UnreadableContract, path.span, message).label(why);
    let meant = super::files::similar(path.value.as_str(), &project.paths());
    match project.kind(&path.value) {
        None => problem.maybe_hint(suggest::did_you_mean(meant.as_deref())),
        Some(_) => problem,
    }
}

fn table(step: &StepFile, path: &At<RelPath>, contract: &Contract, sink: &mut Sink) {
    let names = || contract.tables.iter().map(|table| table.name.as_str());
    let problem = match &step.table {
        Some(table) if contract.table(Some(&table.value)).is_none() => {
            let message = format!("the contract has no table {}", quoted(&table.value));
            let meant = suggest::did_you_mean(suggest::nearest(&table.value, names()));
            Problem::new(Code::UnknownTable, table.span, message)
                .maybe_hint(meant.or_else(|| Some(format!("it has {}", listed(names(), "and")))))
        }
        None if contract.tables.len() > 1 && step.given("table").is_none() => {
            let message = "the contract has several tables, and the step names none";
            Problem::new(Code::UnknownTable, path.span, message)
                .hint(format!("add `table:` with {}", listed(names(), "or")))
        }
        _ => return,
    };
    sink.add(problem);
}
