//! With less of a kernel.

use super::ends::{ends_in_time, leaves_no_daemon};
use super::mounts::put_readonly;
use super::network::CONNECT;
use super::*;

pub(super) fn no_notification() {
    let sandbox = sandbox().without(Mechanism::Notification, "the test says so");
    let (ended, _) = Stage::new().run_in(&sandbox, "cat src/b.txt");
    assert!(failed(&ended) && ended.undeclared_reads.is_empty());
    assert!(matches!(sandbox.isolation().read_reports, Level::Missing(_)));
}

pub(super) fn no_landlock() {
    let sandbox = sandbox().without(Mechanism::Landlock, "the test says so");
    let (ended, text) = Stage::new().run_in(&sandbox, "pwd; cat src/b.txt");
    assert!(failed(&ended) && text.starts_with("/workspace"), "{text}");
}

pub(super) fn bare_files() {
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

pub(super) fn bare_network() {
    let mut stage = Stage::new();
    fs::write(stage.spec.workspace.join("program.py"), CONNECT).expect("a program");
    let (ended, text) = stage.run_in(&bare(), "python3 program.py");
    assert!(text.contains("Permission denied"), "{text}");
    assert_eq!(ended.refused_connections.len(), 2);
}

pub(super) fn bare_readonly() {
    let mut stage = Stage::new();
    put_readonly(&mut stage);
    let (ended, text) = stage.run_in(&bare(), "cat data/big.csv; echo x > data/big.csv");
    assert!(failed(&ended) && text.starts_with("1,2"), "{text}");
}

pub(super) fn bare_timeout() {
    ends_in_time(&bare(), "bare-timeout", None);
    leaves_no_daemon(&bare(), "bare-daemon");
}

pub(super) fn bare_overlay() {
    let mut stage = Stage::new();
    stage.put_overlay();
    let refused = bare().run(&stage.spec, &mut |_| {}, &|| false);
    assert!(refused.is_err_and(|error| error.to_string().contains("copy it")));
}

pub(super) fn no_pid_namespace() {
    let sandbox = sandbox().without(Mechanism::Processes, "the test says so");
    leaves_no_daemon(&sandbox, "no-pid");
    ends_in_time(&sandbox, "no-pid-timeout", None);
}

pub(super) fn missing_helper() {
    let stage = Stage::new();
    let sandbox = Sandbox::with_helper("/no/such/helper", &std::env::temp_dir());
    assert!(matches!(sandbox.isolation().files, Level::Missing(_)));
    let error = sandbox.run(&stage.spec, &mut |_| {}, &|| false);
    assert!(matches!(error, Err(SandboxError::Start { .. })), "{error:?}");
}

pub(super) fn dying_helper() {
    let stage = Stage::new();
    let sandbox = Sandbox::with_helper("/bin/true", &std::env::temp_dir());
    let error = sandbox.run(&stage.spec, &mut |_| {}, &|| false);
    assert!(matches!(error, Err(SandboxError::Lost { .. })), "{error:?}");
}

pub(super) fn parallel() {
    std::thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                let text = Stage::new().text(&format!("echo {number} > n; sleep 0.1; cat n"));
                assert_eq!(text, format!("{number}\n"));
            });
        }
    });
}
