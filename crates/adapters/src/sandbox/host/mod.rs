//! What of the host a command may use: a sanitised `PATH` and the directories behind it.
//!
//! Tools live in three kinds of places: the system's directories (always visible), directories
//! that belong to tools alone (`~/.pyenv/versions/3.11.7`, made visible), and directories where
//! tools lie beside private things (`$HOME`, `~/.local`, `~/.cargo`, of which only the named
//! part is made visible).

mod credentials;
mod network;
mod pyenv;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::network::NetworkView;

/// Always on the path, at its end.
const SYSTEM_PATH: [&str; 4] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"];
/// Always visible (see `plan`).
const SYSTEM: [&str; 8] = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/nix", "/gnu/store"];
/// A directory of this many links is not a tool directory, and each costs a mount.
const MAX_LINKS: usize = 256;

/// What of the host is visible inside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostView {
    /// `PATH`, without shims, missing directories and the project's own.
    pub path: String,
    /// Files and directories visible read-only at their own paths.
    pub visible: Vec<PathBuf>,
    /// The caller's home; never visible but for `visible`.
    pub home: PathBuf,
    /// Links in the fresh home: name, target. Tools that look for their parts in the home
    /// (rustup) find them so.
    pub home_links: Vec<(String, PathBuf)>,
    /// What is added for a command that has the network.
    pub network: NetworkView,
}

/// Works out what of the host is visible from the caller's `PATH`, home, project and
/// environment. Reads the file system, changes nothing.
pub fn host_tools(path: &OsStr, home: &Path, project: &Path, env: &[(String, String)]) -> HostView {
    let mut search = Search::new(home, project);
    for directory in std::env::split_paths(path) {
        search.add(&directory, env);
    }
    search.finish(env)
}

/// The walk over `PATH`.
struct Search {
    home: PathBuf,
    project: PathBuf,
    path: Vec<PathBuf>,
    visible: BTreeSet<PathBuf>,
}

impl Search {
    fn new(home: &Path, project: &Path) -> Self {
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self {
            home: real(home),
            project: real(project),
            path: Vec::new(),
            visible: BTreeSet::new(),
        }
    }

    fn add(&mut self, directory: &Path, env: &[(String, String)]) {
        match pyenv::versions_behind(directory, &self.home, &self.project, env) {
            Some(versions) => versions.iter().for_each(|bin| self.add_real(bin)),
            None => self.add_real(directory),
        }
    }

    fn add_real(&mut self, directory: &Path) {
        let Some(real) = real_directory(directory) else {
            return;
        };
        if self.is_private(&real) {
            self.add_base_of(&real);
        } else if !self.path.iter().any(|known| known == directory) {
            self.show_tools(directory, &real);
            self.path.push(directory.to_owned());
        }
    }

    /// The project's own virtual environment is not visible, its interpreter is.
    fn add_base_of(&mut self, directory: &Path) {
        let base = python_in(directory).and_then(|python| python.parent().map(Path::to_owned));
        if let Some(base) = base.filter(|base| !self.is_private(base)) {
            self.add_real(&base);
        }
    }

    fn is_private(&self, path: &Path) -> bool {
        path.starts_with(&self.project) || self.home.starts_with(path) && path != Path::new("/")
    }

    fn show_tools(&mut self, directory: &Path, real: &Path) {
        self.show(&self.root_of(directory));
        self.show(&self.root_of(real));
        for target in links_out_of(real) {
            self.show_target(&target);
        }
        for base in interpreters(real) {
            self.show_target(&base);
        }
    }

    /// What a link in a tool directory leads to: the tool's own tree where it has one, else
    /// just that file.
    fn show_target(&mut self, target: &Path) {
        let directory = target.parent().unwrap_or(target);
        let root = self.root_of(directory);
        let alone = root == directory && !directory.ends_with("bin");
        self.show(if alone { target } else { &root });
    }

    fn show(&mut self, path: &Path) {
        let system = SYSTEM.iter().any(|system| path.starts_with(system));
        let covered = system && !path.starts_with(&self.home);
        if !covered && !self.is_private(path) && !is_reserved(path) {
            self.visible.insert(path.to_owned());
        }
    }

    /// The tree that a `bin` directory belongs to: its parent, if that looks like an installed
    /// tool (it has `lib`, or is a virtual environment) and is not a home of other things.
    fn root_of(&self, directory: &Path) -> PathBuf {
        let parent = directory.parent().filter(|_| is_bin(directory));
        let parent = parent.filter(|parent| is_tool(parent) && !self.is_shared(parent));
        parent.unwrap_or(directory).to_owned()
    }

