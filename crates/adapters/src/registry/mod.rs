//! Registries: a client of the OCI Distribution Specification 1.1.
//!
//! A [`Registry`] is asked for manifests and blobs, and takes them; [`Registry::push`] and
//! [`Registry::pull`] move whole images between it and an image layout. Whatever it sends is
//! compared with its digest before it is kept. What fails for the moment is tried again within
//! bounds, and an upload that was broken off goes on from where it was, in another process too.
//!
//! Credentials go to the registry, to who gives tokens for it over HTTPS, and nowhere else.

mod auth;
mod blob;
mod challenge;
mod credentials;
mod error;
mod helper;
mod manifest;
mod pull;
mod push;
mod referrers;
mod request;
mod resume;
mod secret;
mod send;
mod trust;
mod upload;
mod url;

use std::collections::BTreeMap;
use std::path::PathBuf;

use tollgate_image::oci::{Platform, Reference, Sha256};
use ureq::http::Method;

use crate::http::Http;
use auth::Answered;
use credentials::Keyring;
use request::Ask;
use url::Url;

pub use blob::BlobReader;
pub use credentials::{HOST, PASSWORD, USER};
pub use error::RegistryError;
pub use pull::Pulled;
pub use push::{Pushed, Shipment};
pub use secret::{Credentials, Secret};
pub use send::Patience;

/// Registries that are asked without TLS, separated by commas, beside those of this machine.
pub const PLAIN_HTTP: &str = "TOLLGATE_REGISTRY_PLAIN_HTTP";

/// Larger blobs are sent in pieces of this size, so that less is lost where it breaks off.
const CHUNK: u64 = 16 << 20;
/// Blobs moved at once.
const THREADS: usize = 3;

/// How a registry is reached. Nothing of it is read from the machine's environment here.
pub struct RegistryOptions<'a> {
    /// Variables: where credentials, certificates and proxies are told.
    pub environment: BTreeMap<String, String>,
    /// Whether it is asked without TLS.
    pub plain_http: bool,
    /// Where uploads that may be broken off are remembered; none forgets them.
    pub uploads: Option<PathBuf>,
    /// How long and how often it is tried.
    pub patience: Patience,
    /// Asked often; once it says so, everything stops.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

/// A registry.
pub struct Registry<'a> {
    base: Url,
    http: Http,
    keyring: Keyring,
    answered: Answered,
    patience: Patience,
    uploads: Option<PathBuf>,
    stopped: &'a (dyn Fn() -> bool + Sync),
}

/// How far a blob is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which.
    pub blob: Sha256,
    /// How far.
    pub state: Moved,
    /// Its bytes.
    pub size: u64,
}

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// So many bytes of it have been moved.
    Part(u64),
    /// It is where it should be now.
    Whole,
    /// It was there already.
    There,
    /// The registry took it from another of its repositories.
    Mounted,
}

/// Is told how far it is, from several threads.
pub type OnProgress<'p> = &'p (dyn Fn(Progress) + Sync);

impl<'a> Registry<'a> {
    /// The registry of a reference. Nothing is asked yet but, on this machine, whether it speaks
    /// TLS.
    ///
    /// # Errors
    /// A certificate or a proxy can't be understood.
    pub fn of(reference: &Reference, options: RegistryOptions<'a>) -> Result<Self, RegistryError> {
        let host = reference.registry();
        let plain = options.plain_http || is_listed(host, options.environment.get(PLAIN_HTTP));
        let http = trust::client(host, plain, &options.environment)?;
        let registry = Self {
            base: Url::new(!plain, host, "/v2/"),
            http,
            keyring: Keyring::new(options.environment),
            answered: Answered::default(),
            patience: options.patience,
            uploads: options.uploads,
            stopped: options.stopped,
        };
        match !plain && is_loopback(host) && registry.speaks_plainly() {
            true => Ok(Self { base: Url::new(false, host, "/v2/"), ..registry }),
            false => Ok(registry),
        }
    }

    /// Whether there is a registry that lets one in.
    /// Source: OCI Distribution Specification 1.1, "Determining Support".
    ///
    /// # Errors
    /// There is none, or it does not.
    pub fn ping(&self) -> Result<(), RegistryError> {
        let ask = Ask::new(Method::GET, self.base.clone(), "in");
        self.expect(&ask, &[200]).map(drop)
    }

    // Who listens on this machine without TLS answers a greeting in TLS with something else.
    fn speaks_plainly(&self) -> bool {
        let request = self.http.agent().get(self.base.text()).config();
        let request = request.timeout_global(Some(self.patience.silence)).build();
        let answer = request.call();
        let error = answer.as_ref().err().and_then(send::tls);
        matches!(error, Some(rustls::Error::InvalidMessage(_)))
    }

    /// An address below a repository: `("team/app", "manifests/1")`.
    fn at(&self, repository: &str, what: &str) -> Url {
        let path = format!("/v2/{repository}/{what}");
        Url::new(self.base.is_https(), self.base.authority(), &path)
    }
}

/// Its name and nothing else.
impl std::fmt::Debug for Registry<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Registry").field(&self.base).finish()
    }
}

pub(crate) use self::url::is_loopback;

/// The kind of machine that this is.
#[must_use]
pub fn this_platform() -> Platform {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    Platform { architecture: architecture.to_owned(), os: "linux".to_owned(), variant: None }
}

fn is_listed(host: &str, hosts: Option<&String>) -> bool {
    hosts.is_some_and(|hosts| hosts.split(',').any(|listed| listed.trim() == host))
}

/// What a token must allow.
fn pull_scope(repository: &str) -> String {
    format!("repository:{repository}:pull")
}

/// What a token must allow for sending.
fn push_scope(repository: &str) -> String {
    format!("repository:{repository}:pull,push")
}
