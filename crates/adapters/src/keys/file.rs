//! Keys in files. A private key is nobody's but its owner's from its first byte on.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use tollgate_evidence::{KeyError, PrivateKey};
use zeroize::Zeroizing;

use super::{KeysError, unreadable};

/// The private key in a file that nobody else can read.
pub(super) fn read(path: &Path) -> Result<PrivateKey, KeysError> {
    let failed = |error: io::Error| unreadable(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeysError::Open { path: path.display().to_string(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(failed)?;
    parse(&text, &path.display().to_string())
}

pub(super) fn parse(text: &str, what: &str) -> Result<PrivateKey, KeysError> {
    PrivateKey::from_pem(text).map_err(|error| KeysError::Unfit { what: what.to_owned(), error })
}

/// The key in the file; a new one where there is none. Of two that make one at once, both get the
/// same.
pub(super) fn read_or_make(path: &Path) -> Result<PrivateKey, KeysError> {
    match path.symlink_metadata() {
        Ok(_) => return read(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(path, &error)),
    }
    make_directory(path.parent().unwrap_or(path))?;
    let file = unfinished(path, &draw(path)?)?;
    match file.persist_noclobber(path) {
        Ok(_) => read(path),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(unreadable(path, &error.error)),
    }
}

/// Puts `key` where another was. Whoever reads meanwhile gets one of them, whole.
pub(super) fn replace(path: &Path, key: &PrivateKey) -> Result<(), KeysError> {
    let file = unfinished(path, key)?;
    file.persist(path).map(drop).map_err(|error| unreadable(path, &error.error))
}

/// A new key from the system's randomness.
pub(super) fn draw(path: &Path) -> Result<PrivateKey, KeysError> {
    let random = Path::new("/dev/urandom");
    let mut bytes = Zeroizing::new([0; 32]);
    // One draw in four thousand million is none.
    for _ in 0..4 {
        let read = File::open(random).and_then(|mut file| file.read_exact(&mut bytes[..]));
        read.map_err(|error| unreadable(random, &error))?;
        if let Ok(key) = PrivateKey::from_random(&bytes) {
            return Ok(key);
        }
    }
    let what = path.display().to_string();
    Err(KeysError::Unfit { what, error: KeyError::Unusable })
}

/// A directory that nobody else can look into.
pub(super) fn make_directory(path: &Path) -> Result<(), KeysError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| unreadable(path, &error))
}

pub(super) fn write_public(path: &Path, text: &str) -> Result<(), KeysError> {
    let failed = |error: io::Error| unreadable(path, &error);
    let directory = path.parent().unwrap_or(path);
    fs::create_dir_all(directory).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map(drop).map_err(|error| failed(error.error))
}

// A temporary file has mode 0600 from its making on.
fn unfinished(path: &Path, key: &PrivateKey) -> Result<tempfile::NamedTempFile, KeysError> {
    let failed = |error: io::Error| unreadable(path, &error);
    let directory = path.parent().unwrap_or(path);
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(key.to_pem().as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    Ok(file)
}
