//! The keys of an image.

use serde_json::{Value as Json, json};
use tollgate_model::{Base, Compression, ImagePlatform, Rating, RelPath, Timestamp};

use super::dockerfile::Dockerfile;
use super::words::{Count, Size, Timespan};
use crate::record::record;
use crate::shape::{At, Defs, Key, Named, Shape, text, wrong_type};
use crate::sink::Sink;
use crate::text::quoted;
use crate::yaml::{Node, Value};
use crate::{Code, Problem, suggest};

record! {
    /// An image, built without a daemon: a base, a layer of Python packages, and a layer of the
    /// application.
    ImageFile, "an image" {
        /// What it stands on: packages of Debian (`{ debian: [python3-minimal] }`), an OCI layout
        /// (`oci:DIRECTORY`), or an image of a registry (`registry.example/python:3.11-slim`). What
        /// is not in the project is pinned by `tollgate image lock`.
        base: Base,
        /// In place of a base: a Dockerfile of the project, built by Docker, Buildah or Podman where
        /// one is there. The file, or a map that says more.
        dockerfile: Dockerfile,
        /// The Python packages, each pinned by hash: `requirements.txt` with hashes, `uv.lock` or
        /// `pylock.toml`. Only wheels are taken, but for what `from_source` names.
        requirements: RelPath,
        /// Packages of the lock that may be built from source where they have no wheel. That runs
        /// their code, in the sandbox of a step.
        from_source: Vec<At<PackageWord>>,
        /// Files of the packages that the image does without: patterns on their paths, such as
        /// `"**/tests/**"`. Metadata and licences stay.
        leave_out: Vec<At<String>>,
        /// Modules that the service starts with, such as `src.api`: they and all that they import are
        /// in the image compiled, so that it starts faster.
        bytecode: Vec<At<ModuleWord>>,
        /// For which machines: `linux/amd64`, `linux/arm64`. Several make one image of several.
        /// Default: the kind of the machine that builds it.
        platforms: Vec<At<ImagePlatform>>,
        /// What of the project and of the outputs of needed steps is in it, and where: below
        /// `workdir`, or from the root where it begins with a `/`.
        copy: Named<Source, String>,
        /// What is run, in words. Needed with a base; else what the Dockerfile says.
        command: Vec<At<String>>,
        /// Where it is run, and below which things are copied. Default: `/app`, or what the Dockerfile
        /// says.
        workdir: String,
        /// As whom it is run. Default: `65532:65532`, who has no rights, or what the Dockerfile says.
        user: String,
        /// Variables of its environment.
        env: Named<Variable, String>,
        /// Ports that it listens on.
        ports: Vec<At<Count<1, 65535>>>,
        /// A path that its first port answers with a status of success while all is well, such as
        /// `/health`. Docker and Podman ask it, by the image's own Python.
        health: HealthPath,
        /// Labels beside `org.opencontainers.image.title`, which is the step.
        labels: Named<Label, String>,
        /// `gzip`, or `zstd`, which is smaller and faster. Default: `gzip`.
        compression: Compression,
        /// How much it may take, unpacked, such as `600MB`.
        max_size: Size,
        /// What looks like a secret in the copied files or the settings, and is none that matters.
        allow_secrets: Vec<At<AllowedSecretFile>>,
        /// The repository of a registry to which it is sent with its evidence, tagged with the commit's
        /// hash, such as `registry.example/team/churn`. Only a pipeline `on: push BRANCH` that passes
        /// at a commit of that branch sends it.
        push: RepositoryWord,
    }
}

record! {
    /// What must not be known against an image. What the database doesn't cover is not assessed,
    /// which is no pass.
    ScanFile, "a scan" {
        /// Vulnerabilities of this severity or a worse one fail it: `low`, `medium`, `high` or
        /// `critical`. Default: `high`.
        fail_on: Rating,
        /// Whether only those count for which there is a version without them. Default: false.
        only_fixable: bool,
        /// How old the database may be. Default: `7d`.
        max_age: Timespan,
        /// Vulnerabilities that somebody has answered for, until a day.
        waivers: Vec<At<WaiverFile>>,
        /// The licences that packages may have.
        licences: LicencesFile,
    }
}

record! {
    /// What looks like a secret and is none that matters.
    AllowedSecretFile, "an allowed secret" {
        /// Its fingerprint, as the finding tells it.
        [needed] fingerprint: String,
        /// Why it may be there.
        [needed] reason: String,
    }
}

record! {
    /// An answer for a vulnerability that stays for now.
    WaiverFile, "a waiver" {
        /// Any of its names: `CVE-…`, `GHSA-…`, `PYSEC-…`.
        [needed] id: String,
        /// The package in which it is. Default: any.
        package: String,
        /// Why it may stay.
        [needed] reason: String,
        /// The last day on which it may, such as `2027-01-31` (in UTC).
        [needed] expires: LastDay,
    }
}

