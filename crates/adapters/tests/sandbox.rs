//! What a sandboxed command can and cannot do, against the kernel that runs this.
//!
//! The sandbox starts the running binary again as its helper, so this test has a `main` of its
//! own that can be one; otherwise it behaves as cargo's test binaries do. A test whose mechanism
//! this kernel lacks is reported as ignored, with the reason.

#![expect(clippy::print_stdout, reason = "this is its own test harness")]

use std::ffi::OsString;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tollgate_adapters::sandbox::{
    ARGUMENT, Ended, Exit, Level, Mechanism, Overlay, ReadonlyFile, Sandbox, SandboxError, Spec,
    child_main, host_tools,
};

/// Makes this binary run a command and wait to be killed.
const ORPHAN: &str = "__orphan";
/// No test may take longer to end a run than this.
const BOUND: Duration = Duration::from_secs(20);

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("an_undeclared_file_is_invisible_and_named", undeclared),
    ("the_project_s_real_path_is_invisible_and_named", absolute),
    ("a_declared_file_and_a_missing_one_are_not_named", not_named),
    ("a_script_that_is_run_is_named", executed),
    ("caches_and_directories_are_not_named", ignored_names),
    ("what_was_not_read_for_lack_of_a_tree_is_bounded", bounded_names),
    ("the_home_directory_is_invisible", home_invisible),
    ("passwords_are_unreadable", passwords),
    ("the_workspace_has_a_fixed_path", fixed_path),
    ("the_system_is_read_only", read_only_system),
    ("kernel_settings_cannot_be_written", kernel_settings),
    ("nothing_is_inherited_but_output", descriptors),
    ("privileges_are_gone", privileges),
    ("connections_are_refused_and_named", refused),
    ("loopback_works", loopback),
    ("the_host_s_network_is_there_when_granted", granted_network),
    ("an_overlay_takes_the_changes", overlay),
    ("a_file_in_an_overlay_is_declared", overlay_declares),
    ("a_large_input_is_read_only", readonly_file),
    ("a_bad_place_is_an_error", bad_place),
    ("the_environment_is_exactly_the_base", environment),
    ("the_caller_s_environment_stays_out", caller_environment),
    ("exit_codes_and_signals_are_told", exits),
    ("output_arrives_while_the_command_runs", streaming),
    ("resources_are_measured", resources),
    ("a_timeout_ends_everything", timeout),
    ("a_timeout_lets_the_command_clean_up", timeout_graceful),
    ("a_cancellation_ends_everything", cancellation),
    ("a_daemon_does_not_outlive_its_command", daemon),
    ("a_killed_parent_leaves_nothing_behind", orphans),
    ("a_killed_parent_leaves_nothing_behind_without_namespaces", orphans_bare),
    ("tool_directories_under_home_work", python_works),
    ("a_virtual_environment_works", venv),
    ("multiprocessing_works", multiprocessing),
    ("many_threads_and_signals_do_not_hang", signals),
    ("a_checkout_in_a_visible_directory_is_masked", masked),
    ("without_notification_reads_still_fail", no_notification),
    ("without_landlock_the_namespaces_hold", no_landlock),
    ("without_namespaces_landlock_holds", bare_files),
    ("without_namespaces_tcp_is_refused", bare_network),
    ("without_namespaces_large_inputs_are_links", bare_readonly),
    ("without_namespaces_a_timeout_ends_everything", bare_timeout),
    ("without_namespaces_an_overlay_is_an_error", bare_overlay),
    ("without_a_process_namespace_daemons_are_found", no_pid_namespace),
    ("a_missing_helper_is_an_error", missing_helper),
    ("a_helper_that_dies_is_an_error", dying_helper),
    ("runs_do_not_disturb_each_other", parallel),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(word) if word == ARGUMENT => child_main(arguments),
        Some(word) if word == ORPHAN => orphan(&arguments.collect::<Vec<_>>()),
        first => harness(first.into_iter().chain(arguments)),
    }
}

