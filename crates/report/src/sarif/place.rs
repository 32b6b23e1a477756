//! Where a result is: in a file, and what of it.

use std::collections::BTreeMap;

use tollgate_model::{Finding, Place};

use super::log::{
    ArtifactLocation, Base, Location, LogicalLocation, Message, PhysicalLocation, Region,
};
use crate::words::visible;

/// What relative paths begin at, by the name that the standard's own examples give it.
const ROOT: &str = "%SRCROOT%";

/// Where steps and what is asked of images are written down.
const CONFIG: &str = "tollgate.yaml";

/// What is known of the bases of paths: not where they are, which differs between machines.
pub(super) fn bases() -> BTreeMap<&'static str, Base> {
    let description = Message::of("The root of the project.");
    BTreeMap::from([(ROOT, Base { description })])
}

/// Where the finding is. What is in no file of the project (a package, a step) is told where it was
/// asked for: hosts refuse a whole report for one result that is in no file.
pub(super) fn location(finding: &Finding) -> Location {
    let place = &finding.place;
    let physical_location = match place {
        Place::File { path, line } => physical(path, *line),
        Place::Data { source, .. } | Place::Metric { source, .. } => physical(source, None),
        Place::Package { .. } | Place::Step { .. } => match &finding.rule {
            Some(rule) => physical(&rule.path, Some(rule.line.into())),
            None => physical(CONFIG, None),
        },
    };
    let logical = logical(place).map(|(kind, name)| LogicalLocation {
        name: visible(name),
        fully_qualified_name: visible(&place.to_string()),
        kind,
    });
    Location { physical_location, logical_locations: logical.into_iter().collect(), message: None }
}

/// The line that asks for what was found to be otherwise.
pub(super) fn rule(finding: &Finding) -> Option<Location> {
    let rule = finding.rule.as_ref()?;
    Some(Location {
        physical_location: physical(&rule.path, Some(rule.line.into())),
        logical_locations: Vec::new(),
        message: Some(Message::of("asked for here")),
    })
}

fn logical(place: &Place) -> Option<(&'static str, &str)> {
    match place {
        Place::Data { column, .. } => Some(("column", column.as_deref()?)),
        Place::Metric { name, .. } => Some(("metric", name)),
        Place::Package { package, .. } => Some(("package", package)),
        Place::Step { step } => Some(("step", step)),
        Place::File { .. } => None,
    }
}

fn physical(path: &str, line: Option<u64>) -> PhysicalLocation {
    let path = path.strip_prefix("./").unwrap_or(path);
    let artifact_location = match path.starts_with('/') {
        true => ArtifactLocation { uri: format!("file://{}", uri(path)), uri_base_id: None },
        false => ArtifactLocation { uri: uri(path), uri_base_id: Some(ROOT) },
    };
    // Lines are counted from 1.
    let region = line.filter(|line| *line > 0).map(|start_line| Region { start_line });
    PhysicalLocation { artifact_location, region }
}

// Source: RFC 3986 §3.3. A colon is written out too, else the first folder could be a scheme.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_project_and_never_something_else() {
        let of = |path: &str| physical(path, Some(0)).artifact_location;
        for (path, expected) in [
            ("data/a b.csv", "data/a%20b.csv"),
            ("./a.csv", "a.csv"),
            ("http://x/", "http%3A//x/"),
            ("100%?.csv#1", "100%25%3F.csv%231"),
            ("naïve\u{202e}", "na%C3%AFve%E2%80%AE"),
        ] {
            let location = of(path);
            assert_eq!((location.uri.as_str(), location.uri_base_id), (expected, Some(ROOT)));
        }
        let absolute = of("/data/a.csv");
        assert_eq!((absolute.uri.as_str(), absolute.uri_base_id), ("file:///data/a.csv", None));
        assert!(physical("a", Some(0)).region.is_none(), "no line is the line 0");
    }
}
