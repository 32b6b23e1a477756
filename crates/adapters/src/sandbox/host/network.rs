//! What a command with the network also needs of the caller: proxies, certificates and package
//! indexes. Never passed to a command without the network.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::base::value;

/// Variables passed by name. Proxies are usual in both cases.
const PASSED: [&str; 14] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "FTP_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
];
/// Settings of pip and uv that say where packages come from and how they are reached.
const PACKAGE_SETTINGS: [&str; 20] = [
    "INDEX",
    "INDEX_URL",
    "DEFAULT_INDEX",
    "EXTRA_INDEX_URL",
    "INDEX_STRATEGY",
    "NO_INDEX",
    "FIND_LINKS",
    "TRUSTED_HOST",
    "INSECURE_HOST",
    "CERT",
    "CLIENT_CERT",
    "NATIVE_TLS",
    "SYSTEM_CERTS",
    "PROXY",
    "TIMEOUT",
    "DEFAULT_TIMEOUT",
    "HTTP_TIMEOUT",
    "RETRIES",
    "CONFIG_FILE",
    "KEYRING_PROVIDER",
];
/// Of the variables above, those whose values name files or directories.
const PATHS: [&str; 11] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_FIND_LINKS",
    "PIP_CONFIG_FILE",
    "UV_FIND_LINKS",
    "UV_CONFIG_FILE",
];
/// Configuration under the home directory, by name.
const HOME_FILES: [&str; 4] =
    [".pip/pip.conf", ".config/pip/pip.conf", ".config/uv/uv.toml", ".condarc"];

/// What of the host is added for a command that has the network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkView {
    /// Variables of the caller that are passed on.
    pub env: Vec<(String, String)>,
    /// Files and directories that they name, visible read-only.
    pub visible: Vec<PathBuf>,
    /// Configuration files visible in the fresh home: name, host's file.
    pub home_files: Vec<(String, PathBuf)>,
}

/// Picks it from the caller's environment and home.
pub(super) fn view(home: &Path, env: &[(String, String)]) -> NetworkView {
    let passed: Vec<_> = env.iter().filter(|(name, _)| is_passed(name)).cloned().collect();
    NetworkView {
        visible: PATHS.iter().flat_map(|name| named_paths(&passed, name)).collect(),
        env: passed,
        home_files: home_files(home, value(env, "XDG_CONFIG_HOME")),
    }
}

fn is_passed(name: &str) -> bool {
    let setting = name.strip_prefix("PIP_").or_else(|| name.strip_prefix("UV_"));
    let setting = setting.is_some_and(|setting| PACKAGE_SETTINGS.contains(&setting));
    setting
        || PASSED.contains(&name)
        || is_index_credential(name)
        || name == "PIP_DISABLE_PIP_VERSION_CHECK"
}

/// `UV_INDEX_INTERNAL_PASSWORD`: without the credentials, the index's address is of no use.
fn is_index_credential(name: &str) -> bool {
    name.starts_with("UV_INDEX_") && (name.ends_with("_USERNAME") || name.ends_with("_PASSWORD"))
}

/// The value may list several paths, by spaces or commas, and addresses among them.
fn named_paths(env: &[(String, String)], name: &str) -> Vec<PathBuf> {
    let words = value(env, name).unwrap_or_default();
    let words = words.split([' ', ',', ':']).map(|word| word.trim_start_matches("file://"));
    let paths = words.map(Path::new).filter(|path| path.is_absolute() && path.exists());
    paths.filter(|path| !is_system(path)).map(Path::to_owned).collect()
}

fn is_system(path: &Path) -> bool {
    ["/usr", "/opt", "/nix", "/etc/ssl", "/etc/pki", "/dev"]
        .iter()
        .any(|known| path.starts_with(known))
}

fn home_files(home: &Path, config: Option<&str>) -> Vec<(String, PathBuf)> {
    let source = |name: &str| match (name.strip_prefix(".config/"), config) {
        (Some(rest), Some(config)) => Path::new(config).join(rest),
        _ => home.join(name),
    };
    let files = HOME_FILES.iter().map(|name| ((*name).to_owned(), source(name)));
    files.filter(|(_, path)| path.is_file()).collect()
}
