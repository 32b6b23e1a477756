//! Files of metrics, and bars on what they claim.

use serde_json::Value;
use tollgate_model::{Finding, Place, Requirement, SourceLine};

/// A file of metrics, read.
pub(super) struct Claims<'a> {
    source: &'a str,
    metrics: Value,
}

impl<'a> Claims<'a> {
    /// Reads a JSON object of numbers; `source` names the file.
    ///
    /// JSON has no NaN; Python's `json` writes one all the same, and the texts `NaN`, `Infinity`
    /// and `-Infinity` are read as what they mean.
    ///
    /// # Errors
    /// It is no such file.
    pub(super) fn read(bytes: &[u8], source: &'a str) -> Result<Self, Box<Finding>> {
        let metrics = parse(bytes).map_err(|why| Box::new(unreadable(source, &why)))?;
        Ok(Self { source, metrics })
    }

    /// The metric's number.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        look_up(&self.metrics, name)?.as_f64()
    }

    /// Whether the metric is there, whatever it is.
    pub(super) fn names(&self, name: &str) -> bool {
        look_up(&self.metrics, name).is_some()
    }

    /// What is wrong with the metric by its bar. One that is missing, is no number, or is NaN fails
    /// it: a gate never passes on the absence of a figure.
    pub(super) fn check(&self, bar: &Requirement, config: &str) -> Option<Finding> {
        check(&self.metrics, self.source, bar, config)
    }
}

/// What is wrong with a metric by its bar.
pub(super) fn finding(
    code: &str,
    source: &str,
    bar: &Requirement,
    config: &str,
    message: impl Into<String>,
) -> Finding {
    let place = Place::Metric { source: source.to_owned(), name: bar.metric.clone() };
    let rule = SourceLine { path: config.to_owned(), line: bar.line };
    let found = Finding::new(code, place, message);
    Finding { rule: (bar.line > 0).then_some(rule), ..found }
}

/// A figure as findings show it.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn unreadable(source: &str, why: &str) -> Finding {
    let place = Place::File { path: source.to_owned(), line: None };
    Finding::new("gate.unreadable", place, format!("{source} is no file of metrics: {why}"))
        .contrast("a JSON object such as {\"accuracy\": 0.91}", why)
        .hint("write the metrics with json.dump(metrics, file)")
}

fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        // Only a second look, so that a well-formed file is never rewritten.
        Err(error) => {
            serde_json::from_str(&quote_non_numbers(text)).map_err(|_| error.to_string())?
        }
    };
    match value {
        Value::Object(_) => Ok(value),
        other => Err(format!("it holds {}, not an object", describe(&other))),
    }
}

// Python's json.dump writes bare NaN and Infinity, which no JSON reader takes. Outside of strings
// they become strings, so that the message can name the metric instead of a byte offset.
fn quote_non_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        let word = ["-Infinity", "Infinity", "NaN"].into_iter().find(|w| rest.starts_with(w));
        let taken = match (in_string, word) {
            (false, Some(word)) => {
                out.extend(["\"", word, "\""]);
                word.len()
            }
            (true, _) if c == '\\' => {
                let escaped = rest.chars().nth(1).map_or(1, |next| 1 + next.len_utf8());
                out.push_str(&rest[..escaped]);
                escaped
            }
            _ => {
                in_string ^= c == '"';
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    out
}

fn look_up<'a>(metrics: &'a Value, name: &str) -> Option<&'a Value> {
    // A key with a dot in it wins over a path through nested objects.
    metrics.get(name).or_else(|| name.split('.').try_fold(metrics, |value, part| value.get(part)))
}

fn check(metrics: &Value, source: &str, bar: &Requirement, config: &str) -> Option<Finding> {
    let name = &bar.metric;
    let finding = |code, message: String| finding(code, source, bar, config, message);
    let expected = format!("{name} {}", bar.threshold);
    let Some(value) = look_up(metrics, name) else {
        let message = format!("`{name}` is not in {source}");
        let there = names(metrics);
        let found = if there.is_empty() { "no metrics".to_owned() } else { there.join(", ") };
        return Some(finding("gate.missing", message).contrast(expected, found));
    };
    let Some(number) = value.as_f64() else {
        let what = describe(value);
        let (code, message) = match value.as_str() {
            Some(text) if is_non_number(text) => ("gate.nan", format!("`{name}` is {text}")),
            _ => ("gate.not-a-number", format!("`{name}` is {what}, not a number")),
        };
        return Some(finding(code, message).contrast(expected, what));
    };
    if bar.threshold.is_met_by(number) {
        return None;
    }
    let message = format!("`{name}` is {}, must be {}", figure_beside(number, bar), bar.threshold);
    Some(finding("gate.threshold", message).contrast(expected, number.to_string()))
}

/// A figure as it is shown beside its bar.
// Four decimals are enough to compare by eye, unless rounding would carry the figure over the bar.
pub(super) fn figure_beside(number: f64, bar: &Requirement) -> String {
    let rounded = format!("{number:.4}");
    let hides = rounded.parse().is_ok_and(|rounded| bar.threshold.is_met_by(rounded));
    if hides {
        number.to_string()
    } else {
        rounded.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

fn is_non_number(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

fn names(metrics: &Value) -> Vec<String> {
    let keys = metrics.as_object().into_iter().flat_map(|object| object.keys());
    keys.take(12).cloned().collect()
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("the text {:?}", text.chars().take(40).collect::<String>()),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}
