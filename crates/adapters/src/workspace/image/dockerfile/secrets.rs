//! Secrets for the steps of a Dockerfile: files that a builder mounts, in no layer afterwards.

use std::fs;
use std::io::{Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tollgate_image::oci::{Descriptor, ImageConfig};
use tollgate_image::{Limits, secrets};
use tollgate_model::{DockerfileBuild, Finding, SecretSource};
use zeroize::Zeroizing;

use crate::workspace::image::Bench;
use crate::workspace::image::error::{Stopped, broken};

/// Where files lie in memory.
const MEMORY: &str = "/dev/shm";

/// The longest secret, in bytes.
const LONGEST: u64 = 1 << 20;

/// A shorter value is in too many files to mean anything.
const SHORTEST: usize = 6;

/// The secrets of one build; their files go with it.
pub(super) struct Secrets {
    directory: Option<TempDir>,
    all: Vec<(String, Zeroizing<Vec<u8>>)>,
}

impl Secrets {
    pub(super) fn files(&self) -> Vec<(String, PathBuf)> {
        let Some(directory) = &self.directory else { return Vec::new() };
        let each = self.all.iter().enumerate();
        each.map(|(at, (id, _))| (id.clone(), file(directory.path(), at))).collect()
    }

    /// What must be shown to nobody: each value, and each of its lines.
    pub(super) fn values(&self) -> Vec<String> {
        let texts = self.all.iter().map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        let lines = texts.flat_map(|text| {
            let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
            lines.into_iter().chain([text.trim().to_owned()])
        });
        lines.filter(|line| line.len() >= SHORTEST).collect()
    }
}

fn file(directory: &Path, at: usize) -> PathBuf {
    directory.join(at.to_string())
}

impl Bench<'_> {
    /// All that the build names, before anything is built.
    pub(super) fn secrets(&self, build: &DockerfileBuild) -> Result<Secrets, Stopped> {
        let mut all = Vec::new();
        for (id, source) in &build.secrets {
            let value = self.secret(source).map_err(|why| {
                let message = format!("the secret `{id}` is not to be had: {source} {why}");
                self.unfit("image.secret", message)
            })?;
            all.push((id.clone(), value));
        }
        if all.is_empty() {
            return Ok(Secrets { directory: None, all });
        }
        let failed = |error| Stopped::Failed(broken("a secret can't be handed on", &error));
        let directory = tempfile::tempdir_in(MEMORY)
            .or_else(|_| tempfile::tempdir_in(self.scratch.path()))
            .map_err(failed)?;
        for (at, (_, value)) in all.iter().enumerate() {
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            let mut file = options.open(file(directory.path(), at)).map_err(failed)?;
            file.write_all(value).map_err(failed)?;
        }
        Ok(Secrets { directory: Some(directory), all })
    }

    fn secret(&self, source: &SecretSource) -> Result<Zeroizing<Vec<u8>>, String> {
        let value = match source {
            SecretSource::Env(name) => match self.host.environment.get(name) {
                Some(value) => Zeroizing::new(value.clone().into_bytes()),
                None => return Err("is not set".to_owned()),
            },
            SecretSource::File(path) => {
                let mut value = Zeroizing::new(Vec::new());
                let opened = fs::File::open(self.host.root.join(path));
                opened
                    .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut value))
                    .map_err(|error| format!("can't be read: {error}"))?;
                value
            }
        };
        match value.len() as u64 {
            0 => Err("is empty".to_owned()),
            LONGEST.. => Err(format!("has more than {LONGEST} bytes")),
            _ => Ok(value),
        }
    }

    /// Where a secret that was mounted stands in what was built.
    pub(super) fn baked_in(
        &self,
        layers: &[Descriptor],
        config: &ImageConfig,
        given: &Secrets,
    ) -> Result<Vec<Finding>, Stopped> {
        let values = given.values();
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let told = |place: String| {
            let message = format!("a secret of the build stands in {place}");
            self.unfit("image.secret", message).hint(
                "use it where it is mounted, and write it nowhere; make it void if the image was pushed",
            )
        };
        let mut found = Vec::new();
        let settings = serde_json::to_string(config).unwrap_or_default();
        if values.iter().any(|value| settings.contains(value)) {
            found.push(told("the settings of the image".to_owned()));
        }
        for layer in layers {
            let source = self.layer_source(layer)?;
            let files = secrets::holding(&source, &values, &Limits::default())
                .map_err(|error| broken("a layer", &error))?;
            found.extend(files.into_iter().map(|file| told(format!("/{file}"))));
        }
        Ok(found)
    }
}
