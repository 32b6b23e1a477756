//! Values of `tollgate.yaml` that are one word.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tollgate_model::{
    EnvVar, InputPattern, OutputPath, RelPath, StepId, Threshold, parse_bytes, parse_duration,
};

use crate::glob::is_glob;
use crate::shape::{Defs, Key, Shape, meaning, text, wrong_type};
use crate::sink::Sink;
use crate::text::quoted;
use crate::yaml::{Meaning, Node};
use crate::{Code, Problem};

/// A duration such as `5m`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timespan(pub(crate) Duration);

/// A number of bytes such as `2GB`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size(pub(crate) u64);

/// A whole number between two others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count<const LOW: u32, const HIGH: u32>(pub(crate) u32);

/// A number that is not below 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub(crate) f64);

/// An entry of `inputs`.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) pattern: InputPattern,
    /// Whether it was written with a `/` at the end.
    pub(crate) directory: bool,
}

/// An entry of `outputs`.
#[derive(Clone, Debug)]
pub(crate) struct Output(pub(crate) OutputPath);

/// An entry of `env`.
#[derive(Clone, Debug)]
pub(crate) struct Env(pub(crate) EnvVar);

const NAME_PATTERN: &str = "^[A-Za-z_][A-Za-z0-9_-]{0,63}$";

impl Shape for Timespan {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = quantity(node, "a duration such as `5m`", "s", sink)?;
        match parse_duration(text) {
            Ok(duration) if duration.is_zero() => {
                sink.add(sink.value(
                    Code::BadDuration,
                    node.span,
                    &format!("{} is no time at all", quoted(text)),
                ));
                None
            }
            Ok(duration) => Some(Self(duration)),
            Err(why) => {
                let problem = sink.value(Code::BadDuration, node.span, &why);
                sink.add(problem.hint("the units are `ms`, `s`, `m`, `h` and `d`"));
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^([0-9]+(ms|s|m|h|d)\\s*)+$", "examples": ["30s", "5m", "1h30m"] })
    }
}

impl Shape for Size {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = quantity(node, "a size such as `2GB`", "GB", sink)?;
        match parse_bytes(text) {
            Ok(bytes) => Some(Self(bytes)),
            Err(why) => {
                let problem = sink.value(Code::BadSize, node.span, &why);
                sink.add(problem.hint(
                    "the units are `B`, `kB`, `MB`, `GB`, `TB` and `KiB`, `MiB`, `GiB`, `TiB`",
                ));
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        let pattern = "^[0-9]+(\\.[0-9]+)?\\s*([KMGT]iB|[kMGT]?B)$";
        json!({ "type": "string", "pattern": pattern, "examples": ["600MB", "2GiB"] })
    }
}

/// A text with a unit; a bare number is told which unit it might want.
fn quantity<'n>(node: &'n Node, expected: &str, unit: &str, sink: &mut Sink) -> Option<&'n str> {
    if let Some(Meaning::Integer(number)) = meaning(node) {
        let problem = wrong_type(node, expected, sink);
        sink.add(problem.hint(format!("a unit is missing, such as `{unit}` in `{number}{unit}`")));
        return None;
    }
    text(node, expected, sink)
}

impl<const LOW: u32, const HIGH: u32> Shape for Count<LOW, HIGH> {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Some(Meaning::Integer(number)) = meaning(node) else {
            let problem = wrong_type(node, "a whole number", sink);
            sink.add(match meaning(node) {
                Some(Meaning::Text(text)) if text.parse::<u32>().is_ok() => {
                    problem.hint("remove the quotes")
                }
                _ => problem,
            });
            return None;
        };
        match u32::try_from(number) {
            Ok(number) if (LOW..=HIGH).contains(&number) => Some(Self(number)),
            _ => {
                let message = format!("expected {LOW} to {HIGH}, found {number}");
                sink.add(sink.value(Code::OutOfRange, node.span, &message));
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "integer", "minimum": LOW, "maximum": HIGH })
    }
}

impl Shape for Limit {
    #[expect(clippy::cast_precision_loss, reason = "nobody's limit has that many digits")]
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let number = match meaning(node) {
            Some(Meaning::Integer(number)) => number as f64,
            Some(Meaning::Number(number)) => number,
            _ => {
                let problem = wrong_type(node, "a number such as 0.2", sink);
                sink.add(problem);
                return None;
            }
        };
        if number.is_finite() && number >= 0.0 {
            return Some(Self(number));
        }
        let message = format!("expected a number that is not below 0, found {number}");
        sink.add(sink.value(Code::OutOfRange, node.span, &message));
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "number", "minimum": 0 })
    }
}

