//! `metric` of a library rule: what is counted.

use tollgate_model::{Check, Scalar};

use super::column::Names;
use super::quality::Level;
use super::syntax::{ArgumentsFile, QualityFile};
use super::values::{pattern, scalar};
use crate::record::Recorded;
use crate::shape::{At, Shape};
use crate::sink::Sink;
use crate::text::{listed, quoted};
use crate::yaml::Node;
use crate::{Code, Problem, Span, suggest};

const METRICS: [&str; 5] =
    ["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"];

/// More columns than these are not listed in a hint.
const LISTED: usize = 12;

/// Names of v3.0's rules, of which only three stood in the standard.
const RULES: [(&str, &str); 8] = [
    ("duplicateCount", "duplicateValues"),
    ("duplicates", "duplicateValues"),
    ("unique", "duplicateValues"),
    ("validValues", "invalidValues"),
    ("nullCheck", "nullValues"),
    ("nullCount", "nullValues"),
    ("missingCount", "missingValues"),
    ("rowcount", "rowCount"),
];

/// What the rule counts; nothing where that is a problem.
pub(crate) fn check(entry: &QualityFile, level: &Level<'_>, sink: &mut Sink) -> Option<Check> {
    let (metric, span) = match (&entry.metric, &entry.rule) {
        (Some(metric), _) => (known(metric, sink)?, metric.span),
        (None, Some(rule)) => match renamed(&rule.value) {
            Some(metric) => (metric, rule.span),
            None => return Some(unknown_rule(&rule.value)),
        },
        (None, None) => {
            no_metric(entry, sink);
            return None;
        }
    };
    right_level(metric, level, span, sink)?;
    let call = Call { metric, span, entry, level };
    call.check_arguments(sink);
    call.check(sink)
}

fn known(metric: &At<String>, sink: &mut Sink) -> Option<&'static str> {
    if let Some(known) = METRICS.iter().find(|known| **known == metric.value) {
        return Some(known);
    }
    let message = format!("{} is not a metric of the standard", quoted(&metric.value));
    let meant = renamed(&metric.value).or_else(|| suggest::nearest(&metric.value, METRICS));
    let hint = suggest::did_you_mean(meant).unwrap_or_else(|| listed(METRICS, "or"));
    sink.add(Problem::new(Code::UnknownValue, metric.span, message).hint(hint));
    None
}

fn renamed(rule: &str) -> Option<&'static str> {
    let direct = METRICS.iter().find(|metric| **metric == rule).copied();
    direct.or_else(|| RULES.iter().find(|(name, _)| *name == rule).map(|(_, metric)| *metric))
}

// v3.0 leaves the names of rules open: one that is not known may be right.
fn unknown_rule(rule: &str) -> Check {
    Check::NotAssessed { why: format!("the library rule {} is not known here", quoted(rule)) }
}

fn no_metric(entry: &QualityFile, sink: &mut Sink) {
    // The key is there and could not be read: told already.
    if entry.given("metric").or(entry.given("rule")).is_some() {
        return;
    }
    let problem = Problem::new(
        Code::MissingKey,
        entry.span(),
        "a quality rule that doesn't say what it counts",
    );
    sink.add(match entry.given("query").is_some() {
        true => problem.hint("add `type: sql`"),
        false => problem.hint(format!("add `metric:` with {}", listed(METRICS, "or"))),
    });
}

/// `rowCount` is of tables, `duplicateValues` of both, the others of columns.
fn right_level(metric: &str, level: &Level<'_>, span: Span, sink: &mut Sink) -> Option<()> {
    let (is, belongs) = match (metric, level) {
        ("rowCount", Level::Column { .. }) => {
            ("a column", "the table: move it to the object's `quality`")
        }
        ("nullValues" | "missingValues" | "invalidValues", Level::Table { .. }) => {
            ("a table", "a column: move it to the property's `quality`")
        }
        _ => return Some(()),
    };
    let message = format!("`{metric}` does not count anything of {is}");
    sink.add(Problem::new(Code::RuleLevel, span, message).hint(format!("it belongs to {belongs}")));
    None
}

/// A metric with its arguments.
struct Call<'e> {
    metric: &'static str,
    span: Span,
    entry: &'e QualityFile,
    level: &'e Level<'e>,
}

