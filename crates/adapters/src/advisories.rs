//! The database of advisories of a project: one file in its state directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tollgate_engine::Clock as _;
use tollgate_image::osv::{self, Database, DatabaseError, ImportError, Imported};

use crate::SystemClock;

/// Where it is.
#[must_use]
pub fn path(state: &Path) -> PathBuf {
    state.join("advisories.db")
}

/// The database; none where nothing was imported yet.
///
/// # Errors
/// It can't be read, or is damaged.
pub fn open(state: &Path) -> Result<Option<Database>, DatabaseError> {
    match Database::open(&path(state)) {
        Ok(database) => Ok(Some(database)),
        Err(DatabaseError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Imports an export of advisories. The database is replaced as a whole or not at all; one that is
/// damaged is written anew.
///
/// # Errors
/// The export can't be read or is none, or the database can't be written.
pub fn import(from: &Path, state: &Path) -> Result<Imported, ImportError> {
    let to = path(state);
    let failed = |source| ImportError::Io { path: to.clone(), source };
    let before = match open(state) {
        Ok(before) => before,
        Err(DatabaseError::Damaged(_)) => None,
        Err(error) => return Err(error.into()),
    };
    fs::create_dir_all(state).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(state).map_err(failed)?;
    let imported = osv::import(from, before.as_ref(), SystemClock.now(), &mut file)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&to).map_err(|error| failed(error.error))?;
    Ok(imported)
}