fn harness(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    let chosen = choose(&arguments);
    if arguments.iter().any(|word| word == "--list") {
        chosen.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", chosen.len());
    let started = Instant::now();
    let outcomes: Vec<_> = chosen.iter().map(outcome).collect();
    let count = |wanted| outcomes.iter().filter(|word| **word == wanted).count();
    let [passed, failed, ignored] = ["ok", "FAILED", "ignored"].map(count);
    println!(
        "\ntest result: {}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; {} \
         filtered out; finished in {:.2}s\n",
        if failed == 0 { "ok" } else { "FAILED" },
        TESTS.len() - chosen.len(),
        started.elapsed().as_secs_f64()
    );
    ExitCode::from(u8::from(failed > 0))
}

fn choose(arguments: &[String]) -> Vec<Test> {
    let words: Vec<_> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let exact = arguments.iter().any(|word| word == "--exact");
    let fits = |name: &str, word: &str| if exact { name == word } else { name.contains(word) };
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| fits(name, word));
    TESTS.iter().filter(|(name, _)| wanted(name)).copied().collect()
}

fn outcome((name, test): &Test) -> &'static str {
    if let Some(why) = lacking(name) {
        println!("test {name} ... ignored, {why}");
        return "ignored";
    }
    let word = if catch_unwind(test).is_ok() { "ok" } else { "FAILED" };
    println!("test {name} ... {word}");
    word
}

/// What this kernel lacks for a test, if anything.
fn lacking(name: &str) -> Option<String> {
    let isolation = sandbox().isolation();
    let bare = name.starts_with("without_namespaces") || name.contains("helper");
    match (&isolation.files, &isolation.read_reports) {
        (Level::Partial(why) | Level::Missing(why), _) if !bare => Some(why.clone()),
        (_, Level::Missing(why)) if name.contains("named") => Some(why.clone()),
        _ if name.contains("overlay") && !bare && !isolation.overlay => Some("no overlays".into()),
        _ => None,
    }
}

// The stage.

fn sandbox() -> Sandbox {
    static PROBED: OnceLock<Sandbox> = OnceLock::new();
    PROBED.get_or_init(|| Sandbox::probe(&std::env::temp_dir())).clone()
}

fn bare() -> Sandbox {
    sandbox().without(Mechanism::Namespaces, "the test says so")
}

/// A project, a workspace made from part of it, and the room for a run.
struct Stage {
    root: tempfile::TempDir,
    spec: Spec,
}

