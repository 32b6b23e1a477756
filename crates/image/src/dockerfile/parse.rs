//! From a text to stages and instructions.

use super::error::{DockerfileError, Problems, shown};
use super::instruction::{Command, Declared, Flag, Instruction, Kind, Pair, Stage};
use super::source::{self, Logical};
use super::substitution::pieces;
use super::word;

/// Written by hand, the longest have a few hundred lines.
const MOST_BYTES: usize = 512 << 10;
const MOST_STAGES: usize = 256;

/// A Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The character that takes meaning away, and continues lines: `\`, or a backquote.
    pub escape: char,
    /// The builder's front end that it asks for.
    pub syntax: Option<String>,
    /// What is declared before the first stage.
    pub arguments: Vec<Declared>,
    /// The lines of these declarations, one for each.
    pub argument_lines: Vec<usize>,
    /// At least one.
    pub stages: Vec<Stage>,
}

impl Dockerfile {
    /// Reads a text.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, DockerfileError> {
        let mut problems = Problems::default();
        let mut file = Self {
            escape: '\\',
            syntax: None,
            arguments: Vec::new(),
            argument_lines: Vec::new(),
            stages: Vec::new(),
        };
        if text.len() > MOST_BYTES {
            problems.add(1, format!("a Dockerfile has {MOST_BYTES} bytes at most"));
            return problems.unless_any(file);
        }
        let (directives, lines) = source::read(text, &mut problems);
        (file.escape, file.syntax) = (directives.escape, directives.syntax);
        for line in lines {
            let at = line.line;
            if let Err(what) = file.add(line) {
                problems.add(at, what);
            }
            if file.stages.len() > MOST_STAGES {
                problems.add(at, format!("a Dockerfile has {MOST_STAGES} stages at most"));
                break;
            }
        }
        if file.stages.is_empty() {
            problems.add(1, "there is no `FROM`");
        }
        problems.unless_any(file)
    }

    fn add(&mut self, line: Logical) -> Result<(), String> {
        let (name, rest) = word::first(&line.text);
        let name = name.to_ascii_uppercase();
        let (flags, rest) = match name.as_str() {
            "FROM" | "RUN" | "COPY" | "ADD" | "HEALTHCHECK" => flags(rest),
            _ => (Vec::new(), rest),
        };
        if name == "FROM" {
            let stage = stage(line.line, &flags, rest, self.escape)?;
            self.stages.push(stage);
            return Ok(());
        }
        let kind = kind(&name, rest, self.escape)?;
        check(&kind, self.escape)?;
        match (self.stages.last_mut(), kind) {
            (Some(stage), kind) => {
                let Logical { line, heredocs, .. } = line;
                stage.instructions.push(Instruction { line, flags, heredocs, kind });
            }
            (None, Kind::Arg(declared)) => {
                self.argument_lines.extend(declared.iter().map(|_| line.line));
                self.arguments.extend(declared);
            }
            (None, _) => return Err(format!("{name} stands before the first `FROM`")),
        }
        Ok(())
    }
}

fn flags(text: &str) -> (Vec<Flag>, &str) {
    let (mut flags, mut rest) = (Vec::new(), text.trim());
    loop {
        let (first, after) = word::first(rest);
        let Some(flag) = first.strip_prefix("--") else { return (flags, rest) };
        rest = after;
        if flag.is_empty() {
            return (flags, rest);
        }
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        flags.push(Flag { name: name.to_ascii_lowercase(), value });
    }
}

fn stage(line: usize, flags: &[Flag], rest: &str, escape: char) -> Result<Stage, String> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (base, name) = match words.as_slice() {
        [base] => (*base, None),
        [base, r#as, name] if r#as.eq_ignore_ascii_case("as") => (*base, Some(*name)),
        _ => return Err("`FROM image` or `FROM image AS name` is expected".to_owned()),
    };
    pieces(base, escape)?;
    let name = name.map(str::to_ascii_lowercase);
    let is_name = |name: &String| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    if let Some(bad) = name.as_ref().filter(|name| !is_name(name)) {
        return Err(format!("{} is no name of a stage", shown(bad)));
    }
    let platform = flags.iter().find(|flag| flag.name == "platform");
    Ok(Stage {
        line,
        base: base.to_owned(),
        platform: platform.and_then(|flag| flag.value.clone()),
        name,
        instructions: Vec::new(),
    })
}

