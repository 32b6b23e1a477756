//! APT as this machine and the caller's environment have it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::{Apt, AptError, Gpgv, configured};
use crate::http::{Http, HttpOptions};

/// Files fetched at once: mirrors ask for restraint.
const THREADS: usize = 4;

/// The verifier that APT uses as well, with the machine's trusted keys.
static GPGV: LazyLock<Gpgv> =
    LazyLock::new(|| Gpgv { program: PathBuf::from("gpgv"), root: PathBuf::from("/") });

/// The machine's sources, reached as `environment` says (proxies, certificates), with `cache` for
/// what is fetched.
///
/// # Errors
/// The sources can't be read, or a proxy or certificate can't be understood.
pub fn of_machine(
    environment: &BTreeMap<String, String>,
    cache: &Path,
) -> Result<Apt<'static>, AptError> {
    Ok(Apt {
        sources: configured(Path::new("/"))?,
        architecture: architecture().to_owned(),
        cache: cache.to_owned(),
        http: Http::new(&HttpOptions::of(environment))?,
        signatures: &*GPGV,
        threads: THREADS,
    })
}

/// Debian's word for this machine's architecture.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
