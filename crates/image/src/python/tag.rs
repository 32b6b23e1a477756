//! Which wheels an environment can take, and which of several it takes. Source: the specification
//! "Platform compatibility tags" (PEP 425, 600, 656), in the order of `packaging.tags`.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use super::{Libc, Machine, PackageName};
use crate::version::PythonVersion;

/// `interpreter-abi-platform`: `cp311-cp311-manylinux_2_17_x86_64`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

/// The tags that an environment can take, the best first.
#[derive(Clone, Debug)]
pub struct CompatibleTags {
    order: Vec<Tag>,
    ranks: HashMap<Tag, usize>,
}

/// The name of a wheel's file, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelName {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: PythonVersion,
    /// The build, which decides between wheels that are otherwise as good: a number and a rest.
    pub build: Option<(u64, String)>,
    /// Every tag that it carries, compressed sets spread out.
    pub tags: Vec<Tag>,
}

/// A text that is no name of a wheel's file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no name of a wheel: `name-version-python-abi-platform.whl` is expected (PEP 427)"
)]
pub struct WheelNameError(String);

/// How many tags one name may spread out to; real ones have some tens.
const MOST_TAGS: usize = 1024;

// Tags older than PEP 600, by the minor version of the glibc that they stand for.
const LEGACY: [(u32, &str); 3] = [(17, "manylinux2014"), (12, "manylinux2010"), (5, "manylinux1")];

impl CompatibleTags {
    /// Those of CPython 3.`minor` (with its lock, the usual build) on Linux.
    #[must_use]
    pub fn cpython(minor: u32, machine: Machine, libc: Libc) -> Self {
        let platforms = platforms(machine, libc);
        let mut order = Vec::new();
        let mut every = |interpreter: &str, abi: &str| {
            order.extend(platforms.iter().map(|platform| Tag::of(interpreter, abi, platform)));
        };
        let own = format!("cp3{minor}");
        for abi in [own.as_str(), "abi3", "none"] {
            every(&own, abi);
        }
        // The stable interface began with 3.2; what was built for an older one still works.
        (2..minor).rev().for_each(|older| every(&format!("cp3{older}"), "abi3"));
        let plain: Vec<String> = [format!("py3{minor}"), "py3".to_owned()]
            .into_iter()
            .chain((0..minor).rev().map(|older| format!("py3{older}")))
            .collect();
        plain.iter().for_each(|python| every(python, "none"));
        order.push(Tag::of(&own, "none", "any"));
        order.extend(plain.iter().map(|python| Tag::of(python, "none", "any")));
        let ranks = order.iter().cloned().enumerate().map(|(rank, tag)| (tag, rank)).collect();
        Self { order, ranks }
    }

    /// All of them, the best first.
    #[must_use]
    pub fn as_slice(&self) -> &[Tag] {
        &self.order
    }

    /// How good a wheel with these tags is: 0 is the best; none if it can't be taken.
    #[must_use]
    pub fn rank(&self, tags: &[Tag]) -> Option<usize> {
        tags.iter().filter_map(|tag| self.ranks.get(tag)).min().copied()
    }

    /// The one that pip would take: with the best tag, and of these with the highest build.
    #[must_use]
    pub fn best<'a, T>(
        &self,
        wheels: impl IntoIterator<Item = (&'a WheelName, T)>,
    ) -> Option<(&'a WheelName, T)> {
        let ranked = wheels.into_iter().filter_map(|one| Some((self.rank(&one.0.tags)?, one)));
        let best = ranked.min_by_key(|(rank, (name, _))| (*rank, Reverse(name.build.clone())));
        best.map(|(_, one)| one)
    }
}

fn platforms(machine: Machine, libc: Libc) -> Vec<String> {
    let mut platforms = vec![format!("linux_{machine}")];
    match libc {
        Libc::Gnu(newest) => {
            // The oldest that PEP 600 knows for the machine.
            let oldest = if machine == Machine::X86_64 { 5 } else { 17 };
            for minor in (oldest..=newest).rev() {
                platforms.push(format!("manylinux_2_{minor}_{machine}"));
                let legacy = LEGACY.iter().find(|(of, _)| *of == minor);
                platforms.extend(legacy.map(|(_, name)| format!("{name}_{machine}")));
            }
        }
        Libc::Musl(newest) => {
            platforms
                .extend((0..=newest).rev().map(|minor| format!("musllinux_1_{minor}_{machine}")));
        }
    }
    platforms
}

impl Tag {
    fn of(interpreter: &str, abi: &str, platform: &str) -> Self {
        Self(format!("{interpreter}-{abi}-{platform}").to_ascii_lowercase())
    }

