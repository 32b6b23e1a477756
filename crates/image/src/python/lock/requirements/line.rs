//! One line of a requirements file.

use crate::oci::Sha256;
use crate::python::lock::{LockProblem, LockedFile, filename_of};
use crate::python::{Marker, PackageName, Requirement, WheelName};
use crate::version::PythonVersion;

const COMPILE: &str =
    "write the file with `uv pip compile --generate-hashes` or `pip-compile --generate-hashes`";

// Options that say where packages come from or how pip goes about it. All of them is decided
// elsewhere: an index by the configuration, the rest by what a lock is.
const IGNORED: [(&str, &str); 14] = [
    ("-i", "which index is asked is the configuration's"),
    ("--index-url", "which index is asked is the configuration's"),
    ("--extra-index-url", "which index is asked is the configuration's"),
    ("--no-index", "which index is asked is the configuration's"),
    ("-f", "which index is asked is the configuration's"),
    ("--find-links", "which index is asked is the configuration's"),
    ("--trusted-host", "how an index is asked is the configuration's"),
    ("-c", "every version is pinned already"),
    ("--constraint", "every version is pinned already"),
    ("--pre", "every version is pinned already"),
    ("--require-hashes", "digests are required anyway"),
    ("--only-binary", "only wheels are taken anyway"),
    ("--prefer-binary", "only wheels are taken anyway"),
    ("--use-feature", "it speaks to pip"),
];

/// What a line says.
pub(super) enum Line {
    Pin(Pin),
    Option(Options),
}

/// What a line of options says.
pub(super) enum Options {
    /// Read this file, too.
    File(String),
    /// Nothing that is followed here, and why.
    Ignored(String),
}

/// One version of a package, held to digests.
pub(super) struct Pin {
    pub(super) name: PackageName,
    pub(super) version: PythonVersion,
    pub(super) marker: Option<Marker>,
    pub(super) files: Vec<LockedFile>,
}

/// Lines without comments, those that end with `\` put together, empty ones left out; each with the
/// number of its first line.
pub(super) fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (at, line) in text.lines().enumerate() {
        let (start, mut whole) = open.take().unwrap_or((at + 1, String::new()));
        let comment = line.trim_start().starts_with('#');
        let continued = line.strip_suffix('\\').filter(|_| !comment);
        whole.push_str(if comment { "" } else { continued.unwrap_or(line) });
        match continued {
            Some(_) => open = Some((start, whole)),
            None => lines.push((start, whole)),
        }
    }
    lines.extend(open);
    let bare = lines.into_iter().map(|(at, line)| (at, without_comment(&line).trim().to_owned()));
    bare.filter(|(_, line)| !line.is_empty()).collect()
}

// A `#` begins a comment at the start or after a blank; elsewhere it belongs to a URL.
fn without_comment(line: &str) -> &str {
    let begins = |at: usize| at == 0 || line[..at].ends_with(char::is_whitespace);
    let comment = line.match_indices('#').map(|(at, _)| at).find(|at| begins(*at));
    &line[..comment.unwrap_or(line.len())]
}

impl Line {
    pub(super) fn read(file: &str, number: usize, text: &str) -> Result<Self, LockProblem> {
        let place = Place { file, number };
        if text.contains("${") {
            let found = "a variable of the environment (`${…}`) stands there";
            return Err(place.problem(found, "text that is the same everywhere", "write it out"));
        }
        match text.starts_with('-') {
            true => place.option(text).map(Self::Option),
            false => place.pin(text).map(Self::Pin),
        }
    }
}

struct Place<'a> {
    file: &'a str,
    number: usize,
}

