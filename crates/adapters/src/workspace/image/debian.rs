//! A base of Debian packages, as `tollgate.lock` pins them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

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

/// The owner of what was made in place of a script; no package's name has a blank.
const NOBODY: &str = "the base";

impl Bench<'_> {
    pub(super) fn debian(&self, wanted: &[String]) -> Result<BaseLayers, Stopped> {
        let lock = self.pinned(wanted)?;
        // Whatever decides about the files is in the lock; the number is that of how it is read.
        let from = Digest::of(format!("1 {lock:?}").as_bytes()).to_string();
        let kept = self.cache.join("bases").join(format!("{from}.json"));
        let known = std::fs::read(&kept).ok();
        let known = known.and_then(|bytes| serde_json::from_slice::<Known>(&bytes).ok());
        let unpacked = OnceLock::new();
        let known = match known {
            Some(known) => known,
            None => {
                let files = self.unpack(&lock)?;
                let known = Known::of(&files);
                keep(&kept, &known)?;
                let _ = unpacked.set(Ok(by_owner(files)));
                known
            }
        };
        // What was packed may be gone though what is known of it is not.
        let files = || {
            let unpack = || self.unpack(&lock).map(by_owner).map_err(|stopped| stopped.to_string());
            unpacked.get_or_init(unpack).as_ref()
        };
        let source = |owner: String, weight| {
            let of = owner.clone();
            let entries = move || {
                let files = files().map_err(String::as_str)?;
                Ok(files.get(&of).cloned().unwrap_or_default())
            };
            Source { owner, from: vec![from.clone()], weight, entries: Box::new(entries) }
        };
        // A segment for each package: several are packed at once.
        let of_packages = lock.packages.iter();
        let of_packages = of_packages.map(|package| source(package.name.clone(), package.size));
        let layer = self.layer(Recipe {
            sources: of_packages.chain([source(NOBODY.to_owned(), 0)]).collect(),
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
        let all: Vec<_> = lock.packages.iter().zip(&files).collect();
        let packages = crate::parallel::all(&all, self.threads, |(package, file)| {
            self.unless_cancelled()?;
            unpacked(package.name.as_str(), package.sha256, file, &scratch)
        })?;
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

/// Files and links by the package that they are of; what was made here is nobody's.
fn by_owner(rootfs: Rootfs) -> BTreeMap<String, Vec<Entry>> {
    let mut all: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in rootfs.entries {
        if entry.kind != EntryKind::Directory {
            let owner = rootfs.owners.get(&entry.path).map_or(NOBODY, String::as_str);
            all.entry(owner.to_owned()).or_default().push(entry);
        }
    }
    all
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