    /// All tags of a set such as `py2.py3-none-any`; none if it is no set of tags, or too large.
    pub(crate) fn spread(interpreters: &str, abis: &str, platforms: &str) -> Option<Vec<Self>> {
        let parts = [interpreters, abis, platforms].map(|set| set.split('.').collect::<Vec<_>>());
        let plain = |part: &&str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let count = parts.iter().map(Vec::len).try_fold(1_usize, |n, more| n.checked_mul(more))?;
        if count > MOST_TAGS || !parts.iter().flatten().all(plain) {
            return None;
        }
        let [interpreters, abis, platforms] = parts;
        let mut tags = Vec::with_capacity(count);
        for interpreter in interpreters {
            for abi in &abis {
                tags.extend(platforms.iter().map(|platform| Self::of(interpreter, abi, platform)));
            }
        }
        Some(tags)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for WheelName {
    type Err = WheelNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text).ok_or_else(|| WheelNameError(text.chars().take(300).collect()))
    }
}

impl WheelName {
    fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.strip_suffix(".whl")?.split('-').collect();
        let (head, tags) = parts.split_at_checked(parts.len().checked_sub(3)?)?;
        let (name, version, build) = match head {
            [name, version] => (name, version, None),
            [name, version, build] => (name, version, Some(numbered(build)?)),
            _ => return None,
        };
        let tags = Tag::spread(tags[0], tags[1], tags[2])?;
        // A `-` of the version is written `_`, as in `1.0_1`.
        let version = version.parse().ok()?;
        Some(Self { name: name.parse().ok()?, version, build, tags })
    }
}

fn numbered(build: &str) -> Option<(u64, String)> {
    let digits = build.find(|c: char| !c.is_ascii_digit()).unwrap_or(build.len());
    let (number, rest) = build.split_at(digits);
    Some((number.parse().ok()?, rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wheel(text: &str) -> WheelName {
        text.parse().unwrap()
    }

    #[test]
    fn the_name_of_a_wheel_is_taken_apart() {
        let name = wheel("Scikit_Learn-1.9.1-2b-cp311.cp312-abi3-manylinux2014_x86_64.whl");
        assert_eq!((name.name.as_str(), &*name.version.to_string()), ("scikit-learn", "1.9.1"));
        assert_eq!(name.build, Some((2, "b".to_owned())));
        assert_eq!(name.tags[1].to_string(), "cp312-abi3-manylinux2014_x86_64");
    }

    #[test]
    fn what_is_no_name_of_a_wheel_is_refused() {
        let wide = format!("a-1-{}-none-any.whl", ["py3"; 2000].join("."));
        for text in [
            "",
            "a-1.tar.gz",
            "a-1-py3-none.whl",
            "a-x-py3-none-any.whl",
            "a-1-b-py3-none-any.whl",
            "a-1-1-1-py3-none-any.whl",
            "../a-1-py3-none-any.whl",
            "a-1-py3.-none-any.whl",
            &wide,
        ] {
            assert!(text.parse::<WheelName>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_best_wheel_is_that_of_pip() {
        let tags = CompatibleTags::cpython(11, Machine::X86_64, Libc::Gnu(36));
        let rising = [
            "a-1-py3-none-any.whl",
            "a-1-py3-none-manylinux1_x86_64.whl",
            "a-1-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_17_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_28_x86_64.whl",
            "a-1-1-cp311-cp311-manylinux_2_28_x86_64.whl",
            "a-1-2-cp311-cp311-manylinux_2_28_x86_64.whl",
        ];
        let unfit = [
            "a-1-9-cp312-cp312-manylinux_2_28_x86_64.whl",
            "a-1-9-cp311-cp311-manylinux_2_37_x86_64.whl",
            "a-1-9-cp311-cp311-musllinux_1_1_x86_64.whl",
            "a-1-9-cp311-cp311-manylinux_2_28_aarch64.whl",
            "a-1-9-cp311-cp311t-manylinux_2_28_x86_64.whl",
        ];
        let unfit: Vec<WheelName> = unfit.into_iter().map(wheel).collect();
        for (at, expected) in rising.iter().enumerate() {
            let names: Vec<WheelName> = rising[..=at].iter().map(|text| wheel(text)).collect();
            let all = names.iter().rev().chain(&unfit);
            let best = tags.best(all.map(|name| (name, ()))).map(|(name, ())| name);
            assert_eq!(best, Some(&wheel(expected)));
        }
        assert!(tags.best(unfit.iter().map(|name| (name, ()))).is_none());
    }
}
