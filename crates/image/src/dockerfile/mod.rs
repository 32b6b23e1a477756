//! Dockerfiles: read, judged, and taken over to a native build.
//!
//! Source: the Dockerfile reference (BuildKit, syntax 1). A Dockerfile is read and never run: what
//! an instruction would do to an image is not known here, only what it says. Values that are given
//! when an image is built (`--build-arg`) and variables of the base are *open*: they are told as not
//! known, and never guessed.

mod error;
mod images;
mod import;
mod instruction;
mod lint;
mod parse;
mod scope;
mod source;
mod stages;
mod substitution;
mod word;

#[cfg(test)]
mod tests;

pub use error::{DockerfileError, DockerfileProblem};
pub use images::{NamedImage, images, own_layers};
pub use import::{Context, Imported, NativeImage, Note, import};
pub use instruction::{Command, Declared, Flag, Heredoc, Instruction, Kind, Pair, Stage};
pub use lint::{Flaw, Surroundings, lint};
pub use parse::Dockerfile;
