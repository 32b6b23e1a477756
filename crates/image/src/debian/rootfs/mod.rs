//! Packages put together into the files of an image.
//!
//! `dpkg` would unpack them one after the other and run their scripts as root. Here they are put
//! side by side: every path has one owner, the scripts stay what they are, and what they would have
//! done and a service needs is made here, by rules that can be read (`made.rs`).

mod layout;
mod made;
mod merge;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Contents, Control, package};
use crate::oci::Sha256;
use crate::path::ImagePath;
use crate::{Content, Entry, Inventory};

/// A package that has been read.
#[derive(Clone, Debug)]
pub struct UnpackedDeb {
    /// What it says of itself.
    pub control: Control,
    /// What it brings.
    pub contents: Contents,
    /// Its archive's digest.
    pub sha256: Sha256,
}

/// What of packages a service has no use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaveOut {
    /// Documentation, manuals and package makers' notes; copyright files stay.
    pub documentation: bool,
    /// Translations of messages.
    pub locales: bool,
}

/// How packages become files.
#[derive(Clone, Debug)]
pub struct RootfsOptions {
    /// The release's number: `12`.
    pub release: String,
    /// What stays away.
    pub leave_out: LeaveOut,
}

/// The files of an image's base.
#[derive(Clone, Debug)]
pub struct Rootfs {
    /// Sorted by path, parents before what is in them, all of them there.
    pub entries: Vec<Entry>,
    /// Which package a file or link is from. What was made here has no owner.
    pub owners: BTreeMap<ImagePath, String>,
    /// The packages.
    pub inventory: Inventory,
    /// What was made here in place of a script: sentences.
    pub made: Vec<String>,
    /// Scripts that were not run: package and script.
    pub not_run: Vec<(String, String)>,
}

/// Why packages can't be put together.
#[derive(Debug, thiserror::Error)]
pub enum RootfsError {
    /// Two packages bring different things by one name.
    #[error("`/{path}` is in `{one}` and, different, in `{other}`")]
    Clash {
        /// The path.
        path: ImagePath,
        /// Who came first.
        one: String,
        /// Who came second.
        other: String,
    },
    /// Something is below what is not a directory.
    #[error("`/{path}` is below `/{above}`, which is no directory")]
    Below {
        /// The path.
        path: ImagePath,
        /// What is above it.
        above: ImagePath,
    },
    /// A path can't be where it has to be.
    #[error("`/{path}` can't be moved to where it belongs: {why}")]
    Moved {
        /// The path in the package.
        path: ImagePath,
        /// Why.
        why: String,
    },
    /// A file that was unpacked can't be read any more.
    #[error("a file of `{package}` can't be read: {source}")]
    Unreadable {
        /// Whose.
        package: String,
        /// What lies beneath.
        source: std::io::Error,
    },
}

impl Default for LeaveOut {
    fn default() -> Self {
        Self { documentation: true, locales: true }
    }
}

/// Puts packages together. The order in which they are given does not matter.
///
/// # Errors
/// They can't be together: two bring different files by one name, and neither replaces the other.
pub fn rootfs(packages: &[UnpackedDeb], options: &RootfsOptions) -> Result<Rootfs, RootfsError> {
    let mut packages: Vec<&UnpackedDeb> = packages.iter().collect();
    packages.sort_by_key(|package| package.name());
    let mut tree = merge::Tree::default();
    for package in &packages {
        tree.add(package, options.leave_out)?;
    }
    let inventory = inventory(&packages, &tree, &options.release)?;
    let made = made::make(&mut tree, &packages, &options.release)?;
    let (entries, owners) = tree.finish()?;
    let not_run = packages.iter().flat_map(|package| {
        let name = package.name();
        package.control.scripts.iter().map(move |script| (name.to_owned(), script.clone()))
    });
    Ok(Rootfs { entries, owners, inventory, made, not_run: not_run.collect() })
}

fn inventory(
    packages: &[&UnpackedDeb],
    tree: &merge::Tree,
    release: &str,
) -> Result<Inventory, RootfsError> {
    let controls: Vec<&Control> = packages.iter().map(|package| &package.control).collect();
    let told = packages.iter().map(|found| {
        let size = tree.size_of(found.name());
        let licences = made::licences_of(found, packages)?;
        Ok(package(&found.control, release, &licences, found.sha256, size, &controls))
    });
    Ok(Inventory::of(told.collect::<Result<_, _>>()?))
}

impl UnpackedDeb {
    fn name(&self) -> &str {
        self.control.fields.get("Package").unwrap_or_default()
    }

    // The bytes of one of its files.
    fn bytes(&self, content: &Content) -> Result<Vec<u8>, RootfsError> {
        let mut bytes = Vec::new();
        let read = content.open().and_then(|mut from| from.read_to_end(&mut bytes));
        let unreadable =
            |source| RootfsError::Unreadable { package: self.name().to_owned(), source };
        read.map(|_| bytes).map_err(unreadable)
    }
}
