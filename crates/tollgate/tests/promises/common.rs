//! A project in a temporary directory, and what came of running the real binary on it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tempfile::TempDir;

/// Nothing here takes longer than this, even on a busy machine.
const BOUND: Duration = Duration::from_secs(60);

/// A project with a `tollgate.yaml`, in a repository of its own.
pub(crate) struct Project {
    dir: TempDir,
    root: PathBuf,
    env: RefCell<BTreeMap<String, String>>,
}

impl Project {
    /// A project with these steps.
    pub(crate) fn new(steps: &str) -> Self {
        let project = Self::empty();
        project.yaml(steps);
        project
    }

    /// A repository without a `tollgate.yaml`.
    pub(crate) fn empty() -> Self {
        let dir = TempDir::new().unwrap();
        let root = dir.path().canonicalize().unwrap().join("project");
        fs::create_dir(&root).unwrap();
        let project = Self { dir, root, env: RefCell::default() };
        project.sh("git init -q -b main");
        project
    }

    /// This project as it stands in another directory.
    pub(crate) fn at(&self, root: &Path) -> Self {
        let env = self.env.clone();
        Self { dir: TempDir::new().unwrap(), root: root.to_owned(), env }
    }

    /// Replaces the steps.
    pub(crate) fn yaml(&self, steps: &str) -> &Self {
        self.write("tollgate.yaml", format!("project: demo\n{}", steps.trim_start_matches('\n')))
    }

    /// Replaces a piece of the `tollgate.yaml`, which must be there.
    pub(crate) fn edit(&self, was: &str, is: &str) -> &Self {
        let text = self.read("tollgate.yaml");
        assert!(text.contains(was), "no {was:?} in {text}");
        self.write("tollgate.yaml", text.replace(was, is))
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn script(&self, path: &str, text: &str) -> &Self {
        self.write(path, format!("#!/bin/sh\n{text}\n")).mode(path, 0o755)
    }

    pub(crate) fn mode(&self, path: &str, mode: u32) -> &Self {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Makes `path` a symbolic link, whatever was there.
    pub(crate) fn link(&self, path: &str, target: &str) -> &Self {
        let _ = fs::remove_file(self.path(path));
        symlink(target, self.path(path)).unwrap();
        self
    }

    /// Sets a variable of the environment that `tollgate` is started in.
    pub(crate) fn env(&self, name: &str, value: &str) -> &Self {
        self.env.borrow_mut().insert(name.to_owned(), value.to_owned());
        self
    }

    /// Puts a directory at the front of the `PATH` that `tollgate` is started with.
    pub(crate) fn path_first(&self, dir: &Path) -> &Self {
        let set = self.env.borrow().get("PATH").cloned();
        let path = set.unwrap_or_else(|| std::env::var("PATH").unwrap());
        self.env("PATH", &format!("{}:{path}", dir.display()))
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A directory beside the project, which goes with it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Runs a shell command in the project, which must succeed.
    pub(crate) fn sh(&self, command: &str) -> String {
        let output = Command::new("sh").args(["-ec", command]).current_dir(&self.root).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{command}: {}", Ran::from(output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn commit(&self) -> &Self {
        self.sh("git add -A && git -c user.name=t -c user.email=t@example.org commit -qm change");
        self
    }

    /// `tollgate` with these words.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.args(words.split_whitespace()).current_dir(&self.root);
        // What runs the tests must not change what they see.
        for (name, _) in std::env::vars_os() {
            if ["GITHUB_", "TOLLGATE", "GIT_"].iter().any(|ours| starts_with(&name, ours)) {
                command.env_remove(name);
            }
        }
        command.envs(&*self.env.borrow()).stdin(Stdio::null());
        command
    }

    /// Runs `tollgate` with these words to its end.
    pub(crate) fn tollgate(&self, words: &str) -> Ran {
        Ran::from(self.command(words).output().unwrap())
    }

    /// `tollgate run` for its facts.
    pub(crate) fn run(&self) -> Ran {
        self.tollgate("run --json")
    }

    /// Starts `tollgate` and leaves it running.
    pub(crate) fn start(&self, words: &str) -> Running {
        let mut command = self.command(words);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Running(Some(child))
    }

    /// What a run that was broken off could leave behind, and must not.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        let inside = |dir: &str| fs::read_dir(self.path(dir)).into_iter().flatten();
        let found = [".tollgate/work", ".tollgate/store/tmp"].into_iter().flat_map(inside);
        found.map(|entry| entry.unwrap().path()).collect()
    }

    /// Files below `dir`, in order.
    pub(crate) fn files(&self, dir: &str) -> Vec<PathBuf> {
        let found = self.sh(&format!("find {dir} -type f | LC_ALL=C sort"));
        found.lines().map(|line| self.path(line)).collect()
    }
}

fn starts_with(name: &OsStr, prefix: &str) -> bool {
    name.as_encoded_bytes().starts_with(prefix.as_bytes())
}

/// A `tollgate` that is at work.
pub(crate) struct Running(Option<Child>);

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let words = [format!("-{name}"), self.pid().to_string()];
        assert!(Command::new("kill").args(words).status().unwrap().success());
    }

    pub(crate) fn wait(mut self) -> Ran {
        Ran::from(self.0.take().unwrap().wait_with_output().unwrap())
    }
}

