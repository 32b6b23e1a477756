//! The registry that most others stand on, started for one test.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tollgate_image::oci::Reference;

/// What is asked of it beside keeping images.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    /// `ann` with the password `sesame` and nobody else.
    pub(crate) password: bool,
    /// A certificate that only its own authority vouches for.
    pub(crate) tls: bool,
}

pub(crate) struct Distribution {
    process: Child,
    dir: TempDir,
    pub(crate) port: u16,
}

impl Drop for Distribution {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Distribution {
    /// A registry on a free port; none where its programs are not installed, which is said aloud.
    pub(crate) fn start(wanted: Wanted) -> Option<Self> {
        let mut programs = vec!["docker-registry"];
        programs.extend(wanted.password.then_some("htpasswd"));
        programs.extend(wanted.tls.then_some("openssl"));
        if let Some(missing) = programs.into_iter().find(|program| !is_there(program)) {
            let _ = writeln!(std::io::stderr(), "NOT TESTED: `{missing}` is not installed");
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

    /// `team/app:1` in it.
    pub(crate) fn at(&self, what: &str) -> Reference {
        format!("127.0.0.1:{}/{what}", self.port).parse().unwrap()
    }

    /// The certificate of who vouches for it.
    pub(crate) fn authority(&self) -> PathBuf {
        self.dir.path().join("ca.crt")
    }

    /// Where it keeps a blob.
    pub(crate) fn blob(&self, hex: &str) -> PathBuf {
        let below = format!("data/docker/registry/v2/blobs/sha256/{}/{hex}/data", &hex[..2]);
        self.dir.path().join(below)
    }
}

pub(crate) fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

fn configuration(dir: &Path, wanted: Wanted) -> String {
    let at = |name: &str| dir.join(name).display().to_string();
    let mut config = format!(
        "version: 0.1\nlog: {{ level: info }}\nstorage:\n  filesystem: {{ rootdirectory: {} }}\n  \
         delete: {{ enabled: true }}\nhttp:\n  addr: 127.0.0.1:0\n",
        at("data")
    );
    if wanted.tls {
        certify(dir);
        let (certificate, key) = (at("server.crt"), at("server.key"));
        config.push_str(&format!("  tls: {{ certificate: {certificate}, key: {key} }}\n"));
    }
    if wanted.password {
        sh(dir, "htpasswd -Bbn ann sesame > passwords");
        let path = at("passwords");
        config.push_str(&format!("auth:\n  htpasswd: {{ realm: test, path: {path} }}\n"));
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

pub(crate) fn sh(dir: &Path, command: &str) {
    let output = Command::new("sh").args(["-ec", command]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}
