//! The Debian packages of an image, pinned: a part of `tollgate.lock`.
//!
//! It is TOML with one table for each package, sorted by name, so that a diff shows a package's
//! change in one place.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::relation::{is_architecture, is_name};
use super::{Available, Resolved, TextError};
use crate::oci::Sha256;
use crate::path::ImagePath;
use crate::version::DebianVersion;

/// What was asked for, and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebianLock {
    /// The release's number: `12`.
    pub release: String,
    /// Debian's word for the architecture: `amd64`.
    pub architecture: String,
    /// What was asked for, sorted: a lock that was made for something else is out of date.
    pub wanted: Vec<String>,
    /// Sorted by name.
    pub packages: Vec<LockedPackage>,
}

/// A package that is pinned by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name.
    pub name: String,
    /// Its version, as written.
    pub version: String,
    /// Its architecture, or `all`.
    pub architecture: String,
    /// The root of the archive that had it.
    pub source: String,
    /// Where it is below that root.
    pub path: ImagePath,
    /// Bytes of its archive.
    pub size: u64,
    /// Its archive's digest.
    pub sha256: Sha256,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    debian: Tables,
}

/// `[debian]`, or a `[[debian]]` for each architecture.
#[derive(Default)]
struct Tables(Vec<Table>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    release: String,
    architecture: toml::Spanned<String>,
    wanted: Vec<String>,
    #[serde(default)]
    package: Vec<toml::Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    version: String,
    architecture: String,
    source: String,
    path: ImagePath,
    size: u64,
    sha256: String,
}

impl DebianLock {
    /// The lock of what `wanted` came to.
    #[must_use]
    pub fn of(release: &str, architecture: &str, wanted: &[String], found: &Resolved) -> Self {
        let mut wanted = wanted.to_vec();
        wanted.sort();
        wanted.dedup();
        let mut packages: Vec<_> = found.packages.iter().map(locked).collect();
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        let (release, architecture) = (release.to_owned(), architecture.to_owned());
        Self { release, architecture, wanted, packages }
    }

    /// Reads the `debian` tables of a lock, which errors call `file`: one for each architecture, and
    /// none where nothing of Debian's is pinned. Tables of others are left alone.
    ///
    /// # Errors
    /// It is not TOML, or not a lock; the error names the line.
    pub fn parse(text: &str, file: &str) -> Result<Vec<Self>, TextError> {
        let line = |at: usize| text.get(..at).map_or(1, |before| 1 + before.matches('\n').count());
        let parsed: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            TextError::new(file, line(at), error.message())
        })?;
        let mut locks: Vec<Self> = Vec::new();
        for table in parsed.debian.0 {
            let wrong = |at: usize, why| TextError::new(file, line(at), why);
            let at = table.architecture.span().start;
            let architecture = table.architecture.into_inner();
            if !is_architecture(&architecture) {
                return Err(wrong(at, format!("`{architecture}` is no architecture of Debian's")));
            }
            if locks.iter().any(|lock| lock.architecture == architecture) {
                return Err(wrong(at, format!("`{architecture}` is there twice")));
            }
            let mut packages: Vec<LockedPackage> = Vec::new();
            for row in table.package {
                let at = row.span().start;
                let locked = row.into_inner().judged().map_err(|why| wrong(at, why))?;
                if packages.last().is_some_and(|before| before.name >= locked.name) {
                    let name = &locked.name;
                    let why = format!("`{name}` is not in the order of names, or is there twice");
                    return Err(wrong(at, why));
                }
                packages.push(locked);
            }
            let (release, wanted) = (table.release, table.wanted);
            locks.push(Self { release, architecture, wanted, packages });
        }
        Ok(locks)
    }

    /// The tables of these locks: what `parse` reads.
    #[must_use]
    pub fn written(locks: &[Self]) -> String {
        let head = if locks.len() == 1 { "[debian]" } else { "[[debian]]" };
        let each = locks.iter().map(|lock| format!("{head}\n{lock}"));
        each.collect::<Vec<_>>().join("\n")
    }
}

impl<'de> Deserialize<'de> for Tables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrSeveral)
    }
}

struct OneOrSeveral;

