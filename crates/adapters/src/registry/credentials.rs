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

/// A name and a password for registries, from the environment.
pub const USER: &str = "TOLLGATE_REGISTRY_USER";
/// See [`USER`].
pub const PASSWORD: &str = "TOLLGATE_REGISTRY_PASSWORD";
/// The one registry that [`USER`] and [`PASSWORD`] are for; without it they are for any.
pub const HOST: &str = "TOLLGATE_REGISTRY_HOST";

/// Docker's registry as Docker's configuration calls it.
const DOCKER: &str = "index.docker.io";
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
        let server = if host == DOCKER { "https://index.docker.io/v1/" } else { host };
        if let Some((name, server)) = named.or(store.map(|name| (name, server))) {
            let found = helper::ask(name, server, &self.environment, self.patience)?;
            if found.is_some() {
                return Ok(found);
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
    let name = name.strip_suffix("/v1").or(name.strip_suffix("/v2")).unwrap_or(name);
    match name.strip_prefix("docker.io") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{DOCKER}{rest}"),
        _ => name.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    struct Home(tempfile::TempDir);

    impl Home {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn write(&self, path: &str, text: &str) -> &Self {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self
        }

        /// A helper that is a shell script.
        fn helper(&self, name: &str, script: &str) -> &Self {
            let path = format!("bin/docker-credential-{name}");
            self.write(&path, &format!("#!/bin/sh\n{script}\n"));
            let all = fs::Permissions::from_mode(0o755);
            fs::set_permissions(self.0.path().join(path), all).unwrap();
            self
        }

        fn keyring(&self, more: &[(&str, &str)]) -> Keyring {
            let home = self.0.path().display();
            let own = [("HOME", home.to_string()), ("PATH", format!("{home}/bin:/usr/bin:/bin"))];
            let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
            let all = own.into_iter().chain(more);
            Keyring::new(all.map(|(name, value)| (name.to_owned(), value)).collect())
        }

        fn find(&self, host: &str) -> Result<Option<String>, String> {
            let found = self.keyring(&[]).find(host, "team/app");
            found.map(|found| found.as_ref().map(told)).map_err(|error| error.to_string())
        }
    }

    fn told(credentials: &Credentials) -> String {
        match credentials {
            Credentials::Basic { user, password } => format!("{user}:{}", password.reveal()),
            Credentials::Identity(token) => format!("<token>:{}", token.reveal()),
        }
    }

    #[test]
    fn files_of_docker_and_of_containers_are_read() {
        let home = Home::new();
        home.write(
            ".docker/config.json",
            r#"{"auths": {"r.example": {"auth": "YW5uOnB3"}, "https://index.docker.io/v1/": {"auth": "YW5uOmh1Yg=="},
                "t.example": {"auth": "", "identitytoken": "tok"}, "bad.example": {"auth": "?"}}}"#,
        );
        home.write(
            ".config/containers/auth.json",
            r#"{"auths": {"p.example": {"auth": "cDp3"}, "p.example/team": {"auth": "cDp0ZWFt"}, "p.example/te": {"auth": "eDp4"}}}"#,
        );
        let some = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(home.find("r.example"), some("ann:pw"));
        assert_eq!(home.find("index.docker.io"), some("ann:hub"));
        assert_eq!(home.find("t.example"), some("<token>:tok"));
        assert_eq!(home.find("p.example"), some("p:team"));
        assert_eq!(home.find("r.example:5000"), Ok(None));
        assert!(home.find("bad.example").unwrap_err().contains("is not in Base64"));
        home.write(".docker/config.json", r#"{"auths": {"r.example": {"auth": ["pw"]}}}"#);
        let error = home.find("r.example").unwrap_err();
        assert!(error.contains("config.json") && !error.contains("pw"), "{error}");
    }

    #[test]
    fn the_environment_goes_first_and_may_be_for_one_registry() {
        let home = Home::new();
        let found = |more: &[(&str, &str)], host: &str| {
            let found = home.keyring(more).find(host, "a").map_err(|error| error.to_string());
            found.map(|found| found.as_ref().map(told))
        };
        let both = [(USER, "ci"), (PASSWORD, "s")];
        assert_eq!(found(&both, "r.example"), Ok(Some("ci:s".to_owned())));
        let one = [(USER, "ci"), (PASSWORD, "s"), (HOST, "r.example")];
        assert_eq!(found(&one, "r.example"), Ok(Some("ci:s".to_owned())));
        assert_eq!(found(&one, "other.example"), Ok(None));
        assert!(found(&both[..1], "r.example").unwrap_err().contains("go together"));
    }

    #[test]
    fn helpers_are_asked_and_bounded() {
        let home = Home::new();
        home.write(
            ".docker/config.json",
            r#"{"credsStore": "all", "credHelpers": {"own.example": "own", "hang.example": "hang",
                "big.example": "big", "bad.example": "../bad", "gone.example": "gone"}}"#,
        );
        home.helper("all", r#"read s; [ "$s" = r.example ] || { echo "credentials not found in native keychain"; exit 1; }
            echo "{\"ServerURL\":\"$s\",\"Username\":\"all\",\"Secret\":\"x\"}""#);
        home.helper("own", r#"echo '{"Username":"<token>","Secret":"y"}'"#);
        home.helper("hang", "exec sleep 60");
        home.helper("big", "yes | head -c 200000");
        assert_eq!(home.find("r.example"), Ok(Some("all:x".to_owned())));
        assert_eq!(home.find("other.example"), Ok(None));
        assert_eq!(home.find("own.example"), Ok(Some("<token>:y".to_owned())));
        assert!(home.find("big.example").unwrap_err().contains("more than 65536 bytes"));
        assert!(home.find("bad.example").unwrap_err().contains("no name of a helper"));
        assert!(home.find("gone.example").unwrap_err().contains("docker-credential-gone"));
        let mut hasty = home.keyring(&[]);
        hasty.patience = Some(Duration::from_millis(200));
        let error = hasty.find("hang.example", "a").unwrap_err().to_string();
        assert!(error.contains("no answer in 200ms"), "{error}");
    }
}
