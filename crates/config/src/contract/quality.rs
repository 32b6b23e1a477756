//! `quality`: the rules.

use tollgate_model::{Check, Limit, Operator, Rule, Unit};

use super::column::Names;
use super::syntax::QualityFile;
use super::{limit, metric};
use crate::record::Recorded;
use crate::shape::At;
use crate::sink::Sink;
use crate::text::{listed, quoted};
use crate::{Code, Problem, Span, suggest};

/// What a rule is about.
pub(crate) enum Level<'p> {
    /// A table with these columns.
    Table { columns: &'p [Names<'p>] },
    /// A column.
    Column,
}

/// The types of rules.
const TYPES: [&str; 4] = ["library", "text", "sql", "custom"];

pub(crate) fn rules(
    quality: Option<At<Vec<At<QualityFile>>>>,
    level: &Level<'_>,
    sink: &mut Sink,
) -> Vec<Rule> {
    let entries = quality.into_iter().flat_map(|quality| quality.value);
    entries.flat_map(|entry| rule(&entry.value, level, sink)).collect()
}

/// One rule for each limit of the entry.
fn rule(entry: &QualityFile, level: &Level<'_>, sink: &mut Sink) -> Vec<Rule> {
    let name = entry.name.as_ref().or(entry.description.as_ref()).map(|at| at.value.clone());
    let line = entry.span().line;
    let make = |(check, limit)| Rule { name: name.clone(), check, limit, line };
    match kind(entry, sink) {
        None => Vec::new(),
        Some("library") => library(entry, level, sink).into_iter().map(make).collect(),
        Some(other) => vec![make((Check::NotAssessed { why: why(other, entry) }, nothing()))],
    }
}

/// The type of the rule; nothing where it is a problem.
fn kind<'e>(entry: &'e QualityFile, sink: &mut Sink) -> Option<&'e str> {
    let kind = match &entry.kind {
        Some(kind) if !TYPES.contains(&kind.value.as_str()) => {
            let message = format!("{} is not a type of rule", quoted(&kind.value));
            let meant = suggest::did_you_mean(suggest::nearest(&kind.value, TYPES));
            let hint = meant.unwrap_or_else(|| listed(TYPES, "or"));
            sink.add(Problem::new(Code::UnknownValue, kind.span, message).hint(hint));
            return None;
        }
        Some(kind) => kind.value.as_str(),
        None => "library",
    };
    let needed: &[&str] = match kind {
        "sql" => &["query"],
        "custom" => &["engine", "implementation"],
        _ => &[],
    };
    for key in needed.iter().filter(|key| entry.given(key).is_none()) {
        let message = format!("a `{kind}` rule lacks the key `{key}`");
        sink.add(Problem::new(Code::MissingKey, entry.span(), message));
    }
    Some(kind)
}

fn why(kind: &str, entry: &QualityFile) -> String {
    match (kind, &entry.engine) {
        ("sql", _) => "SQL is not run here".into(),
        ("custom", Some(engine)) => format!("rules of {} are not run here", engine.value),
        ("custom", None) => "rules of other engines are not run here".into(),
        _ => "a rule in words is not checked by a machine".into(),
    }
}

fn library(entry: &QualityFile, level: &Level<'_>, sink: &mut Sink) -> Vec<(Check, Limit)> {
    let Some(check) = metric::check(entry, level, sink) else { return Vec::new() };
    if matches!(check, Check::NotAssessed { .. }) {
        return vec![(check, nothing())];
    }
    let limits = limit::limits(entry, &check, sink);
    limits.into_iter().map(|limit| (check.clone(), limit)).collect()
}

/// The limit of a rule that is not run.
fn nothing() -> Limit {
    Limit { operator: Operator::Be(0.0), unit: Unit::Rows }
}

/// A part of the contract that is not checked: told, so that it isn't passed over in silence.
pub(crate) fn not_assessed(why: String, span: Span) -> Rule {
    Rule { name: None, check: Check::NotAssessed { why }, limit: nothing(), line: span.line }
}

/// `relationships`, which speak of other tables.
pub(crate) fn foreign_keys(span: Span) -> Rule {
    not_assessed("relationships with other tables are not checked".into(), span)
}
