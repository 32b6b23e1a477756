//! Reports as files, written whole or not at all.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tollgate_model::Exit;
use tollgate_report::{Document, Form};

use crate::cli::Context;
use crate::error::CliError;

/// A file that a report goes to; its name says the form.
#[derive(Clone, Debug)]
pub(crate) struct ReportFile {
    path: PathBuf,
    form: Form,
}

/// Understands the name of a file on the command line.
pub(crate) fn named(name: &str) -> Result<ReportFile, String> {
    let path = PathBuf::from(name);
    let form = Form::of(&path).ok_or(
        "a report is a file whose name ends in .html, .md (Markdown), .xml (JUnit), .sarif or .json",
    )?;
    Ok(ReportFile { path, form })
}

/// Refuses files that can't be written, and those that are read from, before any work is done.
pub(crate) fn ready(
    files: &[ReportFile],
    read: &[&Path],
    context: &Context,
) -> Result<(), CliError> {
    let read: Vec<_> =
        read.iter().filter_map(|path| context.resolve(path).canonicalize().ok()).collect();
    for file in files {
        let (path, shown) = (context.resolve(&file.path), file.path.display());
        let folder = path.parent().unwrap_or(Path::new("/"));
        let refused = match path.canonicalize() {
            _ if !folder.is_dir() => format!("{} is no directory", folder.display()),
            Ok(path) if path.is_dir() => "it is a directory".to_owned(),
            Ok(path) if read.contains(&path) => "it is what is looked at".to_owned(),
            Ok(_) | Err(_) => continue,
        };
        return Err(CliError::misconfigured(format!("can't write the report {shown}: {refused}")));
    }
    Ok(())
}

/// Writes the document to each of the files, in its form; it is made only if there is one.
pub(crate) fn write(
    files: &[ReportFile],
    document: impl FnOnce() -> Document,
    context: &Context,
) -> Result<(), CliError> {
    if files.is_empty() {
        return Ok(());
    }
    let document = document();
    for file in files {
        let text = file.form.render(&document);
        replace(&context.resolve(&file.path), text.as_bytes()).map_err(|error| {
            let shown = file.path.display();
            CliError::new(exit(&error), format!("can't write the report {shown}: {error}"))
        })?;
    }
    Ok(())
}

// Whoever reads the file finds the old report or the new one, never half of one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut builder = tempfile::Builder::new();
    // As any file that a program writes; the process' mask takes away from it.
    builder.permissions(Permissions::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

// Where to write is for the caller to say; that a disk is full is another matter.
fn exit(error: &io::Error) -> Exit {
    match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::InvalidFilename => Exit::Misconfigured,
        _ => Exit::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_known_ending_are_reports() {
        assert_eq!(named("out/r.html").unwrap().form, Form::Html);
        for name in ["-", "r.pdf", "r", ""] {
            assert!(named(name).unwrap_err().contains(".html"), "{name}");
        }
    }

    #[test]
    fn a_report_replaces_the_one_before_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.md");
        std::fs::write(&path, "the one before, which is longer").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "").unwrap();
        assert_eq!(mode(&path), mode(&plain), "whoever may read files may read it");
        assert!(replace(&folder.path().join("gone/r.md"), b"new").is_err());
    }
}