impl Shape for RelPath {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "a path", sink)?;
        if is_glob(text) {
            let problem =
                sink.value(Code::BadGlob, node.span, "a glob, where one path is expected");
            sink.add(problem.hint("write the path of one file"));
            return None;
        }
        path(text, node, sink)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^[^/]", "minLength": 1 })
    }
}

impl Shape for StepId {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "the name of a step", sink)?;
        text.parse().map_err(|why: String| sink.add(bad_name(node, text, &why, sink))).ok()
    }

    fn schema(_: &mut Defs) -> Json {
        <Self as Key>::schema()
    }
}

fn bad_name(node: &Node, text: &str, why: &str, sink: &Sink) -> Problem {
    sink.value(
        Code::BadName,
        node.span,
        &format!("{} is not the name of a step: {why}", quoted(text)),
    )
}

impl Key for StepId {
    const EXPECTED: &'static str = "a map from names";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": NAME_PATTERN })
    }
}

impl Shape for Threshold {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        if let Some(Meaning::Integer(_) | Meaning::Number(_)) = meaning(node) {
            let problem = wrong_type(node, "a threshold such as \">= 0.85\"", sink);
            sink.add(
                problem.hint("say how the metric must stand to the number: >=, >, <=, < or =="),
            );
            return None;
        }
        let text = text(node, "a threshold such as \">= 0.85\"", sink)?;
        match text.parse::<Self>() {
            Ok(threshold) => Some(threshold),
            Err(why) => {
                let message = format!("{} is not a threshold: {why}", quoted(text));
                let problem = sink.value(Code::BadThreshold, node.span, &message);
                sink.add(problem.hint("such as \">= 0.85\", in quotes"));
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        let pattern = "^\\s*(>=|<=|==|>|<)\\s*[-+]?([0-9]|\\.[0-9])[0-9.eE+-]*\\s*$";
        json!({ "type": "string", "pattern": pattern, "examples": [">= 0.85"] })
    }
}

impl Shape for Input {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "a path or a glob", sink)?;
        if is_glob(text) {
            let pattern = InputPattern::Glob(glob(text, node, sink)?);
            return Some(Self { pattern, directory: false });
        }
        let pattern = InputPattern::Path(path(text, node, sink)?);
        Some(Self { pattern, directory: text.ends_with('/') })
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^[^/]", "minLength": 1 })
    }
}

impl Shape for Output {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "a path", sink)?;
        if is_glob(text) {
            let problem =
                sink.value(Code::BadGlob, node.span, "an output is a path, and this is a glob");
            sink.add(problem.hint("name each file, or a directory with a `/` at the end"));
            return None;
        }
        let path = path(text, node, sink)?;
        Some(Self(OutputPath { path, directory: text.ends_with('/') }))
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^[^/*?\\[{][^*?\\[{]*$" })
    }
}

fn path(text: &str, node: &Node, sink: &mut Sink) -> Option<RelPath> {
    match text.parse() {
        Ok(path) => Some(path),
        Err(why) => {
            let message = format!("{} is not a path inside the project", quoted(text));
            let problem = sink.value(Code::BadPath, node.span, &message).label(why.to_string());
            sink.add(problem.maybe_hint(path_hint(text)));
            None
        }
    }
}

fn path_hint(text: &str) -> Option<String> {
    match text.trim_matches(['.', '/']).is_empty() {
        true => Some("name the files and directories that are meant".into()),
        false => None,
    }
}

// The paths that the glob is compared with have no `./` in front.
fn glob(text: &str, node: &Node, sink: &mut Sink) -> Option<String> {
    let glob = text.strip_prefix("./").unwrap_or(text);
    match crate::glob::compile(glob) {
        Ok(_) => Some(glob.to_owned()),
        Err(why) => {
            let message = format!("{} can't be used as a glob", quoted(text));
            sink.add(sink.value(Code::BadGlob, node.span, &message).label(why));
            None
        }
    }
}

impl Shape for Env {
    const ITEMS: &'static str = "NAME, \"NAME=value\"";

    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "`NAME` or `NAME=value`", sink)?;
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if is_variable(name) && !text.contains('\0') {
            return Some(Self(EnvVar { name: name.to_owned(), value }));
        }
        let message = format!("{} is not the name of a variable", quoted(name));
        let problem = sink.value(Code::BadEnv, node.span, &message);
        sink.add(problem.hint(
            "a name has letters, digits and `_`, and starts with no digit; then may come `=value`",
        ));
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*(=|$)" })
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
