//! The keys of a Dockerfile's build.

use serde_json::{Value as Json, json};
use tollgate_model::{Builder, DockerfileRule, RelPath, SecretSource, Severity};

use super::image::{Variable, one_of};
use crate::record::record;
use crate::shape::{Defs, Key, Named, Shape, text};
use crate::sink::Sink;
use crate::text::quoted;
use crate::yaml::{Node, Value};
use crate::{Code, suggest};

record! {
    /// A Dockerfile, and how it is built.
    DockerfileFile, "a Dockerfile" {
        /// The file.
        [needed] file: RelPath,
        /// The directory whose files it can copy, with the outputs of needed steps in it. Default: the
        /// project.
        context: RelPath,
        /// The stage that is wanted. Default: the last one.
        target: String,
        /// Values of its `ARG`s. They stand in the image's history.
        args: Named<Variable, String>,
        /// Secrets for `RUN --mount=type=secret,id=…`: where each comes from, `env:NAME` or
        /// `file:PATH`. They are in no layer, key or record.
        secrets: Named<SecretId, SecretSource>,
        /// Who builds it: `docker`, `buildah` or `podman`. Default: the first that is there.
        builder: Builder,
        /// How bad it is to break a rule: `error`, `warning`, `info` or `off`.
        lint: Named<LintRule, LintLevel>,
    }
}

/// A Dockerfile as it is written: its path, or a map.
#[derive(Clone, Debug)]
pub(crate) enum Dockerfile {
    /// Only the file.
    Path(RelPath),
    /// With more.
    Map(Box<DockerfileFile>),
}

/// What a step of a Dockerfile calls a secret.
#[derive(Clone, Debug)]
pub(crate) struct SecretId(pub(crate) String);

/// A rule for Dockerfiles.
#[derive(Clone, Debug)]
pub(crate) struct LintRule(pub(crate) DockerfileRule);

/// How bad it is to break it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LintLevel(pub(crate) Option<Severity>);

const LEVELS: [(&str, LintLevel); 4] = [
    ("error", LintLevel(Some(Severity::Error))),
    ("warning", LintLevel(Some(Severity::Warning))),
    ("info", LintLevel(Some(Severity::Info))),
    ("off", LintLevel(None)),
];

const BUILDERS: [(&str, Builder); 3] =
    [("docker", Builder::Docker), ("buildah", Builder::Buildah), ("podman", Builder::Podman)];

impl Shape for Dockerfile {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Map(_) => DockerfileFile::read(node, sink).map(|file| Self::Map(Box::new(file))),
            _ => RelPath::read(node, sink).map(Self::Path),
        }
    }

    fn schema(defs: &mut Defs) -> Json {
        json!({ "oneOf": [RelPath::schema(defs), DockerfileFile::schema(defs)] })
    }
}

impl Shape for SecretSource {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        const EXPECTED: &str = "`env:NAME` or `file:PATH`";
        let text = text(node, EXPECTED, sink)?;
        match text.split_once(':') {
            Some(("env", name)) if Variable::parse(name).is_ok() => {
                Some(Self::Env(name.to_owned()))
            }
            Some(("file", path)) if !path.is_empty() => Some(Self::File(path.to_owned())),
            // What stands there may be the secret itself, so it is not repeated.
            _ => {
                let message = "this is no source of a secret";
                let problem = sink.value(Code::BadWord, node.span, message);
                let hint = format!("write {EXPECTED}; never the secret itself");
                sink.add(problem.hint(hint).conceal());
                None
            }
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$" })
    }
}

impl Shape for Builder {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        one_of(node, "a builder", &BUILDERS, sink)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "enum": BUILDERS.map(|(name, _)| name) })
    }
}

impl Shape for LintLevel {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        one_of(node, "a severity", &LEVELS, sink)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "enum": LEVELS.map(|(name, _)| name) })
    }
}

impl Key for SecretId {
    const EXPECTED: &'static str = "a map of secrets such as `pip: env:PIP_TOKEN`";

    fn parse(text: &str) -> Result<Self, String> {
        let known = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        match !text.is_empty() && text.chars().all(known) {
            true => Ok(Self(text.to_owned())),
            false => Err("an id has letters, digits and `_.-`".to_owned()),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]+$" })
    }
}

impl Key for LintRule {
    const EXPECTED: &'static str = "a map of rules such as `cache-left: off`";

    fn parse(text: &str) -> Result<Self, String> {
        let mut rules = DockerfileRule::ALL.into_iter();
        if let Some(rule) = rules.find(|rule| rule.name() == text) {
            return Ok(Self(rule));
        }
        let names = DockerfileRule::ALL.map(DockerfileRule::name);
        let nearest = suggest::nearest(text, names);
        let known = names.map(quoted).join(", ");
        Err(suggest::did_you_mean(nearest).unwrap_or(format!("the rules are {known}")))
    }

    fn schema() -> Json {
        json!({ "enum": DockerfileRule::ALL.map(DockerfileRule::name) })
    }
}
