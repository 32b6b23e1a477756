//! Whom one believes to be a registry: the machine's authorities, and those that the user adds.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::error::RegistryError;
use super::url::is_loopback;
use crate::http::{Http, HttpOptions};

/// A client for that host.
pub(super) fn client(
    host: &str,
    plain: bool,
    environment: &BTreeMap<String, String>,
) -> Result<Http, RegistryError> {
    let mut options = HttpOptions::of(environment);
    for authority in own_authorities(host, environment) {
        options.authorities.push(b'\n');
        options.authorities.extend(authority);
    }
    let names = if plain { ["http_proxy", "HTTP_PROXY"] } else { ["https_proxy", "HTTPS_PROXY"] };
    let proxy = names.iter().find_map(|name| environment.get(*name));
    // No proxy leads to this machine.
    options.proxy = proxy.filter(|proxy| !proxy.is_empty() && !is_loopback(host)).cloned();
    Http::new(&options).map_err(|error| RegistryError::Setup(error.to_string()))
}

// `certs.d/<host>/*.crt`, as Docker and the tools of containers have them.
fn own_authorities(host: &str, environment: &BTreeMap<String, String>) -> Vec<Vec<u8>> {
    let home = |below: &str| {
        let home = environment.get("HOME").filter(|home| !home.is_empty());
        home.map(|home| PathBuf::from(home).join(below))
    };
    let roots = [
        home(".config/containers/certs.d"),
        home(".config/docker/certs.d"),
        Some(PathBuf::from("/etc/containers/certs.d")),
        Some(PathBuf::from("/etc/docker/certs.d")),
    ];
    let directories = roots.into_iter().flatten().map(|root| root.join(host));
    let files = directories.filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten();
    let mut files: Vec<PathBuf> = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "crt"))
        .collect();
    files.sort();
    files.iter().filter_map(|file| fs::read(file).ok()).collect()
}
