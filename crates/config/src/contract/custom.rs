//! `custom` rules with `engine: tollgate`: what the standard's metrics lack.

use tollgate_model::{Check, Limit, Operator, Reference, Unit};

use super::condition::condition;
use super::metric::column;
use super::quality::{Level, nothing};
use super::syntax::{ForeignKeyFile, FreshnessFile, ImplementationFile, QualityFile};
use super::values::length;
use crate::record::Recorded;
use crate::shape::{At, Shape, at, meaning, wrong_type};
use crate::sink::Sink;
use crate::yaml::{self, Meaning, Node, Value};
use crate::{Code, Problem, Span};

/// Whether the rule is checked here.
pub(crate) fn is_ours(entry: &QualityFile) -> bool {
    entry.engine.as_ref().is_some_and(|engine| engine.value.eq_ignore_ascii_case("tollgate"))
}

/// What the rule counts, and how many there may be; nothing where that is a problem.
pub(crate) fn check(
    entry: &QualityFile,
    level: &Level<'_>,
    sink: &mut Sink,
) -> Option<(Check, Limit)> {
    let written = entry.implementation.as_ref()?;
    let key = ("implementation", written.key);
    let node = sink.within(key, |sink| mapping(&written.value, sink))?;
    let file = sink.within(key, |sink| ImplementationFile::read(&node, sink))?;
    let limit = limit(&file, sink);
    Some((one_of(&file, level, written.key, sink)?, limit?))
}

/// The implementation as a map. A text is read as YAML; one that is no map is a condition.
fn mapping(node: &Node, sink: &mut Sink) -> Option<Node> {
    let Some(Meaning::Text(text)) = meaning(node) else { return Some(node.clone()) };
    let mut inner = Sink::new("");
    let loaded =
        yaml::load(text, &mut inner).filter(|loaded| matches!(loaded.value, Value::Map(_)));
    Some(match loaded {
        Some(mut map) => {
            place(&mut map, node.span);
            map
        }
        None => {
            let entry = yaml::Entry {
                key: "condition".to_owned(),
                key_span: node.span,
                value: node.clone(),
            };
            Node { value: Value::Map(vec![entry]), span: node.span }
        }
    })
    .filter(|_| !text.trim().is_empty())
    .or_else(|| {
        sink.add(wrong_type(node, "a rule such as `{ condition: a <= b }`", sink));
        None
    })
}

/// What was read from a text stands where the text stands.
fn place(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::List(items) => items.iter_mut().for_each(|item| place(item, span)),
        Value::Map(entries) => entries.iter_mut().for_each(|entry| {
            entry.key_span = span;
            place(&mut entry.value, span);
        }),
    }
}

const KINDS: [&str; 3] = ["freshness", "condition", "foreignKey"];

fn one_of(
    file: &ImplementationFile,
    level: &Level<'_>,
    span: Span,
    sink: &mut Sink,
) -> Option<Check> {
    let given: Vec<_> = KINDS.iter().filter_map(|kind| file.given(kind)).collect();
    if let [first, second, ..] = given.as_slice() {
        let problem =
            Problem::new(Code::RuleArguments, *second, "a rule that is two rules at once");
        sink.add(problem.also(*first, "the other one").hint("make it an entry of its own"));
        return None;
    }
    if given.is_empty() {
        // An unknown key may be a misspelt one, which is told.
        if !file.has_others(ImplementationFile::RECORD.keys) {
            let problem = Problem::new(Code::MissingKey, span, "a rule that says nothing");
            sink.add(problem.hint("it has one of `freshness`, `condition` and `foreignKey`"));
        }
        return None;
    }
    if let Some(written) = &file.condition {
        let text = At { value: written.value.clone(), span: written.span, key: written.key };
        let condition = condition(&text, level.columns(), sink)?;
        return Some(Check::Condition { text: text.value, condition });
    }
    match (&file.freshness, &file.foreign_key) {
        (Some(freshness), _) => self::freshness(freshness, file, level, sink),
        (_, Some(key)) => foreign_key(key, level, sink),
        _ => None,
    }
}

fn freshness(
    freshness: &At<FreshnessFile>,
    file: &ImplementationFile,
    level: &Level<'_>,
    sink: &mut Sink,
) -> Option<Check> {
    if let Some(span) = file.given("atMost") {
        let message = "`atMost` counts rows, and a freshness is about the newest one";
        sink.add(Problem::new(Code::RuleArguments, span, message).hint("remove it"));
        return None;
    }
    let max_age = freshness.value.max_age.as_ref()?.value.0;
    let name = own_or(freshness.value.column.as_ref(), level, freshness.key, sink)?;
    let found = level.columns().iter().find(|names| names.name == name);
    let kind = found.and_then(|names| names.logical_type);
    use tollgate_model::LogicalType::{Date, Timestamp};
    if kind.is_some_and(|kind| !matches!(kind, Date | Timestamp)) {
        let span = freshness.value.column.as_ref().map_or(freshness.key, |at| at.span);
        let message = format!("{} holds no dates or timestamps", crate::text::quoted(&name));
        sink.add(Problem::new(Code::OptionMisfit, span, message));
        return None;
    }
    if kind.is_none() {
        let message = format!("{} has no logical type", crate::text::quoted(&name));
        let problem = Problem::new(Code::OptionMisfit, freshness.key, message);
        sink.add(problem.hint("add `logicalType: timestamp` or `logicalType: date` to it"));
        return None;
    }
    Some(Check::Freshness { column: name, max_age })
}

