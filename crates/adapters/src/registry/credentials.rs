//! Where credentials are looked for: the environment, Docker's configuration, that of containers.
//!
//! Sources: `docker login`, "Credential stores"; containers-auth.json(5).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use serde::Deserialize;

use super::error::RegistryError;
use super::helper;
use super::secret::{Credentials, Secret};

#[cfg(test)]
mod tests;

/// A name and a password for registries, from the environment.
pub const USER: &str = "TOLLGATE_REGISTRY_USER";
/// See [`USER`].
pub const PASSWORD: &str = "TOLLGATE_REGISTRY_PASSWORD";
/// The one registry that [`USER`] and [`PASSWORD`] are for; without it they are for any.
pub const HOST: &str = "TOLLGATE_REGISTRY_HOST";

const GREATEST: u64 = 1 << 20;

/// Looks for credentials. It has no `Debug`: the environment holds some.
pub(super) struct Keyring {
    environment: BTreeMap<String, String>,
    /// Where no other is told, helpers get some seconds.
    pub(super) patience: Option<Duration>,
}

/// A file as `docker login` and `podman login` write it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    auths: BTreeMap<String, Auth>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Auth {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

impl Keyring {
    pub(super) fn new(environment: BTreeMap<String, String>) -> Self {
        Self { environment, patience: None }
    }

    /// What is known for a repository of the registry at `host`; none where there is nothing.
    ///
    /// # Errors
    /// A file or a helper that should know can't be asked.
    pub(super) fn find(
        &self,
        host: &str,
        repository: &str,
    ) -> Result<Option<Credentials>, RegistryError> {
        if let Some(credentials) = self.of_environment(host)? {
            return Ok(Some(credentials));
        }
        for path in self.files() {
            let Some(config) = read(&path)? else { continue };
            if let Some(credentials) = self.of_config(&config, &path, host, repository)? {
                return Ok(Some(credentials));
            }
        }
        Ok(None)
    }

    /// Where it looks, as a sentence for those whom a registry does not know.
    pub(super) fn places(&self) -> String {
        let files: Vec<String> =
            self.files().iter().map(|path| path.display().to_string()).collect();
        format!(
            "credentials are looked for in {USER} and {PASSWORD}, and where `docker login` or \
             `podman login` keep them ({})",
            files.join(", ")
        )
    }

    fn of_environment(&self, host: &str) -> Result<Option<Credentials>, RegistryError> {
        let variable = |name: &str| self.environment.get(name).filter(|value| !value.is_empty());
        if variable(HOST).is_some_and(|only| plain(only) != host) {
            return Ok(None);
        }
        match (variable(USER), variable(PASSWORD)) {
            (Some(user), Some(password)) => {
                let (user, password) = (user.clone(), Secret::new(password.clone()));
                Ok(Some(Credentials::Basic { user, password }))
            }
            (None, None) => Ok(None),
            _ => {
                let why = format!("{USER} and {PASSWORD} go together, and one of them is not set");
                Err(RegistryError::Credentials(why))
            }
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let dir = |name: &str| {
            self.environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
        };
        let home = |below: &str| dir("HOME").map(|home| home.join(below));
        let docker = dir("DOCKER_CONFIG").or_else(|| home(".docker"));
        let runtime = dir("XDG_RUNTIME_DIR").map(|dir| dir.join("containers/auth.json"));
        let config = dir("XDG_CONFIG_HOME").or_else(|| home(".config"));
        let all = [
            docker.map(|dir| dir.join("config.json")),
            dir("REGISTRY_AUTH_FILE").or(runtime),
            config.map(|dir| dir.join("containers/auth.json")),
        ];
        all.into_iter().flatten().collect()
    }

    fn of_config(
        &self,
        config: &Config,
        path: &Path,
        host: &str,
        repository: &str,
    ) -> Result<Option<Credentials>, RegistryError> {
        let own = config.cred_helpers.iter().find(|(server, _)| plain(server) == host);
        let store = Some(&config.creds_store).filter(|name| !name.is_empty());
        let named = own.map(|(server, name)| (name, server.as_str()));
        if let Some((name, server)) = named.or(store.map(|name| (name, host))) {
            match helper::ask(name, server, &self.environment, self.patience) {
                Ok(None) => {}
                // A configuration for all registries may come from another machine, with its
                // programs; one for this very registry is meant.
                Err(helper::Failed::Missing(_)) if named.is_none() => {}
                found => return found.map_err(helper::Failed::into),
            }
        }
        // The nearest name wins: `registry/team` before `registry`.
        let whole = format!("{host}/{repository}");
        let covers = |name: &str| {
            whole.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let fitting = config.auths.iter().filter(|(name, _)| covers(&plain(name)));
        match fitting.max_by_key(|(name, _)| plain(name).len()) {
            Some((name, auth)) => auth.credentials().map_err(|why| {
                let place = path.display();
                RegistryError::Credentials(format!("{place}: what it has for `{name}` {why}"))
            }),
            None => Ok(None),
        }
    }
}

impl Auth {
    fn credentials(&self) -> Result<Option<Credentials>, &'static str> {
        if !self.identitytoken.is_empty() {
            return Ok(Some(Credentials::Identity(Secret::new(&*self.identitytoken))));
        }
        if self.auth.is_empty() {
            let (user, password) = (self.username.clone(), Secret::new(&*self.password));
            return Ok((!user.is_empty()).then_some(Credentials::Basic { user, password }));
        }
        let pair = base64::engine::general_purpose::STANDARD.decode(&self.auth);
        let pair = pair.ok().and_then(|pair| String::from_utf8(pair).ok());
        let pair = pair.ok_or("is not in Base64")?;
        let (user, password) = pair.split_once(':').ok_or("has no password")?;
        let password = Secret::new(password.trim_end_matches('\0'));
        Ok(Some(Credentials::Basic { user: user.to_owned(), password }))
    }
}

// `https://host/v1/` is how old files call `host`.
fn plain(name: &str) -> String {
    let name = name.trim_start_matches("https://").trim_start_matches("http://");
    let name = name.trim_end_matches('/');
    name.strip_suffix("/v1").or(name.strip_suffix("/v2")).unwrap_or(name).to_owned()
}

fn read(path: &Path) -> Result<Option<Config>, RegistryError> {
    let unusable = |why: String| {
        RegistryError::Credentials(format!("{} can't be used: {why}", path.display()))
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error.to_string())),
    };
    let mut bytes = Vec::new();
    file.take(GREATEST + 1).read_to_end(&mut bytes).map_err(|error| unusable(error.to_string()))?;
    if bytes.len() as u64 > GREATEST {
        return Err(unusable(format!("it has more than {GREATEST} bytes")));
    }
    // The parser's own message could repeat a password.
    let place = |error: serde_json::Error| {
        unusable(format!("it is not as `docker login` writes it (line {})", error.line()))
    };
    serde_json::from_slice(&bytes).map(Some).map_err(place)
}
