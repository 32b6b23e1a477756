//! `logicalTypeOptions`: bounds of the values.

use tollgate_model::LogicalType::{
    self, Array, Date, Integer, Number, Object, String as Text, Time, Timestamp,
};
use tollgate_model::{Bounds, Scalar};

use super::column::TYPES;
use super::values::{length, number, pattern};
use crate::shape::{Shape, meaning, wrong_type};
use crate::sink::Sink;
use crate::text::{listed, quoted};
use crate::yaml::{Entry, Meaning, Node};
use crate::{Code, Problem, Span, suggest};

/// What the options say.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) bounds: Bounds,
    /// Options of lists and records, which are told and not checked.
    pub(crate) unchecked: Vec<(String, Span)>,
}

/// The options and the types that have them.
const OPTIONS: [(&str, &[LogicalType]); 18] = [
    ("minimum", &[Integer, Number, Date, Timestamp, Time]),
    ("maximum", &[Integer, Number, Date, Timestamp, Time]),
    ("exclusiveMinimum", &[Integer, Number, Date, Timestamp, Time]),
    ("exclusiveMaximum", &[Integer, Number, Date, Timestamp, Time]),
    ("multipleOf", &[Integer, Number]),
    ("minLength", &[Text]),
    ("maxLength", &[Text]),
    ("pattern", &[Text]),
    ("format", &[Text, Integer, Number, Date, Timestamp, Time]),
    ("timezone", &[Timestamp, Time]),
    ("defaultTimezone", &[Timestamp, Time]),
    ("minItems", &[Array]),
    ("maxItems", &[Array]),
    ("uniqueItems", &[Array]),
    ("minProperties", &[Object]),
    ("maxProperties", &[Object]),
    ("required", &[Object]),
    ("additionalProperties", &[Object]),
];

const INTEGER_FORMATS: [&str; 10] =
    ["i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128"];
const NUMBER_FORMATS: [&str; 2] = ["f32", "f64"];

pub(crate) fn bounds(options: &[Entry], logical: LogicalType, sink: &mut Sink) -> Found {
    let mut found = Found::default();
    for option in options {
        match OPTIONS.iter().find(|(name, _)| *name == option.key) {
            None => sink.add(unknown(option, logical)),
            Some((_, types)) if !types.contains(&logical) => sink.add(misfit(option, logical)),
            Some(_) => {
                let key = (option.key.as_str(), option.key_span);
                sink.within(key, |sink| set(&mut found, option, logical, sink));
            }
        }
    }
    flags(&mut found.bounds, options, sink);
    contradictions(&found.bounds, options, sink);
    found
}

fn is_flag(node: &Node) -> bool {
    matches!(meaning(node), Some(Meaning::Bool(_)))
}

/// `exclusiveMinimum: true`, as v3.0 has it: the bound beside it is excluded.
fn flags(bounds: &mut Bounds, options: &[Entry], sink: &mut Sink) {
    let sides = [
        ("exclusiveMinimum", "minimum", &mut bounds.minimum, &mut bounds.exclusive_minimum),
        ("exclusiveMaximum", "maximum", &mut bounds.maximum, &mut bounds.exclusive_maximum),
    ];
    for (flag, bound, inclusive, exclusive) in sides {
        let Some(option) = options.iter().find(|option| option.key == flag) else { continue };
        if !matches!(meaning(&option.value), Some(Meaning::Bool(true))) {
            continue;
        }
        *exclusive = inclusive.take();
        if !options.iter().any(|option| option.key == bound) {
            let message = format!("`{flag}: true` without the `{bound}` that it excludes");
            let problem = Problem::new(Code::Contradiction, option.value.span, message);
            sink.add(problem.hint(format!("write the bound itself, such as `{flag}: 0`")));
        }
    }
}

fn set(found: &mut Found, option: &Entry, logical: LogicalType, sink: &mut Sink) {
    let node = &option.value;
    let bounds = &mut found.bounds;
    match option.key.as_str() {
        "minimum" => bounds.minimum = bar(node, logical, sink),
        "maximum" => bounds.maximum = bar(node, logical, sink),
        // v3.0 has a flag beside `minimum`, which `exclusive` takes up.
        "exclusiveMinimum" | "exclusiveMaximum" if is_flag(node) => {}
        "exclusiveMinimum" => bounds.exclusive_minimum = bar(node, logical, sink),
        "exclusiveMaximum" => bounds.exclusive_maximum = bar(node, logical, sink),
        "multipleOf" => bounds.multiple_of = multiple(node, sink),
        "minLength" => bounds.min_length = length(node, sink),
        "maxLength" => bounds.max_length = length(node, sink),
        "pattern" => {
            let text = String::read(node, sink);
            bounds.pattern = text.and_then(|text| pattern(&text, node.span, sink));
        }
        "format" => bounds.format = format(node, logical, sink),
        "timezone" => bounds.timezone = bool::read(node, sink),
        // Told elsewhere, where it is not UTC.
        "defaultTimezone" => drop(String::read(node, sink)),
        _ => found.unchecked.push((option.key.clone(), option.key_span)),
    }
}

