//! Globs in which `*` doesn't cross a `/`.

use globset::GlobBuilder;
use regex::bytes::Regex;

/// A longer glob was made by a machine, and what it compiles to may get too large.
const LONGEST: usize = 1_000;

/// What marks a glob.
const WILD: [char; 4] = ['*', '?', '[', '{'];

pub(crate) fn is_glob(text: &str) -> bool {
    text.contains(WILD)
}

/// The glob ready to match, or why it can't be used. By way of the regular expression: the
/// matcher of `globset` panics where that is nested too deep or gets too large.
pub(crate) fn compile(glob: &str) -> Result<Regex, String> {
    if glob.starts_with('/') {
        return Err("an absolute path; globs are relative to the project's root".into());
    }
    if glob.split('/').any(|part| part == "..") {
        return Err("`..` would leave the project".into());
    }
    if glob.len() > LONGEST {
        return Err(format!("longer than {LONGEST} bytes"));
    }
    let built = GlobBuilder::new(glob).literal_separator(true).build();
    let built = built.map_err(|error| error.kind().to_string())?;
    Regex::new(built.regex()).map_err(|_| "too large, or nested too deep".into())
}

/// The directories of a glob before its first wildcard.
pub(crate) fn literal_start(glob: &str) -> &str {
    let wild = glob.find(WILD).unwrap_or(glob.len());
    glob[..wild].rfind('/').map_or("", |end| &glob[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_in_its_directory() {
        let matches = |glob: &str, path: &str| compile(glob).unwrap().is_match(path.as_bytes());
        assert!(matches("data/*.csv", "data/a.csv") && !matches("data/*.csv", "data/b/a.csv"));
        assert!(matches("src/**/*.py", "src/a/b.py") && matches("src/**/*.py", "src/b.py"));
    }

    #[test]
    fn what_cannot_be_compiled_is_told_and_does_not_panic() {
        let nested = format!("{}a{}", "{".repeat(400), "}".repeat(400));
        for glob in ["/*", "../*", "a[", "a{b", &nested, &"?".repeat(2_000)] {
            assert!(compile(glob).is_err(), "{glob}");
        }
        assert_eq!(literal_start("data/raw/*.csv"), "data/raw");
    }
}
