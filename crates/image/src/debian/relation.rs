//! What a package says of others. Source: Debian Policy Manual §7.1; `deb-control(5)`.

use std::cmp::Ordering;
use std::fmt;

use crate::version::DebianVersion;

/// `libc6 (>= 2.34), debconf | debconf-2.0`: all of these, or none of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relations(pub Vec<Alternatives>);

/// `debconf (>= 0.5) | debconf-2.0`: one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternatives(pub Vec<Relation>);

/// `python3:any (>= 3.11)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Of a package, or of what packages provide.
    pub name: String,
    /// `any`, `native` or an architecture.
    pub architecture: Option<String>,
    version: Option<(Operator, DebianVersion)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Earlier,
    EarlierOrEqual,
    Equal,
    LaterOrEqual,
    Later,
}

impl Relations {
    /// Reads a field's value. The reason for a refusal is a sentence without a full stop.
    ///
    /// # Errors
    /// It is not a list of relations.
    pub fn parse(text: &str) -> Result<Self, String> {
        let groups = text.split(',').map(str::trim).filter(|group| !group.is_empty());
        let groups = groups.map(|group| {
            let relations: Result<_, _> = group.split('|').map(Relation::parse).collect();
            relations.map(Alternatives)
        });
        groups.collect::<Result<_, _>>().map(Self)
    }

    /// Every relation, alternatives too.
    pub fn iter(&self) -> impl Iterator<Item = &Relation> {
        self.0.iter().flat_map(|group| &group.0)
    }
}

impl Relation {
    /// Reads one relation. The reason for a refusal is a sentence without a full stop.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = || format!("`{text}` is no relation: `name (>= version)` is expected");
        let (named, version) = match text.split_once('(') {
            Some((named, version)) => {
                let version = version.strip_suffix(')').ok_or_else(wrong)?;
                (named.trim(), Some(bound(version).ok_or_else(wrong)?))
            }
            None => (text, None),
        };
        let (name, architecture) = match named.split_once(':') {
            Some((name, architecture)) => (name, Some(architecture)),
            None => (named, None),
        };
        if !is_name(name) || architecture.is_some_and(|text| !is_architecture(text)) {
            return Err(wrong());
        }
        let architecture = architecture.map(str::to_owned);
        Ok(Self { name: name.to_owned(), architecture, version })
    }

    /// Whether a package of this version is what is meant.
    #[must_use]
    pub fn accepts(&self, version: &DebianVersion) -> bool {
        let Some((operator, bound)) = &self.version else { return true };
        let order = version.cmp(bound);
        match operator {
            Operator::Earlier => order == Ordering::Less,
            Operator::EarlierOrEqual => order != Ordering::Greater,
            Operator::Equal => order == Ordering::Equal,
            Operator::LaterOrEqual => order != Ordering::Less,
            Operator::Later => order == Ordering::Greater,
        }
    }

    /// Whether a package that provides the name, in a version or in none, is what is meant. Who
    /// asks for a version is not content with none.
    #[must_use]
    pub fn accepts_provided(&self, provided: &Self) -> bool {
        match (&self.version, &provided.version) {
            (None, _) => true,
            (Some(_), Some((Operator::Equal, version))) => self.accepts(version),
            (Some(_), _) => false,
        }
    }

    /// Whether packages of `architecture` are meant, where all packages are of one.
    #[must_use]
    pub fn is_for(&self, architecture: &str) -> bool {
        let meant = self.architecture.as_deref();
        meant.is_none_or(|meant| ["any", "native", architecture].contains(&meant))
    }
}

fn bound(text: &str) -> Option<(Operator, DebianVersion)> {
    let text = text.trim();
    let digits = text.find(|c: char| !"<>=".contains(c))?;
    let operator = match &text[..digits] {
        "<<" => Operator::Earlier,
        // `<` and `>` are old spellings, and mean what they don't look like.
        "<=" | "<" => Operator::EarlierOrEqual,
        "=" => Operator::Equal,
        ">=" | ">" => Operator::LaterOrEqual,
        ">>" => Operator::Later,
        _ => return None,
    };
    Some((operator, text[digits..].trim().parse().ok()?))
}

/// Whether `text` can be a package's name. Source: Debian Policy Manual §5.6.1, with the upper-case
/// letters that names of virtual packages have in fact.
pub(super) fn is_name(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(|c| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-._".contains(c))
}

pub(super) fn is_architecture(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Earlier => "<<",
            Self::EarlierOrEqual => "<=",
            Self::Equal => "=",
            Self::LaterOrEqual => ">=",
            Self::Later => ">>",
        })
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(architecture) = &self.architecture {
            write!(f, ":{architecture}")?;
        }
        match &self.version {
            Some((operator, version)) => write!(f, " ({operator} {version})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Alternatives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, relation) in self.0.iter().enumerate() {
            write!(f, "{}{relation}", if at == 0 { "" } else { " | " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_read_and_written() {
        let text = "libc6 (>= 2.34),  debconf (>=0.5)|debconf-2.0,\n python3:any (<< 3.12),";
        let read = Relations::parse(text).unwrap();
        let written: Vec<_> = read.0.iter().map(ToString::to_string).collect();
        let expected =
            ["libc6 (>= 2.34)", "debconf (>= 0.5) | debconf-2.0", "python3:any (<< 3.12)"];
        assert_eq!(written, expected);
        assert_eq!(read.iter().count(), 4);
        assert!(read.iter().all(|relation| relation.is_for("amd64")));
        assert!(!Relation::parse("a:i386").unwrap().is_for("amd64"));
    }

    #[test]
    fn versions_are_compared_as_they_are_meant() {
        let accepted = [
            ("a (<< 2)", "1", true),
            ("a (<< 2)", "2", false),
            ("a (< 2)", "2", true),
            ("a (<= 2)", "2", true),
            ("a (= 2)", "2-0", true),
            ("a (= 2)", "2-1", false),
            ("a (> 2)", "2", true),
            ("a (>> 2)", "2", false),
            ("a (>> 2~)", "2", true),
            ("a", "0", true),
        ];
        for (relation, version, expected) in accepted {
            let accepts = Relation::parse(relation).unwrap().accepts(&version.parse().unwrap());
            assert_eq!(accepts, expected, "{relation} {version}");
        }
    }

    #[test]
    fn what_is_provided_without_a_version_satisfies_only_who_asks_for_none() {
        let provided = |wanted, offered| {
            let [wanted, offered] = [wanted, offered].map(|text| Relation::parse(text).unwrap());
            wanted.accepts_provided(&offered)
        };
        assert!(provided("mta", "mta") && provided("mta", "mta (= 1)"));
        assert!(provided("mta (>= 1)", "mta (= 1)") && !provided("mta (>= 1)", "mta"));
        assert!(!provided("mta (>= 2)", "mta (= 1)"));
    }

    #[test]
    fn what_is_no_relation_is_refused() {
        for text in ["a b", "a (1)", "a (>= )", "a (>= 1", "-a", "a |", "../a", "a:", "a (~ 1)"] {
            assert!(Relations::parse(text).is_err(), "{text}");
        }
    }
}