impl Call<'_> {
    fn arguments(&self) -> Option<&ArgumentsFile> {
        self.entry.arguments.as_ref().map(|at| &at.value)
    }

    /// Arguments that the metric has.
    fn takes(&self) -> &'static [&'static str] {
        match (self.metric, self.level) {
            ("missingValues", _) => &["missingValues"],
            ("invalidValues", _) => &["validValues", "pattern"],
            ("duplicateValues", Level::Table { .. }) => &["properties"],
            _ => &[],
        }
    }

    fn check_arguments(&self, sink: &mut Sink) {
        let Some(arguments) = self.arguments() else { return };
        for key in ArgumentsFile::RECORD.keys {
            if let Some(span) = arguments.given(key.name)
                && !self.takes().contains(&key.name)
            {
                let message = format!("`{}` takes no argument `{}` here", self.metric, key.name);
                let hint = match self.takes() {
                    [] => "it takes none".to_owned(),
                    takes => format!("it takes {}", listed(takes.iter().copied(), "and")),
                };
                sink.add(Problem::new(Code::RuleArguments, span, message).hint(hint));
            }
        }
    }

    fn check(&self, sink: &mut Sink) -> Option<Check> {
        match self.metric {
            "rowCount" => Some(Check::RowCount),
            "nullValues" => Some(Check::NullValues),
            "missingValues" => Some(self.missing(sink)),
            "invalidValues" => self.invalid(sink),
            _ => self.duplicate(sink),
        }
    }

    fn missing(&self, sink: &mut Sink) -> Check {
        let given = self.arguments().and_then(|arguments| arguments.missing_values.as_ref());
        let values = match given {
            Some(given) => scalars(&given.value, sink),
            None => vec![Scalar::Null, Scalar::Text(String::new())],
        };
        Check::MissingValues { values }
    }

    fn invalid(&self, sink: &mut Sink) -> Option<Check> {
        let valid = self.valid_values(sink);
        let given = self.arguments().and_then(|arguments| arguments.pattern.as_ref());
        let pattern = given.and_then(|text| pattern(&text.value, text.span, sink));
        if valid.is_none() && given.is_none() {
            let message = "`invalidValues` doesn't say what is valid";
            let problem = Problem::new(Code::RuleArguments, self.span, message);
            sink.add(problem.hint(
                "add `arguments: { validValues: [a, b] }` or `arguments: { pattern: '^[a-z]+$' }`",
            ));
            return None;
        }
        Some(Check::InvalidValues { valid, pattern })
    }

    fn valid_values(&self, sink: &mut Sink) -> Option<Vec<Scalar>> {
        let inner = self.arguments().and_then(|arguments| arguments.valid_values.as_ref());
        let (items, key) = match (inner, &self.entry.valid_values) {
            (Some(inner), _) => (inner.value.clone(), inner.key),
            // v3.0 has them beside the rule.
            (None, Some(node)) => {
                let key = ("validValues", node.key);
                let read = |sink: &mut Sink| Vec::<At<Node>>::read(&node.value, sink);
                (sink.within(key, read)?, node.key)
            }
            (None, None) => return None,
        };
        if items.is_empty() {
            let message = "with no valid value every value is invalid";
            sink.add(Problem::new(Code::RuleArguments, key, message));
        }
        Some(scalars(&items, sink))
    }

    fn duplicate(&self, sink: &mut Sink) -> Option<Check> {
        let Level::Table { columns } = self.level else {
            return Some(Check::DuplicateValues { columns: Vec::new() });
        };
        let given = self.arguments().and_then(|arguments| arguments.properties.as_ref());
        let Some(given) = given.filter(|given| !given.value.is_empty()) else {
            let message = "`duplicateValues` of a table doesn't say which columns are compared";
            let problem = Problem::new(Code::RuleArguments, self.span, message);
            sink.add(problem.hint("add `arguments: { properties: [a, b] }`"));
            return None;
        };
        let columns = given.value.iter().filter_map(|name| column(name, columns, sink)).collect();
        Some(Check::DuplicateValues { columns })
    }
}

fn scalars(items: &[At<Node>], sink: &mut Sink) -> Vec<Scalar> {
    items.iter().filter_map(|item| scalar(&item.value, sink)).collect()
}

/// The name in the data of a column that is named as in the contract.
pub(crate) fn column(name: &At<String>, columns: &[Names<'_>], sink: &mut Sink) -> Option<String> {
    let is_it = |names: &&Names<'_>| names.logical == name.value || names.name == name.value;
    if let Some(found) = columns.iter().find(is_it) {
        return Some(found.name.to_owned());
    }
    let message = format!("the table has no column {}", quoted(&name.value));
    let meant = suggest::nearest(&name.value, columns.iter().map(|names| names.logical));
    let names = || listed(columns.iter().take(LISTED).map(|names| names.logical), "and");
    let all = || (columns.len() <= LISTED).then(|| format!("it has {}", names()));
    let hint = suggest::did_you_mean(meant).or_else(all);
    sink.add(Problem::new(Code::UnknownColumn, name.span, message).maybe_hint(hint));
    None
}
