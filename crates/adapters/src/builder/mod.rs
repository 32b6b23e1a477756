//! Builders of Dockerfiles that the machine has: Docker, Buildah, Podman.
//!
//! They are programs of the machine that the user trusts with it already (Docker's daemon is root), so
//! they run outside of the sandbox, with the user's environment. What they are given is the context,
//! laid out in a directory of its own.

mod arguments;
mod error;
mod process;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tollgate_model::Builder as Kind;

pub use error::BuilderError;
use process::Run;

/// A build, in the builder's own words.
#[derive(Debug)]
pub struct Build<'a> {
    /// The Dockerfile.
    pub file: &'a Path,
    /// The directory whose files it can copy.
    pub context: &'a Path,
    /// The stage that is wanted.
    pub target: Option<&'a str>,
    /// Values of `ARG`s.
    pub args: &'a BTreeMap<String, String>,
    /// Secrets by id, each in a file.
    pub secrets: &'a [(String, PathBuf)],
    /// Images by the names that the Dockerfile has for them, and what each is pinned to.
    pub pins: &'a [(String, String)],
    /// Files of the machine, and where the steps of the Dockerfile see them.
    pub mounts: &'a [(PathBuf, String)],
    /// For what is made on the way.
    pub scratch: &'a Path,
}

/// What was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Built {
    /// The one image of this OCI layout.
    Layout(PathBuf),
    /// The one image of this archive in Docker's form.
    Archive(PathBuf),
}

/// A builder that is there.
pub struct Builder<'a> {
    kind: Kind,
    environment: &'a BTreeMap<String, String>,
    cancelled: &'a (dyn Fn() -> bool + Sync),
    takes_pins: bool,
}

impl std::fmt::Debug for Builder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<'a> Builder<'a> {
    /// The one that is asked for, else the first that answers.
    ///
    /// # Errors
    /// None does.
    pub fn find(
        asked: Option<Kind>,
        environment: &'a BTreeMap<String, String>,
        cancelled: &'a (dyn Fn() -> bool + Sync),
    ) -> Result<Self, BuilderError> {
        let mut tried = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| asked.is_none_or(|asked| asked == *kind)) {
            let builder = Self { kind, environment, cancelled, takes_pins: false };
            match builder.answers() {
                Ok(takes_pins) => return Ok(Self { takes_pins, ..builder }),
                Err(why) => tried.push(format!("{} {why}", kind.name())),
            }
        }
        Err(BuilderError::None { tried })
    }

    /// Which one it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it can be told what an image's name stands for; why it is of no use, if it is not.
    fn answers(&self) -> Result<bool, String> {
        let said = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            self.run(&words).said().map_err(|error| match error {
                BuilderError::Start { source, .. } if source.kind() == ErrorKind::NotFound => {
                    "is not installed".to_owned()
                }
                BuilderError::Failed { why, .. } => format!("says: {why}"),
                other => other.to_string(),
            })
        };
        if self.kind == Kind::Docker {
            // Its program is of no use without its daemon.
            said(&["version", "--format", "{{.Server.Version}}"])?;
        }
        let help = said(&["build", "--help"])?;
        match help.contains("--secret") {
            true => Ok(help.contains("--build-context")),
            false => Err("has no BuildKit: install its buildx".to_owned()),
        }
    }

    /// Builds an image; what the builder says on the way goes to `output`.
    ///
    /// # Errors
    /// The build fails, or is stopped.
    pub fn build(
        &self,
        build: &Build<'_>,
        output: &(dyn Fn(&[u8]) + Sync),
    ) -> Result<Built, BuilderError> {
        if !build.pins.is_empty() && !self.takes_pins {
            let why = "this version can't be held to the images of tollgate.lock: use a newer one, or \
                       write their digests into the Dockerfile";
            return Err(BuilderError::Failed { builder: self.kind.name(), why: why.to_owned() });
        }
        let id = build.scratch.join("image-id");
        self.run(&arguments::build(self.kind, build, &id)).shown(output)?;
        let image = std::fs::read_to_string(&id).unwrap_or_default().trim().to_owned();
        if image.is_empty() {
            let why = "it does not say what it has built".to_owned();
            return Err(BuilderError::Failed { builder: self.kind.name(), why });
        }
        match self.kind {
            Kind::Docker => {
                let archive = build.scratch.join("image.tar");
                self.run(&arguments::save(&image, &archive)).said()?;
                Ok(Built::Archive(archive))
            }
            Kind::Buildah | Kind::Podman => {
                let layout = build.scratch.join("image");
                self.run(&arguments::push(&image, &layout)).said()?;
                Ok(Built::Layout(layout))
            }
        }
    }

    fn run<'r>(&'r self, words: &'r [String]) -> Run<'r> {
        Run {
            program: self.kind.name(),
            words,
            environment: self.environment,
            cancelled: self.cancelled,
        }
    }
}
