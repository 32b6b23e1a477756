//! Values of contracts.

use serde_json::{Value as Json, json};
use tollgate_model::Scalar;

use crate::shape::{Defs, Shape, meaning, wrong_type};
use crate::sink::Sink;
use crate::yaml::{Entry, Meaning, Node, Value};
use crate::{Code, Span};

/// `logicalTypeOptions`: a map whose keys depend on the type beside it.
#[derive(Clone, Debug)]
pub(crate) struct Options(pub(crate) Vec<Entry>);

impl Shape for Options {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Map(entries) => Some(Self(entries.clone())),
            _ => {
                sink.add(wrong_type(node, "a map of options such as `{ minimum: 0 }`", sink));
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "object" })
    }
}

impl Shape for i64 {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        match meaning(node) {
            Some(Meaning::Integer(number)) => Some(number),
            _ => {
                sink.add(wrong_type(node, "a whole number", sink));
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "integer" })
    }
}

/// A length or a count.
pub(crate) fn length(node: &Node, sink: &mut Sink) -> Option<u64> {
    let number = i64::read(node, sink)?;
    match u64::try_from(number) {
        Ok(number) => Some(number),
        Err(_) => {
            let message = format!("expected 0 or more, found {number}");
            sink.add(sink.value(Code::OutOfRange, node.span, &message));
            None
        }
    }
}

/// A finite number.
pub(crate) fn number(node: &Node, sink: &mut Sink) -> Option<f64> {
    match meaning(node) {
        Some(Meaning::Integer(number)) => Some(number as f64),
        Some(Meaning::Number(number)) if number.is_finite() => Some(number),
        Some(Meaning::Text(text)) if text.parse::<f64>().is_ok() => {
            sink.add(wrong_type(node, "a number", sink).hint("remove the quotes"));
            None
        }
        _ => {
            sink.add(wrong_type(node, "a finite number", sink));
            None
        }
    }
}

/// Any single value.
pub(crate) fn scalar(node: &Node, sink: &mut Sink) -> Option<Scalar> {
    match meaning(node) {
        Some(Meaning::Null) => Some(Scalar::Null),
        Some(Meaning::Bool(value)) => Some(Scalar::Bool(value)),
        Some(Meaning::Integer(value)) => Some(Scalar::Integer(value)),
        Some(Meaning::Number(value)) if value.is_finite() => Some(Scalar::Number(value)),
        Some(Meaning::Text(text)) => Some(Scalar::Text(text.to_owned())),
        _ => {
            sink.add(wrong_type(node, "one value", sink));
            None
        }
    }
}

/// A regular expression as JSON Schema means it, as far as this engine can run it.
pub(crate) fn pattern(text: &str, span: Span, sink: &mut Sink) -> Option<String> {
    match regex::RegexBuilder::new(text).size_limit(1 << 20).build() {
        Ok(_) => Some(text.to_owned()),
        Err(error) => {
            let problem =
                sink.value(Code::BadPattern, span, "the regular expression can't be used");
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default();
            let problem = problem.label(why.trim_start_matches("error: "));
            sink.add(match why.contains("look-around") || why.contains("backreferences") {
                true => problem
                    .hint("say it without: a column is matched in one pass, whatever is in it"),
                false => problem,
            });
            None
        }
    }
}