impl Stage {
    fn new() -> Self {
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

    fn at(&self, path: &str) -> PathBuf {
        fs::canonicalize(self.root.path()).expect("a real path").join(path)
    }

    fn run(&mut self, command: &str) -> (Ended, String) {
        self.run_in(&sandbox(), command)
    }

    fn run_in(&mut self, sandbox: &Sandbox, command: &str) -> (Ended, String) {
        command.clone_into(&mut self.spec.command);
        let mut text = Vec::new();
        let mut output = |chunk: &[u8]| text.extend_from_slice(chunk);
        let ended = sandbox.run(&self.spec, &mut output, &|| false).expect("a run");
        (ended, String::from_utf8_lossy(&text).into_owned())
    }

    /// Runs a command that must succeed, and returns its output.
    fn text(&mut self, command: &str) -> String {
        let (ended, text) = self.run(command);
        assert_eq!(ended.exit, Exit::Code(0), "{command}: {text}");
        text
    }

    fn python(&mut self, program: &str) -> (Ended, String) {
        fs::write(self.spec.workspace.join("program.py"), program).expect("a program");
        self.run("python3 program.py")
    }

    fn put_overlay(&mut self) {
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

fn failed(ended: &Ended) -> bool {
    !matches!(ended.exit, Exit::Code(0))
}

/// Whether a process whose arguments contain the marker is alive, within a little while.
fn survives(marker: &str) -> bool {
    let started = Instant::now();
    while marked(marker) {
        if started.elapsed() > Duration::from_secs(5) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

fn marked(marker: &str) -> bool {
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    let mut others =
        processes.filter(|process| process.file_name() != *std::process::id().to_string());
    others.any(|process| {
        let arguments = fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(marker)
    })
}

fn marker(name: &str) -> String {
    format!("mark-{name}-{}", std::process::id())
}

/// A daemon in a session of its own that ignores requests to end.
fn daemon_command(marker: &str) -> String {
    format!("setsid sh -c 'trap \"\" TERM HUP; sleep 1000; sleep 1000; : {marker}' & ")
}

// Files.

fn undeclared() {
    let (ended, text) = Stage::new().run("cat src/b.txt");
    assert!(failed(&ended), "{text}");
    assert_eq!(ended.undeclared_reads, ["src/b.txt"]);
}

fn absolute() {
    let mut stage = Stage::new();
    let path = stage.at("project/data/big.csv");
    let (ended, text) = stage.run(&format!("cat {}", path.display()));
    assert!(failed(&ended), "{text}");
    assert_eq!(ended.undeclared_reads, ["data/big.csv"]);
}

fn not_named() {
    let (ended, text) =
        Stage::new().run("cat src/a.txt; cat nowhere.txt || true; echo x > src/b.txt");
    assert!(text.starts_with("declared"), "{text}");
    assert_eq!(ended.undeclared_reads, [""; 0]);
}

fn executed() {
    let (ended, _) = Stage::new().run("cd src && ../tool.sh");
    assert_eq!(ended.undeclared_reads, ["tool.sh"]);
}

fn ignored_names() {
    let (ended, _) = Stage::new().run("cat .git/HEAD .tollgate/x; ls data");
    assert_eq!(ended.undeclared_reads, [""; 0]);
}

fn bounded_names() {
    let mut stage = Stage::new();
    for number in 0..300 {
        fs::write(stage.at(&format!("project/data/{number}")), "").expect("a file");
    }
    let (ended, _) = stage.run("for n in $(seq 0 299); do : 2>/dev/null < data/$n || true; done");
    assert!(ended.undeclared_reads.len() <= tollgate_adapters::sandbox::MAX_NAMES);
}

fn home_invisible() {
    let home = PathBuf::from(std::env::var_os("HOME").expect("HOME"));
    let ssh = home.join(".ssh");
    let (_, text) = Stage::new().run(&format!(
        "ls -d {} {} 2>&1 || true; ls -A ~; echo ~",
        ssh.display(),
        home.join(".bashrc").display()
    ));
    assert!(text.ends_with("/home/tollgate\n"), "{text}");
    assert_eq!(text.matches("No such file").count(), 2, "{text}");
}

fn passwords() {
    let (ended, text) = Stage::new().run("cat /etc/shadow");
    assert!(failed(&ended), "{text}");
    let text = Stage::new().text("id -un; id -u; hostname; ls /etc/ssl/private 2>/dev/null; true");
    assert_eq!(text, "tollgate\n1000\ntollgate\n");
}

fn fixed_path() {
    assert_eq!(Stage::new().text("pwd"), "/workspace\n");
}

fn read_only_system() {
    let mut stage = Stage::new();
    for command in
        ["touch /usr/x", "touch /etc/x", "touch /x", "echo > /etc/passwd", "mount -t tmpfs x /tmp"]
    {
        let (ended, text) = stage.run(command);
        assert!(failed(&ended), "{command}: {text}");
    }
    stage.text(
        "touch /tmp/x ~/x /dev/shm/x /var/tmp/y x; echo > /dev/null; head -c1 /dev/urandom > r",
    );
}

fn kernel_settings() {
    let mut stage = Stage::new();
    let before = fs::read_to_string("/proc/sys/kernel/core_pattern").expect("a setting");
    for path in [
        "/proc/sys/kernel/core_pattern",
        "/proc/sysrq-trigger",
        "/sys/devices/system/cpu/cpu0/uevent",
    ] {
        let (ended, text) = stage.run(&format!("echo h > {path}"));
        assert!(failed(&ended), "{path}: {text}");
    }
    assert_eq!(fs::read_to_string("/proc/sys/kernel/core_pattern").expect("a setting"), before);
}

fn descriptors() {
    let text = Stage::new()
        .text("ls /proc/self/fd; ls /proc | grep -c '^[0-9]'; readlink /proc/self/fd/0");
    // The fourth is the listing's own.
    assert!(text.starts_with("0\n1\n2\n3\n"), "{text}");
    assert!(text.ends_with("/dev/null\n"), "{text}");
}

fn privileges() {
    let text = Stage::new().text("grep -E 'CapEff|CapPrm|NoNewPrivs' /proc/self/status; kill -9 1 2>&1 || true; cat /proc/1/environ 2>&1 || true; unshare -Urm mount -t tmpfs x /opt 2>&1 && echo mounted || true");
    assert!(text.contains("CapEff:\t0000000000000000"), "{text}");
    assert!(text.contains("NoNewPrivs:\t1"), "{text}");
    assert!(text.contains("Permission denied"), "{text}");
    assert!(!text.contains("mounted"), "{text}");
}

// Network.

const CONNECT: &str = "
import socket, sys
try:
    socket.create_connection(('192.0.2.1', 80), timeout=5)
except OSError as error:
    print(error)
try:
    socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))
except OSError as error:
    print(error)
";

fn refused() {
    let (ended, text) = Stage::new().python(CONNECT);
    assert!(text.contains("unreachable"), "{text}");
    assert_eq!(ended.refused_connections, ["192.0.2.1:80", "[2001:db8::1]:443"]);
}

fn loopback() {
    let (ended, text) = Stage::new().python(
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n\
         client = socket.create_connection(server.getsockname(), timeout=5)\n\
         client.sendall(b'x'); print(server.accept()[0].recv(1), socket.gethostbyname(socket.gethostname()))\n",
    );
    assert_eq!(text, "b'x' 127.0.0.1\n");
    assert_eq!(ended.refused_connections, [""; 0]);
}

fn granted_network() {
    let mut stage = Stage::new();
    stage.spec.network = true;
    let inside = stage.text("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '");
    let outside = fs::read_to_string("/proc/net/dev").expect("interfaces");
    assert_eq!(inside.lines().count(), outside.lines().count() - 2);
}

// Mounts in the workspace.

fn overlay() {
    let mut stage = Stage::new();
    stage.put_overlay();
    let text = stage.text("cd deep/venv && cat lib/module.py && echo new > lib/module.py && echo x > added && rm -r lib && ls");
    assert_eq!(text, "originaladded\n");
    let lower = stage.at("store/lower/lib/module.py");
    assert_eq!(fs::read_to_string(lower).expect("the lower file"), "original");
    let upper = stage.at("project/.tollgate/run/over:lay,1/upper/added");
    assert_eq!(fs::read_to_string(upper).expect("the upper file"), "x\n");
    // The next run goes on from there, and nothing is left that cannot be removed.
    assert_eq!(stage.text("ls deep/venv"), "added\n");
    fs::remove_dir_all(stage.at("project/.tollgate/run/over:lay,1")).expect("a removal");
}

fn overlay_declares() {
    let mut stage = Stage::new();
    stage.put_overlay();
    let copy = stage.at("project/deep/venv/lib/module.py");
    fs::create_dir_all(copy.parent().expect("a parent")).expect("directories");
    fs::write(copy, "").expect("a file");
    let (ended, text) = stage.run("cat deep/venv/lib/module.py");
    assert_eq!((text.as_str(), ended.undeclared_reads.len()), ("original", 0));
}

fn put_readonly(stage: &mut Stage) {
    let source = stage.at("project/data/big.csv");
    stage.spec.readonly_files.push(ReadonlyFile { at: "data/big.csv".to_owned(), source });
}

fn readonly_file() {
    let mut stage = Stage::new();
    put_readonly(&mut stage);
    let (ended, text) = stage.run("cat data/big.csv; echo x > data/big.csv");
    assert!(failed(&ended) && text.starts_with("1,2"), "{text}");
    assert_eq!(ended.undeclared_reads, [""; 0]);
}

fn bad_place() {
    let mut stage = Stage::new();
    stage.put_overlay();
    stage.spec.overlays[0].at = "../../etc".to_owned();
    let refused = sandbox().run(&stage.spec, &mut |_| {}, &|| false);
    assert!(matches!(refused, Err(SandboxError::Prepare(_))), "{refused:?}");
}

// Environment.

fn environment() {
    let mut stage = Stage::new();
    stage.spec.env.push(("TOKEN".to_owned(), "granted".to_owned()));
    let path = stage.spec.host.path.clone();
    let mut expected = format!(
        "CI=true\nHOME=/home/tollgate\nLANG=C.UTF-8\nLOGNAME=tollgate\nPATH={path}\n\
         PYTHONHASHSEED=0\nSOURCE_DATE_EPOCH=315532800\nTMPDIR=/tmp\nTOKEN=granted\n\
         TOLLGATE=1\nTZ=UTC\nUSER=tollgate\n"
    );
    // The shell sets this one for its own children.
    expected.push_str("PWD=/workspace\n");
    let mut lines: Vec<_> = expected.lines().map(str::to_owned).collect();
    lines.sort();
    let text = stage.text("env | grep -v -e ^_= -e ^SHLVL= -e ^OLDPWD= | LC_ALL=C sort");
    assert_eq!(text.lines().collect::<Vec<_>>(), lines);
}

fn caller_environment() {
    let mut stage = Stage::new();
    let caller = [("https_proxy", "http://proxy"), ("AWS_SECRET_ACCESS_KEY", "x")];
    let caller = caller.map(|(name, value)| (name.to_owned(), value.to_owned()));
    stage.spec.host = host_tools(
        &std::env::var_os("PATH").expect("PATH"),
        Path::new("/root"),
        &stage.spec.project,
        &caller,
    );
    assert!(!stage.text("env").contains("proxy"));
    stage.spec.network = true;
    let text = stage.text("env");
    assert!(text.contains("https_proxy=http://proxy") && !text.contains("AWS"), "{text}");
}

// Ends.

fn exits() {
    let mut stage = Stage::new();
    assert_eq!(stage.run("exit 7").0.exit, Exit::Code(7));
    assert_eq!(stage.run("false; exit 0").0.exit, Exit::Code(1));
    assert_eq!(stage.run("kill -SEGV $$").0.exit, Exit::Signal(11));
    assert_eq!(stage.run("/no/such/tool").0.exit, Exit::Code(127));
}

fn streaming() {
    let mut stage = Stage::new();
    "echo one; sleep 0.5; echo two >&2".clone_into(&mut stage.spec.command);
    let mut times = Vec::new();
    let mut output = |chunk: &[u8]| times.push((Instant::now(), chunk.to_vec()));
    sandbox().run(&stage.spec, &mut output, &|| false).expect("a run");
    assert_eq!(times.len(), 2);
    assert!(times[1].0 - times[0].0 > Duration::from_millis(300));
}

fn resources() {
    let (ended, text) = Stage::new().python("x = bytearray(200_000_000)\nsum(range(3_000_000))\n");
    assert!(ended.usage.max_rss_bytes > 190_000_000, "{ended:?} {text}");
    assert!(ended.usage.user > Duration::from_millis(20), "{ended:?}");
}

fn ends_in_time(sandbox: &Sandbox, name: &str, cancel_after: Option<Duration>) {
    let marker = marker(name);
    let mut stage = Stage::new();
    stage.spec.timeout = cancel_after.is_none().then_some(Duration::from_millis(400));
    stage.spec.command =
        format!("{0}{0} trap '' TERM; sleep 1000; sleep 1000", daemon_command(&marker));
    let started = Instant::now();
    let cancel = || cancel_after.is_some_and(|after| started.elapsed() > after);
    let ended = sandbox.run(&stage.spec, &mut |_| {}, &cancel).expect("a run");
    assert!(started.elapsed() < BOUND);
    assert_eq!(
        (ended.timed_out, ended.cancelled),
        (cancel_after.is_none(), cancel_after.is_some())
    );
    assert_eq!(ended.exit, Exit::Signal(9));
    assert!(!survives(&marker));
}

fn timeout() {
    ends_in_time(&sandbox(), "timeout", None);
}

fn timeout_graceful() {
    let mut stage = Stage::new();
    stage.spec.timeout = Some(Duration::from_millis(400));
    stage.spec.grace = Duration::from_secs(10);
    let (ended, text) = stage.run("trap 'echo cleaned; exit 3' TERM; sleep 1000 & wait");
    assert_eq!((ended.exit, text.as_str(), ended.timed_out), (Exit::Code(3), "cleaned\n", true));
}

fn cancellation() {
    ends_in_time(&sandbox(), "cancel", Some(Duration::from_millis(300)));
}

fn leaves_no_daemon(sandbox: &Sandbox, name: &str) {
    let marker = marker(name);
    let started = Instant::now();
    let command = format!("{} sleep 0.2; echo done", daemon_command(&marker));
    let (ended, text) = Stage::new().run_in(sandbox, &command);
    assert_eq!((ended.exit, text.as_str()), (Exit::Code(0), "done\n"));
    assert!(started.elapsed() < BOUND);
    assert!(!survives(&marker));
}

fn daemon() {
    leaves_no_daemon(&sandbox(), "daemon");
}

fn orphans() {
    kills_parents("orphan", "full");
}

fn orphans_bare() {
    kills_parents("orphan-bare", "bare");
}

/// Kills the parent at many moments of a run's life: while the helper starts, while the tree is
/// built, while the command runs.
fn kills_parents(name: &str, how: &str) {
    let marker = marker(name);
    for delay in [0, 1, 2, 3, 5, 7, 9, 12, 15, 20, 30, 50, 100, 400] {
        let mut parent = start_orphan(&marker, how);
        std::thread::sleep(Duration::from_millis(delay));
        parent.kill().expect("a kill");
        parent.wait().expect("its end");
        assert!(!survives(&marker), "survived a kill after {delay} ms");
    }
}

fn start_orphan(marker: &str, how: &str) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args([ORPHAN, marker, how])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a parent")
}

fn orphan(arguments: &[OsString]) -> ExitCode {
    let marker = arguments[0].to_string_lossy().into_owned();
    let sandbox = if arguments[1] == "bare" { bare() } else { sandbox() };
    let mut stage = Stage::new();
    stage.spec.command = format!("{0}{0} sleep 1000; : {marker}", daemon_command(&marker));
    let ended = sandbox.run(&stage.spec, &mut |_| {}, &|| false);
    ExitCode::from(u8::from(ended.is_err()))
}

// Real programs.

fn python_works() {
    let (ended, text) =
        Stage::new().python("import json, ssl, sqlite3, sys; print(sys.prefix != '')");
    assert_eq!((text.as_str(), ended.exit), ("True\n", Exit::Code(0)));
    assert_eq!(ended.undeclared_reads, [""; 0]);
}

fn venv() {
    let text = Stage::new()
        .text("python3 -m venv .venv && .venv/bin/python -c 'import sys; print(sys.prefix)'");
    assert_eq!(text, "/workspace/.venv\n");
}

fn multiprocessing() {
    let (_, text) = Stage::new().python(
        "import multiprocessing as m\n\
         from multiprocessing.shared_memory import SharedMemory\n\
         def f(x): return x * x\n\
         if __name__ == '__main__':\n\
         \x20   block = SharedMemory(create=True, size=10); block.unlink()\n\
         \x20   with m.Pool(3) as pool: print(sum(pool.map(f, range(100))))\n",
    );
    assert_eq!(text, "328350\n");
}

fn signals() {
    let started = Instant::now();
    let (ended, text) = Stage::new().python(
        "import signal, threading\n\
         signal.signal(signal.SIGALRM, lambda *_: None)\n\
         signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)\n\
         def work():\n\
         \x20   for _ in range(300): open('/usr/bin/env').close()\n\
         threads = [threading.Thread(target=work) for _ in range(8)]\n\
         [t.start() for t in threads]; work(); [t.join() for t in threads]\n\
         signal.setitimer(signal.ITIMER_REAL, 0); print('done')\n",
    );
    assert_eq!((text.as_str(), ended.exit), ("done\n", Exit::Code(0)));
    assert!(started.elapsed() < BOUND);
}

fn masked() {
    let mut stage = Stage::new();
    let tools = stage.at("tools");
    fs::create_dir_all(&tools).expect("a directory");
    stage.spec.host.visible.push(stage.at(""));
    let (ended, text) =
        stage.run(&format!("ls -d {0}; cat {0}/../project/src/a.txt", tools.display()));
    assert!(failed(&ended), "{text}");
    assert!(text.contains("tools\n") && !text.contains("declared"), "{text}");
}

// With less of a kernel.

fn no_notification() {
    let sandbox = sandbox().without(Mechanism::Notification, "the test says so");
    let (ended, _) = Stage::new().run_in(&sandbox, "cat src/b.txt");
    assert!(failed(&ended) && ended.undeclared_reads.is_empty());
    assert!(matches!(sandbox.isolation().read_reports, Level::Missing(_)));
}

fn no_landlock() {
    let sandbox = sandbox().without(Mechanism::Landlock, "the test says so");
    let (ended, text) = Stage::new().run_in(&sandbox, "pwd; cat src/b.txt");
    assert!(failed(&ended) && text.starts_with("/workspace"), "{text}");
}

fn bare_files() {
    let mut stage = Stage::new();
    let secret = stage.at("project/src/b.txt");
    let (ended, text) =
        stage.run_in(&bare(), &format!("cat src/a.txt; echo x > out; cat {}", secret.display()));
    assert!(failed(&ended) && text.starts_with("declared"), "{text}");
    assert!(text.contains("Permission denied"), "{text}");
    assert_eq!(ended.undeclared_reads, ["src/b.txt"]);
    let (ended, text) = stage.run_in(&bare(), "cat /etc/shadow || touch /usr/x || ls /root");
    assert!(failed(&ended), "{text}");
    let (ended, text) = stage
        .run_in(&bare(), "python3 -c 'import json' && echo x > /tmp/y || echo $TMPDIR > $TMPDIR/y");
    assert_eq!(ended.exit, Exit::Code(0), "{text}");
}

fn bare_network() {
    let mut stage = Stage::new();
    fs::write(stage.spec.workspace.join("program.py"), CONNECT).expect("a program");
    let (ended, text) = stage.run_in(&bare(), "python3 program.py");
    assert!(text.contains("Permission denied"), "{text}");
    assert_eq!(ended.refused_connections.len(), 2);
}

fn bare_readonly() {
    let mut stage = Stage::new();
    put_readonly(&mut stage);
    let (ended, text) = stage.run_in(&bare(), "cat data/big.csv; echo x > data/big.csv");
    assert!(failed(&ended) && text.starts_with("1,2"), "{text}");
}

fn bare_timeout() {
    ends_in_time(&bare(), "bare-timeout", None);
    leaves_no_daemon(&bare(), "bare-daemon");
}

fn bare_overlay() {
    let mut stage = Stage::new();
    stage.put_overlay();
    let refused = bare().run(&stage.spec, &mut |_| {}, &|| false);
    assert!(refused.is_err_and(|error| error.to_string().contains("copy it")));
}

fn no_pid_namespace() {
    let sandbox = sandbox().without(Mechanism::Processes, "the test says so");
    leaves_no_daemon(&sandbox, "no-pid");
    ends_in_time(&sandbox, "no-pid-timeout", None);
}

fn missing_helper() {
    let stage = Stage::new();
    let sandbox = Sandbox::with_helper("/no/such/helper", &std::env::temp_dir());
    assert!(matches!(sandbox.isolation().files, Level::Missing(_)));
    let error = sandbox.run(&stage.spec, &mut |_| {}, &|| false);
    assert!(matches!(error, Err(SandboxError::Start { .. })), "{error:?}");
}

fn dying_helper() {
    let stage = Stage::new();
    let sandbox = Sandbox::with_helper("/bin/true", &std::env::temp_dir());
    let error = sandbox.run(&stage.spec, &mut |_| {}, &|| false);
    assert!(matches!(error, Err(SandboxError::Lost { .. })), "{error:?}");
}

fn parallel() {
    std::thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                let text = Stage::new().text(&format!("echo {number} > n; sleep 0.1; cat n"));
                assert_eq!(text, format!("{number}\n"));
            });
        }
    });
}
