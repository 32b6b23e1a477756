//! A Git repository in a temporary directory, and the binary at work in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A repository.
pub(crate) struct Repo {
    dir: TempDir,
}

impl Repo {
    /// A repository of these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let repo = Self { dir: tempfile::tempdir().expect("a temporary directory") };
        files.iter().for_each(|(path, text)| repo.write(path, text));
        succeeded("git init", Command::new("git").args(["init", "-q"]).current_dir(repo.path()));
        repo
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        let parent = path.parent().expect("a directory above");
        std::fs::create_dir_all(parent).expect("made");
        std::fs::write(path, text).expect("written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).expect("read")
    }

    pub(crate) fn tollgate(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("started")
    }

    /// `tollgate init`, which must succeed.
    pub(crate) fn init(&self) {
        let output = self.tollgate(&["init"]);
        assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    }

    /// How each step ended.
    pub(crate) fn run(&self) -> BTreeMap<String, String> {
        self.tollgate(&["run"]);
        let status = self.tollgate(&["status", "--json"]);
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
        let steps = status["steps"].as_array().expect("steps");
        let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        steps.iter().map(|step| (word(&step["step"]), word(&step["state"]))).collect()
    }

    /// Runs twice: the steps pass, and then are known.
    pub(crate) fn passes_and_then_knows(&self, steps: &[&str]) {
        for state in ["passed", "cached"] {
            let output = self.tollgate(&["run"]);
            let said = format!("{}\n{}", words(&output), self.read("tollgate.yaml"));
            assert_eq!(output.status.code(), Some(0), "{}{said}", index_hint(&said));
            let status = self.tollgate(&["status", "--json"]);
            let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
            let ended = status["steps"].as_array().expect("steps").iter();
            let mut ended: Vec<String> =
                ended.map(|s| format!("{} {}", s["step"], s["state"]).replace('"', "")).collect();
            ended.sort();
            let expected: Vec<String> = steps.iter().map(|s| format!("{s} {state}")).collect();
            assert_eq!(ended, expected, "{said}");
        }
    }

    /// Makes `uv.lock` with a uv from the package index: a lock names the index it was made
    /// with, and which that is is the machine's to say.
    pub(crate) fn lock_with_uv(&self) {
        let tools = tempfile::tempdir().expect("a temporary directory");
        let venv = tools.path().join("uv");
        succeeded("python3 -m venv", Command::new("python3").args(["-m", "venv"]).arg(&venv));
        let program = |name: &str| -> PathBuf { venv.join("bin").join(name) };
        succeeded(
            "pip install uv (the package index must be reachable)",
            Command::new(program("pip")).args(["install", "-q", "uv"]),
        );
        succeeded(
            "uv lock (the package index must be reachable)",
            Command::new(program("uv"))
                .args(["lock", "-q", "--no-cache", "--python", "python3"])
                .current_dir(self.path()),
        );
    }
}

fn words(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

fn index_hint(said: &str) -> &'static str {
    let signs = ["Could not find a version", "Connection", "resolve", "Retrying"];
    match signs.iter().any(|sign| said.contains(sign)) {
        true => "the package index can't be reached from here, and this test needs it:\n",
        false => "",
    }
}

fn succeeded(what: &str, command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(output.status.success(), "{what} failed:\n{}", words(&output));
}