    fn is_shared(&self, path: &Path) -> bool {
        let shared = [".local", ".cargo", ".config", ""].map(|name| self.home.join(name));
        path == Path::new("/")
            || shared.iter().any(|shared| path == shared)
            || self.is_private(path)
    }

    fn finish(mut self, env: &[(String, String)]) -> HostView {
        let home_links = self.rustup();
        for directory in SYSTEM_PATH.map(PathBuf::from) {
            if directory.is_dir() && !self.path.contains(&directory) {
                self.path.push(directory);
            }
        }
        let mut network = network::view(&self.home, env);
        let certificate = |path: &Path| path.starts_with("/etc") && path.is_file();
        network
            .visible
            .retain(|path| !self.is_private(path) && (!is_reserved(path) || certificate(path)));
        HostView {
            path: join(&self.path),
            visible: outermost(&self.visible),
            home: self.home,
            home_links,
            network,
        }
    }

    /// The proxies in `~/.cargo/bin` find their toolchains through the home directory.
    fn rustup(&mut self) -> Vec<(String, PathBuf)> {
        let rustup = self.home.join(".rustup");
        let used = self.path.contains(&self.home.join(".cargo/bin")) && rustup.is_dir();
        if !used {
            return Vec::new();
        }
        self.show(&rustup);
        vec![(".rustup".to_owned(), rustup)]
    }
}

fn real_directory(directory: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(directory).ok()?;
    (directory.is_absolute() && real.is_dir()).then_some(real)
}

/// Places that the sandbox fills itself.
fn is_reserved(path: &Path) -> bool {
    let own = ["/workspace", "/proc", "/dev", "/sys", "/etc"];
    own.iter().any(|own| path.starts_with(own))
        || path == Path::new("/")
        || path == Path::new("/tmp")
}

fn is_bin(directory: &Path) -> bool {
    directory.ends_with("bin") || directory.ends_with("condabin") || directory.ends_with("sbin")
}

fn is_tool(directory: &Path) -> bool {
    let signs = ["lib", "lib64", "pyvenv.cfg", "conda-meta"];
    signs.iter().any(|sign| directory.join(sign).exists())
}

/// Where the links of a directory lead, outside of it.
fn links_out_of(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let links = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
    let targets = links.filter_map(|link| fs::canonicalize(link.path()).ok());
    targets.filter(|target| !target.starts_with(directory)).take(MAX_LINKS).collect()
}

/// The interpreters behind a directory's python: each link of the chain must be visible, since
/// a virtual environment names its base by a path that is itself often a link.
fn interpreters(directory: &Path) -> Vec<PathBuf> {
    let Some(python) = ["python3", "python"]
        .map(|name| directory.join(name))
        .into_iter()
        .find(|path| path.exists())
    else {
        return Vec::new();
    };
    let mut chain = link_chain(python);
    chain.extend(home_of_venv(directory));
    chain
}

fn link_chain(mut path: PathBuf) -> Vec<PathBuf> {
    let mut chain = Vec::new();
    // Deeper than the kernel itself would follow.
    while let (Ok(target), true) = (fs::read_link(&path), chain.len() < 40) {
        path = path.parent().unwrap_or(Path::new("/")).join(target);
        chain.push(path.clone());
    }
    chain
}

/// `home = /usr/bin` in `pyvenv.cfg`.
fn home_of_venv(bin: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(bin.parent()?.join("pyvenv.cfg")).ok()?;
    let value =
        text.lines().find_map(|line| line.strip_prefix("home")?.trim().strip_prefix('='))?;
    Some(Path::new(value.trim()).join("python3"))
}

fn python_in(directory: &Path) -> Option<PathBuf> {
    let candidates = ["python3", "python"].map(|name| directory.join(name));
    candidates.iter().find_map(|path| fs::canonicalize(path).ok())
}

/// What lies beneath another visible directory needs no mount of its own.
fn outermost(paths: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let inner = |path: &PathBuf| path.ancestors().skip(1).any(|above| paths.contains(above));
    paths.iter().filter(|path| !inner(path)).cloned().collect()
}

/// A directory with a colon in its name cannot be on a path, and did not come from one.
fn join(path: &[PathBuf]) -> String {
    let names: Vec<_> = path.iter().map(|path| path.to_string_lossy()).collect();
    names.join(":")
}

#[cfg(test)]
mod tests;
