//! What a command with the network also needs of the caller: proxies, certificates and package
//! indexes. Never passed to a command without the network.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tollgate_model::Digest;

use super::super::base::value;
use super::credentials;

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
/// Of the settings, those that decide which packages come, not just how they are reached.
const CHOOSING: [&str; 7] = [
    "INDEX",
    "INDEX_URL",
    "DEFAULT_INDEX",
    "EXTRA_INDEX_URL",
    "INDEX_STRATEGY",
    "NO_INDEX",
    "FIND_LINKS",
];
/// Variables that name a file of such settings.
const CONFIG_FILES: [&str; 2] = ["PIP_CONFIG_FILE", "UV_CONFIG_FILE"];
/// A longer file of settings is none.
const LONGEST: u64 = 1 << 20;
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

impl NetworkView {
    /// What is added for a caller with this home and environment.
    pub fn of(home: &Path, env: &[(String, String)]) -> Self {
        view(home, env)
    }

    /// What of it can change which packages come, as a text that is the same for the same: the
    /// indexes without their credentials, and digests of the files with such settings.
    pub fn identity(&self) -> String {
        let chooses = |name: &str| setting(name).is_some_and(|name| CHOOSING.contains(&name));
        let variables = self.env.iter().filter(|(name, _)| chooses(name));
        let variables =
            variables.map(|(name, value)| format!("{name}={}\n", credentials::without(value)));
        let files = self.config_files().map(|(name, text)| {
            let digest = Digest::of(credentials::without(&text).as_bytes());
            format!("{name} {digest}\n")
        });
        let mut lines: Vec<String> = variables.chain(files).collect();
        lines.sort();
        lines.concat()
    }

    /// Values that nobody must be shown: passwords and tokens in the addresses, and those of
    /// indexes that have a variable of their own.
    pub fn secrets(&self) -> Vec<String> {
        let of_variable = |(name, value): &(String, String)| match name {
            name if is_index_credential(name) && name.ends_with("_PASSWORD") => vec![value.clone()],
            name if name.to_ascii_uppercase().ends_with("PROXY") => credentials::in_proxy(value),
            _ => credentials::in_text(value),
        };
        let in_variables = self.env.iter().flat_map(of_variable);
        let in_files = self.config_files().flat_map(|(_, text)| credentials::in_text(&text));
        in_variables.chain(in_files).collect()
    }

    // One that can't be read inside either says nothing to anybody.
    fn config_files(&self) -> impl Iterator<Item = (&str, String)> {
        let home = self.home_files.iter().map(|(name, path)| (name.as_str(), path.clone()));
        let named = CONFIG_FILES
            .iter()
            .filter_map(|name| Some((*name, PathBuf::from(value(&self.env, name)?))));
        home.chain(named).filter_map(|(name, path)| Some((name, short_text(&path)?)))
    }
}

fn short_text(path: &Path) -> Option<String> {
    let meta = fs::metadata(path).ok().filter(|meta| meta.is_file() && meta.len() <= LONGEST);
    meta.and_then(|_| fs::read(path).ok()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
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
    setting(name).is_some_and(|setting| PACKAGE_SETTINGS.contains(&setting))
        || PASSED.contains(&name)
        || is_index_credential(name)
        || name == "PIP_DISABLE_PIP_VERSION_CHECK"
}

fn setting(name: &str) -> Option<&str> {
    name.strip_prefix("PIP_").or_else(|| name.strip_prefix("UV_"))
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
