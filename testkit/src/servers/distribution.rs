//! The registry that most others stand on, started for one test.

use std::fmt::Debug;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr;

use tempfile::TempDir;

/// What is asked of it beside keeping images.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// `ann` with the password `sesame` and nobody else.
    pub password: bool,
    /// A certificate that only its own authority vouches for.
    pub tls: bool,
}

/// A registry that ends with this value.
#[derive(Debug)]
pub struct Distribution {
    process: Child,
    dir: TempDir,
    /// Where it listens on this machine.
    pub port: u16,
}

impl Drop for Distribution {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Distribution {
    /// A registry on a free port; none where its programs are not installed, which is said aloud.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start(wanted: Wanted) -> Option<Self> {
        let mut programs = vec!["docker-registry"];
        programs.extend(wanted.password.then_some("htpasswd"));
        programs.extend(wanted.tls.then_some("openssl"));
        if !programs.into_iter().all(installed) {
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let config = configuration(dir.path(), wanted);
        fs::write(dir.path().join("config.yml"), config).unwrap();
        let mut process = Command::new("docker-registry")
            .arg("serve")
            .arg(dir.path().join("config.yml"))
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let said = lines.by_ref().map(Result::unwrap).find(|line| line.contains("listening on"));
        let said = said.expect("it ends before it listens");
        // Whoever stops reading stops the registry.
        std::thread::spawn(move || lines.for_each(drop));
        let port = said.split("127.0.0.1:").nth(1).unwrap();
        let port = port.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
        Some(Self { process, dir, port })
    }

    /// How `team/app:1` in it is called, as a text or as what is read of it.
    ///
    /// # Panics
    /// It is no such thing.
    pub fn at<T: FromStr<Err: Debug>>(&self, what: &str) -> T {
        format!("127.0.0.1:{}/{what}", self.port).parse().unwrap()
    }

    /// The certificate of who vouches for it.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.dir.path().join("ca.crt")
    }

    /// Where it keeps a blob, whose digest has these characters.
    #[must_use]
    pub fn blob(&self, hex: &str) -> PathBuf {
        let below = format!("data/docker/registry/v2/blobs/sha256/{}/{hex}/data", &hex[..2]);
        self.dir.path().join(below)
    }
}

/// Whether a program is on `PATH`; where it is not, that is said aloud.
#[must_use]
pub fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
    if !found {
        // Past the harness, which keeps what a test prints that passes.
        let _ = writeln!(std::io::stderr(), "NOT TESTED: `{program}` is not installed");
    }
    found
}

fn configuration(dir: &Path, wanted: Wanted) -> String {
    use std::fmt::Write as _;
    let at = |name: &str| dir.join(name).display().to_string();
    let mut config = format!(
        "version: 0.1\nlog: {{ level: info }}\nstorage:\n  filesystem: {{ rootdirectory: {} }}\n  \
         delete: {{ enabled: true }}\nhttp:\n  addr: 127.0.0.1:0\n",
        at("data")
    );
    if wanted.tls {
        certify(dir);
        let (certificate, key) = (at("server.crt"), at("server.key"));
        let _ = writeln!(config, "  tls: {{ certificate: {certificate}, key: {key} }}");
    }
    if wanted.password {
        sh(dir, "htpasswd -Bbn ann sesame > passwords");
        let path = at("passwords");
        let _ = writeln!(config, "auth:\n  htpasswd: {{ realm: test, path: {path} }}");
    }
    config
}

fn certify(dir: &Path) {
    sh(
        dir,
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 \
           -subj /CN=test-authority -addext basicConstraints=critical,CA:TRUE
         openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=registry
         printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\\nbasicConstraints=CA:FALSE\\n' > server.ext
         openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
           -extfile server.ext -out server.crt",
    );
}

fn sh(dir: &Path, command: &str) {
    let output = Command::new("sh").args(["-ec", command]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}