record! {
    /// The licences that packages may have, by their SPDX identifiers.
    LicencesFile, "a policy of licences" {
        /// Only these. Default: any that is not denied.
        allow: Vec<At<String>>,
        /// None of these.
        deny: Vec<At<String>>,
    }
}

/// What is copied.
#[derive(Clone, Debug)]
pub(crate) struct Source(pub(crate) RelPath);

/// The path of a request.
#[derive(Clone, Debug)]
pub(crate) struct HealthPath(pub(crate) String);

/// The name of a Python package.
#[derive(Clone, Debug)]
pub(crate) struct PackageWord(pub(crate) String);

/// The name of a Python module, with dots.
#[derive(Clone, Debug)]
pub(crate) struct ModuleWord(pub(crate) String);

/// A repository of a registry, without a tag.
#[derive(Clone, Debug)]
pub(crate) struct RepositoryWord(pub(crate) String);

/// The name of a variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable(pub(crate) String);

/// The name of a label.
#[derive(Clone, Debug)]
pub(crate) struct Label(pub(crate) String);

/// A day, of which the last moment counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastDay(pub(crate) Timestamp);

const RATINGS: [(&str, Rating); 4] = [
    ("low", Rating::Low),
    ("medium", Rating::Medium),
    ("high", Rating::High),
    ("critical", Rating::Critical),
];

const PLATFORMS: [(&str, ImagePlatform); 2] =
    [("linux/amd64", ImagePlatform::Amd64), ("linux/arm64", ImagePlatform::Arm64)];

const PACKINGS: [(&str, Compression); 2] =
    [("gzip", Compression::Gzip), ("zstd", Compression::Zstd)];

impl Key for Source {
    const EXPECTED: &'static str = "a map of what is copied where, such as `src/: src/`";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|why| format!("{why}"))
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Key for Variable {
    const EXPECTED: &'static str = "a map of variables such as `LOG_LEVEL: info`";

    fn parse(text: &str) -> Result<Self, String> {
        let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        match first && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            true => Ok(Self(text.to_owned())),
            false => Err("a variable has letters, digits and `_`, and begins with no digit".into()),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" })
    }
}

impl Key for Label {
    const EXPECTED: &'static str = "a map of labels such as `team: risk`";

    fn parse(text: &str) -> Result<Self, String> {
        match text.trim().is_empty() || text.chars().any(char::is_control) {
            false => Ok(Self(text.to_owned())),
            true => Err("a label has a name of one line".into()),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Shape for Rating {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        one_of(node, "a severity", &RATINGS, sink)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "enum": RATINGS.map(|(name, _)| name) })
    }
}

impl Shape for Compression {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        one_of(node, "a compression", &PACKINGS, sink)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "enum": PACKINGS.map(|(name, _)| name) })
    }
}

impl Shape for ImagePlatform {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        one_of(node, "a platform", &PLATFORMS, sink)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "enum": PLATFORMS.map(|(name, _)| name) })
    }
}

impl Shape for PackageWord {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        named(node, "a Python package", known, sink).map(Self)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$" })
    }
}

impl Shape for RepositoryWord {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "a repository of a registry", sink)?;
        let host = text.split('/').next().unwrap_or_default();
        let rest = &text[host.len()..];
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
        let is_host = registry(host).is_ok() && (host.contains(['.', ':']) || host == "localhost");
        if is_host && rest.len() > 1 && rest.chars().all(known) && !rest.ends_with('/') {
            return Some(Self(text.to_owned()));
        }
        let message = format!("{} is no repository of a registry", quoted(text));
        let problem = sink.value(Code::BadName, node.span, &message);
        sink.add(problem.hint("such as `registry.example/team/churn`; the commit is the tag"));
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9.:\\[\\]-]+(/[a-z0-9._-]+)+$" })
    }
}

impl Shape for HealthPath {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "a path such as `/health`", sink)?;
        let known = |c: char| c.is_ascii_alphanumeric() || "/._~-?=&%".contains(c);
        if text.starts_with('/') && text.chars().all(known) {
            return Some(Self(text.to_owned()));
        }
        let message = format!("{} is no path of a request", quoted(text));
        sink.add(sink.value(Code::BadName, node.span, &message).hint("such as `/health`"));
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": "^/[A-Za-z0-9/._~?=&%-]*$" })
    }
}

impl Shape for ModuleWord {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let known = |c: char| c.is_alphanumeric() || "._".contains(c);
        named(node, "a Python module", known, sink).map(Self)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "pattern": r"^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$" })
    }
}

/// A name of these characters, with none of the punctuation at its ends.
fn named(node: &Node, what: &str, known: impl Fn(char) -> bool, sink: &mut Sink) -> Option<String> {
    let text = text(node, &format!("the name of {what}"), sink)?;
    let ends = ['.', '-'];
    if !text.is_empty() && text.chars().all(known) && text.trim_matches(ends) == text {
        return Some(text.to_owned());
    }
    let message = format!("{} is no name of {what}", quoted(text));
    sink.add(sink.value(Code::BadName, node.span, &message));
    None
}