/// The column that is named, else the one that the rule stands on.
fn own_or(
    name: Option<&At<String>>,
    level: &Level<'_>,
    span: Span,
    sink: &mut Sink,
) -> Option<String> {
    match (name, level.own()) {
        (Some(name), _) => column(name, level.columns(), sink),
        (None, Some(own)) => Some(own.to_owned()),
        (None, None) => {
            let problem = Problem::new(Code::MissingKey, span, "which column is not said");
            sink.add(problem.hint("add `column:`"));
            None
        }
    }
}

fn foreign_key(key: &At<ForeignKeyFile>, level: &Level<'_>, sink: &mut Sink) -> Option<Check> {
    let references = key.value.references.as_ref()?;
    let names = one_or_several(key.value.column.as_ref(), key.value.columns.as_ref());
    let columns = match names.as_slice() {
        [] => vec![own_or(None, level, key.key, sink)?],
        names => names
            .iter()
            .map(|name| column(name, level.columns(), sink))
            .collect::<Option<Vec<_>>>()?,
    };
    let file = &references.value;
    let theirs = one_or_several(file.column.as_ref(), file.columns.as_ref());
    let data = file.data.as_ref().map(|at| at.value.clone());
    if data.is_none() && file.given("data").is_some() {
        return None;
    }
    let theirs = match (&data, theirs) {
        // In the same data, names are those of the contract.
        (None, theirs) => theirs
            .iter()
            .map(|name| column(name, level.columns(), sink))
            .collect::<Option<Vec<_>>>()?,
        (Some(_), theirs) => theirs.into_iter().map(|at| at.value).collect(),
    };
    let same = columns == theirs && data.is_none();
    reference(columns, Reference { data, columns: theirs }, same, references.key, sink)
}

/// As many columns refer as are referred to.
pub(crate) fn reference(
    columns: Vec<String>,
    references: Reference,
    same: bool,
    span: Span,
    sink: &mut Sink,
) -> Option<Check> {
    let (ours, theirs) = (columns.len(), references.columns.len());
    let message = match (ours, theirs) {
        (_, 0) => "which columns are referred to is not said".to_owned(),
        _ if ours != theirs => {
            format!("{} to {}", count(ours, "refers", "refer"), count(theirs, "", "").trim_end())
        }
        _ if same => "a column that refers to itself is always right".to_owned(),
        _ => return Some(Check::ForeignKey { columns, references }),
    };
    let problem = Problem::new(Code::BadReference, span, message);
    sink.add(match theirs {
        0 => problem.hint("add `column:`, or `columns:` where several are compared together"),
        _ => problem,
    });
    None
}

fn count(columns: usize, one: &str, many: &str) -> String {
    match columns {
        1 => format!("1 column {one}"),
        _ => format!("{columns} columns {many}"),
    }
}

fn one_or_several(
    one: Option<&At<String>>,
    several: Option<&At<Vec<At<String>>>>,
) -> Vec<At<String>> {
    let several = several.into_iter().flat_map(|at| at.value.iter().cloned());
    one.cloned().into_iter().chain(several).collect()
}

/// `atMost`; without it there may be none.
fn limit(file: &ImplementationFile, sink: &mut Sink) -> Option<Limit> {
    let Some(written) = &file.at_most else { return Some(nothing()) };
    sink.within(("atMost", written.key), |sink| {
        let node = &written.value;
        let text = match meaning(node) {
            Some(Meaning::Text(text)) => text.trim().strip_suffix('%'),
            _ => None,
        };
        let Some(text) = text else {
            let rows = length(node, sink)?;
            return Some(Limit { operator: Operator::AtMost(rows as f64), unit: Unit::Rows });
        };
        let rate = at(text.trim().parse::<f64>().unwrap_or(f64::NAN), node.span);
        if !(0.0..=100.0).contains(&rate.value) {
            let message = "expected a number of rows, or per cent such as `1%`";
            sink.add(sink.value(Code::RuleLimit, node.span, message));
            return None;
        }
        Some(Limit { operator: Operator::AtMost(rate.value), unit: Unit::Percent })
    })
}
