//! The file tree that the command will see, as a list of things to do. Made by the parent,
//! where the host's paths can still be looked at; carried out inside by `mounts`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{During, Failure};
use super::etc;
use super::spec::Spec;

/// Where the workspace stands.
pub(super) const WORKSPACE: &str = "/workspace";
/// The fresh home.
pub(super) const HOME: &str = "/home/tollgate";
/// The host's name inside.
pub(super) const HOST_NAME: &str = "tollgate";

/// Directories of the system that are visible as they are.
const SYSTEM: [&str; 10] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix", "/gnu/store"];
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
/// Accelerators: the driver's nodes are needed, and harmless, where they exist.
const ACCELERATORS: [&str; 4] = ["nvidia", "dri", "kfd", "dxg"];
/// What programs ask for the number of processors and the memory they may use.
const READABLE_SYS: [&str; 2] = ["/sys/devices/system", "/sys/fs/cgroup"];

/// What may be done beneath a bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Access {
    Read,
    Write,
    Device,
}

/// One thing to put into the tree, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Entry {
    /// The host's `source`, a canonical path, appears at `at`.
    Bind {
        source: PathBuf,
        at: PathBuf,
        access: Access,
    },
    Link {
        target: PathBuf,
        at: PathBuf,
    },
    Text {
        at: PathBuf,
        text: String,
    },
    Directory(PathBuf),
    /// An empty directory hides what a bind would show.
    Mask(PathBuf),
    Shm,
    Terminals,
    Proc,
    Overlay {
        at: PathBuf,
        lower: PathBuf,
        scratch: PathBuf,
    },
}

/// Lays out the whole tree for a spec whose paths are canonical.
pub(super) fn tree(spec: &Spec) -> Result<Vec<Entry>, Failure> {
    let mut entries = system();
    let masks = masks(&entries, &[&spec.host.home]);
    entries.extend(masks);
    entries.extend(etc::entries(spec.network));
    entries.extend(devices());
    entries.extend(READABLE_SYS.iter().filter_map(read));
    entries.extend(own(spec));
    let tools = tools(spec);
    let hidden = masks_of_tools(&entries, &tools, spec);
    entries.extend(tools);
    entries.extend(home_files(spec));
    entries.extend(hidden);
    entries.extend(workspace(spec)?);
    Ok(entries)
}

fn system() -> Vec<Entry> {
    SYSTEM.iter().filter_map(|path| system_entry(Path::new(path))).collect()
}

/// `/bin` is a link to `usr/bin` on most systems, and stays one.
fn system_entry(path: &Path) -> Option<Entry> {
    match fs::read_link(path) {
        Ok(target) => Some(Entry::Link { target, at: path.to_owned() }),
        Err(_) => read(path),
    }
}

/// A read-only view of a host path at its own place, where it exists.
pub(super) fn read(path: impl AsRef<Path>) -> Option<Entry> {
    let at = path.as_ref().to_owned();
    let source = fs::canonicalize(&at).ok()?;
    Some(Entry::Bind { source, at, access: Access::Read })
}

fn devices() -> Vec<Entry> {
    let mut entries = vec![Entry::Directory("/dev".into())];
    let names = fs::read_dir("/dev").into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    entries.extend(names.filter(|name| is_wanted_device(name)).map(|name| {
        let path = PathBuf::from("/dev").join(name);
        Entry::Bind { source: path.clone(), at: path, access: Access::Device }
    }));
    entries.extend([Entry::Shm, Entry::Terminals]);
    entries.extend(standard_streams());
    entries
}

fn is_wanted_device(name: &str) -> bool {
    DEVICES.contains(&name) || ACCELERATORS.iter().any(|prefix| name.starts_with(prefix))
}

fn standard_streams() -> impl Iterator<Item = Entry> {
    let links = [
        ("/proc/self/fd", "/dev/fd"),
        ("/proc/self/fd/0", "/dev/stdin"),
        ("/proc/self/fd/1", "/dev/stdout"),
        ("/proc/self/fd/2", "/dev/stderr"),
    ];
    links.into_iter().map(|(target, at)| Entry::Link { target: target.into(), at: at.into() })
}