pub(super) fn one_of<T: Copy>(
    node: &Node,
    what: &str,
    all: &[(&str, T)],
    sink: &mut Sink,
) -> Option<T> {
    let names: Vec<String> = all.iter().map(|(name, _)| quoted(name)).collect();
    let names = names.join(", ");
    let text = text(node, &names, sink)?;
    if let Some((_, meant)) = all.iter().find(|(name, _)| *name == text) {
        return Some(*meant);
    }
    let nearest = suggest::nearest(text, all.iter().map(|(name, _)| *name));
    let hint = suggest::did_you_mean(nearest).unwrap_or(names);
    let message = format!("{} is not {what}", quoted(text));
    sink.add(sink.value(Code::BadWord, node.span, &message).hint(hint));
    None
}

impl Shape for LastDay {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = text(node, "a day such as `2027-01-31`", sink)?;
        let last_moment = format!("{text}T23:59:59.999Z");
        if text.len() == 10
            && let Ok(time) = last_moment.parse()
        {
            return Some(Self(time));
        }
        let message = format!("{} is not a day", quoted(text));
        let problem = sink.value(Code::BadWord, node.span, &message);
        sink.add(problem.hint("year, month and day, such as `2027-01-31`"));
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "format": "date" })
    }
}

const BASES: &str = "such as `base: { debian: [python3-minimal] }`, `base: oci:base/python` or \
                     `base: registry.example/python:3.11-slim`";

impl Shape for Base {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        if let Value::Map(entries) = &node.value {
            let [entry] = entries.as_slice() else {
                sink.add(wrong_type(node, "a base with the one key `debian`", sink).hint(BASES));
                return None;
            };
            if entry.key != "debian" {
                let message = format!("a base has no key {}", quoted(&entry.key));
                sink.add(Problem::new(Code::UnknownKey, entry.key_span, message).hint(BASES));
                return None;
            }
            let at = (entry.key.as_str(), entry.key_span);
            let packages = sink.within(at, |sink| <Vec<At<String>>>::read(&entry.value, sink))?;
            return debian(&packages, entry.value.span, sink);
        }
        let text = text(node, "a base", sink)?;
        let base = match text.strip_prefix("oci:") {
            Some(layout) => self::layout(layout),
            None => registry(text),
        };
        let told = |why: String| {
            let message = format!("{} is not a base: {why}", quoted(text));
            sink.add(sink.value(Code::BadBase, node.span, &message).hint(BASES));
        };
        base.map_err(told).ok()
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "oneOf": [
            { "type": "string", "minLength": 1, "examples": ["oci:base/python", "registry.example/python:3.11-slim"] },
            {
                "type": "object",
                "properties": { "debian": { "type": "array", "minItems": 1, "items": { "type": "string", "pattern": DEBIAN_NAME } } },
                "required": ["debian"],
                "additionalProperties": false,
            },
        ] })
    }
}

// Debian Policy Manual §5.6.1.
const DEBIAN_NAME: &str = "^[a-z0-9][a-z0-9+.-]+$";

fn debian(packages: &[At<String>], span: crate::Span, sink: &mut Sink) -> Option<Base> {
    if packages.is_empty() {
        let message = "a base of no packages";
        sink.add(Problem::new(Code::BadBase, span, message).hint(BASES));
        return None;
    }
    let is_name = |name: &str| {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+.-".contains(c);
        name.len() >= 2 && name.chars().all(known) && !name.starts_with(['+', '.', '-'])
    };
    let bad = packages.iter().find(|package| !is_name(&package.value));
    if let Some(bad) = bad {
        let message = format!("{} is no name of a Debian package", quoted(&bad.value));
        let problem = Problem::new(Code::BadBase, bad.span, message);
        sink.add(problem.hint("the version is that of the configured sources, pinned by the lock"));
        return None;
    }
    Some(Base::Debian(packages.iter().map(|package| package.value.clone()).collect()))
}

// `DIRECTORY` or `DIRECTORY:TAG`. A directory with a colon in its name can't be told.
fn layout(text: &str) -> Result<Base, String> {
    let (path, tag) = match text.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (text, None),
    };
    if tag.is_some_and(str::is_empty) {
        return Err("the tag is empty".to_owned());
    }
    let path = path.parse().map_err(|why| format!("{why}"))?;
    Ok(Base::Layout { path, tag: tag.map(str::to_owned) })
}

// What a registry makes of it is told when it is pinned; here only what it can't be.
fn registry(text: &str) -> Result<Base, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/:@[]".contains(c);
    if !text.chars().all(allowed) {
        return Err("a reference has letters, digits and `._-/:@`".to_owned());
    }
    if text.ends_with([':', '/', '@']) || text.starts_with(['/', ':', '.']) {
        return Err("something is missing".to_owned());
    }
    Ok(Base::Registry(text.to_owned()))
}
