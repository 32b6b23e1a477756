//! In what two images differ, file by file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::archive::Limits;
use crate::oci::{ImageConfig, Manifest, RunConfig, Sha256};
use crate::path::ImagePath;
use crate::tree::{Kind, Placed, Tree};
use crate::view::{View, ViewError};

/// In what two images differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The digest of the first.
    pub before: Sha256,
    /// The digest of the second.
    pub after: Sha256,
    /// How it is started, what it says of itself, how its layers came about.
    pub settings: Vec<Setting>,
    /// Its files, by path.
    pub files: Vec<FileChange>,
    /// Its layers, by position, where the same files are packed in another way or into others.
    pub layers: Vec<LayerChange>,
}

/// Something that is said of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// What: `env PATH`, `user`, `label team`.
    pub name: String,
    /// In the first, if there.
    pub before: Option<String>,
    /// In the second, if there.
    pub after: Option<String>,
}

/// A path that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// From the image's root, without a slash before it.
    pub path: String,
    /// What became of it.
    pub change: Change,
    /// Bytes in the first, where it is a file there.
    pub size_before: Option<u64>,
    /// Bytes in the second.
    pub size_after: Option<u64>,
    /// What is another: `content`, `mode 0644, was 0755`; nothing where it is in one image only.
    pub what: Vec<String>,
    /// How the layer came about that has it (the second's, unless it was removed), where it is told.
    pub from: Option<String>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it, not the same.
    Changed,
}

/// A layer that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerChange {
    /// From the lowest, counted from 1.
    pub layer: usize,
    /// Its digest in the first, if it has so many.
    pub before: Option<Sha256>,
    /// Its digest in the second.
    pub after: Option<Sha256>,
    /// Whether what was packed is the same, and only the packing another.
    pub same_content: bool,
}

impl Difference {
    /// Compares two images. Layers that both have are not read where all are the same.
    ///
    /// # Errors
    /// A layer is not what it should be.
    pub fn between(before: &View, after: &View, limits: &Limits) -> Result<Self, ViewError> {
        let same_files = before.config.rootfs.diff_ids == after.config.rootfs.diff_ids;
        let files = if same_files {
            Vec::new()
        } else {
            changes(&Side::of(before, limits)?, &Side::of(after, limits)?)
        };
        Ok(Self {
            before: before.digest,
            after: after.digest,
            settings: settings(&Said::of(before), &Said::of(after)),
            files,
            layers: layers(before, after),
        })
    }

    /// Whether both are the same image.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.before == self.after
    }
}

/// A side of the comparison.
struct Side<'a> {
    tree: Tree,
    made_by: Vec<Option<&'a str>>,
}

impl<'a> Side<'a> {
    fn of(view: &'a View, limits: &Limits) -> Result<Self, ViewError> {
        Ok(Self { tree: view.tree(limits)?, made_by: view.made_by().collect() })
    }

    fn from(&self, placed: &Placed) -> Option<String> {
        self.made_by.get(placed.layer).copied().flatten().map(str::to_owned)
    }
}

fn changes(before: &Side<'_>, after: &Side<'_>) -> Vec<FileChange> {
    let mut all: BTreeMap<&ImagePath, (Option<&Placed>, Option<&Placed>)> = BTreeMap::new();
    for (path, placed) in before.tree.iter() {
        all.entry(path).or_default().0 = Some(placed);
    }
    for (path, placed) in after.tree.iter() {
        all.entry(path).or_default().1 = Some(placed);
    }
    let change = |(path, sides): (&ImagePath, (Option<&Placed>, Option<&Placed>))| {
        let (change, what, from) = match sides {
            (Some(was), None) => (Change::Removed, Vec::new(), before.from(was)),
            (None, Some(is)) => (Change::Added, Vec::new(), after.from(is)),
            (Some(was), Some(is)) => (Change::Changed, what(was, is), after.from(is)),
            (None, None) => return None,
        };
        if change == Change::Changed && what.is_empty() {
            return None;
        }
        let size = |placed: Option<&Placed>| match &placed?.kind {
            Kind::File(stored) => Some(stored.size),
            Kind::Directory | Kind::Symlink(_) => None,
        };
        let (size_before, size_after) = (size(sides.0), size(sides.1));
        Some(FileChange { path: path.to_string(), change, size_before, size_after, what, from })
    };
    all.into_iter().filter_map(change).collect()
}

