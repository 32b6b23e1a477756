//! What a package asks for. Source: the specification "Dependency specifiers" (PEP 508).

use std::str::FromStr;

use super::name::normalised;
use super::{Marker, MarkerError, PackageName, PackageNameError, Specifiers, SpecifiersError};

/// `name[extra] >= 1.0 ; marker`, or `name @ url ; marker`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The package.
    pub name: PackageName,
    /// Extras of it, in their normal form.
    pub extras: Vec<String>,
    /// Which versions; all of them where nothing is said.
    pub specifiers: Specifiers,
    /// Where it is to come from, instead of an index.
    pub url: Option<String>,
    /// Under which condition.
    pub marker: Option<Marker>,
}

/// Why a text is no requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequirementError {
    /// Its name is none.
    #[error(transparent)]
    Name(#[from] PackageNameError),
    /// Its versions are none.
    #[error(transparent)]
    Specifiers(#[from] SpecifiersError),
    /// Its marker is none.
    #[error(transparent)]
    Marker(#[from] MarkerError),
    /// A parenthesis or bracket is open, or something follows one.
    #[error("`{0}` is no requirement: `name[extra]>=1.0` is expected (PEP 508)")]
    Shape(String),
}

impl FromStr for Requirement {
    type Err = RequirementError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let shape = || RequirementError::Shape(text.chars().take(200).collect());
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let (name, rest) = text.split_at(text.find(|c| !inside(c)).unwrap_or(text.len()));
        let name = name.parse()?;
        let (extras, rest) = match rest.trim_start().strip_prefix('[') {
            None => (Vec::new(), rest.trim_start()),
            Some(rest) => {
                let (extras, rest) = rest.split_once(']').ok_or_else(shape)?;
                (self::extras(extras)?, rest.trim_start())
            }
        };
        if let Some(url) = rest.strip_prefix('@') {
            let (url, marker) = with_url(url.trim());
            let url = (!url.is_empty()).then(|| url.to_owned()).ok_or_else(shape)?;
            let specifiers = Specifiers::default();
            return Ok(Self { name, extras, specifiers, url: Some(url), marker: read(marker)? });
        }
        let (versions, marker) = match rest.split_once(';') {
            Some((versions, marker)) => (versions.trim(), Some(marker)),
            None => (rest.trim(), None),
        };
        let versions = match versions.strip_prefix('(') {
            Some(inside) => inside.strip_suffix(')').ok_or_else(shape)?,
            None => versions,
        };
        Ok(Self { name, extras, specifiers: versions.parse()?, url: None, marker: read(marker)? })
    }
}

fn extras(text: &str) -> Result<Vec<String>, PackageNameError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let one = |extra: &str| extra.trim().parse::<PackageName>().map(|_| normalised(extra.trim()));
    text.split(',').map(one).collect()
}

// A URL may hold a `;`, so that a blank has to stand before the one that begins a marker.
fn with_url(text: &str) -> (&str, Option<&str>) {
    match text.split_once(char::is_whitespace) {
        None => (text, None),
        Some((url, rest)) => (url, rest.trim_start().strip_prefix(';').or(Some(rest))),
    }
}

fn read(marker: Option<&str>) -> Result<Option<Marker>, MarkerError> {
    marker.map(str::parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(text: &str) -> Requirement {
        text.parse().unwrap()
    }

    #[test]
    fn all_shapes_of_the_specification_are_read() {
        let one = requirement("Foo_Bar [a, B.c] (>=1.0,<2) ; os_name == 'posix'");
        assert_eq!(one.name.as_str(), "foo-bar");
        assert_eq!(one.extras, ["a", "b-c"]);
        assert_eq!(one.specifiers.to_string(), ">=1.0,<2");
        assert!(one.marker.is_some());
        let url = requirement("pip @ https://example.com/pip-1.whl;a=b ; python_version > '3'");
        assert_eq!(url.url.as_deref(), Some("https://example.com/pip-1.whl;a=b"));
        assert!(url.marker.is_some());
        assert_eq!(requirement("a"), requirement("a[]"));
        assert_eq!(requirement("a==1").specifiers.to_string(), "==1");
    }

    #[test]
    fn what_is_no_requirement_is_refused() {
        for text in
            ["", "[a]", "a[b", "a (>=1", "a >= ; x", "a @", "a @ u x", "a b", "a;", "a[b/c]"]
        {
            assert!(text.parse::<Requirement>().is_err(), "{text}");
        }
    }
}