impl<'de> Visitor<'de> for OneOrSeveral {
    type Value = Tables;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table `[debian]`, or several `[[debian]]`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Tables, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Tables(vec![table]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tables, A::Error> {
        let mut tables = Vec::new();
        while let Some(table) = seq.next_element()? {
            tables.push(table);
        }
        Ok(Tables(tables))
    }
}

fn locked(found: &Available) -> LockedPackage {
    LockedPackage {
        name: found.name.clone(),
        version: found.version.to_string(),
        architecture: found.architecture.clone(),
        source: found.source.clone(),
        path: found.path.clone(),
        size: found.size,
        sha256: found.sha256,
    }
}

impl Row {
    fn judged(self) -> Result<LockedPackage, String> {
        let Self { name, version, architecture, source, path, size, sha256 } = self;
        if !is_name(&name) || !is_architecture(&architecture) {
            return Err(format!("`{name}` for `{architecture}` is no package of Debian's"));
        }
        version.parse::<DebianVersion>().map_err(|error| format!("`{name}`: {error}"))?;
        let sha256 = sha256.parse::<Sha256>().map_err(|error| format!("`{name}`: {error}"))?;
        Ok(LockedPackage { name, version, architecture, source, path, size, sha256 })
    }
}

// A TOML string: JSON's escapes are a part of TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What stands in its table.
impl fmt::Display for DebianLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "release = {}", quoted(&self.release))?;
        writeln!(f, "architecture = {}", quoted(&self.architecture))?;
        let wanted: Vec<_> = self.wanted.iter().map(|name| quoted(name)).collect();
        writeln!(f, "wanted = [{}]", wanted.join(", "))?;
        for package in &self.packages {
            writeln!(f, "\n[[debian.package]]")?;
            writeln!(f, "name = {}", quoted(&package.name))?;
            writeln!(f, "version = {}", quoted(&package.version))?;
            writeln!(f, "architecture = {}", quoted(&package.architecture))?;
            writeln!(f, "source = {}", quoted(&package.source))?;
            writeln!(f, "path = {}", quoted(package.path.as_str()))?;
            writeln!(f, "size = {}", package.size)?;
            writeln!(f, "sha256 = {}", quoted(&package.sha256.to_string()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::index::tests::index;
    use super::super::{Archive, resolve};
    use super::*;

    fn lock() -> DebianLock {
        let mut archive = Archive::new("amd64");
        let text = index(&[("b 1:2~rc1", ""), ("a 1", "Depends: b")]);
        archive.add(text.as_bytes(), "Packages", "http://d.example/debian", false).unwrap();
        let wanted = ["a".to_owned()];
        DebianLock::of("12", "amd64", &wanted, &resolve(&archive, &wanted).unwrap())
    }

    #[test]
    fn a_lock_is_read_as_it_was_written() {
        let text = DebianLock::written(&[lock()]);
        assert_eq!(DebianLock::parse(&text, "tollgate.lock").unwrap(), [lock()]);
        let among_others = format!("version = 1\n\n{text}\n[[image]]\nname = \"x\"\n");
        assert_eq!(DebianLock::parse(&among_others, "tollgate.lock").unwrap(), [lock()]);
        assert_eq!(DebianLock::parse("version = 1\n", "tollgate.lock").unwrap(), []);
        insta::assert_snapshot!(text, @r#"
        [debian]
        release = "12"
        architecture = "amd64"
        wanted = ["a"]

        [[debian.package]]
        name = "a"
        version = "1"
        architecture = "amd64"
        source = "http://d.example/debian"
        path = "pool/a.deb"
        size = 7
        sha256 = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

        [[debian.package]]
        name = "b"
        version = "1:2~rc1"
        architecture = "amd64"
        source = "http://d.example/debian"
        path = "pool/b.deb"
        size = 7
        sha256 = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
        "#);
    }

    #[test]
    fn each_architecture_has_its_table() {
        let other = DebianLock { architecture: "arm64".to_owned(), ..lock() };
        let both = [lock(), other];
        let text = DebianLock::written(&both);
        assert_eq!(text.matches("[[debian]]").count(), 2);
        assert_eq!(DebianLock::parse(&text, "tollgate.lock").unwrap(), both);
        let twice = DebianLock::written(&[lock(), lock()]);
        let error = DebianLock::parse(&twice, "tollgate.lock").unwrap_err();
        assert!(error.why.contains("`amd64` is there twice") && error.line == 26, "{error}");
    }

    #[test]
    fn what_is_no_lock_is_refused_with_its_line() {
        let text = DebianLock::written(&[lock()]);
        let wrong = [
            (("size = 7", "size = -7"), 12, "invalid value"),
            (("pool/a.deb", "../a.deb"), 11, "`..` leads out of where it belongs"),
            (("sha256:0000", "sha256:000"), 6, "`a`: `sha256:"),
            (("name = \"b\"", "name = \"a\""), 15, "is there twice"),
            (("version = \"1\"", "version = \"x y\""), 6, "is no version of a Debian package"),
            (("release = \"12\"\n", ""), 1, "missing field `release`"),
            (("wanted", "wnated"), 4, "unknown field `wnated`"),
        ];
        for ((from, to), line, why) in wrong {
            let error =
                DebianLock::parse(&text.replacen(from, to, 1), "tollgate.lock").unwrap_err();
            assert!(error.why.contains(why), "{error}");
            assert!(error.line.abs_diff(line) <= 1, "{error}: line {line}");
        }
    }
}