impl Place<'_> {
    fn problem(&self, found: impl Into<String>, expected: &str, remedy: &str) -> LockProblem {
        LockProblem::new(self.file, self.number, found, expected, remedy)
    }

    fn option(&self, text: &str) -> Result<Options, LockProblem> {
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        // `-rother.txt` is the same as `-r other.txt`.
        let end = if text.starts_with("--") { end } else { end.min(2) };
        let (name, value) = text.split_at_checked(end).unwrap_or((text, ""));
        let value = value.trim_start_matches(['=', ' ', '\t']).trim();
        if let Some((_, why)) = IGNORED.iter().find(|(known, _)| *known == name) {
            return Ok(Options::Ignored(format!("`{name}` is not followed: {why}")));
        }
        match name {
            "-r" | "--requirement" if !value.is_empty() => Ok(Options::File(value.to_owned())),
            "-e" | "--editable" => Err(self.problem(
                "an editable package can't be held to a digest",
                "a pinned package with its hashes",
                "copy its source into the image (`copy`), and list what it needs here",
            )),
            "--no-binary" => Err(self.problem(
                "`--no-binary` asks for a build from source",
                "a package that has wheels",
                "build the wheel in a step and list it",
            )),
            _ => {
                let found = format!("`{}` is no option of a requirements file", shown(name));
                Err(self.problem(found, "a pinned package with its hashes", ""))
            }
        }
    }

    fn pin(&self, text: &str) -> Result<Pin, LockProblem> {
        let (requirement, hashes) = self.split(text)?;
        if let Some(url) = direct(requirement) {
            return self.direct(url, hashes);
        }
        let parsed: Requirement = requirement.parse().map_err(|error| {
            self.problem(format!("{error}"), "`name==version --hash=sha256:…`", COMPILE)
        })?;
        if let Some(url) = &parsed.url {
            let pin = self.direct(url, hashes)?;
            if pin.name != parsed.name {
                let found = format!("`{}` has the URL of a wheel of `{}`", parsed.name, pin.name);
                return Err(self.problem(found, "one name", ""));
            }
            return Ok(Pin { marker: parsed.marker, ..pin });
        }
        let name = parsed.name;
        let version = parsed.specifiers.pinned().ok_or_else(|| {
            let found = format!("`{name}{}` is no single version", parsed.specifiers);
            self.problem(found, &format!("`{name}==…`"), COMPILE)
        })?;
        if hashes.is_empty() {
            return Err(self.no_hash(&format!("{name}=={version}")));
        }
        let file = |sha256| LockedFile { filename: None, url: None, sha256, size: None };
        let files = hashes.into_iter().map(file).collect();
        Ok(Pin { name, version, marker: parsed.marker, files })
    }

    fn no_hash(&self, what: &str) -> LockProblem {
        let found = format!("`{}` has no SHA-256", shown(what));
        self.problem(found, "`--hash=sha256:…` behind it", COMPILE)
    }

    // A wheel by its address, whose name says what it is.
    fn direct(&self, url: &str, mut hashes: Vec<Sha256>) -> Result<Pin, LockProblem> {
        let expected = "a pinned package, or the https URL of a wheel, with its hashes";
        let remedy = "build a wheel of it in a step and list that";
        let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
        let name = filename_of(address).and_then(|name| name.parse::<WheelName>().ok());
        let remote = address.starts_with("https://") || address.starts_with("http://");
        let Some(wheel) = name.filter(|_| remote) else {
            let found =
                "a repository, directory or source archive can't be installed without a build";
            return Err(self.problem(found, expected, remedy));
        };
        let inside = fragment.split('&').find_map(|part| part.strip_prefix("sha256="));
        hashes.extend(inside.and_then(|hex| Sha256::from_hex(hex).ok()));
        if hashes.is_empty() {
            return Err(self.no_hash(&filename_of(address).unwrap_or_default()));
        }
        let file = |sha256| LockedFile {
            filename: filename_of(address),
            url: Some(address.to_owned()),
            sha256,
            size: None,
        };
        let files = hashes.into_iter().map(file).collect();
        Ok(Pin { name: wheel.name, version: wheel.version, marker: None, files })
    }

    // The requirement, and the SHA-256 of the options behind it.
    fn split<'t>(&self, text: &'t str) -> Result<(&'t str, Vec<Sha256>), LockProblem> {
        let option = text.match_indices("--").map(|(at, _)| at);
        let start = option.into_iter().find(|at| text[..*at].ends_with(char::is_whitespace));
        let (requirement, options) = text.split_at(start.unwrap_or(text.len()));
        let mut words = options.split_whitespace();
        let mut hashes = Vec::new();
        while let Some(word) = words.next() {
            let hash = match word.strip_prefix("--hash") {
                Some("") => words.next(),
                Some(value) => value.strip_prefix('='),
                None => None,
            };
            let Some((algorithm, hex)) = hash.and_then(|hash| hash.split_once(':')) else {
                let found = format!("`{}` is no option of a package", shown(word));
                return Err(self.problem(found, "`--hash=sha256:…`", COMPILE));
            };
            match algorithm {
                "sha256" => {
                    hashes.push(Sha256::from_hex(&hex.to_ascii_lowercase()).map_err(|_| {
                        let found = format!("`{}` is no SHA-256", shown(hex));
                        self.problem(found, "64 hexadecimal characters", COMPILE)
                    })?)
                }
                // Stronger ones, which may stand beside it.
                "sha384" | "sha512" => {}
                other => {
                    let found = format!("`{}` is no digest that pip takes", shown(other));
                    return Err(self.problem(found, "`--hash=sha256:…`", COMPILE));
                }
            }
        }
        Ok((requirement.trim(), hashes))
    }
}

// A line that is an address or a path, not a name.
fn direct(text: &str) -> Option<&str> {
    let first = text.split_whitespace().next()?;
    let path = first.starts_with(['.', '/']) || first.ends_with(".whl");
    let url = first.find("://").is_some_and(|at| first[..at].chars().all(|c| c != '@'));
    (path || url).then_some(first)
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}
