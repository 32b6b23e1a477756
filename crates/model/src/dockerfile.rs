//! Dockerfiles: how one is built, and what it is held to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ImageBuild, InputPattern, RelPath, Severity};

/// A Dockerfile, and how it is built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerfileBuild {
    /// The file.
    pub file: RelPath,
    /// The directory whose files it can copy; nothing is the whole project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<RelPath>,
    /// The stage that is wanted; nothing is the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Values of its `ARG`s.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// Secrets that its steps can mount, by their ids, and where each comes from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretSource>,
    /// Who builds it; nothing is whoever is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builder: Option<Builder>,
    /// How bad it is to break a rule, where that is not as usual; nothing is not at all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lint: BTreeMap<DockerfileRule, Option<Severity>>,
}

/// Where a secret is taken from when it is needed. Its value is nowhere in a plan, key or record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretSource {
    /// A variable of the caller's environment.
    Env(String),
    /// A file of the machine: absolute, or from the project's root.
    File(String),
}

/// Who builds images of Dockerfiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Builder {
    /// Docker, with its daemon.
    Docker,
    /// Buildah.
    Buildah,
    /// Podman.
    Podman,
}

impl Builder {
    /// All of them, in the order in which they are looked for.
    pub const ALL: [Self; 3] = [Self::Docker, Self::Buildah, Self::Podman];

    /// The name of its program.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Buildah => "buildah",
            Self::Podman => "podman",
        }
    }
}

impl std::fmt::Display for SecretSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

/// What a Dockerfile is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DockerfileRule {
    /// No secret in `ARG`, in `ENV`, in the text, or copied.
    Secret,
    /// No base without a tag or with `latest`.
    Latest,
    /// Every image by digest, in the file or in the lock.
    UnpinnedBase,
    /// Every Python package by version.
    UnpinnedPackages,
    /// Every package of the system by version.
    UnpinnedSystemPackages,
    /// Nothing of an address without its checksum.
    UnpinnedDownload,
    /// The service does not run as root.
    RootUser,
    /// What package managers keep for later is not in a layer.
    CacheLeft,
    /// The command is given in words.
    ShellForm,
    /// No `sudo`: `USER` says who runs what.
    Sudo,
}

impl DockerfileRule {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Secret,
        Self::Latest,
        Self::UnpinnedBase,
        Self::UnpinnedPackages,
        Self::UnpinnedSystemPackages,
        Self::UnpinnedDownload,
        Self::RootUser,
        Self::CacheLeft,
        Self::ShellForm,
        Self::Sudo,
    ];

    /// As users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Latest => "latest",
            Self::UnpinnedBase => "unpinned-base",
            Self::UnpinnedPackages => "unpinned-packages",
            Self::UnpinnedSystemPackages => "unpinned-system-packages",
            Self::UnpinnedDownload => "unpinned-download",
            Self::RootUser => "root-user",
            Self::CacheLeft => "cache-left",
            Self::ShellForm => "shell-form",
            Self::Sudo => "sudo",
        }
    }

    /// How bad it is to break it, where nobody says otherwise: what makes an image another one
    /// tomorrow, or gives something away, fails it.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::Secret
            | Self::Latest
            | Self::UnpinnedBase
            | Self::UnpinnedPackages
            | Self::UnpinnedDownload => Severity::Error,
            Self::UnpinnedSystemPackages
            | Self::RootUser
            | Self::CacheLeft
            | Self::ShellForm
            | Self::Sudo => Severity::Warning,
        }
    }

    /// Whether it matters only in stages that end up in the image.
    #[must_use]
    pub fn is_of_the_image(self) -> bool {
        matches!(self, Self::CacheLeft | Self::ShellForm)
    }
}

impl DockerfileBuild {
    /// All that it is built of in the project.
    // The lock need not be there: a Dockerfile can pin all by itself.
    pub(crate) fn reads(&self) -> Vec<InputPattern> {
        let context = match &self.context {
            Some(directory) => InputPattern::Path(directory.clone()),
            None => InputPattern::Glob("**".to_owned()),
        };
        let lock = InputPattern::Glob(ImageBuild::LOCK.to_owned());
        vec![InputPattern::Path(self.file.clone()), lock, context]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_kept_by_the_name_that_users_write() {
        for rule in DockerfileRule::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.name());
        }
    }
}
