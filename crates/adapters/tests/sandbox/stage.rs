//! A project, a workspace and the room for a run.

use super::*;

pub(super) fn sandbox() -> Sandbox {
    static PROBED: OnceLock<Sandbox> = OnceLock::new();
    PROBED.get_or_init(|| Sandbox::probe(&std::env::temp_dir())).clone()
}

pub(super) fn bare() -> Sandbox {
    sandbox().without(Mechanism::Namespaces, "the test says so")
}

/// A project, a workspace made from part of it, and the room for a run.
pub(super) struct Stage {
    pub(super) root: tempfile::TempDir,
    pub(super) spec: Spec,
}

impl Stage {
    pub(super) fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        let at = |path: &str| root.path().join(path);
        for (path, text) in [
            ("project/src/a.txt", "declared"),
            ("project/src/b.txt", "undeclared"),
            ("project/data/big.csv", "1,2"),
            ("project/tool.sh", "#!/bin/sh\n"),
            ("project/.git/HEAD", "ref"),
            ("project/.tollgate/run/workspace/src/a.txt", "declared"),
        ] {
            fs::create_dir_all(at(path).parent().expect("a parent")).expect("directories");
            fs::write(at(path), text).expect("a file");
        }
        let home = PathBuf::from(std::env::var_os("HOME").expect("HOME"));
        let path = std::env::var_os("PATH").expect("PATH");
        let spec = Spec {
            command: String::new(),
            workspace: at("project/.tollgate/run/workspace"),
            scratch: at("project/.tollgate/run/scratch"),
            overlays: Vec::new(),
            readonly_files: Vec::new(),
            project: at("project"),
            state: at("project/.tollgate"),
            host: host_tools(&path, &home, &at("project"), &[]),
            env: Vec::new(),
            network: false,
            timeout: Some(Duration::from_secs(60)),
            grace: Duration::from_millis(300),
        };
        Self { root, spec }
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        fs::canonicalize(self.root.path()).expect("a real path").join(path)
    }

    pub(super) fn run(&mut self, command: &str) -> (Ended, String) {
        self.run_in(&sandbox(), command)
    }

    pub(super) fn run_in(&mut self, sandbox: &Sandbox, command: &str) -> (Ended, String) {
        command.clone_into(&mut self.spec.command);
        let mut text = Vec::new();
        let mut output = |chunk: &[u8]| text.extend_from_slice(chunk);
        let ended = sandbox.run(&self.spec, &mut output, &|| false).expect("a run");
        (ended, String::from_utf8_lossy(&text).into_owned())
    }

    /// Runs a command that must succeed, and returns its output.
    pub(super) fn text(&mut self, command: &str) -> String {
        let (ended, text) = self.run(command);
        assert_eq!(ended.exit, Exit::Code(0), "{command}: {text}");
        text
    }

    pub(super) fn python(&mut self, program: &str) -> (Ended, String) {
        fs::write(self.spec.workspace.join("program.py"), program).expect("a program");
        self.run("python3 program.py")
    }

    pub(super) fn put_overlay(&mut self) {
        let lower = self.at("store/lower");
        fs::create_dir_all(lower.join("lib")).expect("directories");
        fs::write(lower.join("lib/module.py"), "original").expect("a file");
        self.spec.overlays.push(Overlay {
            at: "deep/venv".to_owned(),
            lower,
            scratch: self.at("project/.tollgate/run/over:lay,1"),
        });
    }
}

pub(super) fn failed(ended: &Ended) -> bool {
    !matches!(ended.exit, Exit::Code(0))
}

/// Whether a process whose arguments contain the marker is alive, within a little while.
pub(super) fn survives(marker: &str) -> bool {
    let started = Instant::now();
    while marked(marker) {
        if started.elapsed() > Duration::from_secs(5) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

pub(super) fn marked(marker: &str) -> bool {
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    let mut others =
        processes.filter(|process| process.file_name() != *std::process::id().to_string());
    others.any(|process| {
        let arguments = fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(marker)
    })
}

pub(super) fn marker(name: &str) -> String {
    format!("mark-{name}-{}", std::process::id())
}

/// A daemon in a session of its own that ignores requests to end.
pub(super) fn daemon_command(marker: &str) -> String {
    format!("setsid sh -c 'trap \"\" TERM HUP; sleep 1000; sleep 1000; : {marker}' & ")
}
