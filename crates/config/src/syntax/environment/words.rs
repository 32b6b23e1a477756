//! Values of environments that are one word.

use std::net::SocketAddr;

use serde_json::{Value as Json, json};
use tollgate_model::{FreezeWindow, RelPath};

use super::{LocalFile, ManifestsFile};
use crate::Code;
use crate::record::record;
use crate::shape::{At, Defs, Shape, at, meaning, text, wrong_type};
use crate::sink::Sink;
use crate::text::quoted;
use crate::yaml::{Meaning, Node, Value};

/// Manifests as they are written: their path, or a map.
#[derive(Clone, Debug)]
pub(crate) enum ManifestsWord {
    /// Only the path.
    Path(RelPath),
    /// With more.
    Map(Box<ManifestsFile>),
}

/// A target as it is written.
#[derive(Clone, Debug)]
pub(crate) enum TargetWord {
    /// `gitops`.
    Gitops,
    /// This machine.
    Local(Box<LocalFile>),
}

record! {
    /// A target that is more than a word.
    TargetFile, "a target" {
        /// This machine.
        [needed] local: LocalFile,
    }
    later ["kubernetes"];
}

/// Names of environments: one, or a list.
#[derive(Clone, Debug)]
pub(crate) struct Names(pub(crate) Vec<At<String>>);

/// The name of evidence.
#[derive(Clone, Debug)]
pub(crate) struct EvidenceName(pub(crate) String);

/// A person, as a file of signers names them.
#[derive(Clone, Debug)]
pub(crate) struct Signer(pub(crate) String);

/// Where something answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Socket(pub(crate) SocketAddr);

/// The path of a request.
#[derive(Clone, Debug)]
pub(crate) struct RequestPath(pub(crate) String);

/// `5%`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Percent(pub(crate) u8);

/// `<= 1.2x`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times(pub(crate) f64);

/// `<= +0.5%`, as a share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExtraShare(pub(crate) f64);

/// A confidence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confidence(pub(crate) f64);

impl Shape for ManifestsWord {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Map(_) => ManifestsFile::read(node, sink).map(|file| Self::Map(Box::new(file))),
            _ => RelPath::read(node, sink).map(Self::Path),
        }
    }

    fn schema(defs: &mut Defs) -> Json {
        json!({ "oneOf": [RelPath::schema(defs), ManifestsFile::schema(defs)] })
    }
}

impl Shape for TargetWord {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        match (&node.value, meaning(node)) {
            (Value::Map(_), _) => {
                let local = TargetFile::read(node, sink)?.local?;
                Some(Self::Local(Box::new(local.value)))
            }
            (_, Some(Meaning::Text("gitops"))) => Some(Self::Gitops),
            _ => {
                let problem = wrong_type(node, "`gitops` or `{ local: … }`", sink);
                sink.add(problem.hint("such as `{ local: { listen: 127.0.0.1:8080 } }`"));
                None
            }
        }
    }

    fn schema(defs: &mut Defs) -> Json {
        json!({ "oneOf": [{ "const": "gitops" }, TargetFile::schema(defs)] })
    }
}

impl Shape for Names {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::List(_) => Vec::read(node, sink).map(Self),
            _ => String::read(node, sink).map(|name| Self(vec![at(name, node.span)])),
        }
    }

    fn schema(defs: &mut Defs) -> Json {
        json!({ "oneOf": [String::schema(defs), Vec::<At<String>>::schema(defs)] })
    }
}

/// A text that `parse` makes something of.
fn parsed<T>(
    node: &Node,
    expected: &str,
    code: Code,
    sink: &mut Sink,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let text = text(node, expected, sink)?;
    let value = parse(text);
    if value.is_none() {
        let message = format!("{} is not {expected}", quoted(text));
        sink.add(sink.value(code, node.span, &message));
    }
    value
}

impl Shape for EvidenceName {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let expected = "a step, `scan`, or `smoke.ENVIRONMENT`";
        let known = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let parse = |text: &str| text.chars().all(known).then(|| Self(text.to_owned()));
        parsed(node, expected, Code::BadName, sink, parse)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]+$", "examples": ["test", "scan", "smoke.staging"] })
    }
}

impl Shape for Signer {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        String::read(node, sink).map(Self)
    }

    fn schema(defs: &mut Defs) -> Json {
        String::schema(defs)
    }
}

impl Shape for Socket {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let expected = "an address with a port, such as `127.0.0.1:8080`";
        let parse = |text: &str| text.parse().ok().map(Self);
        parsed(node, expected, Code::BadWord, sink, parse)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^([0-9.]+|\\[[0-9A-Fa-f:]+\\]):[0-9]+$", "examples": ["127.0.0.1:8080"] })
    }
}

impl Shape for RequestPath {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let known = |c: char| c.is_ascii_alphanumeric() || "/._~-?=&%+,:@".contains(c);
        let parse = |text: &str| {
            let is = text.starts_with('/') && text.chars().all(known);
            is.then(|| Self(text.to_owned()))
        };
        parsed(node, "a path such as `/predict`", Code::BadName, sink, parse)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^/[A-Za-z0-9/._~?=&%+,:@-]*$" })
    }
}

impl Shape for Percent {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let parse = |text: &str| {
            let number: u8 = text.strip_suffix('%')?.trim().parse().ok()?;
            (1..=99).contains(&number).then_some(Self(number))
        };
        parsed(node, "a part of 1 to 99 percent, such as `5%`", Code::BadWord, sink, parse)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^[1-9][0-9]?\\s*%$", "examples": ["5%"] })
    }
}

/// What stands behind `<=`.
fn at_most(text: &str) -> Option<&str> {
    text.trim().strip_prefix("<=").map(str::trim)
}

impl Shape for Times {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let parse = |text: &str| {
            let factor: f64 = at_most(text)?.strip_suffix('x')?.trim().parse().ok()?;
            (1.0..=1000.0).contains(&factor).then_some(Self(factor))
        };
        parsed(node, "a factor of 1 or more, such as `<= 1.2x`", Code::BadThreshold, sink, parse)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^<=\\s*[0-9]+(\\.[0-9]+)?\\s*x$", "examples": ["<= 1.2x"] })
    }
}

impl Shape for ExtraShare {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let parse = |text: &str| {
            let text = at_most(text)?.strip_prefix('+')?.trim();
            let percent: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
            (0.0..=100.0).contains(&percent).then_some(Self(percent / 100.0))
        };
        parsed(
            node,
            "a part that may be added, such as `<= +0.5%`",
            Code::BadThreshold,
            sink,
            parse,
        )
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^<=\\s*\\+\\s*[0-9]+(\\.[0-9]+)?\\s*%$", "examples": ["<= +0.5%"] })
    }
}

impl Shape for Confidence {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        if let Some(Meaning::Number(number)) = meaning(node)
            && (0.5..=0.99999).contains(&number)
        {
            return Some(Self(number));
        }
        let problem = wrong_type(node, "a number of 0.5 to 0.99999, such as 0.99", sink);
        sink.add(problem);
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "number", "minimum": 0.5, "maximum": 0.99999 })
    }
}

impl Shape for FreezeWindow {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "a time such as `Fri 16:00 - Mon 08:00 Europe/Berlin`", sink)?;
        match text.parse() {
            Ok(window) => Some(window),
            Err(why) => {
                let message = format!("{} is no window of time", quoted(text));
                let why: String = why;
                sink.add(sink.value(Code::BadWord, node.span, &message).hint(why));
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^.+ - .+ [A-Za-z_/+-]+$", "examples": ["Fri 16:00 - Mon 08:00 Europe/Berlin"] })
    }
}
