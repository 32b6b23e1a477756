//! Instruction by instruction.

use super::run;
use super::{Context, Imported, NativeImage, Note};
use crate::dockerfile::error::shown;
use crate::dockerfile::instruction::{Command, Instruction, Kind, Pair, Stage};
use crate::dockerfile::scope::Scope;
use crate::dockerfile::stages::Base;
use crate::oci::Reference;

/// The Python of Debian, and what a service mostly needs beside it.
const DEBIAN: [&str; 2] = ["python3-minimal", "ca-certificates"];

/// What has been carried over so far.
pub(super) struct Carrier<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) image: NativeImage,
    pub(super) notes: Vec<Note>,
    refused: Vec<Note>,
    workdir: String,
    entrypoint: Vec<String>,
    cmd: Vec<String>,
    last_line: usize,
}

impl<'a> Carrier<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            image: NativeImage::default(),
            notes: Vec::new(),
            refused: Vec::new(),
            workdir: "/".to_owned(),
            entrypoint: Vec::new(),
            cmd: Vec::new(),
            last_line: 1,
        }
    }

    pub(super) fn finish(mut self) -> Result<Imported, Vec<Note>> {
        self.image.command = [self.entrypoint.clone(), self.cmd.clone()].concat();
        if self.image.command.is_empty() {
            self.refuse(
                self.last_line,
                "nothing says what is run, and the base's command is not known",
            );
        }
        if self.workdir != "/" {
            self.image.workdir = Some(self.workdir.clone());
        }
        if !self.refused.is_empty() {
            return Err(self.refused);
        }
        self.settle_requirements();
        self.notes.sort();
        self.notes.dedup();
        Ok(Imported { image: self.image, differs: self.notes })
    }

    pub(super) fn note(&mut self, line: usize, what: impl Into<String>) {
        self.notes.push(Note { line, what: what.into() });
    }

    fn refuse(&mut self, line: usize, what: impl Into<String>) {
        self.refused.push(Note { line, what: what.into() });
    }

    pub(super) fn base(&mut self, stage: &Stage, base: &Base) {
        match base {
            Base::Image(name) if name.parse::<Reference>().is_ok() => {
                self.image.base = Some(name.clone());
            }
            Base::Image(name) => {
                self.image.debian = DEBIAN.map(str::to_owned).to_vec();
                let what = format!(
                    "{} names no registry: Debian's Python stands in, of the version that this machine's \
                     sources have; or write `base: REGISTRY/{name}`",
                    shown(name)
                );
                self.note(stage.line, what);
            }
            Base::Open(_) => self.refuse(stage.line, "which image it stands on is not known"),
            Base::Scratch => {
                self.refuse(stage.line, "it stands on nothing, and a native build on a base")
            }
            Base::Stage(_) => self.refuse(stage.line, "it stands on another stage"),
        }
    }

    pub(super) fn instruction(&mut self, instruction: &Instruction, scope: &Scope) {
        let line = instruction.line;
        self.last_line = line;
        match &instruction.kind {
            Kind::Run(command) => run::carry(self, command, instruction),
            Kind::Copy(from, to) | Kind::Add(from, to) => self.copy(instruction, from, to, scope),
            Kind::Workdir(text) => self.enter(line, text, scope),
            Kind::Env(pairs) => self.env(line, pairs, scope),
            Kind::Label(pairs) => {
                for pair in pairs {
                    self.image.labels.insert(pair.name.clone(), scope.expand(&pair.value).text);
                }
            }
            Kind::User(text) => self.user(line, &scope.expand(text).text),
            Kind::Expose(ports) => self.expose(line, ports, scope),
            Kind::Cmd(command) => self.cmd = self.words(line, command),
            Kind::Entrypoint(command) => {
                self.entrypoint = self.words(line, command);
                // What was said before was for another one.
                self.cmd.clear();
            }
            Kind::Arg(declared) => {
                for it in declared.iter().filter(|it| it.default.is_none()) {
                    self.note(
                        line,
                        format!("{} has no value, and is taken as empty", shown(&it.name)),
                    );
                }
            }
            Kind::Healthcheck(Some(_)) => {
                self.note(line, "the health check is left out: OCI images have none");
            }
            Kind::Volume(_) => {
                self.note(line, "the volume is left out: whoever runs the image mounts it")
            }
            Kind::Stopsignal(_) => self.note(line, "the signal is left out: it is SIGTERM"),
            Kind::Shell(_) | Kind::Healthcheck(None) | Kind::Maintainer(_) => {}
            Kind::Onbuild(_) => self.note(line, "what is for images on this one is left out"),
        }
    }

    fn words(&mut self, line: usize, command: &Command) -> Vec<String> {
        match command {
            Command::Words(words) => words.clone(),
            Command::Shell(text) if text.trim().is_empty() => Vec::new(),
            Command::Shell(text) => {
                let is_plain =
                    !text.contains(['$', '&', '|', ';', '<', '>', '`', '"', '\'', '\\', '*']);
                let text = text.trim_start_matches("exec ");
                if is_plain {
                    self.note(line, "the command is run by itself, and no shell around it");
                    return text.split_whitespace().map(str::to_owned).collect();
                }
                self.note(line, "the command needs a shell, which the base must have");
                vec!["sh".to_owned(), "-c".to_owned(), text.to_owned()]
            }
        }
    }

    fn enter(&mut self, line: usize, text: &str, scope: &Scope) {
        let value = scope.expand(text);
        if value.known().is_none() {
            return self.refuse(line, "where it works depends on a variable without a value");
        }
        self.workdir = joined(&self.workdir, &value.text);
    }

    fn env(&mut self, line: usize, pairs: &[Pair], scope: &Scope) {
        for pair in pairs {
            let value = scope.expand(&pair.value);
            match value.known() {
                Some(text) => drop(self.image.env.insert(pair.name.clone(), text.to_owned())),
                None => {
                    let what = format!(
                        "{} depends on what the base sets, and is left out",
                        shown(&pair.name)
                    );
                    self.note(line, what);
                }
            }
        }
    }

    fn user(&mut self, line: usize, user: &str) {
        let is_number = user.chars().all(|c| c.is_ascii_digit() || c == ':') && !user.is_empty();
        match is_number {
            true => self.image.user = Some(user.to_owned()),
            false => {
                self.image.user = None;
                self.note(
                    line,
                    format!("{} is a name: it runs as 65532, who has no rights", shown(user)),
                );
            }
        }
    }

    fn expose(&mut self, line: usize, ports: &[String], scope: &Scope) {
        for port in ports {
            let text = scope.expand(port).text;
            match text.trim_end_matches("/tcp").parse() {
                Ok(port) => self.image.ports.push(port),
                Err(_) => self.note(line, format!("the port {} is left out", shown(&text))),
            }
        }
    }

    fn copy(&mut self, instruction: &Instruction, from: &[String], to: &str, scope: &Scope) {
        let line = instruction.line;
        if instruction.flag("from").is_some() {
            return self
                .refuse(line, "it copies from another image, which a native build does not");
        }
        if !instruction.heredocs.is_empty() {
            return self.refuse(
                line,
                "it writes a file that stands in the Dockerfile: make it one of the project",
            );
        }
        if instruction.flags.iter().any(|flag| matches!(flag.name.as_str(), "chown" | "chmod")) {
            self.note(line, "files belong to root, and everybody may read them");
        }
        let to = scope.expand(to).text;
        let several = from.len() > 1;
        for from in from {
            let from = scope.expand(from).text;
            self.copied(line, &from, &to, several);
        }
    }

    fn copied(&mut self, line: usize, from: &str, to: &str, several: bool) {
        if from.contains("://") {
            return self.refuse(
                line,
                "it fetches from an address: fetch it in a step, and copy its output",
            );
        }
        if from.contains(['*', '?', '[']) {
            return self.refuse(line, "it copies by a pattern: name the files or their directory");
        }
        let from = from.trim_start_matches("./").trim_matches('/').to_owned();
        if from.is_empty() || from == "." {
            let base = joined(&self.workdir, to);
            for entry in (self.context.entries)() {
                self.place(line, &entry, format!("{base}/{entry}"));
            }
            let what =
                "all that lies in the directory now is named: name what lies there later, too";
            return self.note(line, what);
        }
        // A directory's files go to the target; a file goes into it where that is one.
        let is_directory = (self.context.is_directory)(&from).unwrap_or(false);
        let into = several || to.ends_with('/') || to == "." || to.ends_with("/.");
        let base = joined(&self.workdir, to);
        let name = from.rsplit('/').next().unwrap_or(&from).to_owned();
        let target = match !is_directory && into {
            true => format!("{}/{name}", base.trim_end_matches('/')),
            false => base,
        };
        self.place(line, &from, target);
    }

    fn place(&mut self, line: usize, from: &str, to: String) {
        if self.image.copy.iter().any(|(known, _)| known == from) {
            return self.note(line, format!("{} is copied to one place only", shown(from)));
        }
        let to = to.replace("//", "/");
        self.image.copy.push((from.to_owned(), to));
    }

    // The file that pins the packages is not needed in the image itself.
    fn settle_requirements(&mut self) {
        let Some(file) = self.image.requirements.clone() else { return };
        self.image.copy.retain(|(from, _)| *from != file);
    }
}

/// A path as it is meant at another.
fn joined(at: &str, path: &str) -> String {
    let whole = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{at}/{path}"),
    };
    let parts = whole.split('/').filter(|part| !part.is_empty() && *part != ".");
    let mut kept: Vec<&str> = Vec::new();
    for part in parts {
        match part {
            ".." => drop(kept.pop()),
            part => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}
