//! Secrets in a directory, and in all that its Git history has.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ignore::WalkBuilder;
use tollgate_image::secrets::{Leak, search};

use crate::parallel;

/// So much of a file is looked at.
const LONGEST: u64 = 64 << 20;

/// The secrets in the files of a directory that Git does not ignore, in the order of their paths.
///
/// # Errors
/// A file or directory can't be read, or `stop` said so.
pub fn in_files(root: &Path, stop: &(dyn Fn() -> bool + Sync)) -> io::Result<Vec<Leak>> {
    let mut files: Vec<PathBuf> = Vec::new();
    // Hidden files are where secrets are; what Git and Tollgate keep of them is looked at otherwise.
    let ours = |entry: &ignore::DirEntry| {
        !matches!(entry.file_name().to_str(), Some(".git" | ".tollgate"))
    };
    let walk = WalkBuilder::new(root).hidden(false).filter_entry(ours).build();
    for entry in walk {
        let entry = entry.map_err(io::Error::other)?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.push(entry.into_path());
        }
        if stop() {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    files.sort();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let look = |path: &PathBuf| -> io::Result<Vec<Leak>> {
        if stop() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
        let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
        Ok(search(&shown, &bytes))
    };
    Ok(parallel::all(&files, threads, look)?.concat())
}

/// The secrets in every version of every file that any commit of any branch or tag has, each once.
/// Paths are followed by the beginning of the object's name.
///
/// # Errors
/// There is no history, Git can't be asked, or `stop` said so.
pub fn in_history(root: &Path, stop: &(dyn Fn() -> bool + Sync)) -> io::Result<Vec<Leak>> {
    let names = objects(root)?;
    let mut child = Command::new("git")
        .args(["cat-file", "--batch"])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let closed = || io::Error::other("git ended");
    let mut input = child.stdin.take().ok_or_else(closed)?;
    let mut output = BufReader::new(child.stdout.take().ok_or_else(closed)?);
    let mut leaks = Vec::new();
    for (name, path) in &names {
        if stop() {
            child.kill()?;
            child.wait()?;
            return Err(io::ErrorKind::Interrupted.into());
        }
        writeln!(input, "{name}")?;
        input.flush()?;
        let Some(bytes) = object(&mut output)? else { continue };
        let short = name.get(..10).unwrap_or(name);
        leaks.extend(search(&format!("{path}@{short}"), &bytes));
    }
    drop(input);
    child.wait()?;
    Ok(leaks)
}

/// All objects with a path, by their names.
fn objects(root: &Path) -> io::Result<BTreeMap<String, String>> {
    let output = Command::new("git")
        .args(["rev-list", "--objects", "--all"])
        .current_dir(root)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(io::Error::other(said));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let named = text.lines().filter_map(|line| line.split_once(' '));
    let named = named.filter(|(_, path)| !path.is_empty());
    Ok(named.map(|(name, path)| (name.to_owned(), path.to_owned())).collect())
}

/// The next answer: a file's bytes, as far as they are looked at; none where it is no file.
fn object(output: &mut impl io::BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut head = String::new();
    output.read_line(&mut head)?;
    let mut words = head.split_whitespace().skip(1);
    let (kind, size) = (words.next().unwrap_or_default(), words.next());
    let Some(size) = size.and_then(|size| size.parse::<u64>().ok()) else { return Ok(None) };
    let mut bytes = Vec::new();
    output.by_ref().take(size.min(LONGEST)).read_to_end(&mut bytes)?;
    let rest = size.saturating_sub(LONGEST) + 1;
    io::copy(&mut output.by_ref().take(rest), &mut io::sink())?;
    Ok((kind == "blob").then_some(bytes))
}
