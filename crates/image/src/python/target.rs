//! What an image's Python is, as far as locks and wheels ask for it. It is said, not looked up: the
//! machine that builds an image is not the one that runs it.

use std::collections::BTreeSet;
use std::fmt;

use super::name::normalised;
use crate::version::PythonVersion;

/// A processor that images are built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
}

/// The C library of an image, with the minor version that its wheels may ask for at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Libc {
    /// glibc 2.N.
    Gnu(u32),
    /// musl 1.N.
    Musl(u32),
}

/// The values that PEP 508's markers ask for, and the extras and groups that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetEnvironment {
    /// `3.11`.
    pub python_version: String,
    /// `3.11.9`.
    pub python_full_version: String,
    /// `cpython`.
    pub implementation_name: String,
    /// `3.11.9`.
    pub implementation_version: String,
    /// `CPython`.
    pub platform_python_implementation: String,
    /// `posix`.
    pub os_name: String,
    /// `linux`.
    pub sys_platform: String,
    /// `Linux`.
    pub platform_system: String,
    /// `x86_64`.
    pub platform_machine: String,
    /// The kernel's release. Empty: an image has no kernel, and must not depend on one.
    pub platform_release: String,
    /// The kernel's version. Empty, as above.
    pub platform_version: String,
    /// Extras that are wanted, in their normal form.
    pub extras: BTreeSet<String>,
    /// Dependency groups that are wanted, in their normal form.
    pub groups: BTreeSet<String>,
}

impl TargetEnvironment {
    /// CPython of this version (`3.11`, `3.11.9`) on Linux, without extras and groups.
    #[must_use]
    pub fn linux(python: &PythonVersion, machine: Machine) -> Self {
        let number = |at: usize| python.release().get(at).copied().unwrap_or(0);
        let full = match python.release().len() {
            0..=2 => format!("{}.{}.0", number(0), number(1)),
            _ => python.to_string(),
        };
        Self {
            python_version: format!("{}.{}", number(0), number(1)),
            python_full_version: full.clone(),
            implementation_name: "cpython".to_owned(),
            implementation_version: full,
            platform_python_implementation: "CPython".to_owned(),
            os_name: "posix".to_owned(),
            sys_platform: "linux".to_owned(),
            platform_system: "Linux".to_owned(),
            platform_machine: machine.to_string(),
            platform_release: String::new(),
            platform_version: String::new(),
            extras: BTreeSet::new(),
            groups: BTreeSet::new(),
        }
    }

    /// The same with these extras alone.
    #[must_use]
    pub fn with_extras<'a>(&self, extras: impl IntoIterator<Item = &'a str>) -> Self {
        let extras = extras.into_iter().map(normalised).collect();
        Self { extras, ..self.clone() }
    }

    /// The same with these dependency groups alone.
    #[must_use]
    pub fn with_groups<'a>(&self, groups: impl IntoIterator<Item = &'a str>) -> Self {
        let groups = groups.into_iter().map(normalised).collect();
        Self { groups, ..self.clone() }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        })
    }
}
