//! What should not be in a Dockerfile: told with its line, never changed.
//!
//! Source: the advice of "Building best practices" in Docker's documentation, as far as it concerns
//! what an image can be trusted for: what is in it is pinned, no secret is, it does not run as root.

mod base;
mod download;
mod install;
mod secret;
pub(super) mod shell;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use tollgate_model::{DockerfileRule as Rule, Finding, Place, Severity};

use super::instruction::{Command, Instruction, Kind, Stage};
use super::parse::Dockerfile;
use super::scope::Scope;
use super::stages::{Base, Visitor, lineage, visit};

/// Something that should not be there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw {
    /// Where, counted from 1.
    pub line: usize,
    /// Which rule it breaks.
    pub rule: Rule,
    /// What it is, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// What a Dockerfile is looked at with: what is known of its build beside its text.
pub struct Surroundings<'a> {
    /// The values that the build gives to `ARG`s.
    pub given: &'a BTreeMap<String, String>,
    /// Whether an image is pinned elsewhere, in a lock.
    pub is_pinned: &'a dyn Fn(&str) -> bool,
    /// The text of a file of the build's context, where there is one.
    pub read: &'a dyn Fn(&str) -> Option<String>,
    /// Whether somebody else says as whom the image runs.
    pub has_user: bool,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("given", &self.given).finish_non_exhaustive()
    }
}

/// The flaws of a Dockerfile with this text, by their lines.
#[must_use]
pub fn lint(file: &Dockerfile, text: &str, around: &Surroundings<'_>) -> Vec<Flaw> {
    let mut linter = Linter { file, around, bases: Vec::new(), seen: Vec::new() };
    visit(file, around.given, &mut linter);
    let shipped = lineage(&linter.bases);
    let relevant = |seen: Seen| {
        (!seen.flaw.rule.is_of_the_image() || shipped.contains(&seen.stage)).then_some(seen.flaw)
    };
    let user = base::user(file, &shipped, around);
    let mut flaws: Vec<Flaw> = linter.seen.into_iter().filter_map(relevant).collect();
    flaws.extend(user);
    flaws.extend(secret::arguments(file));
    let known =
        |line: usize| flaws.iter().any(|flaw| flaw.line == line && flaw.rule == Rule::Secret);
    let in_text: Vec<Flaw> =
        secret::text(text).into_iter().filter(|flaw| !known(flaw.line)).collect();
    flaws.extend(in_text);
    flaws.sort();
    flaws.dedup();
    flaws
}

/// A flaw and its stage.
struct Seen {
    stage: usize,
    flaw: Flaw,
}

struct Linter<'a> {
    file: &'a Dockerfile,
    around: &'a Surroundings<'a>,
    bases: Vec<Base>,
    seen: Vec<Seen>,
}

impl Linter<'_> {
    fn add(&mut self, stage: usize, flaws: impl IntoIterator<Item = Flaw>) {
        self.seen.extend(flaws.into_iter().map(|flaw| Seen { stage, flaw }));
    }
}

impl Visitor for Linter<'_> {
    fn stage(&mut self, index: usize, stage: &Stage, base: &Base) {
        self.bases.push(base.clone());
        self.add(index, base::stage(stage, base, self.around));
    }

    fn instruction(&mut self, index: usize, instruction: &Instruction, scope: &Scope) {
        let line = instruction.line;
        let found: Vec<Flaw> = match &instruction.kind {
            Kind::Run(command) => {
                let commands = shell::commands(command, instruction);
                let mut found = install::look(&commands, instruction, scope, self.around);
                found.extend(download::piped(&commands, line));
                found.extend(base::taken(self.file, index, instruction, scope, self.around));
                found
            }
            Kind::Copy(from, _) => {
                let mut found = secret::copied(from, line);
                found.extend(base::taken(self.file, index, instruction, scope, self.around));
                found
            }
            Kind::Add(from, _) => {
                let mut found = secret::copied(from, line);
                found.extend(download::added(from, instruction));
                found
            }
            Kind::Arg(declared) => secret::declared(declared, line),
            Kind::Env(pairs) => secret::set(pairs, line),
            Kind::Cmd(Command::Shell(text)) | Kind::Entrypoint(Command::Shell(text)) => {
                shell_form(text, line).into_iter().collect()
            }
            _ => Vec::new(),
        };
        self.add(index, found);
    }
}

// A shell stands between the engine and the service, and keeps its signals to itself.
fn shell_form(text: &str, line: usize) -> Option<Flaw> {
    let text = text.trim();
    (!text.is_empty() && !text.starts_with("exec ")).then(|| {
        let message = "the command is run by a shell, which keeps the signal to stop from it";
        Flaw::new(
            Rule::ShellForm,
            line,
            message,
            "write it in words: `CMD [\"python\", \"-m\", \"app\"]`",
        )
    })
}

impl Flaw {
    /// It as a finding in the file at `path`, as bad as these settings have it; nothing where they
    /// switch its rule off.
    #[must_use]
    pub fn finding(
        &self,
        path: &str,
        severities: &BTreeMap<Rule, Option<Severity>>,
    ) -> Option<Finding> {
        let severity = severities.get(&self.rule).copied();
        let severity = severity.unwrap_or(Some(self.rule.severity()))?;
        let place = Place::File { path: path.to_owned(), line: Some(self.line as u64) };
        let code = format!("dockerfile.{}", self.rule.name());
        let message = format!("{path}:{}: {}", self.line, self.message);
        let finding = Finding::new(&code, place, message).hint(self.hint.clone());
        Some(Finding { severity, ..finding })
    }

    fn new(rule: Rule, line: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { line, rule, message: message.into(), hint: hint.into() }
    }
}
