//! Images: what is asked of one, and what was built.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Digest, DockerfileBuild, InputPattern, RelPath, Timestamp};

/// An image of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageBuild {
    /// What it stands on.
    pub base: Base,
    /// The Python packages in it: a file of the project that pins each by hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirements: Option<RelPath>,
    /// For which machines; none means the one that builds it. Several make an index.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<ImagePlatform>,
    /// Files of the Python packages that it does without, by patterns on their paths in a wheel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave_out: Vec<String>,
    /// The packages that may be built from source, which runs their code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from_source: Vec<String>,
    /// Modules that are in it compiled, with all that they import.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bytecode: Vec<String>,
    /// What of the project and of the outputs of needs is in it, and where.
    pub copy: Vec<Copied>,
    /// What is run; nothing leaves it to what a Dockerfile says.
    pub command: Vec<String>,
    /// Where it is run, and below which relative targets lie: absolute in the image. Nothing leaves
    /// it to what a Dockerfile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workdir: Option<String>,
    /// As whom it is run: `uid`, `uid:gid` or a name that the image knows. Nothing leaves it to what
    /// a Dockerfile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Variables of its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Ports that it listens on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// The path that its first port answers with a status of success while all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
    /// Labels beside `org.opencontainers.image.title`, which is the step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// How its layers are packed.
    pub compression: Compression,
    /// How many bytes it may take, unpacked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_size: Option<u64>,
    /// What looks like a secret in it and is none that matters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_secrets: Vec<AllowedSecret>,
    /// The repository of a registry to which a pipeline of pushes sends it, under the commit's hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<String>,
    /// What must not be known against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<ScanPolicy>,
}

/// What looks like a secret and is none that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedSecret {
    /// 16 hexadecimal characters of the SHA-256 of what was found.
    pub fingerprint: String,
    /// Why it may be there.
    pub reason: String,
    /// Its line in `tollgate.yaml`, counted from 1.
    pub line: u32,
}

/// What an image stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Debian packages and what they need, from the machine's configured sources.
    Debian(Vec<String>),
    /// An image in an OCI layout of the project: its directory and, where it holds several, the tag.
    Layout {
        /// The directory.
        path: RelPath,
        /// The tag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<String>,
    },
    /// An image of a registry, as it is written: `registry.example/python:3.11-slim`.
    Registry(String),
    /// What a builder of the machine makes of a Dockerfile.
    Dockerfile(Box<DockerfileBuild>),
}

/// A kind of machine that images are built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ImagePlatform {
    /// 64-bit Intel and AMD.
    #[serde(rename = "linux/amd64")]
    Amd64,
    /// 64-bit Arm.
    #[serde(rename = "linux/arm64")]
    Arm64,
}

/// Files that are copied into an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// A file or directory of the project, or an output of a need.
    pub from: RelPath,
    /// Where it lies in the image: below the working directory, or from the root where it begins
    /// with a `/`.
    pub to: String,
}

/// How layers are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// What every registry and engine takes.
    #[default]
    Gzip,
    /// Smaller and faster; engines of the last years take it.
    Zstd,
}

/// What must not be known against an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScanPolicy {
    /// Vulnerabilities of this severity or a worse one fail it.
    pub fail_on: Rating,
    /// Whether only those count for which there is a version without them.
    pub only_fixable: bool,
    /// How old the database of vulnerabilities may be.
    pub max_age: Duration,
    /// Vulnerabilities that somebody has answered for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// The licences that packages may have; none means any that is not denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_licences: Option<Vec<String>>,
    /// The licences that no package may have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied_licences: Vec<String>,
}

/// How bad a vulnerability is. Source: CVSS v3.1 §5, the qualitative severity rating scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rating {
    /// Below 4.
    Low,
    /// Below 7.
    Medium,
    /// Below 9.
    High,
    /// 9 and more.
    Critical,
}

/// An answer for a vulnerability that stays for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Any of its names: `CVE-…`, `GHSA-…`, `PYSEC-…`.
    pub id: String,
    /// The package in which it is; none means in any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Why it may stay.
    pub reason: String,
    /// Until when.
    pub expires: Timestamp,
    /// Its line in `tollgate.yaml`, counted from 1.
    pub line: u32,
}

/// An image that was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltImage {
    /// The digest of its manifest as registries write it: `sha256:…`.
    pub digest: String,
    /// Bytes of its layers, packed.
    pub packed: u64,
    /// Bytes of its files, unpacked.
    pub unpacked: u64,
    /// How many layers it has.
    pub layers: u32,
    /// The store's digest of what it is made of, as JSON: packages with versions, licences, hashes.
    pub inventory: Digest,
    /// The store's digest of what a scan found against it, as JSON, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<Digest>,
}

impl ImagePlatform {
    /// This machine's; none where no images are built for its kind.
    #[must_use]
    pub fn here() -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Self::Amd64),
            "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }

    /// As registries and Debian name the processor: `amd64`.
    #[must_use]
    pub fn architecture(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

impl fmt::Display for ImagePlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "linux/{}", self.architecture())
    }
}

impl ScanPolicy {
    /// How old a database may be where nothing is said: a week.
    pub const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
}

impl ImageBuild {
    /// The file of the project that pins bases by digest.
    pub const LOCK: &'static str = "tollgate.lock";

    /// Where the application lies where nothing is said.
    pub const WORKDIR: &'static str = "/app";

    /// As whom an image runs where nothing is said: a user with no rights and no name of its own.
    pub const USER: &'static str = "65532:65532";

    /// An image that stands on this, with nothing else said of it.
    #[must_use]
    pub fn on(base: Base) -> Self {
        Self {
            base,
            requirements: None,
            platforms: Vec::new(),
            leave_out: Vec::new(),
            from_source: Vec::new(),
            bytecode: Vec::new(),
            copy: Vec::new(),
            command: Vec::new(),
            workdir: Some(Self::WORKDIR.to_owned()),
            user: Some(Self::USER.to_owned()),
            env: BTreeMap::new(),
            ports: Vec::new(),
            health: None,
            labels: BTreeMap::new(),
            compression: Compression::Gzip,
            max_size: None,
            allowed_secrets: Vec::new(),
            push: None,
            scan: None,
        }
    }

    /// All that it is built of in the project and in the outputs of needs: what pins the base, what
    /// pins the packages, and what is copied.
    #[must_use]
    pub fn reads(&self) -> Vec<InputPattern> {
        let lock = || Self::LOCK.parse().ok();
        let base: Vec<InputPattern> = match &self.base {
            Base::Layout { path, .. } => vec![InputPattern::Path(path.clone())],
            Base::Debian(_) | Base::Registry(_) => {
                lock().map(InputPattern::Path).into_iter().collect()
            }
            Base::Dockerfile(build) => build.reads(),
        };
        let copied = self.copy.iter().map(|it| it.from.clone());
        let paths = self.requirements.clone().into_iter().chain(copied).map(InputPattern::Path);
        let mut all: Vec<InputPattern> = Vec::new();
        for pattern in base.into_iter().chain(paths) {
            if !all.contains(&pattern) {
                all.push(pattern);
            }
        }
        all
    }
}
