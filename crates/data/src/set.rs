//! What is checked as one data set: a file, or several in the order of their paths.

use std::fs;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::DataError;

/// Directories within directories; more are a cycle or a mistake.
const DEPTH: usize = 64;

/// One data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSet {
    shown: String,
    parts: Vec<Part>,
    /// It is a directory or a glob, though it may have one file only.
    several: bool,
}

/// One file of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it is.
    pub path: PathBuf,
    /// What reports call it. Folders in it that are called `name=value` give each of its rows that
    /// value, as Hive has it.
    pub shown: String,
}

impl DataSet {
    /// One file.
    #[must_use]
    pub fn file(path: &Path, shown: &str) -> Self {
        let part = Part { path: path.to_owned(), shown: shown.to_owned() };
        Self { shown: shown.to_owned(), parts: vec![part], several: false }
    }

    /// Several files that count as one data set, in the order of the bytes of what they are
    /// called.
    ///
    /// # Errors
    /// If there are none.
    pub fn of(mut parts: Vec<Part>, shown: &str) -> Result<Self, DataError> {
        if parts.is_empty() {
            return Err(DataError::NoParts { path: shown.to_owned() });
        }
        parts.sort_by(|a, b| a.shown.as_bytes().cmp(b.shown.as_bytes()));
        Ok(Self { shown: shown.to_owned(), parts, several: true })
    }

    /// What is at the path: a file, or all files below a directory. As elsewhere, what begins with
    /// `.` or `_` is no data. Links are not followed: what they lead to may be anything.
    ///
    /// # Errors
    /// If there is nothing, nothing in it, or something that can't be listed.
    pub fn at(path: &Path, shown: &str) -> Result<Self, DataError> {
        if !path.is_dir() {
            return Ok(Self::file(path, shown));
        }
        let mut parts = Vec::new();
        list(path, shown.trim_end_matches('/'), 0, None, &mut parts)?;
        Self::of(parts, shown)
    }

    /// The files below `base` whose paths from there match a glob such as `parts/*.parquet`, where
    /// `*` does not cross a `/`. A file of just that name is meant first.
    ///
    /// # Errors
    /// As with [`Self::at`]; and if it is no glob.
    pub fn matching(base: &Path, glob: &str) -> Result<Self, DataError> {
        let literal = base.join(glob);
        if literal.exists() || !glob.contains(['*', '?', '[', '{']) {
            return Self::at(&literal, glob);
        }
        let pattern = matcher(glob)?;
        let until = glob.find(['*', '?', '[', '{']).unwrap_or(glob.len());
        let fixed = glob[..until].rfind('/').map_or("", |at| &glob[..at.max(1)]);
        let mut parts = Vec::new();
        let folder = if fixed.is_empty() { base.to_owned() } else { base.join(fixed) };
        if folder.is_dir() {
            list(&folder, fixed, 0, Some(&pattern), &mut parts)?;
        }
        Self::of(parts, glob)
    }

    /// The files in the directory `path`, which is called `shown`, that the glob matches by what
    /// they are called then.
    ///
    /// # Errors
    /// If something can't be listed, or it is no glob.
    pub fn within(path: &Path, shown: &str, glob: &str) -> Result<Vec<Part>, DataError> {
        let mut parts = Vec::new();
        list(path, shown, 0, Some(&matcher(glob)?), &mut parts)?;
        Ok(parts)
    }

    /// The files that `keep` says yes to, by what they are called.
    ///
    /// # Errors
    /// If none is left.
    pub fn only(mut self, keep: impl Fn(&str) -> bool) -> Result<Self, DataError> {
        self.parts.retain(|part| keep(&part.shown));
        match self.parts.is_empty() {
            true => Err(DataError::NoParts { path: self.shown }),
            false => Ok(self),
        }
    }

    /// What reports call it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Its files, in their order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether findings tell of which file they are.
    pub(crate) fn is_several(&self) -> bool {
        self.several
    }
}

impl Part {
    /// The values that its folders give to its rows, by column; `None` is no value.
    pub(crate) fn constants(&self) -> Vec<(String, Option<String>)> {
        let folders = self.shown.split('/').rev().skip(1).filter_map(|folder| {
            let (name, value) = folder.split_once('=').filter(|(name, _)| !name.is_empty())?;
            let null = value == "__HIVE_DEFAULT_PARTITION__";
            Some((unquoted(name), (!null).then(|| unquoted(value))))
        });
        let mut found: Vec<(String, _)> = Vec::new();
        for (name, value) in folders {
            if found.iter().all(|(known, _)| *known != name) {
                found.push((name, value));
            }
        }
        found.reverse();
        found
    }
}

/// Without the `%2F` that stand for characters which no folder can have.
fn unquoted(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, further @ ..] = rest {
        let code = further.first_chunk::<2>().filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &further[2..];
            }
            None => {
                bytes.push(*first);
                rest = further;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn matcher(glob: &str) -> Result<GlobMatcher, DataError> {
    let pattern = GlobBuilder::new(glob).literal_separator(true).build();
    let pattern = pattern.map_err(|error| DataError::Unreadable {
        path: glob.to_owned(),
        source: std::io::Error::new(std::io::ErrorKind::InvalidInput, error.to_string()),
    })?;
    Ok(pattern.compile_matcher())
}

fn list(
    folder: &Path,
    shown: &str,
    depth: usize,
    pattern: Option<&GlobMatcher>,
    parts: &mut Vec<Part>,
) -> Result<(), DataError> {
    let unreadable = |source| DataError::Unreadable { path: shown.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if shown.is_empty() || shown.ends_with('/') { "" } else { "/" };
        let path = format!("{shown}{path}{name}");
        if name.starts_with(['.', '_']) {
            continue;
        }
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() && depth < DEPTH {
            list(&entry.path(), &path, depth + 1, pattern, parts)?;
        } else if pattern.is_none_or(|pattern| pattern.is_match(&path)) {
            if !kind.is_file() {
                return Err(DataError::NoFile { path });
            }
            parts.push(Part { path: entry.path(), shown: path });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_values() {
        let part = |shown: &str| Part { path: PathBuf::new(), shown: shown.to_owned() };
        let found =
            part("d/year=2024/a%2Fb=x%20y/n=__HIVE_DEFAULT_PARTITION__/p=1.csv").constants();
        let owned = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        let expected = [owned("year", Some("2024")), owned("a/b", Some("x y")), owned("n", None)];
        assert_eq!(found, expected);
        assert_eq!(part("a=1/a=2/p").constants(), [owned("a", Some("2"))]);
        assert!(part("=1/b/p").constants().is_empty());
        assert_eq!(unquoted("%zz%4"), "%zz%4");
    }
}
