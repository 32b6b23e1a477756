//! The application's layer: files of the project, and what needed steps left.

use std::fmt::Display;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tollgate_engine::{PortError, ScanEntry, ScanKind};
use tollgate_image::layer::{Layer, Source};
use tollgate_image::path::ImagePath;
use tollgate_image::{Content, Entry, secrets};
use tollgate_model::{Copied, Digest, Hasher, OutputKind, OutputRef};

use super::Bench;
use super::base::BaseLayers;
use super::error::{Stopped, broken};
use super::secrets::Found;

/// What the project puts into an image.
pub(super) struct Application {
    /// None where nothing is copied.
    pub(super) layer: Option<Layer>,
    /// What looks like a secret in it.
    pub(super) found: Found,
}

impl Bench<'_> {
    /// What the project puts in. What is copied by itself is packed and searched by itself, so that a
    /// change of the source does neither to the model again.
    pub(super) fn application(&self, base: &BaseLayers) -> Result<Application, Stopped> {
        let workdir = self.workdir(base);
        let copied = self.build.copy.iter();
        let sources =
            copied.map(|copied| self.copied(copied, &workdir)).collect::<Result<Vec<_>, _>>()?;
        let mut found = Found::default();
        for source in &sources {
            let of = format!("{} {}", source.owner, source.from.join(" "));
            let name = Digest::of(of.as_bytes()).to_string();
            found.extend(self.known_search(&name, || {
                let failed = |error: &dyn Display| Stopped::Failed(broken("a file", error));
                let entries = (source.entries)().map_err(|error| failed(&error))?;
                secrets::entries(&entries).map_err(|error| failed(&error))
            })?);
        }
        Ok(Application { layer: self.layer(self.recipe(sources))?, found })
    }

    fn copied(&self, copied: &Copied, workdir: &str) -> Result<Source<'_>, Stopped> {
        let (mut of_needs, mut of_project) = (Vec::new(), Vec::new());
        let mut hasher = Hasher::new("image application");
        let to = self.target(copied, workdir)?;
        for (path, output) in &self.job.needs {
            if let Some(inside) = copied.from.below(path) {
                hasher.part(to.as_str().as_bytes()).part(inside.as_bytes());
                hasher.part(output.digest.as_bytes());
                hasher.part(format!("{:?}", output.kind).as_bytes());
                self.made(output, inside, &to, &mut of_needs)?;
            }
        }
        for file in &self.job.inputs {
            if let Some(inside) = file.path.below(&copied.from) {
                if file.kind == ScanKind::Symlink {
                    let message = format!("{} is a symbolic link: name the file itself", file.path);
                    return Err(self.unfit("image.copy", message).into());
                }
                let path = self.place(&to, inside)?;
                hasher.part(path.as_str().as_bytes()).part(file.digest.as_bytes());
                hasher.part(&[u8::from(file.kind == ScanKind::Executable)]);
                of_project.push((file, path));
            }
        }
        if of_needs.is_empty() && of_project.is_empty() {
            let message = format!("there is nothing at {} to copy", copied.from);
            return Err(self.unfit("image.copy", message).into());
        }
        // Packed under what was scanned, so it must be the bytes that were scanned: they are
        // compared as they are read.
        let entries = move || {
            let file = |(file, path): &(&ScanEntry, ImagePath)| {
                let content = Content::Bytes(self.host.files.read(file)?);
                Ok(Entry::file(path.clone(), content, file.kind == ScanKind::Executable))
            };
            let files: Result<Vec<Entry>, PortError> = of_project.iter().map(file).collect();
            Ok(of_needs.iter().cloned().chain(files?).collect())
        };
        let from = vec![hasher.finish().to_string()];
        let owner = copied.from.to_string();
        Ok(Source { owner, from, weight: 0, entries: Box::new(entries) })
    }

    pub(super) fn target(&self, copied: &Copied, workdir: &str) -> Result<ImagePath, Stopped> {
        let text = match copied.to.starts_with('/') {
            true => copied.to.clone(),
            false => format!("{workdir}/{}", copied.to),
        };
        ImagePath::from_root(&text).map_err(|why| {
            let message = format!("{} can't be copied to `{}`: {why}", copied.from, copied.to);
            self.unfit("image.copy", message).into()
        })
    }

    // What of an output lies at or below `inside`.
    fn made(
        &self,
        output: &OutputRef,
        inside: &str,
        to: &ImagePath,
        entries: &mut Vec<Entry>,
    ) -> Result<(), Stopped> {
        let content = |path: &Path, size| Content::Disk { path: path.to_owned(), size };
        if output.kind != OutputKind::Tree {
            let blob = self.host.store.blob_path(&output.digest);
            let executable = output.kind == OutputKind::Executable;
            entries.push(Entry::file(to.clone(), content(&blob, output.bytes), executable));
            return Ok(());
        }
        let mut open = vec![(self.host.store.tree_path(&output.digest).join(inside), to.clone())];
        while let Some((at, path)) = open.pop() {
            let meta = fs::symlink_metadata(&at).map_err(|error| self.unreadable(&path, &error))?;
            if meta.is_dir() {
                let listed = fs::read_dir(&at).map_err(|error| self.unreadable(&path, &error))?;
                for entry in listed {
                    let entry = entry.map_err(|error| self.unreadable(&path, &error))?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    open.push((entry.path(), self.place(&path, &name)?));
                }
            } else if meta.is_symlink() {
                let leads = fs::read_link(&at).map_err(|error| self.unreadable(&path, &error))?;
                entries.push(Entry::symlink(path, &leads.to_string_lossy()));
            } else {
                let executable = meta.permissions().mode() & 0o100 != 0;
                entries.push(Entry::file(path, content(&at, meta.len()), executable));
            }
        }
        Ok(())
    }

    fn place(&self, to: &ImagePath, inside: &str) -> Result<ImagePath, Stopped> {
        if inside.is_empty() {
            return Ok(to.clone());
        }
        to.join(inside).map_err(|why| {
            let message = format!("`{inside}` can't be in an image: {why}");
            self.unfit("image.copy", message).into()
        })
    }

    fn unreadable(&self, path: &ImagePath, error: &std::io::Error) -> Stopped {
        Stopped::Failed(broken(&format!("/{path} can't be read"), error))
    }
}