/// What belongs to this run alone.
fn own(spec: &Spec) -> Vec<Entry> {
    vec![
        Entry::Proc,
        Entry::Directory("/run".into()),
        writable(spec.scratch.join("tmp"), "/tmp"),
        Entry::Link { target: "/tmp".into(), at: "/var/tmp".into() },
        writable(spec.scratch.join("home"), HOME),
    ]
}

fn writable(source: PathBuf, at: &str) -> Entry {
    Entry::Bind { source, at: at.into(), access: Access::Write }
}

fn tools(spec: &Spec) -> Vec<Entry> {
    let network = spec.network.then_some(&spec.host.network.visible);
    let paths = spec.host.visible.iter().chain(network.into_iter().flatten());
    paths.filter_map(read).collect()
}

/// Settings that programs look for in the home directory.
fn home_files(spec: &Spec) -> Vec<Entry> {
    let network = spec.network.then_some(&spec.host.network.home_files);
    let files = network.into_iter().flatten();
    let mut entries: Vec<Entry> =
        files.filter_map(|(at, source)| read_as(source, Path::new(HOME).join(at))).collect();
    entries.extend(
        spec.host.home_links.iter().map(|(at, target)| Entry::Link {
            target: target.clone(),
            at: Path::new(HOME).join(at),
        }),
    );
    entries
}

fn read_as(source: &Path, at: PathBuf) -> Option<Entry> {
    let source = fs::canonicalize(source).ok()?;
    Some(Entry::Bind { source, at, access: Access::Read })
}

/// Hides what must never be seen where something visible contains it: a checkout at
/// `/usr/src/app`, a home at `/opt/ci`.
fn masks(visible: &[Entry], hidden: &[&Path]) -> Vec<Entry> {
    let shown = |path: &Path| visible.iter().any(|entry| contains(entry, path));
    let hidden = hidden.iter().filter(|path| path.is_dir() && shown(path));
    hidden.map(|path| Entry::Mask(path.to_path_buf())).collect()
}

fn masks_of_tools(system: &[Entry], tools: &[Entry], spec: &Spec) -> Vec<Entry> {
    let visible = [system, tools].concat();
    // The state usually lies in the project, and is gone with it.
    match masks(&visible, &[&spec.project]) {
        project if spec.state.starts_with(&spec.project) => project,
        project => [project, masks(&visible, &[&spec.state])].concat(),
    }
}

fn contains(entry: &Entry, path: &Path) -> bool {
    matches!(entry, Entry::Bind { at, access: Access::Read, .. } if path.starts_with(at))
}

fn workspace(spec: &Spec) -> Result<Vec<Entry>, Failure> {
    let mut entries = vec![writable(spec.workspace.clone(), WORKSPACE)];
    for overlay in &spec.overlays {
        entries.push(Entry::Overlay {
            at: inside(&overlay.at)?,
            lower: canonical(&overlay.lower)?,
            scratch: overlay.scratch.clone(),
        });
    }
    for file in &spec.readonly_files {
        entries.push(Entry::Bind {
            source: canonical(&file.source)?,
            at: inside(&file.at)?,
            access: Access::Read,
        });
    }
    Ok(entries)
}

/// A place in the workspace; nothing may leave it by `..`.
fn inside(relative: &str) -> Result<PathBuf, Failure> {
    let path = Path::new(relative);
    let plain = |part| matches!(part, std::path::Component::Normal(_));
    if relative.is_empty() || !path.components().all(plain) {
        return Err(Failure {
            operation: format!("place {relative:?} in the workspace"),
            reason: "the path must be relative, without `.` and `..`".to_owned(),
        });
    }
    Ok(Path::new(WORKSPACE).join(path))
}

/// The real path of something that must exist.
pub(super) fn canonical(path: &Path) -> Result<PathBuf, Failure> {
    fs::canonicalize(path).during(|| format!("find {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_outside_the_workspace_is_refused() {
        assert!(inside("../etc").is_err());
        assert!(inside("/etc").is_err());
        assert_eq!(inside("a/b").ok(), Some("/workspace/a/b".into()));
    }

    #[test]
    fn a_home_inside_a_system_directory_is_masked() {
        let home = tempfile::tempdir().expect("a directory");
        let parent = home.path().parent().expect("a parent");
        let visible: Vec<Entry> = read(parent).into_iter().collect();
        assert_eq!(masks(&visible, &[home.path()]), [Entry::Mask(home.path().to_owned())]);
        assert_eq!(masks(&[], &[home.path()]), []);
    }
}
