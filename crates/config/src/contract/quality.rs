//! `quality`: the rules.

use tollgate_model::{Check, Limit, Operator, Rule, Severity, Unit};

use super::column::Names;
use super::syntax::QualityFile;
use super::{custom, limit, metric};
use crate::record::Recorded;
use crate::shape::At;
use crate::sink::Sink;
use crate::text::{listed, quoted};
use crate::{Code, Problem, Span, suggest};

/// What a rule is about.
pub(crate) enum Level<'p> {
    /// A table with these columns.
    Table { columns: &'p [Names<'p>] },
    /// One of these columns, as the data names it.
    Column { columns: &'p [Names<'p>], own: &'p str },
}

impl<'p> Level<'p> {
    /// The columns of the table.
    pub(crate) fn columns(&self) -> &'p [Names<'p>] {
        match self {
            Self::Table { columns } | Self::Column { columns, .. } => columns,
        }
    }

    /// The column that the rule stands on.
    pub(crate) fn own(&self) -> Option<&'p str> {
        match self {
            Self::Table { .. } => None,
            Self::Column { own, .. } => Some(own),
        }
    }
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
    let severity = severity(entry);
    let make = |(check, limit)| Rule { name: name.clone(), check, limit, severity, line };
    match kind(entry, sink) {
        None => Vec::new(),
        Some("library") => library(entry, level, sink).into_iter().map(make).collect(),
        Some("custom") if custom::is_ours(entry) => {
            custom::check(entry, level, sink).into_iter().map(make).collect()
        }
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

/// The standard leaves the words open; one that is not known here may be `critical`, and fails.
fn severity(entry: &QualityFile) -> Severity {
    let word = entry.severity.as_ref().map(|at| at.value.trim().to_lowercase());
    match word.as_deref() {
        Some("warning" | "warn") => Severity::Warning,
        Some("info" | "information" | "notice") => Severity::Info,
        _ => Severity::Error,
    }
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

/// None of what is wrong; also the limit of a rule that is not run.
pub(crate) fn nothing() -> Limit {
    Limit { operator: Operator::Be(0.0), unit: Unit::Rows }
}

/// A part of the contract that is not checked: told, so that it isn't passed over in silence.
pub(crate) fn not_assessed(why: String, span: Span) -> Rule {
    let check = Check::NotAssessed { why };
    Rule { name: None, check, limit: nothing(), severity: Severity::Error, line: span.line }
}