impl Drop for Running {
    // A test that failed must not leave a process behind.
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What came of one command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {:?}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn passes(&self) -> &Self {
        self.exits(0)
    }

    /// Standard output or error has this text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.all().contains(text), "no {text:?} in\n{self}");
        self
    }

    #[track_caller]
    pub(crate) fn keeps_quiet_of(&self, text: &str) -> &Self {
        assert!(!self.all().contains(text), "{text:?} in\n{self}");
        self
    }

    fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Standard output as JSON, one value a line.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Json> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}\n{self}"));
        self.stdout.lines().map(parse).collect()
    }

    /// The facts of that kind.
    #[track_caller]
    pub(crate) fn facts(&self, kind: &str) -> Vec<Json> {
        self.json().into_iter().filter(|fact| fact["fact"] == kind).collect()
    }

    fn steps(&self, kind: &str) -> Vec<String> {
        let mut steps: Vec<String> =
            self.facts(kind).iter().map(|f| f["step"].as_str().unwrap().to_owned()).collect();
        steps.sort();
        steps.dedup();
        steps
    }

    /// The steps that were carried out.
    pub(crate) fn ran(&self) -> Vec<String> {
        self.steps("step_started")
    }

    /// The steps whose results were known.
    pub(crate) fn reused(&self) -> Vec<String> {
        self.steps("step_reused")
    }

    /// What came of a step that ran.
    #[track_caller]
    pub(crate) fn result(&self, step: &str) -> Json {
        let finished = self.facts("step_finished").into_iter().find(|fact| fact["step"] == step);
        finished.unwrap_or_else(|| panic!("{step} did not finish:\n{self}"))["result"].clone()
    }

    /// The sentence on a step that ran.
    #[track_caller]
    pub(crate) fn summary(&self, step: &str) -> String {
        self.result(step)["summary"].as_str().unwrap().to_owned()
    }
}

/// Waits until `what` holds.
#[track_caller]
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < BOUND, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The processes with `marker` in their arguments or environment.
pub(crate) fn processes(marker: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).replace('\0', " ");
        let pid = entry.file_name().to_string_lossy().into_owned();
        let number = pid.parse::<u32>().is_ok();
        if number && words.contains(marker) {
            found.push(format!("{pid}: {words}"));
        }
    }
    found
}

/// A word that no other test or run of this test uses.
pub(crate) fn marker(name: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{number}", std::process::id())
}

/// An HTTP server on the loopback that answers each request with how many came before it.
pub(crate) struct Counter {
    pub(crate) port: u16,
    seen: Arc<AtomicUsize>,
}

impl Counter {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), counted.fetch_add(1, Ordering::SeqCst));
            }
        });
        Self { port, seen }
    }

    pub(crate) fn requests(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream, number: usize) {
    let _ = stream.read(&mut [0; 4_096]);
    let body = number.to_string();
    let head = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

/// A shell command that prints what the counter answers.
pub(crate) fn ask(counter: &Counter) -> String {
    let url = format!("http://127.0.0.1:{}/", counter.port);
    format!("python3 -c 'import urllib.request as u; print(u.urlopen(\"{url}\").read().decode())'")
}
