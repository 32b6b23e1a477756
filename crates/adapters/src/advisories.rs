//! The database of advisories of a project: one file in its state directory, and the addresses that it
//! is brought up to date from.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use tollgate_engine::Clock as _;
use tollgate_image::osv::{self, Database, DatabaseError, ImportError, Imported};

use crate::SystemClock;
use crate::http::{Http, HttpError, HttpOptions};

/// The exports of all ecosystems together have less than half of it.
const LARGEST: u64 = 4 << 30;

/// Why an export can't be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Somebody on the way could change it.
    #[error(
        "{0} is not asked over TLS, and what is known against packages could be left out on the way"
    )]
    Plain(String),
    /// There is no answer, or none that helps.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It broke off.
    #[error("{url}: {got} of {wanted} bytes came")]
    Short {
        /// From where.
        url: String,
        /// So many came.
        got: u64,
        /// So many were said to come.
        wanted: u64,
    },
    /// The disk fails.
    #[error("can't keep what is fetched: {0}")]
    Io(#[from] io::Error),
}

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

/// Fetches an export of advisories to the directory that is returned, which goes when it is dropped.
/// `environment` says how the network is reached.
///
/// # Errors
/// The address is neither of this machine nor asked over TLS, does not answer, or breaks off.
pub fn fetch(
    url: &str,
    environment: &BTreeMap<String, String>,
    state: &Path,
) -> Result<TempDir, FetchError> {
    let host = url.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or_default());
    if host.is_some_and(|host| !crate::registry::is_loopback(host)) {
        return Err(FetchError::Plain(url.to_owned()));
    }
    let mut options = HttpOptions::of(environment);
    if host.is_some() {
        options.proxy = None;
    }
    let answer = Http::new(&options)?.get(url, 0, LARGEST)?;
    fs::create_dir_all(state)?;
    let directory = tempfile::tempdir_in(state)?;
    let mut file = fs::File::create(directory.path().join("all.zip"))?;
    let mut body = answer.body;
    let got = io::copy(&mut body, &mut file)?;
    match answer.length {
        Some(wanted) if wanted != got => {
            Err(FetchError::Short { url: url.to_owned(), got, wanted })
        }
        _ => Ok(directory),
    }
}

/// The addresses that were asked the last time.
#[must_use]
pub fn addresses(state: &Path) -> Vec<String> {
    let text = fs::read_to_string(state.join("advisories.urls")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Keeps the addresses for the next time.
///
/// # Errors
/// The disk fails.
pub fn remember(urls: &[String], state: &Path) -> io::Result<()> {
    fs::write(state.join("advisories.urls"), urls.join("\n") + "\n")
}
