//! Carries out the plan of the file tree, inside the new namespaces.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::pivot_root;

use super::error::{During, Failure};
use super::plan::{Access, Entry};
use super::raw;

/// Where the host's tree stands until the new one is complete.
const OLD: &str = "/.host";

/// Makes the planned tree the root of this process. `stage` is any directory of the host: the
/// new root is mounted over it first.
pub(super) fn build(tree: &[Entry], stage: &Path, own_proc: bool) -> Result<(), Failure> {
    pivot_into(stage)?;
    for entry in tree {
        put(entry, own_proc)?;
    }
    seal(tree)
}

/// Puts a fresh root beneath our feet, with the host's tree at [`OLD`].
pub(super) fn pivot_into(stage: &Path) -> Result<(), Failure> {
    // Nothing that we mount may show outside.
    let private = MsFlags::MS_REC | MsFlags::MS_SLAVE;
    plain_mount("/", None, private, None)
        .during(|| "detach the mounts from the host's".to_owned())?;
    tmpfs(stage, "mode=0755")?;
    let old = stage.join(OLD.trim_start_matches('/'));
    fs::create_dir(&old).during(|| format!("create {}", old.display()))?;
    pivot_root(stage, &old).during(|| "make the new root the root (pivot_root)".to_owned())?;
    std::env::set_current_dir("/").during(|| "enter the new root".to_owned())
}

fn put(entry: &Entry, own_proc: bool) -> Result<(), Failure> {
    match entry {
        Entry::Bind { source, at, access } => bind(source, at, *access),
        Entry::Link { target, at } => link(target, at),
        Entry::Text { at, text } => write(at, text),
        Entry::Directory(at) => directory(at),
        Entry::Mask(at) => hide(at),
        Entry::Shm => shm(),
        Entry::Terminals => terminals(),
        Entry::Proc => proc(own_proc),
        Entry::Overlay { at, lower, scratch } => overlay(at, lower, scratch),
    }
}

/// The way to a path of the host while both trees stand.
fn host(path: &Path) -> PathBuf {
    let mut old = PathBuf::from(OLD);
    old.push(path.strip_prefix("/").unwrap_or(path));
    old
}

fn bind(source: &Path, at: &Path, access: Access) -> Result<(), Failure> {
    bind_from(&host(source), at, access)
        .during(|| format!("show {} at {}", source.display(), at.display()))
}

fn bind_from(source: &Path, at: &Path, access: Access) -> io::Result<()> {
    place(at, fs::metadata(source)?.is_dir())?;
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some(source), at, None::<&str>, flags, None::<&str>)?;
    restrict(at, attributes(access))
}

fn attributes(access: Access) -> u64 {
    match access {
        Access::Read => raw::READ_ONLY | raw::NO_SUID | raw::NO_DEVICES,
        Access::Write => raw::NO_SUID | raw::NO_DEVICES,
        Access::Device => raw::NO_SUID,
    }
}

/// Kernels before 5.12 restrict one mount at a time, and want its other flags repeated.
fn restrict(at: &Path, attributes: u64) -> io::Result<()> {
    match raw::restrict_mount(at, attributes, true) {
        Err(error) if error.raw_os_error() == Some(nix::libc::ENOSYS) => remount(at, attributes),
        other => other,
    }
}

fn remount(at: &Path, attributes: u64) -> io::Result<()> {
    let kept = nix::sys::statvfs::statvfs(at)?.flags().bits();
    let mut flags = MsFlags::from_bits_truncate(kept) | MsFlags::MS_BIND | MsFlags::MS_REMOUNT;
    flags.set(MsFlags::MS_RDONLY, attributes & raw::READ_ONLY != 0);
    flags |= MsFlags::MS_NOSUID;
    Ok(plain_mount(at, None, flags, None)?)
}

/// Something to mount over: the parents, then an empty directory or file.
fn place(at: &Path, is_directory: bool) -> io::Result<()> {
    if is_directory {
        return fs::create_dir_all(at);
    }
    fs::create_dir_all(at.parent().unwrap_or(at))?;
    match fs::symlink_metadata(at) {
        Ok(_) => Ok(()),
        Err(_) => fs::write(at, ""),
    }
}

fn link(target: &Path, at: &Path) -> Result<(), Failure> {
    fs::create_dir_all(at.parent().unwrap_or(at))
        .and_then(|()| symlink(target, at))
        .during(|| format!("link {} to {}", at.display(), target.display()))
}

fn write(at: &Path, text: &str) -> Result<(), Failure> {
    fs::write(at, text).during(|| format!("write {}", at.display()))
}

fn directory(at: &Path) -> Result<(), Failure> {
    fs::create_dir_all(at).during(|| format!("create {}", at.display()))
}

/// Writable until [`seal`], since a visible directory may lie beneath.
fn hide(at: &Path) -> Result<(), Failure> {
    tmpfs(at, "mode=0755,size=1m")
}

