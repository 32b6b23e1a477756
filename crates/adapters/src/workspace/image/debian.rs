//! A base of Debian packages, as `tollgate.lock` pins them.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tollgate_image::debian::{
    Deb, DebianLock, LeaveOut, Rootfs, RootfsOptions, UnpackedDeb, rootfs,
};
use tollgate_image::layer::{Recipe, Source};
use tollgate_image::path::ImagePath;
use tollgate_image::{Entry, EntryKind, Inventory, Limits};
use tollgate_model::{Digest, ImageBuild};

use super::Bench;
use super::base::{BaseLayers, keep};
use super::error::{Stopped, broken, in_file, refused};
use super::python::Python;
use crate::apt;

/// What is known of a base beside its files.
#[derive(Clone, Serialize, Deserialize)]
struct Known {
    inventory: Inventory,
    python: Option<Python>,
    /// Its directories: path, mode, owner, group.
    directories: Vec<(ImagePath, u32, u32, u32)>,
}

impl Bench<'_> {
    pub(super) fn debian(&self, wanted: &[String]) -> Result<BaseLayers, Stopped> {
        let lock = self.pinned(wanted)?;
        // Whatever decides about the files is in the lock; the number is that of how it is read.
        let from = Digest::of(format!("1 {lock:?}").as_bytes()).to_string();
        let kept = self.cache.join("bases").join(format!("{from}.json"));
        let known = std::fs::read(&kept).ok();
        let known = known.and_then(|bytes| serde_json::from_slice::<Known>(&bytes).ok());
        let (known, unpacked) = match known {
            Some(known) => (known, None),
            None => {
                let files = self.unpack(&lock)?;
                let known = Known::of(&files);
                keep(&kept, &known)?;
                (known, Some(files))
            }
        };
        let entries = || {
            // What was packed may be gone though what is known of it is not.
            let files = match &unpacked {
                Some(files) => files.entries.clone(),
                None => self.unpack(&lock).map_err(|stopped| stopped.to_string())?.entries,
            };
            Ok(files.into_iter().filter(|entry| entry.kind != EntryKind::Directory).collect())
        };
        let owner = "base".to_owned();
        let layer = self.layer(Recipe {
            sources: vec![Source { owner, from: vec![from.clone()], entries: Box::new(entries) }],
            directories: known.directories(),
            packing: self.packing,
        })?;
        let nothing = || broken("the base", &"it has no files");
        Ok(BaseLayers::of(&layer.ok_or_else(nothing)?, known.inventory, known.python))
    }

    /// The lock, which must be of what is asked for.
    fn pinned(&self, wanted: &[String]) -> Result<DebianLock, Stopped> {
        let file = ImageBuild::LOCK;
        let stale = |why: &str| {
            let message = format!("{why}: `tollgate image lock` writes it anew");
            in_file("image.lock", file, None, message)
        };
        let text = std::fs::read_to_string(self.host.root.join(file))
            .map_err(|error| stale(&format!("{file} can't be read ({error})")))?;
        let locks = DebianLock::parse(&text, file)
            .map_err(|error| in_file("image.lock", file, None, error.to_string()))?;
        if locks.is_empty() {
            return Err(stale(&format!("{file} pins no Debian packages")));
        }
        let architecture = self.target.architecture();
        let lock = locks
            .into_iter()
            .find(|lock| lock.architecture == architecture)
            .ok_or_else(|| stale(&format!("{file} pins no Debian packages for {architecture}")))?;
        let mut wanted = wanted.to_vec();
        wanted.sort();
        wanted.dedup();
        match lock.wanted == wanted {
            true => Ok(lock),
            false => Err(stale(&format!("{file} pins what {} come to", lock.wanted.join(", ")))),
        }
    }

    fn unpack(&self, lock: &DebianLock) -> Result<Rootfs, Stopped> {
        self.say(&format!("base: {} Debian packages", lock.packages.len()));
        let apt = apt::of_machine(&self.host.environment, &self.cache.join("debian"))
            .map_err(|error| broken("APT's sources", &error))?;
        let files = apt.packages(lock, &|_| {}).map_err(|error| self.unhad(&error))?;
        let scratch = self.scratch.path().join(format!("base-{}", lock.architecture));
        let mut packages = Vec::new();
        for (package, file) in lock.packages.iter().zip(&files) {
            self.unless_cancelled()?;
            packages.push(unpacked(package.name.as_str(), package.sha256, file, &scratch)?);
        }
        let options =
            RootfsOptions { release: lock.release.clone(), leave_out: LeaveOut::default() };
        rootfs(&packages, &options)
            .map_err(|error| self.unfit("image.base", error.to_string()).into())
    }

    fn unhad(&self, error: &dyn std::fmt::Display) -> Stopped {
        self.unfit("image.base", format!("a Debian package can't be had: {error}")).into()
    }
}

fn unpacked(
    name: &str,
    sha256: tollgate_image::oci::Sha256,
    file: &Path,
    scratch: &Path,
) -> Result<UnpackedDeb, Stopped> {
    let own = scratch.join(name);
    std::fs::create_dir_all(&own)
        .map_err(|error| broken("a directory for a package can't be made", &error))?;
    let read = || {
        let deb = Deb::open(file, name, Limits::default())?;
        Ok(UnpackedDeb { control: deb.control()?, contents: deb.unpack(&own)?, sha256 })
    };
    read().map_err(|error| refused(ImageBuild::LOCK, error))
}

impl Known {
    fn of(rootfs: &Rootfs) -> Self {
        let inventory = rootfs.inventory.clone();
        let version = |name: &str| {
            let package = inventory.packages.iter().find(|package| package.name == name);
            package.map(|package| package.version.clone())
        };
        let python = Python::find(rootfs.entries.iter().map(|entry| &entry.path), version);
        let directories = rootfs.entries.iter().filter(|e| e.kind == EntryKind::Directory);
        let directories = directories.map(|e| (e.path.clone(), e.mode, e.uid, e.gid)).collect();
        Self { inventory, python, directories }
    }

    fn directories(&self) -> Vec<Entry> {
        let entry = |(path, mode, uid, gid): &(ImagePath, u32, u32, u32)| Entry {
            mode: *mode,
            uid: *uid,
            gid: *gid,
            ..Entry::directory(path.clone())
        };
        self.directories.iter().map(entry).collect()
    }
}
