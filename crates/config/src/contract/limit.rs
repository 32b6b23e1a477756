//! `mustBe…` and `unit` of a library rule: how many there may be.

use tollgate_model::{Check, Limit, Operator, Unit};

use super::syntax::QualityFile;
use super::values::number;
use crate::record::Recorded;
use crate::shape::{At, wrong_type};
use crate::sink::Sink;
use crate::text::quoted;
use crate::yaml::{Node, Value};
use crate::{Code, Problem, suggest};

type Make = fn(f64) -> Operator;
type MakeRange = fn(f64, f64) -> Operator;

/// The limits of the rule; several operators must all hold.
pub(crate) fn limits(entry: &QualityFile, check: &Check, sink: &mut Sink) -> Vec<Limit> {
    let unit = unit(entry.unit.as_ref(), check, sink);
    let mut operators = singles(entry, sink);
    operators.extend(ranges(entry, sink));
    let given = OPERATORS.iter().any(|key| entry.given(key).is_some());
    if !given {
        operators.extend(default(entry, check, sink));
    }
    operators.into_iter().map(|operator| Limit { operator, unit }).collect()
}

const OPERATORS: [&str; 8] = [
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
];

fn singles(entry: &QualityFile, sink: &mut Sink) -> Vec<Operator> {
    let table: [(&str, &Option<At<Node>>, Make); 6] = [
        ("mustBe", &entry.must_be, Operator::Be),
        ("mustNotBe", &entry.must_not_be, Operator::NotBe),
        ("mustBeGreaterThan", &entry.must_be_greater_than, Operator::GreaterThan),
        ("mustBeGreaterOrEqualTo", &entry.must_be_greater_or_equal_to, Operator::AtLeast),
        ("mustBeLessThan", &entry.must_be_less_than, Operator::LessThan),
        ("mustBeLessOrEqualTo", &entry.must_be_less_or_equal_to, Operator::AtMost),
    ];
    let mut operators = Vec::new();
    for (key, field, make) in table {
        let Some(node) = field else { continue };
        let bar = sink.within((key, node.key), |sink| {
            number(&node.value, sink).and_then(|bar| sensible(bar, node, entry, sink))
        });
        operators.extend(bar.map(make));
    }
    operators
}

fn ranges(entry: &QualityFile, sink: &mut Sink) -> Vec<Operator> {
    let table: [(&str, &Option<At<Node>>, MakeRange); 2] = [
        ("mustBeBetween", &entry.must_be_between, Operator::Between),
        ("mustNotBeBetween", &entry.must_not_be_between, Operator::NotBetween),
    ];
    let mut operators = Vec::new();
    for (key, field, make) in table {
        let Some(node) = field else { continue };
        let range = sink.within((key, node.key), |sink| range(node, entry, sink));
        operators.extend(range.map(|(low, high)| make(low, high)));
    }
    operators
}

fn range(node: &At<Node>, entry: &QualityFile, sink: &mut Sink) -> Option<(f64, f64)> {
    let Value::List(items) = &node.value.value else {
        sink.add(wrong_type(&node.value, "two numbers such as `[0, 10]`", sink));
        return None;
    };
    let [low, high] = items.as_slice() else {
        let message = format!("expected two numbers such as `[0, 10]`, found {}", items.len());
        sink.add(sink.value(Code::RuleLimit, node.span, &message));
        return None;
    };
    let (low, high) = number(low, sink).zip(number(high, sink))?;
    if low > high {
        let problem = sink.value(Code::Contradiction, node.span, "the smaller number comes first");
        sink.add(problem.hint(format!("write `[{high}, {low}]`")));
        return None;
    }
    sensible(low, node, entry, sink).and(sensible(high, node, entry, sink)).map(|_| (low, high))
}

/// Counts are not negative, and per cent are of a hundred.
fn sensible(bar: f64, node: &At<Node>, entry: &QualityFile, sink: &mut Sink) -> Option<f64> {
    let percent = entry.unit.as_ref().is_some_and(|unit| unit.value == "percent");
    let why = if bar < 0.0 {
        "a count is never negative"
    } else if percent && bar > 100.0 {
        "there are no more than 100 per cent"
    } else {
        return Some(bar);
    };
    sink.add(sink.value(Code::RuleLimit, node.span, why));
    None
}

fn unit(unit: Option<&At<String>>, check: &Check, sink: &mut Sink) -> Unit {
    let Some(at) = unit else { return Unit::Rows };
    match at.value.as_str() {
        "rows" => Unit::Rows,
        "percent" if *check == Check::RowCount => {
            let message = "`rowCount` is a number of rows, and per cent of what is not said";
            sink.add(Problem::new(Code::RuleLimit, at.span, message).hint("remove the `unit`"));
            Unit::Percent
        }
        "percent" => Unit::Percent,
        other => {
            let message = format!("{} is not a unit of the standard's metrics", quoted(other));
            let meant = match other {
                "%" => Some("percent"),
                other => suggest::nearest(other, ["rows", "percent"]),
            };
            let hint = suggest::did_you_mean(meant);
            let hint = hint.unwrap_or_else(|| "the units are `rows` and `percent`".into());
            sink.add(Problem::new(Code::UnknownValue, at.span, message).hint(hint));
            Unit::Rows
        }
    }
}

/// Without an operator there must be none of what is wrong. How many rows there must be can't be
/// guessed.
fn default(entry: &QualityFile, check: &Check, sink: &mut Sink) -> Option<Operator> {
    if *check != Check::RowCount {
        return Some(Operator::Be(0.0));
    }
    let message = "`rowCount` without saying how many rows there must be";
    let problem = Problem::new(Code::RuleLimit, entry.span(), message);
    sink.add(problem.hint("such as `mustBeGreaterThan: 0` or `mustBeBetween: [100, 120]`"));
    None
}
