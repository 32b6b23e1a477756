//! Locks: which versions an environment gets, and the digest of every file that may be one of them.
//! Three formats, one result. What can't be held to a digest is refused, with what to do about it.

mod error;
mod pylock;
mod requirements;
mod uv;

pub use error::{LockError, LockNote, LockProblem};

use super::{CompatibleTags, PackageName, TargetEnvironment, WheelName};
use crate::oci::Sha256;
use crate::version::PythonVersion;

/// How long a lock may be, in bytes; that of a monorepo with thousands of packages has a few million.
const LONGEST: usize = 64 << 20;

/// What a lock pins for one environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Sorted by name, each once.
    pub packages: Vec<Locked>,
    /// What the lock says and nobody follows here.
    pub notes: Vec<LockNote>,
}

/// One package of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its name.
    pub name: PackageName,
    /// The one version that is admitted.
    pub version: PythonVersion,
    /// The packages of the lock that it needs; none where the format does not say.
    pub requires: Option<Vec<PackageName>>,
    /// Its files, wheels and others: whatever matches one of the digests is admitted.
    pub files: Vec<LockedFile>,
    /// The file that says so, as it is named in messages.
    pub file: String,
    /// The line there, counted from 1.
    pub line: usize,
}

/// A file that a lock admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedFile {
    /// Its name, where the format says it.
    pub filename: Option<String>,
    /// Where it is, where the format says it.
    pub url: Option<String>,
    /// Its digest.
    pub sha256: Sha256,
    /// Bytes, where the format says it.
    pub size: Option<u64>,
}

/// The formats of locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFormat {
    /// pip's requirements file, with hashes.
    Requirements,
    /// uv's own.
    Uv,
    /// The standard one (PEP 751).
    Pylock,
}

/// Gets the text of another file that a lock names.
pub trait Loader {
    /// The text of `path`, which is as written in the lock, relative to the directory of the file
    /// `from` (itself named as in an earlier call, or as the lock was).
    ///
    /// # Errors
    /// Why there is none, as a sentence without a full stop.
    fn load(&self, from: &str, path: &str) -> Result<Loaded, String>;
}

/// Another file of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// What it is called in messages, and by which a circle is noticed.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Reads the lock `text`, which is in a file called `name`, for `environment`.
///
/// # Errors
/// It is no lock, or one that does not hold every file to a digest. Each problem has its place.
pub fn read_lock(
    name: &str,
    text: &str,
    environment: &TargetEnvironment,
    loader: &dyn Loader,
) -> Result<Lock, LockError> {
    let format = LockFormat::of(name, text)?;
    if text.len() > LONGEST {
        let found = format!("it has {} bytes", text.len());
        return Err(LockProblem::new(name, 1, found, format!("at most {LONGEST} bytes"), "").into());
    }
    let mut lock = match format {
        LockFormat::Requirements => requirements::read(name, text, environment, loader)?,
        LockFormat::Uv => uv::read(name, text, environment)?,
        LockFormat::Pylock => pylock::read(name, text, environment)?,
    };
    lock.packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(lock)
}

impl LockFormat {
    /// The format of a file, by its name; its text must not speak against it.
    ///
    /// # Errors
    /// The name is that of no lock, or the text is another format's.
    pub fn of(name: &str, text: &str) -> Result<Self, LockError> {
        let base = name.rsplit('/').next().unwrap_or(name);
        let pylock = base.starts_with("pylock.") && base.ends_with(".toml");
        let named = match base {
            "uv.lock" => Self::Uv,
            _ if pylock => Self::Pylock,
            _ if base.ends_with(".txt") => Self::Requirements,
            _ => {
                let expected = "`requirements.txt`, `uv.lock` or `pylock.toml`".to_owned();
                let found = format!("`{base}` is no name of a lock");
                return Err(LockProblem::new(name, 1, found, expected, "rename it").into());
            }
        };
        let looks = Self::looking_like(text);
        if looks.is_some_and(|looks| looks != named) {
            let found = format!("what is in it looks like {}", looks.map_or("", Self::title));
            let expected = format!("{}, as its name says", named.title());
            return Err(LockProblem::new(name, 1, found, expected, "rename it").into());
        }
        Ok(named)
    }

    fn looking_like(text: &str) -> Option<Self> {
        text.lines().find_map(|line| match line.split(['=', '#']).next()?.trim() {
            "[[package]]" => Some(Self::Uv),
            "lock-version" | "[[packages]]" => Some(Self::Pylock),
            _ => None,
        })
    }

    fn title(self) -> &'static str {
        match self {
            Self::Requirements => "a requirements file",
            Self::Uv => "`uv.lock`",
            Self::Pylock => "`pylock.toml`",
        }
    }
}

impl Locked {
    /// Of the files whose names are known, the wheel that pip would take.
    #[must_use]
    pub fn best_wheel(&self, tags: &CompatibleTags) -> Option<(WheelName, &LockedFile)> {
        let named: Vec<(WheelName, &LockedFile)> = self
            .files
            .iter()
            .filter_map(|file| Some((file.filename.as_deref()?.parse().ok()?, file)))
            .collect();
        let best = tags.best(named.iter().map(|(name, file)| (name, *file)));
        best.map(|(name, file)| (name.clone(), file))
    }

    /// Whether a file with this digest is one of it.
    #[must_use]
    pub fn admits(&self, sha256: &Sha256) -> bool {
        self.files.iter().any(|file| file.sha256 == *sha256)
    }
}

// The last part of a URL's path, with its escapes undone.
fn filename_of(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let encoded = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).filter(|_| *first == b'%');
        let escape = escape.and_then(|hex| std::str::from_utf8(hex).ok());
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

// Where each line of a text begins, so that asking for many places costs little.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect())
    }

    // The line of a place, counted from 1.
    fn at(&self, place: usize) -> usize {
        self.0.partition_point(|end| *end < place) + 1
    }
}

#[cfg(test)]
mod tests;