/// In what a path differs that both have.
fn what(was: &Placed, is: &Placed) -> Vec<String> {
    let mut what = Vec::new();
    match (&was.kind, &is.kind) {
        (Kind::Directory, Kind::Directory) => {}
        (Kind::File(old), Kind::File(new)) if old.digest == new.digest => {}
        (Kind::File(_), Kind::File(_)) => what.push("content".to_owned()),
        (Kind::Symlink(old), Kind::Symlink(new)) if old == new => {}
        (Kind::Symlink(old), Kind::Symlink(new)) => what.push(format!("to {new}, was {old}")),
        (old, new) => what.push(format!("{}, was {}", named(new), named(old))),
    }
    // The permissions of a link mean nothing.
    if was.mode != is.mode && !matches!(is.kind, Kind::Symlink(_)) {
        what.push(format!("mode {:04o}, was {:04o}", is.mode, was.mode));
    }
    if (was.uid, was.gid) != (is.uid, is.gid) {
        what.push(format!("owner {}:{}, was {}:{}", is.uid, is.gid, was.uid, was.gid));
    }
    if was.time != is.time {
        what.push(format!("time {}, was {}", is.time, was.time));
    }
    what
}

fn named(kind: &Kind) -> &'static str {
    match kind {
        Kind::Directory => "a directory",
        Kind::File(_) => "a file",
        Kind::Symlink(_) => "a link",
    }
}

/// All that an image says of itself, by name.
struct Said(BTreeMap<String, String>);

impl Said {
    fn of(view: &View) -> Self {
        let mut said = Self(BTreeMap::new());
        said.config(&view.config);
        said.manifest(&view.manifest);
        said
    }

    fn say(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
    }

    fn config(&mut self, config: &ImageConfig) {
        let platform = &config.platform;
        let mut machine = format!("{}/{}", platform.os, platform.architecture);
        if let Some(variant) = &platform.variant {
            let _ = write!(machine, "/{variant}");
        }
        self.say("platform", Some(machine));
        self.say("created", config.created.clone());
        self.say("author", config.author.clone());
        self.run(&config.config);
        for (at, history) in config.history.iter().enumerate() {
            let made = history.created_by.clone().unwrap_or_default();
            let when = history.created.clone().unwrap_or_default();
            self.say(&format!("history {}", at + 1), Some(format!("{made} {when}")));
        }
    }

    fn run(&mut self, run: &RunConfig) {
        let words = |words: &Option<Vec<String>>| words.as_ref().map(|words| words.join(" "));
        self.say("user", run.user.clone());
        self.say("working directory", run.working_dir.clone());
        self.say("entry point", words(&run.entrypoint));
        self.say("command", words(&run.cmd));
        self.say("stop signal", run.stop_signal.clone());
        self.say("health check", run.healthcheck.as_ref().map(|check| check.test.join(" ")));
        for port in run.exposed_ports.keys() {
            self.say(&format!("port {port}"), Some("exposed".to_owned()));
        }
        for pair in &run.env {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.say(&format!("env {name}"), Some(value.to_owned()));
        }
        for (name, value) in &run.labels {
            self.say(&format!("label {name}"), Some(value.clone()));
        }
    }

    fn manifest(&mut self, manifest: &Manifest) {
        self.say("artifact type", manifest.artifact_type.clone());
        for (name, value) in &manifest.annotations {
            self.say(&format!("annotation {name}"), Some(value.clone()));
        }
    }
}

fn settings(before: &Said, after: &Said) -> Vec<Setting> {
    let names: std::collections::BTreeSet<&String> =
        before.0.keys().chain(after.0.keys()).collect();
    let setting = |name: &String| {
        let (before, after) = (before.0.get(name).cloned(), after.0.get(name).cloned());
        (before != after).then(|| Setting { name: name.clone(), before, after })
    };
    names.into_iter().filter_map(setting).collect()
}

fn layers(before: &View, after: &View) -> Vec<LayerChange> {
    let count = before.layers.len().max(after.layers.len());
    let layer = |at: usize| {
        let digest = |view: &View| view.manifest.layers.get(at).map(|layer| layer.digest);
        let content = |view: &View| view.config.rootfs.diff_ids.get(at).copied();
        let (old, new) = (digest(before), digest(after));
        let same_content = content(before) == content(after);
        (old != new).then_some(LayerChange { layer: at + 1, before: old, after: new, same_content })
    };
    (0..count).filter_map(layer).collect()
}

#[cfg(test)]
mod tests;
