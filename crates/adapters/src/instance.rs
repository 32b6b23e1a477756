//! Instances of an image on this machine.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tollgate_image::oci::ImageConfig;
use tollgate_image::oci::layout::Layout;
use tollgate_image::{LayerSource, Limits, Ownership, flatten};
use tollgate_model::ImagePlatform;

use crate::sandbox::{self, ARGUMENT, InstanceOrder, InstanceSaid};

/// What an instance is started from.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The unpacked image.
    pub root: PathBuf,
    /// The command, in words.
    pub command: Vec<String>,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// Where it starts.
    pub workdir: String,
    /// As whom.
    pub user: (u32, u32),
    /// Where it listens, in a network of its own.
    pub port: u16,
}

/// Why there is no instance.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InstanceError(String);

/// Unpacks an image below `roots`, where it is kept, and reads how it is run.
///
/// # Errors
/// It is not here, can't be unpacked, or can't be run so.
pub fn recipe(layout: &Layout, digest: &str, roots: &Path) -> Result<Recipe, InstanceError> {
    let failed = |error: &dyn std::fmt::Display| InstanceError(format!("image {digest}: {error}"));
    let image = layout.resolve(digest).map_err(|error| failed(&error))?;
    let here = ImagePlatform::here().ok_or_else(|| failed(&"this machine runs no images"))?;
    let platform = tollgate_image::oci::Platform {
        architecture: here.to_string().trim_start_matches("linux/").to_owned(),
        os: "linux".into(),
        variant: None,
    };
    let image = layout.image_for(&image, &platform).map_err(|error| failed(&error))?;
    let manifest = layout.manifest(&image).map_err(|error| failed(&error))?;
    let config: ImageConfig = layout.parsed(&manifest.config).map_err(|error| failed(&error))?;
    let root = roots.join(image.digest.hex());
    if !root.is_dir() {
        fs::create_dir_all(roots).map_err(|error| failed(&error))?;
        let sources = manifest.layers.iter().map(|layer| {
            LayerSource::of(layout, layer).ok_or_else(|| failed(&"a layer's packing is not known"))
        });
        let sources: Vec<LayerSource> = sources.collect::<Result<_, _>>()?;
        // Whole or not at all.
        let partial = tempfile::tempdir_in(roots).map_err(|error| failed(&error))?;
        let into = partial.path().join("root");
        flatten(&sources, &Limits::default(), Ownership::Mine, &into).map_err(|e| failed(&e))?;
        match fs::rename(&into, &root) {
            Err(_) if root.is_dir() => {}
            done => done.map_err(|error| failed(&error))?,
        }
    }
    let run = &config.config;
    let command = [run.entrypoint.clone(), run.cmd.clone()].into_iter().flatten().flatten();
    let ports = run.exposed_ports.keys();
    let port = ports.filter_map(|port| port.trim_end_matches("/tcp").parse().ok()).next();
    let pairs = run.env.iter().filter_map(|pair| pair.split_once('='));
    Ok(Recipe {
        root,
        command: command.collect(),
        env: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        workdir: run.working_dir.clone().unwrap_or_else(|| "/".to_owned()),
        user: user(run.user.as_deref()).map_err(|why| failed(&why))?,
        port: port.ok_or_else(|| failed(&"it names no port (`ports: [8080]` of the image)"))?,
    })
}

/// The numbers of an image's user. Names would have to be looked up in files that the image brings.
fn user(text: Option<&str>) -> Result<(u32, u32), &'static str> {
    let text = text.unwrap_or_default();
    let (user, group) = text.split_once(':').unwrap_or((text, text));
    match (user.parse(), group.parse()) {
        (Ok(0), _) | (_, Ok(0)) => Err("it runs as root (`user: \"65532:65532\"` of the image)"),
        (Ok(user), Ok(group)) => Ok((user, group)),
        _ => Err("its user is no number (`user: \"65532:65532\"` of the image)"),
    }
}

/// One that runs.
#[derive(Debug)]
pub struct Instance {
    child: Mutex<Child>,
    channel: Mutex<OwnedFd>,
    port: u16,
    scratch: PathBuf,
    ended: Mutex<Option<String>>,
}