fn kind(name: &str, rest: &str, escape: char) -> Result<Kind, String> {
    let text = || match rest.is_empty() {
        true => Err(format!("{name} says nothing")),
        false => Ok(rest.to_owned()),
    };
    Ok(match name {
        "ARG" => Kind::Arg(declared(&text()?, escape)?),
        "ENV" => Kind::Env(pairs(name, &text()?, escape)?),
        "LABEL" => Kind::Label(pairs(name, &text()?, escape)?),
        "RUN" => Kind::Run(command(&text()?)),
        // An empty one takes away what the base says.
        "CMD" => Kind::Cmd(command(rest)),
        "ENTRYPOINT" => Kind::Entrypoint(command(rest)),
        "COPY" => files(name, &text()?, escape).map(|(from, to)| Kind::Copy(from, to))?,
        "ADD" => files(name, &text()?, escape).map(|(from, to)| Kind::Add(from, to))?,
        "WORKDIR" => Kind::Workdir(text()?),
        "USER" => Kind::User(text()?),
        "EXPOSE" => Kind::Expose(word::split(&text()?, escape)),
        "VOLUME" => Kind::Volume(words(&text()?, escape)),
        "SHELL" => match word::json(rest) {
            Some(words) if !words.is_empty() => Kind::Shell(words),
            _ => return Err("SHELL expects words: `SHELL [\"/bin/bash\", \"-c\"]`".to_owned()),
        },
        "STOPSIGNAL" => Kind::Stopsignal(text()?),
        "HEALTHCHECK" => Kind::Healthcheck(healthcheck(&text()?)?),
        "ONBUILD" => Kind::Onbuild(text()?),
        "MAINTAINER" => Kind::Maintainer(text()?),
        _ => return Err(format!("{} is no instruction", shown(name))),
    })
}

fn command(text: &str) -> Command {
    match word::json(text) {
        Some(words) => Command::Words(words),
        None => Command::Shell(text.to_owned()),
    }
}

fn words(text: &str, escape: char) -> Vec<String> {
    word::json(text).unwrap_or_else(|| word::split(text, escape))
}

fn files(name: &str, text: &str, escape: char) -> Result<(Vec<String>, String), String> {
    let mut words = words(text, escape);
    match words.pop() {
        Some(to) if !words.is_empty() => Ok((words, to)),
        _ => Err(format!("{name} expects what is copied, and where")),
    }
}

fn declared(text: &str, escape: char) -> Result<Vec<Declared>, String> {
    let one = |word: &String| {
        let (name, default) = match word.split_once('=') {
            Some((name, default)) => (name, Some(default.to_owned())),
            None => (word.as_str(), None),
        };
        match name.is_empty() {
            true => Err("ARG expects names, such as `ARG VERSION=1`".to_owned()),
            false => Ok(Declared { name: name.to_owned(), default }),
        }
    };
    word::split(text, escape).iter().map(one).collect()
}

// `NAME=value …`, or the older `NAME value` with all the rest as its value.
fn pairs(name: &str, text: &str, escape: char) -> Result<Vec<Pair>, String> {
    let words = word::split(text, escape);
    let pair = |name: &str, value: &str| Pair { name: unquoted(name), value: value.to_owned() };
    if words.first().is_some_and(|first| !first.contains('=')) {
        let (first, rest) = word::first(text);
        return match rest.is_empty() {
            true => Err(format!(
                "{name} expects a value: `{name} {}=…`",
                shown(first).trim_matches('`')
            )),
            false => Ok(vec![pair(first, rest)]),
        };
    }
    let one = |word: &String| match word.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok(pair(name, value)),
        _ => Err(format!("{name} expects `name=value`, and {} is none", shown(word))),
    };
    words.iter().map(one).collect()
}

fn unquoted(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '"' | '\'')).collect()
}

fn healthcheck(text: &str) -> Result<Option<Command>, String> {
    let (what, rest) = word::first(text);
    match what.to_ascii_uppercase().as_str() {
        "NONE" => Ok(None),
        "CMD" if !rest.is_empty() => Ok(Some(command(rest))),
        _ => Err("HEALTHCHECK expects `NONE`, or `CMD` and a command".to_owned()),
    }
}

/// Whether variables can be substituted wherever the builder does.
fn check(kind: &Kind, escape: char) -> Result<(), String> {
    let each = |texts: &mut dyn Iterator<Item = &String>| {
        for text in texts {
            pieces(text, escape)?;
        }
        Ok(())
    };
    match kind {
        Kind::Arg(declared) => each(&mut declared.iter().filter_map(|it| it.default.as_ref())),
        Kind::Env(pairs) | Kind::Label(pairs) => each(&mut pairs.iter().map(|pair| &pair.value)),
        Kind::Copy(from, to) | Kind::Add(from, to) => each(&mut from.iter().chain([to])),
        Kind::Workdir(text) | Kind::User(text) | Kind::Stopsignal(text) => {
            each(&mut [text].into_iter())
        }
        Kind::Expose(words) | Kind::Volume(words) => each(&mut words.iter()),
        _ => Ok(()),
    }
}