fn tmpfs(at: &Path, options: &str) -> Result<(), Failure> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("tmpfs"), at, Some("tmpfs"), flags, Some(options))
        .during(|| format!("mount an empty file system at {}", at.display()))
}

/// POSIX shared memory: worker processes of numerical libraries pass arrays through it.
fn shm() -> Result<(), Failure> {
    directory(Path::new("/dev/shm"))?;
    tmpfs(Path::new("/dev/shm"), "mode=1777")
}

/// Terminals of its own, for programs that test others through one. A convenience: a kernel
/// that refuses them takes nothing away from most commands.
fn terminals() -> Result<(), Failure> {
    directory(Path::new("/dev/pts"))?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    let options = Some("newinstance,ptmxmode=0666,mode=0620");
    let mounted = mount(Some("devpts"), "/dev/pts", Some("devpts"), flags, options);
    mounted.map_or(Ok(()), |()| link(Path::new("pts/ptmx"), Path::new("/dev/ptmx")))
}

/// A caller who is root stays, to the host's `/proc/sys`, root: without capabilities it could
/// still write kernel settings, so those parts are made read-only.
fn proc(own: bool) -> Result<(), Failure> {
    directory(Path::new("/proc"))?;
    if !own {
        return bind(Path::new("/proc"), Path::new("/proc"), Access::Read);
    }
    own_proc().during(|| "mount /proc".to_owned())?;
    ["sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi"]
        .iter()
        .try_for_each(|name| freeze(&Path::new("/proc").join(name)))
}

/// Mounts a `/proc` of this process namespace.
pub(super) fn own_proc() -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    Ok(mount(Some("proc"), "/proc", Some("proc"), flags, None::<&str>)?)
}

fn freeze(path: &Path) -> Result<(), Failure> {
    if !path.exists() {
        return Ok(());
    }
    mount(Some(path), path, None::<&str>, MsFlags::MS_BIND, None::<&str>)
        .map_err(io::Error::from)
        .and_then(|()| restrict(path, raw::READ_ONLY))
        .during(|| format!("make {} read-only", path.display()))
}

fn overlay(at: &Path, lower: &Path, scratch: &Path) -> Result<(), Failure> {
    directory(at)?;
    mount_overlay(at, &host(lower), &host(scratch)).during(|| {
        format!(
            "overlay {} with changes in {} (an overlay cannot keep its changes on another \
             overlay or on a network file system: put the state directory on a local disk)",
            lower.display(),
            scratch.display()
        )
    })
}

/// Mounts `lower` at `at`; changes go to `scratch/upper`. Volatile: unmounting would otherwise
/// wait until everything that the file system holds is on disk, and whoever keeps the changes
/// stores them elsewhere.
pub(super) fn mount_overlay(at: &Path, lower: &Path, scratch: &Path) -> io::Result<()> {
    let options = format!(
        "lowerdir={},upperdir={},workdir={},userxattr,volatile",
        escaped(lower),
        escaped(&scratch.join("upper")),
        escaped(&scratch.join("work"))
    );
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    Ok(mount(Some("overlay"), at, Some("overlay"), flags, Some(options.as_str()))?)
}

/// Colons part layers and commas part options.
fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.replace('\\', "\\\\").replace(':', "\\:").replace(',', "\\,")
}

/// Makes what only carried mount points read-only, and lets go of the host's tree.
fn seal(tree: &[Entry]) -> Result<(), Failure> {
    for entry in tree {
        if let Entry::Mask(at) = entry {
            restrict_one(at)?;
        }
    }
    umount2(OLD, MntFlags::MNT_DETACH).during(|| "let go of the host's files".to_owned())?;
    fs::remove_dir(OLD).during(|| format!("remove {OLD}"))?;
    restrict_one(Path::new("/"))
}

fn restrict_one(at: &Path) -> Result<(), Failure> {
    match raw::restrict_mount(at, raw::READ_ONLY, false) {
        Err(error) if error.raw_os_error() == Some(nix::libc::ENOSYS) => {
            remount(at, raw::READ_ONLY)
        }
        other => other,
    }
    .during(|| format!("make {} read-only", at.display()))
}

fn plain_mount(
    at: impl AsRef<Path>,
    kind: Option<&str>,
    flags: MsFlags,
    options: Option<&str>,
) -> nix::Result<()> {
    mount(None::<&str>, at.as_ref(), kind, flags, options)
}

/// Removes what overlayfs leaves in its working directory: a directory that its owner may not
/// open, which would stop an unprivileged caller from removing the rest, and in it the mark of a
/// volatile mount, which would refuse the next one.
pub(super) fn tidy_overlay(scratch: &Path) {
    let work = scratch.join("work/work");
    let _ = fs::set_permissions(&work, fs::Permissions::from_mode(0o700));
    let _ = fs::remove_dir_all(work);
}