impl Instance {
    /// Starts one in `scratch`, a directory of its own; what it prints goes to `log`.
    ///
    /// # Errors
    /// It could not be started.
    pub fn start(recipe: &Recipe, scratch: &Path, log: &Path) -> Result<Self, InstanceError> {
        let failed = |error: &dyn std::fmt::Display| {
            InstanceError(format!("the instance can't be started: {error}"))
        };
        let prepare = || -> io::Result<(Child, OwnedFd)> {
            let _ = fs::remove_dir_all(scratch);
            fs::create_dir_all(scratch.join("tmp"))?;
            open_to_all(&scratch.join("tmp"))?;
            let log = File::options().append(true).create(true).open(log)?;
            let (ours, theirs) = sandbox::pair()?;
            let child = Command::new("/proc/self/exe")
                .args([ARGUMENT, "instance"])
                .env_clear()
                .stdin(Stdio::from(theirs))
                .stdout(Stdio::from(log.try_clone()?))
                .stderr(Stdio::from(log))
                // A Ctrl-C at the terminal is for Tollgate, which then ends it in its own time.
                .process_group(0)
                .spawn()?;
            Ok((child, ours))
        };
        let (child, channel) = prepare().map_err(|error| failed(&error))?;
        let order = InstanceOrder {
            root: recipe.root.clone(),
            scratch: scratch.to_owned(),
            command: recipe.command.clone(),
            env: recipe.env.clone(),
            workdir: recipe.workdir.clone(),
            user: recipe.user.0,
            group: recipe.user.1,
        };
        let instance = Self {
            child: Mutex::new(child),
            channel: Mutex::new(channel),
            port: recipe.port,
            scratch: scratch.to_owned(),
            ended: Mutex::new(None),
        };
        instance.order(&order).map_err(|error| failed(&error))?;
        match instance.hear() {
            Ok(Some((InstanceSaid::Started, _))) => Ok(instance),
            Ok(Some((InstanceSaid::Failed(failure), _))) => Err(failed(&failure)),
            Ok(_) => Err(failed(&"its helper ended without a word")),
            Err(error) => Err(failed(&error)),
        }
    }

    fn order(&self, order: &InstanceOrder) -> io::Result<()> {
        let text = serde_json::to_vec(order)?;
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        let channel = self.channel.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = File::from(channel.try_clone()?);
        stream.write_all(&length.to_le_bytes())?;
        stream.write_all(&text)
    }

    fn hear(&self) -> io::Result<Option<(InstanceSaid, Option<OwnedFd>)>> {
        let channel = self.channel.lock().unwrap_or_else(PoisonError::into_inner);
        sandbox::receive(&channel)
    }

    /// A connection to the service, which may still be on its way; it does not block.
    ///
    /// # Errors
    /// Nobody listens, or the service has ended.
    pub fn connect(&self) -> io::Result<TcpStream> {
        let channel = self.channel.lock().unwrap_or_else(PoisonError::into_inner);
        let [low, high] = self.port.to_le_bytes();
        nix::unistd::write(&*channel, &[sandbox::CONNECT, low, high])?;
        loop {
            match sandbox::receive(&channel)? {
                Some((InstanceSaid::Connected, Some(socket))) => return Ok(socket.into()),
                Some((InstanceSaid::Refused(why), _)) => {
                    return Err(io::Error::new(io::ErrorKind::ConnectionRefused, why));
                }
                Some((InstanceSaid::Ended(how), _)) => {
                    *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
                }
                Some(_) => {}
                None => return Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
    }

    /// How it ended, where it has.
    pub fn ended(&self) -> Option<String> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = matches!(child.try_wait(), Ok(Some(_)) | Err(_));
        if !gone {
            return None;
        }
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.is_none()
            && let Ok(Some((InstanceSaid::Ended(how), _))) = self.hear()
        {
            *ended = Some(how);
        }
        Some(ended.clone().unwrap_or_else(|| "it ended".to_owned()))
    }

    /// Asks it to end, waits for so long, and ends it.
    pub fn stop(&self, grace: Duration) {
        {
            let channel = self.channel.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = nix::unistd::write(&*channel, &[sandbox::TERMINATE]);
        }
        let until = Instant::now() + grace;
        while self.ended().is_none() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
        let _ = fs::remove_dir_all(&self.scratch);
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}

/// Its `/tmp` belongs to whoever it runs as.
fn open_to_all(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o1777))
}
