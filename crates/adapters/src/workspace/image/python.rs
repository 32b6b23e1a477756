//! The Python of a base, found by its files.

use serde::{Deserialize, Serialize};
use tollgate_image::path::ImagePath;
use tollgate_image::python::wheel::Scheme;
use tollgate_image::python::{CompatibleTags, Libc, Machine, TargetEnvironment};
use tollgate_image::version::PythonVersion;

/// A Python and where its packages go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Python {
    /// `3.11.2`, or `3.11` where no more is known.
    pub(super) version: String,
    /// The minor version of its glibc.
    pub(super) glibc: u32,
    /// Whether it is Debian's own, which keeps away from packages of others.
    pub(super) is_debians: bool,
}

/// The oldest glibc that any wheel of these years asks for, where the base does not tell its own.
const OLDEST_GLIBC: u32 = 28;

impl Python {
    /// The one below `/usr/local` before that of the system. `version_of` tells the version of a
    /// Debian package of the base.
    pub(super) fn find<'p>(
        paths: impl Iterator<Item = &'p ImagePath>,
        version_of: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let minor = |path: &ImagePath, directory: &str| -> Option<u32> {
            path.as_str().strip_prefix(directory)?.strip_prefix("python3.")?.parse().ok()
        };
        let (mut own, mut system) = (None, None);
        for path in paths {
            own = own.max(minor(path, "usr/local/bin/"));
            system = system.max(minor(path, "usr/bin/"));
        }
        let glibc = version_of("libc6").and_then(|version| minor_of_glibc(&version));
        let glibc = glibc.unwrap_or(OLDEST_GLIBC);
        if let Some(minor) = own {
            return Some(Self { version: format!("3.{minor}"), glibc, is_debians: false });
        }
        let minor = system?;
        let full = version_of(&format!("python3.{minor}-minimal"));
        let full = full.and_then(|version| Some(version.split('-').next()?.to_owned()));
        let version = full.unwrap_or_else(|| format!("3.{minor}"));
        Some(Self { version, glibc, is_debians: true })
    }

    fn minor(&self) -> u32 {
        self.version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0)
    }

    /// Its prefix and its program, without the `/` before them.
    pub(super) fn program(&self) -> (&'static str, String) {
        let prefix = if self.is_debians { "usr" } else { "usr/local" };
        (prefix, format!("{prefix}/bin/python3.{}", self.minor()))
    }

    /// Where wheels go: where the interpreter looks without being told.
    pub(super) fn scheme(&self) -> Option<Scheme> {
        let minor = self.minor();
        let (packages, bin) = match self.is_debians {
            true => ("dist-packages", "/usr/bin"),
            false => ("site-packages", "/usr/local/bin"),
        };
        Some(Scheme {
            site_packages: format!("usr/local/lib/python3.{minor}/{packages}").parse().ok()?,
            scripts: "usr/local/bin".parse().ok()?,
            data: "usr/local".parse().ok()?,
            headers: format!("usr/local/include/python3.{minor}").parse().ok()?,
            python: format!("{bin}/python3.{minor}"),
        })
    }

    pub(super) fn environment(&self, machine: Machine) -> Option<TargetEnvironment> {
        let version: PythonVersion = self.version.parse().ok()?;
        Some(TargetEnvironment::linux(&version, machine))
    }

    pub(super) fn tags(&self, machine: Machine) -> CompatibleTags {
        CompatibleTags::cpython(self.minor(), machine, Libc::Gnu(self.glibc))
    }

    /// What pip has to be told to take wheels for this Python and not for its own.
    pub(super) fn pip_options(&self, machine: Machine) -> String {
        let minor = self.minor();
        let new = (17..=self.glibc).rev().map(|glibc| format!("manylinux_2_{glibc}_{machine}"));
        let old = ["manylinux2014", "manylinux2010", "manylinux1", "linux"];
        let old = old.iter().map(|name| format!("{name}_{machine}"));
        let platforms: Vec<String> =
            new.chain(old).map(|platform| format!("--platform {platform}")).collect();
        format!(
            "--python-version 3.{minor} --implementation cp --abi cp3{minor} --abi abi3 --abi none {}",
            platforms.join(" ")
        )
    }
}

// `2.36-9+deb12u10` is glibc 2.36.
fn minor_of_glibc(version: &str) -> Option<u32> {
    version.strip_prefix("2.")?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(paths: &[&str], packages: &[(&str, &str)]) -> Option<Python> {
        let paths: Vec<ImagePath> = paths.iter().map(|path| path.parse().unwrap()).collect();
        let version = |name: &str| {
            packages.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned())
        };
        Python::find(paths.iter(), version)
    }

    #[test]
    fn debians_python_is_found_with_its_version() {
        let packages = [("libc6", "2.36-9+deb12u10"), ("python3.11-minimal", "3.11.2-6+deb12u6")];
        let python = find(&["usr/bin/python3", "usr/bin/python3.11"], &packages).unwrap();
        assert_eq!((python.version.as_str(), python.glibc), ("3.11.2", 36));
        let scheme = python.scheme().unwrap();
        assert_eq!(scheme.site_packages.as_str(), "usr/local/lib/python3.11/dist-packages");
        assert_eq!(scheme.python, "/usr/bin/python3.11");
    }

    #[test]
    fn a_python_of_its_own_comes_before_the_systems() {
        let paths = ["usr/bin/python3.9", "usr/local/bin/python3.12", "usr/local/bin/python3"];
        let python = find(&paths, &[]).unwrap();
        assert_eq!((python.version.as_str(), python.is_debians), ("3.12", false));
        let scheme = python.scheme().unwrap();
        assert_eq!(scheme.site_packages.as_str(), "usr/local/lib/python3.12/site-packages");
        assert_eq!(find(&["usr/bin/perl", "usr/bin/python3-config"], &[]), None);
    }

    #[test]
    fn pip_is_told_of_every_platform_that_fits() {
        let python = Python { version: "3.11.2".into(), glibc: 19, is_debians: true };
        let options = python.pip_options(Machine::X86_64);
        assert!(options.starts_with("--python-version 3.11 --implementation cp --abi cp311 "));
        assert!(
            options.contains("--platform manylinux_2_19_x86_64 --platform manylinux_2_18_x86_64")
        );
        assert!(!options.contains("manylinux_2_20"));
    }
}
