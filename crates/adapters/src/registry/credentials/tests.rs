use std::fs;

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

    /// A helper that is a shell script. Another process writes it: what this one has open for
    /// writing when it starts a third can't be run for as long as that one has it.
    fn helper(&self, name: &str, script: &str) -> &Self {
        let path = format!("bin/docker-credential-{name}");
        let text = format!("#!/bin/sh\n{script}\n");
        let write = "mkdir -p bin && printf %s \"$1\" > \"$0\" && chmod 755 \"$0\"";
        let mut shell = std::process::Command::new("sh");
        let shell = shell.args(["-ec", write, &path, &text]).current_dir(self.0.path());
        assert!(shell.status().unwrap().success());
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
        r#"{"auths": {"r.example": {"auth": "YW5uOnB3"}, "https://old.example/v1/": {"auth": "YW5uOmh1Yg=="},
            "t.example": {"auth": "", "identitytoken": "tok"}, "bad.example": {"auth": "?"}}}"#,
    );
    home.write(
        ".config/containers/auth.json",
        r#"{"auths": {"p.example": {"auth": "cDp3"}, "p.example/team": {"auth": "cDp0ZWFt"}, "p.example/te": {"auth": "eDp4"}}}"#,
    );
    let some = |text: &str| Ok(Some(text.to_owned()));
    assert_eq!(home.find("r.example"), some("ann:pw"));
    assert_eq!(home.find("old.example"), some("ann:hub"));
    assert_eq!(home.find("t.example"), some("<token>:tok"));
    assert_eq!(home.find("p.example"), some("p:team"));
    assert_eq!(home.find("r.example:5000"), Ok(None));
    assert!(home.find("bad.example").unwrap_err().contains("is not in Base64"));
    home.write(".docker/config.json", r#"{"auths": {"r.example": {"auth": ["open-sesame"]}}}"#);
    let error = home.find("r.example").unwrap_err();
    assert!(error.contains("config.json") && !error.contains("sesame"), "{error}");
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
    home.write("other/config.json", r#"{"credsStore": "of-another-machine"}"#);
    let docker = home.0.path().join("other").display().to_string();
    let other = home.keyring(&[("DOCKER_CONFIG", &docker)]);
    assert_eq!(other.find("r.example", "a").unwrap(), None);
    assert!(home.find("gone.example").unwrap_err().contains("docker-credential-gone"));
    let mut hasty = home.keyring(&[]);
    hasty.patience = Some(Duration::from_millis(200));
    let error = hasty.find("hang.example", "a").unwrap_err().to_string();
    assert!(error.contains("no answer in 200ms"), "{error}");
}
