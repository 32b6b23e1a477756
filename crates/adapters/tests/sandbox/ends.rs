//! How runs end, and that nothing outlives them.

use super::*;

pub(super) fn exits() {
    let mut stage = Stage::new();
    assert_eq!(stage.run("exit 7").0.exit, Exit::Code(7));
    assert_eq!(stage.run("false; exit 0").0.exit, Exit::Code(1));
    assert_eq!(stage.run("kill -SEGV $$").0.exit, Exit::Signal(11));
    assert_eq!(stage.run("/no/such/tool").0.exit, Exit::Code(127));
}

pub(super) fn too_long() {
    let mut stage = Stage::new();
    // More than the kernel takes as one argument.
    stage.spec.command = format!(": {}", "x".repeat(200 << 10));
    let error = sandbox().run(&stage.spec, &mut |_| {}, &|| false).expect_err("no run");
    assert!(matches!(error, SandboxError::Shell(_)), "{error}");
}

pub(super) fn killed_keeper() {
    let marker = marker("keeper");
    let mut stage = Stage::new();
    stage.spec.command = format!("echo ready; sleep 1000; : {marker}");
    let mut kill_keeper = |_: &[u8]| {
        let keeper = parent_of(&marker).to_string();
        let killed = Command::new("kill").args(["-KILL", &keeper]).status().expect("a kill");
        assert!(killed.success());
    };
    let error = sandbox().run(&stage.spec, &mut kill_keeper, &|| false).expect_err("no end");
    assert!(matches!(error, SandboxError::Lost { .. }), "{error}");
    assert!(!survives(&marker));
}

/// The process that started the shell with that marker.
fn parent_of(marker: &str) -> u32 {
    let processes = fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path());
    let read = |path: &Path, name: &str| {
        let text = fs::read(path.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    };
    let shell = processes.into_iter().find(|path| read(path, "cmdline").contains(marker));
    let status = read(&shell.expect("the shell"), "status");
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    parent.and_then(|text| text.trim().parse().ok()).expect("its parent")
}

pub(super) fn streaming() {
    let mut stage = Stage::new();
    "echo one; sleep 0.5; echo two >&2".clone_into(&mut stage.spec.command);
    let mut times = Vec::new();
    let mut output = |chunk: &[u8]| times.push((Instant::now(), chunk.to_vec()));
    sandbox().run(&stage.spec, &mut output, &|| false).expect("a run");
    assert_eq!(times.len(), 2);
    assert!(times[1].0 - times[0].0 > Duration::from_millis(300));
}

pub(super) fn resources() {
    let (ended, text) = Stage::new().python("x = bytearray(200_000_000)\nsum(range(3_000_000))\n");
    assert!(ended.usage.max_rss_bytes > 190_000_000, "{ended:?} {text}");
    assert!(ended.usage.user > Duration::from_millis(20), "{ended:?}");
}

pub(super) fn ends_in_time(sandbox: &Sandbox, name: &str, cancel_after: Option<Duration>) {
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

pub(super) fn timeout() {
    ends_in_time(&sandbox(), "timeout", None);
}

pub(super) fn timeout_graceful() {
    let mut stage = Stage::new();
    stage.spec.timeout = Some(Duration::from_millis(400));
    stage.spec.grace = Duration::from_secs(10);
    let (ended, text) = stage.run("trap 'echo cleaned; exit 3' TERM; sleep 1000 & wait");
    assert_eq!((ended.exit, text.as_str(), ended.timed_out), (Exit::Code(3), "cleaned\n", true));
}

pub(super) fn cancellation() {
    ends_in_time(&sandbox(), "cancel", Some(Duration::from_millis(300)));
}

pub(super) fn leaves_no_daemon(sandbox: &Sandbox, name: &str) {
    let marker = marker(name);
    let started = Instant::now();
    let command = format!("{} sleep 0.2; echo done", daemon_command(&marker));
    let (ended, text) = Stage::new().run_in(sandbox, &command);
    assert_eq!((ended.exit, text.as_str()), (Exit::Code(0), "done\n"));
    assert!(started.elapsed() < BOUND);
    assert!(!survives(&marker));
}

pub(super) fn daemon() {
    leaves_no_daemon(&sandbox(), "daemon");
}

pub(super) fn orphans() {
    kills_parents("orphan", "full");
}

pub(super) fn orphans_bare() {
    kills_parents("orphan-bare", "bare");
}

/// Kills the parent at many moments of a run's life: while the helper starts, while the tree is
/// built, while the command runs.
pub(super) fn kills_parents(name: &str, how: &str) {
    let marker = marker(name);
    for delay in [0, 1, 2, 3, 5, 7, 9, 12, 15, 20, 30, 50, 100, 400] {
        let mut parent = start_orphan(&marker, how);
        std::thread::sleep(Duration::from_millis(delay));
        parent.kill().expect("a kill");
        parent.wait().expect("its end");
        assert!(!survives(&marker), "survived a kill after {delay} ms");
    }
}

pub(super) fn start_orphan(marker: &str, how: &str) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args([ORPHAN, marker, how])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a parent")
}

pub(super) fn orphan(arguments: &[OsString]) -> ExitCode {
    let marker = arguments[0].to_string_lossy().into_owned();
    let sandbox = if arguments[1] == "bare" { bare() } else { sandbox() };
    let mut stage = Stage::new();
    stage.spec.command = format!("{0}{0} sleep 1000; : {marker}", daemon_command(&marker));
    let ended = sandbox.run(&stage.spec, &mut |_| {}, &|| false);
    ExitCode::from(u8::from(ended.is_err()))
}
