//! The sources that a machine is configured for.

use std::path::{Path, PathBuf};
use std::{fs, io};

use tollgate_image::debian::{Source, SourceStyle, sources};

use super::AptError;

/// Reads `etc/apt/sources.list` and `sources.list.d` below `root` (`/` on a machine), in the order
/// of APT: files by name. What APT ignores there (`.save`, `.disabled` …) is ignored.
///
/// # Errors
/// A file can't be read or understood.
pub fn configured(root: &Path) -> Result<Vec<Source>, AptError> {
    let apt = root.join("etc/apt");
    let mut files = vec![apt.join("sources.list")];
    files.extend(listed(&apt.join("sources.list.d"))?);
    let mut found = Vec::new();
    for file in files {
        let style = match file.extension().and_then(|end| end.to_str()) {
            Some("list") => SourceStyle::OneLine,
            Some("sources") => SourceStyle::Paragraphs,
            _ => continue,
        };
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            read => read.map_err(|source| unreadable(&file, source))?,
        };
        found.extend(sources(&text, style, &file.display().to_string())?);
    }
    Ok(found)
}

/// The files of a directory by name; none where there is no such directory.
pub(super) fn listed(directory: &Path) -> Result<Vec<PathBuf>, AptError> {
    let read = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|source| unreadable(directory, source))?,
    };
    let paths = read.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<_> =
        paths.collect::<io::Result<_>>().map_err(|source| unreadable(directory, source))?;
    paths.sort();
    Ok(paths)
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> AptError {
    AptError::Configuration { path: path.to_owned(), source }
}
