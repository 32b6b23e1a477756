//! Which files a command sees.

use super::*;

pub(super) fn undeclared() {
    let (ended, text) = Stage::new().run("cat src/b.txt");
    assert!(failed(&ended), "{text}");
    assert_eq!(ended.undeclared_reads, ["src/b.txt"]);
}

pub(super) fn absolute() {
    let mut stage = Stage::new();
    let path = stage.at("project/data/big.csv");
    let (ended, text) = stage.run(&format!("cat {}", path.display()));
    assert!(failed(&ended), "{text}");
    assert_eq!(ended.undeclared_reads, ["data/big.csv"]);
}

pub(super) fn not_named() {
    let (ended, text) =
        Stage::new().run("cat src/a.txt; cat nowhere.txt || true; echo x > src/b.txt");
    assert!(text.starts_with("declared"), "{text}");
    assert_eq!(ended.undeclared_reads, [""; 0]);
}

pub(super) fn executed() {
    let (ended, _) = Stage::new().run("cd src && ../tool.sh");
    assert_eq!(ended.undeclared_reads, ["tool.sh"]);
}

pub(super) fn ignored_names() {
    let (ended, _) = Stage::new().run("cat .git/HEAD .tollgate/x; ls data");
    assert_eq!(ended.undeclared_reads, [""; 0]);
}

pub(super) fn bounded_names() {
    let mut stage = Stage::new();
    for number in 0..300 {
        fs::write(stage.at(&format!("project/data/{number}")), "").expect("a file");
    }
    let (ended, _) = stage.run("for n in $(seq 0 299); do : 2>/dev/null < data/$n || true; done");
    assert!(ended.undeclared_reads.len() <= tollgate_adapters::sandbox::MAX_NAMES);
}

pub(super) fn home_invisible() {
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

pub(super) fn passwords() {
    let (ended, text) = Stage::new().run("cat /etc/shadow");
    assert!(failed(&ended), "{text}");
    let text = Stage::new().text("id -un; id -u; hostname; ls /etc/ssl/private 2>/dev/null; true");
    assert_eq!(text, "tollgate\n1000\ntollgate\n");
}

pub(super) fn fixed_path() {
    assert_eq!(Stage::new().text("pwd"), "/workspace\n");
}

pub(super) fn read_only_system() {
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

pub(super) fn kernel_settings() {
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

pub(super) fn descriptors() {
    let text = Stage::new()
        .text("ls /proc/self/fd; ls /proc | grep -c '^[0-9]'; readlink /proc/self/fd/0");
    // The fourth is the listing's own.
    assert!(text.starts_with("0\n1\n2\n3\n"), "{text}");
    assert!(text.ends_with("/dev/null\n"), "{text}");
}

pub(super) fn privileges() {
    let text = Stage::new().text("grep -E 'CapEff|CapPrm|NoNewPrivs' /proc/self/status; kill -9 1 2>&1 || true; cat /proc/1/environ 2>&1 || true; unshare -Urm mount -t tmpfs x /opt 2>&1 && echo mounted || true");
    assert!(text.contains("CapEff:\t0000000000000000"), "{text}");
    assert!(text.contains("NoNewPrivs:\t1"), "{text}");
    assert!(text.contains("Permission denied"), "{text}");
    assert!(!text.contains("mounted"), "{text}");
}
