//! What the tools ask for in their own words, as a contract says it. Each function tells whether it
//! could.

use super::draft::{Field, Table};
use super::value::{Value, column, literal};
use crate::sink::Sink;

/// How much of the values must keep a rule: 1 is all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mostly(f64);

impl Mostly {
    pub(super) const ALL: Self = Self(1.0);

    /// Nothing where it is no share.
    pub(super) fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }

    fn is_all(self) -> bool {
        self == Self::ALL
    }

    /// How many per cent may break it, without the noise of binary fractions.
    fn percent(self) -> f64 {
        ((1.0 - self.0) * 1e8).round() / 1e6
    }

    /// The limit of a metric that counts what is wrong.
    fn limit(self) -> Vec<(&'static str, Value)> {
        match self.is_all() {
            true => vec![("mustBe", Value::Plain("0".into()))],
            false => vec![
                ("mustBeLessOrEqualTo", Value::number(self.percent())),
                ("unit", Value::text("percent")),
            ],
        }
    }
}

/// A rule of the standard.
pub(super) fn metric(
    name: &'static str,
    arguments: Vec<(&'static str, Value)>,
    limit: Vec<(&'static str, Value)>,
) -> Value {
    let mut rule = vec![("metric", Value::text(name))];
    if !arguments.is_empty() {
        rule.push(("arguments", Value::Map(arguments)));
    }
    rule.extend(limit);
    Value::Map(rule)
}

/// A rule of Tollgate's own.
pub(super) fn custom(mut implementation: Vec<(&'static str, Value)>, mostly: Mostly) -> Value {
    if !mostly.is_all() {
        implementation.push(("atMost", Value::text(format!("{}%", mostly.percent()))));
    }
    Value::Map(vec![
        ("type", Value::text("custom")),
        ("engine", Value::text("tollgate")),
        ("implementation", Value::Map(implementation)),
    ])
}

pub(super) fn condition(text: impl Into<String>, mostly: Mostly) -> Value {
    custom(vec![("condition", Value::text(text))], mostly)
}

impl Field {
    pub(super) fn not_null(&mut self, mostly: Mostly) {
        match mostly.is_all() {
            true => self.required = true,
            false => self.count("nullValues", mostly),
        }
    }

    /// The same as a rule, which can be a warning, and leaves open whether the column is there.
    pub(super) fn no_nulls(&mut self) {
        self.count("nullValues", Mostly::ALL);
    }

    /// No value twice, as a rule.
    pub(super) fn no_repeats(&mut self) {
        self.count("duplicateValues", Mostly::ALL);
    }

    fn count(&mut self, what: &'static str, mostly: Mostly) {
        self.rules.push(metric(what, vec![], mostly.limit()));
    }

    pub(super) fn distinct(&mut self, mostly: Mostly) {
        match mostly.is_all() {
            true => self.unique = true,
            false => self.count("duplicateValues", mostly),
        }
    }

    pub(super) fn among(&mut self, values: Option<Vec<Value>>, mostly: Mostly) -> bool {
        let Some(values) = values else { return false };
        let arguments = vec![("validValues", Value::List(values))];
        self.rules.push(metric("invalidValues", arguments, mostly.limit()));
        true
    }

    pub(super) fn none_of(&mut self, values: Option<Vec<Value>>, mostly: Mostly) -> bool {
        let values = values.unwrap_or_default();
        let Some(list) = values.iter().map(literal).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let text = format!("{} not in ({})", column(&self.name), list.join(", "));
        self.rules.push(condition(text, mostly));
        !list.is_empty()
    }

    /// An expression that must match somewhere.
    pub(super) fn matching(&mut self, pattern: &str, mostly: Mostly) -> bool {
        let mut sink = Sink::new("");
        let known = crate::contract::pattern(pattern, crate::Span::default(), &mut sink);
        if known.is_none() {
            return false;
        }
        if mostly.is_all() && self.option("string", "pattern", Value::text(pattern)) {
            return true;
        }
        let arguments = vec![("pattern", Value::text(pattern))];
        self.rules.push(metric("invalidValues", arguments, mostly.limit()));
        true
    }

    pub(super) fn length(&mut self, least: Option<f64>, most: Option<f64>, mostly: Mostly) -> bool {
        let whole = |length: Option<f64>| length.is_none_or(|l| l >= 0.0 && l.fract() == 0.0);
        if !whole(least) || !whole(most) || (least, most) == (None, None) {
            return false;
        }
        if mostly.is_all() {
            let ends = [("minLength", least), ("maxLength", most)];
            let given = ends.into_iter().filter_map(|(name, end)| Some((name, end?)));
            return given.fold(true, |all, (name, end)| {
                self.option("string", name, Value::number(end)) && all
            });
        }
        let (least, most) = (least.unwrap_or(0.0), most.map(|most| most.to_string()));
        self.matching(&format!("(?s)^.{{{least},{}}}$", most.unwrap_or_default()), mostly)
    }

    /// A bound such as `("minimum", ">=")`, of which the second is its sign in a condition.
    pub(super) fn bound(
        &mut self,
        (name, sign): Bar,
        value: Option<Value>,
        mostly: Mostly,
    ) -> bool {
        let Some(value) = value else { return false };
        let kind = match &value {
            Value::Plain(text) if text.parse::<f64>().is_ok() => "number",
            Value::Text(text) => temporal(text),
            _ => return false,
        };
        if mostly.is_all() && self.option(kind, name, value.clone()) {
            return true;
        }
        self.be(kind);
        let Some(bar) = literal(&value) else { return false };
        self.rules.push(condition(format!("{} {sign} {bar}", column(&self.name)), mostly));
        true
    }
}

/// The name of a bound, and its sign in a condition.
pub(super) type Bar = (&'static str, &'static str);

pub(super) const MINIMUM: Bar = ("minimum", ">=");
pub(super) const MAXIMUM: Bar = ("maximum", "<=");
pub(super) const ABOVE: Bar = ("exclusiveMinimum", ">");
pub(super) const BELOW: Bar = ("exclusiveMaximum", "<");

/// What a text is as a bound.
fn temporal(text: &str) -> &'static str {
    if text.len() <= 10 && text.contains('-') {
        "date"
    } else if text.contains('-') {
        "timestamp"
    } else {
        "time"
    }
}

impl Table {
    /// No combination of values twice.
    pub(super) fn distinct(&mut self, columns: &[&str], mostly: Mostly) -> bool {
        match columns {
            [] => return false,
            [only] => self.column(only).distinct(mostly),
            several => {
                self.list(several);
                let arguments = vec![("properties", Value::texts(several.iter().copied()))];
                self.rules.push(metric("duplicateValues", arguments, mostly.limit()));
            }
        }
        true
    }

    /// How many rows there are.
    pub(super) fn rows(&mut self, least: Option<f64>, most: Option<f64>) -> bool {
        let limit = match (least, most) {
            (None, None) => return false,
            (Some(least), Some(most)) if least == most => ("mustBe", Value::number(least)),
            (Some(least), Some(most)) => {
                ("mustBeBetween", Value::List(vec![Value::number(least), Value::number(most)]))
            }
            (Some(least), None) => ("mustBeGreaterOrEqualTo", Value::number(least)),
            (None, Some(most)) => ("mustBeLessOrEqualTo", Value::number(most)),
        };
        self.rules.push(metric("rowCount", vec![], vec![limit]));
        true
    }
}
