//! The directory in which one attempt runs.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tollgate_engine::{Job, PortError, PortErrorKind};
use tollgate_model::{OutputKind, OutputRef, RelPath};

use super::{LocalWorkspace, SYSTEM};
use crate::sandbox::{Overlay, ReadonlyFile};
use crate::store::set_times;

/// From this size on, an output of a need is mounted, not copied.
const MOUNTED: u64 = 16 << 20;

/// How often, and how far apart, the removal of a directory is tried: a second in all.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// One attempt's directory; it goes when this goes.
pub(super) struct Desk {
    dir: PathBuf,
    pub(super) overlays: Vec<Overlay>,
    pub(super) readonly_files: Vec<ReadonlyFile>,
}

impl Desk {
    /// An empty desk of that name.
    pub(super) fn new(host: &LocalWorkspace<'_>, name: &str) -> Result<Self, PortError> {
        let dir = host.desks().join(name);
        let desk = Self { dir, overlays: Vec::new(), readonly_files: Vec::new() };
        let made = remove_all(&desk.dir).and_then(|()| {
            fs::create_dir_all(desk.workspace())?;
            fs::create_dir_all(desk.scratch())
        });
        made.map_err(|e| failed(&desk.dir, e))?;
        Ok(desk)
    }

    /// A desk with the inputs of a job and the outputs of its needs.
    pub(super) fn lay_out(host: &LocalWorkspace<'_>, job: &Job<'_>) -> Result<Self, PortError> {
        let name = format!("{}-{}-{}", job.run, job.step.id, job.attempt);
        let mut desk = Self::new(host, &name)?;
        for entry in &job.inputs {
            let to = desk.place(&entry.path)?;
            host.files.copy(entry, &to)?;
        }
        for (path, output) in &job.needs {
            desk.provide(host, path, output)?;
        }
        settle(&desk.workspace()).map_err(|e| failed(&desk.workspace(), e))?;
        Ok(desk)
    }

    /// A desk with real copies of both, for a program that runs outside of the sandbox.
    pub(super) fn plain(
        host: &LocalWorkspace<'_>,
        name: &str,
        job: &Job<'_>,
    ) -> Result<Self, PortError> {
        let desk = Self::new(host, name)?;
        for entry in &job.inputs {
            let to = desk.place(&entry.path)?;
            host.files.copy(entry, &to)?;
        }
        for (path, output) in &job.needs {
            host.store.restore(output, &desk.place(path)?)?;
        }
        settle(&desk.workspace()).map_err(|e| failed(&desk.workspace(), e))?;
        Ok(desk)
    }

    fn provide(
        &mut self,
        host: &LocalWorkspace<'_>,
        path: &RelPath,
        output: &OutputRef,
    ) -> Result<(), PortError> {
        let to = self.place(path)?;
        let isolation = host.isolation();
        let at = path.to_string();
        match output.kind {
            OutputKind::Tree if isolation.overlay => {
                let scratch = self.dir.join(format!("overlay-{}", self.overlays.len()));
                fs::create_dir_all(&scratch).map_err(|e| failed(&scratch, e))?;
                fs::create_dir_all(&to).map_err(|e| failed(&to, e))?;
                // Its root's time is the one that the step sees of the mounted tree.
                let upper = scratch.join("upper");
                fs::create_dir_all(&upper)
                    .and_then(|()| fs::set_permissions(&upper, fs::Permissions::from_mode(0o755)))
                    .and_then(|()| set_times(&upper))
                    .map_err(|e| failed(&upper, e))?;
                let lower = host.store.sound_tree(&output.digest)?;
                self.overlays.push(Overlay { at, lower, scratch });
                Ok(())
            }
            OutputKind::File if output.bytes >= MOUNTED && isolation.fixed_paths => {
                // Made now, for a mount point made later would change its directory's time.
                fs::File::create_new(&to).map_err(|e| failed(&to, e))?;
                let source = host.store.blob_path(&output.digest);
                self.readonly_files.push(ReadonlyFile { at, source });
                Ok(())
            }
            _ => host.store.restore(output, &to),
        }
    }

    // Where `path` comes to stand; the directories above it are there then.
    fn place(&self, path: &RelPath) -> Result<PathBuf, PortError> {
        let to = self.workspace().join(path);
        let parent = to.parent().unwrap_or(&self.dir);
        let inside = parent.strip_prefix(self.workspace()).unwrap_or(Path::new(""));
        let mut at = self.workspace();
        for part in inside {
            at.push(part);
            // Outside of the sandbox a link leads anywhere on the machine.
            if at.is_symlink() {
                let message = format!("{path} lies below a symbolic link: name what it leads to");
                return Err(PortError::new(SYSTEM, PortErrorKind::Unfit, message));
            }
        }
        fs::create_dir_all(parent).map_err(|e| failed(parent, e))?;
        Ok(to)
    }

    /// Where `path` is, unless nothing is there. A link that the step made on the way there is
    /// followed only inside the workspace; one that stands at `path` itself is not.
    pub(super) fn find(&self, path: &RelPath) -> Option<(PathBuf, Metadata)> {
        let to = self.workspace().join(path);
        let parent = to.parent()?.canonicalize().ok()?;
        let found = parent.join(to.file_name()?);
        let meta = fs::symlink_metadata(&found).ok()?;
        parent.starts_with(self.workspace().canonicalize().ok()?).then_some((found, meta))
    }

    /// What becomes `/workspace`.
    pub(super) fn workspace(&self) -> PathBuf {
        self.dir.join("workspace")
    }

    /// What holds `/tmp` and the home.
    pub(super) fn scratch(&self) -> PathBuf {
        self.dir.join("scratch")
    }

    /// Where the log is written.
    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("log")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // What can't be removed now is removed by the next engine's `clear`.
        let _ = remove_all(&self.dir);
    }
}

fn failed(path: &Path, source: io::Error) -> PortError {
    PortError::io(SYSTEM, format!("can't make {}", path.display()), source)
}

// Directories and links get the one time that files have already: no key knows of any.
fn settle(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            settle(&entry.path())?;
        } else if kind.is_symlink() {
            set_times(&entry.path())?;
        }
    }
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
    set_times(dir)
}

/// Removes a directory even where a step left directories in it that nobody may enter (overlays
/// do so too), or where what a killed engine started is still dying and writes into it. One that
/// is not there is no error.
pub(super) fn remove_all(dir: &Path) -> io::Result<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        match fs::remove_dir_all(dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) if tries >= TRIES => return Err(e),
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => open_up(dir)?,
            Err(e) if e.kind() == io::ErrorKind::DirectoryNotEmpty => std::thread::sleep(PAUSE),
            other => return other,
        }
    }
}

fn open_up(dir: &Path) -> io::Result<()> {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}
