//! The threshold gate over a file of metrics.

use serde_json::Value;
use tollgate_model::{Finding, Gate, Place, Report, Requirement, SourceLine};

/// Judges the bytes of a metrics file (a JSON object of numbers) by the bars of `gate`.
/// `source` names the file, `config` the file in which the bars stand.
///
/// A metric that is missing, is no number, or is NaN fails its bar: a gate never passes on the
/// absence of a figure. JSON has no NaN; Python's `json` writes one all the same, and the texts
/// `NaN`, `Infinity` and `-Infinity` are read as what they mean and fail.
#[must_use]
pub fn judge(bytes: &[u8], source: &str, gate: &Gate, config: &str) -> Report {
    let metrics = match parse(bytes) {
        Ok(metrics) => metrics,
        Err(why) => return Report::new(vec![unreadable(source, &why)], Vec::new()),
    };
    let check = |bar| check(&metrics, source, bar, config);
    let findings = gate.require.iter().filter_map(check).collect();
    let measured = gate.require.iter().filter_map(|bar| {
        let value = look_up(&metrics, &bar.metric)?.as_f64()?;
        Some((bar.metric.clone(), value))
    });
    measured
        .fold(Report::new(findings, Vec::new()), |report, (name, value)| report.figure(name, value))
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
    let finding = |code, message| {
        let place = Place::Metric { source: source.to_owned(), name: name.clone() };
        let rule = SourceLine { path: config.to_owned(), line: bar.line };
        let found = Finding::new(code, place, message);
        Finding { rule: (bar.line > 0).then_some(rule), ..found }
    };
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
    let message = format!("`{name}` is {}, must be {}", figure(number, bar), bar.threshold);
    Some(finding("gate.threshold", message).contrast(expected, number.to_string()))
}

// Four decimals are enough to compare by eye, unless rounding would carry the figure over the bar.
fn figure(number: f64, bar: &Requirement) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::Verdict;

    fn gate(bars: &[(&str, &str)]) -> Gate {
        let requirement = |(metric, bar): &(&str, &str)| Requirement {
            metric: (*metric).to_owned(),
            threshold: bar.parse().unwrap(),
            line: 7,
        };
        Gate {
            metrics: "metrics.json".parse().unwrap(),
            require: bars.iter().map(requirement).collect(),
        }
    }

    fn codes(metrics: &str, bars: &[(&str, &str)]) -> Vec<String> {
        let report = judge(metrics.as_bytes(), "metrics.json", &gate(bars), "tollgate.yaml");
        assert_eq!(report.verdict == Verdict::Pass, report.findings.is_empty());
        report.findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn decision_table() {
        let bar = [("accuracy", ">= 0.85")];
        let table = [
            (r#"{"accuracy": 0.85}"#, vec![]),
            (r#"{"accuracy": 1}"#, vec![]),
            (r#"{"accuracy": 0.849}"#, vec!["gate.threshold"]),
            (r#"{"f1": 0.9}"#, vec!["gate.missing"]),
            ("{}", vec!["gate.missing"]),
            (r#"{"accuracy": NaN}"#, vec!["gate.nan"]),
            (r#"{"note": "a NaN \" NaN", "accuracy": -Infinity}"#, vec!["gate.nan"]),
            (r#"{"accuracy": "0.9"}"#, vec!["gate.not-a-number"]),
            (r#"{"accuracy": null}"#, vec!["gate.not-a-number"]),
            (r#"{"accuracy": [0.9]}"#, vec!["gate.not-a-number"]),
            ("[0.9]", vec!["gate.unreadable"]),
            ("", vec!["gate.unreadable"]),
            ("{\"accuracy\": 0.9", vec!["gate.unreadable"]),
        ];
        for (metrics, expected) in table {
            assert_eq!(codes(metrics, &bar), expected, "{metrics}");
        }
    }

    #[test]
    fn a_dot_steps_into_a_nested_object_and_a_whole_name_wins() {
        let bar = [("test.accuracy", ">= 0.85")];
        assert!(codes(r#"{"test": {"accuracy": 0.9}}"#, &bar).is_empty());
        assert!(codes(r#"{"test.accuracy": 0.9, "test": {"accuracy": 0.1}}"#, &bar).is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_are_a_finding() {
        let report = judge(&[0xff, 0xfe], "m.json", &gate(&[("a", "> 0")]), "tollgate.yaml");
        assert_eq!(report.findings[0].code, "gate.unreadable");
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in ".{0,60}") {
            let _ = judge(text.as_bytes(), "m.json", &gate(&[("a", "> 0")]), "tollgate.yaml");
        }
    }
}