/// A number for numbers, a text for dates and times.
fn bar(node: &Node, logical: LogicalType, sink: &mut Sink) -> Option<Scalar> {
    let is_number = matches!(logical, Integer | Number);
    match meaning(node) {
        Some(Meaning::Integer(value)) if is_number => Some(Scalar::Integer(value)),
        _ if is_number => number(node, sink).map(Scalar::Number),
        Some(Meaning::Text(text)) if is_iso(text) => Some(Scalar::Text(text.to_owned())),
        _ => {
            let problem = wrong_type(node, "a date or time in ISO 8601", sink);
            sink.add(problem.hint("such as `2024-01-31` or `2024-01-31T08:00:00Z`"));
            None
        }
    }
}

/// Whether it looks like a date or a time; whoever compares with it reads it in full.
pub(crate) fn is_iso(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(['-', ':'])
}

fn multiple(node: &Node, sink: &mut Sink) -> Option<f64> {
    let value = number(node, sink)?;
    if value > 0.0 {
        return Some(value);
    }
    let message = format!("expected a number greater than 0, found {value}");
    sink.add(sink.value(Code::OutOfRange, node.span, &message));
    None
}

fn format(node: &Node, logical: LogicalType, sink: &mut Sink) -> Option<String> {
    let text = String::read(node, sink)?;
    let known: &[&str] = match logical {
        Integer => &INTEGER_FORMATS,
        Number => &NUMBER_FORMATS,
        _ => return Some(text),
    };
    if known.contains(&text.as_str()) {
        return Some(text);
    }
    let message = format!("{} is not a format of {} values", quoted(&text), name(logical));
    let problem = sink.value(Code::UnknownValue, node.span, &message);
    sink.add(problem.hint(listed(known.iter().copied(), "or")));
    None
}

fn unknown(option: &Entry, logical: LogicalType) -> Problem {
    let message = format!("there is no option {}", quoted(&option.key));
    let own = || of(logical);
    let meant = suggest::nearest(&option.key, own());
    let hint = suggest::did_you_mean(meant).unwrap_or_else(|| has(logical));
    Problem::new(Code::UnknownKey, option.key_span, message).label("unknown option").hint(hint)
}

fn misfit(option: &Entry, logical: LogicalType) -> Problem {
    let message = format!("{} values have no {}", name(logical), quoted(&option.key));
    Problem::new(Code::OptionMisfit, option.key_span, message).hint(has(logical))
}

fn has(logical: LogicalType) -> String {
    match of(logical).next() {
        None => format!("{} values have no options", name(logical)),
        Some(_) => format!("{} values have {}", name(logical), listed(of(logical), "and")),
    }
}

fn of(logical: LogicalType) -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().filter(move |(_, types)| types.contains(&logical)).map(|(name, _)| *name)
}

fn name(logical: LogicalType) -> &'static str {
    TYPES.iter().find(|(_, other)| *other == logical).map_or("such", |(name, _)| name)
}

/// Pairs of bounds between which there must be a value.
fn contradictions(bounds: &Bounds, options: &[Entry], sink: &mut Sink) {
    let lows = [
        ("minimum", &bounds.minimum, true),
        ("exclusiveMinimum", &bounds.exclusive_minimum, false),
    ];
    let highs = [
        ("maximum", &bounds.maximum, true),
        ("exclusiveMaximum", &bounds.exclusive_maximum, false),
    ];
    for (low_name, low, low_allowed) in &lows {
        for (high_name, high, high_allowed) in &highs {
            let (Some(low), Some(high)) = (low, high) else { continue };
            if !leaves_room(low, high, *low_allowed && *high_allowed) {
                sink.add(no_room(low_name, high_name, options));
            }
        }
    }
    if bounds.min_length.zip(bounds.max_length).is_some_and(|(least, most)| least > most) {
        sink.add(no_room("minLength", "maxLength", options));
    }
}

/// Dates of the same form are in the order of their texts; others are not compared here.
fn leaves_room(low: &Scalar, high: &Scalar, equal: bool) -> bool {
    let order = match (low, high) {
        (Scalar::Text(low), Scalar::Text(high)) if low.len() == high.len() => low.partial_cmp(high),
        (Scalar::Text(_), _) | (_, Scalar::Text(_)) => None,
        (low, high) => as_number(low).partial_cmp(&as_number(high)),
    };
    order.is_none_or(|order| order.is_lt() || (equal && order.is_eq()))
}

fn as_number(scalar: &Scalar) -> f64 {
    match scalar {
        Scalar::Integer(value) => *value as f64,
        Scalar::Number(value) => *value,
        _ => f64::NAN,
    }
}

fn no_room(low: &str, high: &str, options: &[Entry]) -> Problem {
    let span =
        |key: &str| options.iter().find(|option| option.key == key).map(|option| option.value.span);
    let message = format!("no value is between `{low}` and `{high}`");
    let problem = Problem::new(Code::Contradiction, span(high).unwrap_or_default(), message);
    match span(low) {
        Some(low_span) => problem.label(format!("`{high}`")).also(low_span, format!("`{low}`")),
        None => problem,
    }
}
