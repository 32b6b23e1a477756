//! Versions, specifiers, markers and tags are what `packaging` says. `golden/python.py` wrote it down.

use std::cmp::Ordering;

use tollgate_image::oci::Sha256;
use tollgate_image::python::{
    CompatibleTags, Libc, Machine, Marker, Specifiers, TargetEnvironment,
};
use tollgate_image::version::PythonVersion;

const VERSIONS: &str = include_str!("golden/python/versions.txt");
const SPECIFIERS: &str = include_str!("golden/python/specifiers.txt");
const MARKERS: &str = include_str!("golden/python/markers.txt");
const TAGS: &str = include_str!("golden/python/tags.txt");

fn version(text: &str) -> PythonVersion {
    text.parse().unwrap()
}

// Each version once, in the order of their first appearance.
fn all_versions() -> Vec<&'static str> {
    let mut all: Vec<&str> = Vec::new();
    for line in VERSIONS.lines() {
        let first = line.split(' ').next().unwrap();
        if !all.contains(&first) {
            all.push(first);
        }
    }
    all
}

#[test]
fn versions_compare_as_in_packaging() {
    for line in VERSIONS.lines() {
        let [left, sign, right] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let expected = match sign {
            "<" => Ordering::Less,
            ">" => Ordering::Greater,
            _ => Ordering::Equal,
        };
        assert_eq!(version(left).cmp(&version(right)), expected, "{line}");
    }
}

#[test]
fn specifiers_admit_what_packaging_admits() {
    let versions = all_versions();
    for line in SPECIFIERS.lines() {
        let (text, expected) = line.split_once('\t').unwrap();
        let Ok(specifiers) = text.parse::<Specifiers>() else {
            assert_eq!(expected, "refused", "{text}");
            continue;
        };
        let admitted = versions.iter().filter(|text| specifiers.admit(&version(text)));
        let admitted: Vec<&str> = admitted.copied().collect();
        assert_eq!(admitted.join(" "), expected, "{text}");
    }
}

#[test]
fn markers_hold_where_packaging_says_so() {
    let environments = [
        ("x86_64-3.11.9", "3.11.9", Machine::X86_64),
        ("aarch64-3.9.0", "3.9.0", Machine::Aarch64),
        ("x86_64-3.13.0rc1", "3.13.0rc1", Machine::X86_64),
    ];
    for line in MARKERS.lines() {
        let (text, expected) = line.split_once('\t').unwrap();
        let marker: Marker = text.parse().unwrap();
        let mut holds = Vec::new();
        for (name, python, machine) in environments {
            let environment = TargetEnvironment::linux(&version(python), machine);
            if marker.holds(&environment) {
                holds.push(name.to_owned());
            }
            if marker.holds(&environment.with_extras(["test"])) {
                holds.push(format!("{name}+test"));
            }
        }
        assert_eq!(holds.join(" "), expected, "{text}");
    }
}

#[test]
fn tags_are_those_of_packaging_in_its_order() {
    let mut lines = TAGS.lines().peekable();
    while let Some(head) = lines.next() {
        let head: Vec<&str> = head.split(' ').collect();
        let machine = if head[1] == "x86_64" { Machine::X86_64 } else { Machine::Aarch64 };
        let newest = head[3].parse().unwrap();
        let libc = if head[2] == "gnu" { Libc::Gnu(newest) } else { Libc::Musl(newest) };
        let tags = CompatibleTags::cpython(head[0].parse().unwrap(), machine, libc);
        let tags: Vec<String> = tags.as_slice().iter().map(ToString::to_string).collect();
        let mut whole = Vec::new();
        while let Some(tag) = lines.next_if(|line| line.starts_with("  ")) {
            whole.push(tag.trim().to_owned());
        }
        assert!(whole.is_empty() || whole == tags, "{head:?}");
        assert_eq!(tags.len().to_string(), head[4], "{head:?}");
        assert_eq!(Sha256::of(tags.join("\n").as_bytes()).hex(), head[5], "{head:?}");
    }
}
