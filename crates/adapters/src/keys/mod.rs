//! Keys of this machine: the one that signs evidence, and those that are believed.
//!
//! The key that signs is where the caller's environment says, else a file of the state directory
//! that is made on first use. Every key that signed here is believed here from then on, also after
//! another has taken its place.

mod file;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tollgate_evidence::{KeyError, Keyring, PrivateKey, PublicKey};

pub use source::Source;

/// Where the keys of a project are.
#[derive(Clone, Debug)]
pub struct Keys {
    directory: PathBuf,
    source: Result<Source, KeysError>,
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The environment says several things.
    #[error("both {0} and {1} are set, and only one key signs: unset one of them")]
    Several(&'static str, &'static str),
    /// Others can read it.
    #[error("{path} can be read by others (mode {mode:o}): make another key, or `chmod 600` it")]
    Open {
        /// The file.
        path: String,
        /// Its mode.
        mode: u32,
    },
    /// It can't be had.
    #[error("{what}: {why}")]
    Unreadable {
        /// Where it should have been.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// What is there is none.
    #[error("{what}: {error}")]
    Unfit {
        /// Where it is.
        what: String,
        /// What is wrong with it.
        error: KeyError,
    },
    /// The key that signs is not ours to replace.
    #[error("the key that signs comes from {0}: replace it there")]
    NotOurs(String),
}

impl Keys {
    /// The keys of the project with this state directory, as the caller's environment has it.
    #[must_use]
    pub fn new(state: &Path, environment: &BTreeMap<String, String>) -> Self {
        let directory = state.join("keys");
        let source = Source::of(&directory, environment);
        Self { directory, source }
    }

    /// The key that signs. In the state directory it is made where there is none yet. It is believed
    /// from now on.
    ///
    /// # Errors
    /// See [`KeysError`].
    pub fn signing(&self) -> Result<PrivateKey, KeysError> {
        let key = self.source.clone()?.key()?;
        self.believe(&key.public())?;
        Ok(key)
    }

    /// The keys that are believed: all that ever signed here, and those that were put beside them.
    ///
    /// # Errors
    /// One can't be read, or is none.
    pub fn believed(&self) -> Result<Keyring, KeysError> {
        let directory = self.believed_path();
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Keyring::default());
            }
            Err(error) => return Err(unreadable(&directory, &error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| unreadable(&directory, &error))?.path();
            if path.extension().is_some_and(|extension| extension == "pub") {
                paths.push(path);
            }
        }
        paths.sort();
        let keys = paths.iter().map(|path| public(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Keyring::new(keys))
    }

    /// Puts a new key in the place of the one that signs. What the old one signed stays believed.
    ///
    /// # Errors
    /// The key is not in the state directory, or can't be replaced.
    pub fn rotate(&self) -> Result<PublicKey, KeysError> {
        let source = self.source.clone()?;
        let Source::Own(path) = &source else { return Err(KeysError::NotOurs(source.to_string())) };
        // The old one is believed before it goes.
        self.signing()?;
        let key = file::draw(path)?;
        self.believe(&key.public())?;
        file::replace(path, &key)?;
        Ok(key.public())
    }

    /// Believes a key of somebody else's from now on.
    ///
    /// # Errors
    /// It can't be kept.
    pub fn believe(&self, key: &PublicKey) -> Result<(), KeysError> {
        let path = self.believed_path().join(format!("{}.pub", key.id()));
        if path.exists() {
            return Ok(());
        }
        file::make_directory(&self.directory)?;
        file::write_public(&path, &key.to_pem())
    }

    /// Where the key that signs comes from.
    ///
    /// # Errors
    /// The environment says several things.
    pub fn source(&self) -> Result<Source, KeysError> {
        self.source.clone()
    }

    fn believed_path(&self) -> PathBuf {
        self.directory.join("believed")
    }
}

fn public(path: &Path) -> Result<PublicKey, KeysError> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    PublicKey::from_pem(&text)
        .map_err(|error| KeysError::Unfit { what: path.display().to_string(), error })
}

fn unreadable(path: &Path, error: &std::io::Error) -> KeysError {
    KeysError::Unreadable { what: path.display().to_string(), why: error.to_string() }
}
