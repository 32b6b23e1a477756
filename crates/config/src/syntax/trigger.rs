//! `on` of a pipeline.

use serde_json::{Value as Json, json};
use tollgate_model::Trigger;

use crate::shape::{Defs, Shape, meaning, wrong_type};
use crate::sink::Sink;
use crate::suggest;
use crate::text::quoted;
use crate::yaml::{Meaning, Node};
use crate::{Code, Problem};

const EXPECTED: &str = "`pull_request`, `push BRANCH`, `cron M H D M W` or `manual`";

const WORDS: [&str; 4] = ["pull_request", "push", "cron", "manual"];

/// The fields of a cron line, with their least and greatest values. Sunday is 0 or 7.
const FIELDS: [(&str, u32, u32); 5] =
    [("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7)];

impl Shape for Trigger {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Some(Meaning::Text(text)) = meaning(node) else {
            let problem = wrong_type(node, EXPECTED, sink);
            sink.add(problem.hint("it is one text, such as `on: push main`"));
            return None;
        };
        parse(text).map_err(|why| sink.add(problem(text, why, node, sink))).ok()
    }

    fn schema(_: &mut Defs) -> Json {
        let pattern = "^\\s*(manual|pull_request|push\\s+\\S+|cron(\\s+\\S+){5})\\s*$";
        let examples = ["pull_request", "push main", "cron 0 2 * * *", "manual"];
        json!({ "type": "string", "pattern": pattern, "examples": examples })
    }
}

fn problem(text: &str, why: String, node: &Node, sink: &Sink) -> Problem {
    let message = format!("{} is not a trigger", quoted(text));
    sink.value(Code::BadTrigger, node.span, &message).label(why).hint(hint(text))
}

fn hint(text: &str) -> String {
    match text.split_whitespace().next().unwrap_or_default().replace('-', "_").as_str() {
        "push" => "such as `push main`".into(),
        "cron" => "such as `cron 0 2 * * 1-5`: at 2:00 from Monday to Friday".into(),
        word => suggest::did_you_mean(suggest::nearest(word, WORDS))
            .unwrap_or_else(|| format!("expected {EXPECTED}")),
    }
}

fn parse(text: &str) -> Result<Trigger, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["manual"] => Ok(Trigger::Manual),
        ["pull_request"] => Ok(Trigger::PullRequest),
        ["push", branch] => Ok(Trigger::Push((*branch).to_owned())),
        ["push"] => Err("the branch is missing".into()),
        ["push", ..] => Err("one branch is expected".into()),
        ["cron", fields @ ..] => cron(fields).map(Trigger::Cron),
        [first, ..] => Err(format!("{} triggers nothing", quoted(first))),
        [] => Err("nothing".into()),
    }
}

fn cron(fields: &[&str]) -> Result<String, String> {
    if fields.len() != FIELDS.len() {
        let found = fields.len();
        return Err(format!("expected minute, hour, day, month and weekday, found {found} of 5"));
    }
    for (field, (name, low, high)) in fields.iter().zip(FIELDS) {
        if !field.split(',').all(|part| cron_part(part, low, high)) {
            return Err(format!(
                "the {name} {}: expected `*`, or numbers from {low} to {high}",
                quoted(field)
            ));
        }
    }
    Ok(fields.join(" "))
}

/// `*`, `5`, `1-5`, and each with `/2` behind it.
fn cron_part(part: &str, low: u32, high: u32) -> bool {
    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
    let number = |text: &str| {
        let value = digits(text)?;
        (low..=high).contains(&value).then_some(value)
    };
    let in_range = match range.split_once('-') {
        Some((from, to)) => number(from).zip(number(to)).is_some_and(|(from, to)| from <= to),
        None => range == "*" || number(range).is_some(),
    };
    in_range && digits(step).is_some_and(|step| step > 0)
}

/// One or two digits; no sign.
fn digits(text: &str) -> Option<u32> {
    let plain = text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers() {
        assert_eq!(parse("push main"), Ok(Trigger::Push("main".into())));
        assert_eq!(parse(" cron  0 2 * * 1-5"), Ok(Trigger::Cron("0 2 * * 1-5".into())));
        assert_eq!(parse("cron */15 0,12 1-31/2 * 7").map(|_| ()), Ok(()));
        for junk in [
            "push",
            "push a b",
            "cron",
            "cron 60 * * * *",
            "cron * * 0 * *",
            "cron 5-1 * * * *",
            "cron */0 * * * *",
            "cron * * * * MON",
            "cron , * * * *",
            "cron +5 * * * *",
            "merge",
        ] {
            assert!(parse(junk).is_err(), "{junk}");
        }
    }
}
