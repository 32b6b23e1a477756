//! Asks the kernel, by trying: a sysctl may be set and an AppArmor profile may still refuse.
//! The tries happen in a child of our own binary, which ends with them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio, exit};

use nix::sys::prctl::{set_no_new_privs, set_pdeathsig};
use nix::sys::signal::Signal;
use nix::sys::wait::waitpid;

use super::error::{During, Failure};
use super::isolation::{Finding, Findings};
use super::{child, filter, landlock, mounts, raw, userns};

/// The helper's argument for a probe.
pub(super) const WORD: &str = "probe";

/// Runs the probe through `exe`. Overlays are tried with changes on the file system of
/// `scratch`, since not every file system can hold them.
pub(super) fn ask(exe: &Path, scratch: &Path) -> Findings {
    let asked = fs::create_dir_all(scratch)
        .and_then(|()| tempfile::Builder::new().prefix("probe-").tempdir_in(scratch))
        .map_err(|error| error.to_string())
        .and_then(|directory| ask_in(exe, directory.path()));
    asked.unwrap_or_else(|why| Findings::nothing(&format!("the probe did not run: {why}")))
}

fn ask_in(exe: &Path, scratch: &Path) -> Result<Findings, String> {
    let output = Command::new(exe)
        .args([child::ARGUMENT.as_ref(), WORD.as_ref(), scratch.as_os_str()])
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", exe.display()))?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("no answer: {error}"))
}

/// The probe itself.
pub(super) fn child(scratch: &Path) -> ExitCode {
    raw::close_inherited();
    // Nobody waits for an answer once the prober is dead.
    let _ = set_pdeathsig(Signal::SIGKILL);
    let namespaces = userns::enter_user().map_err(|failure| explain_user(&failure));
    let processes = namespaces
        .clone()
        .and_then(|()| userns::divide_processes().map_err(|failure| failure.to_string()));
    match raw::fork() {
        Ok(Some(first)) => waitpid(first, None).map_or(ExitCode::FAILURE, |_| ExitCode::SUCCESS),
        Ok(None) => tell(&look(namespaces, processes, scratch)),
        Err(_) => ExitCode::FAILURE,
    }
}

fn tell(findings: &Findings) -> ! {
    let text = serde_json::to_vec(findings).unwrap_or_default();
    let _ = std::io::stdout().write_all(&text);
    exit(0)
}

/// In the first process of the process namespace. Each try restricts this process further, so
/// they come in order of harm.
fn look(namespaces: Finding, processes: Finding, scratch: &Path) -> Findings {
    let inside = match namespaces {
        Ok(()) => look_inside(processes, scratch),
        Err(why) => Findings::nothing(&why),
    };
    Findings { landlock: landlock::version(), notification: notification(), ..inside }
}

fn look_inside(processes: Finding, scratch: &Path) -> Findings {
    let files = userns::enter_files().map_err(|failure| explain_files(&failure));
    let network = userns::enter_network().map_err(|failure| failure.to_string());
    let overlay = files.clone().and_then(|()| overlay(scratch).map_err(explain_overlay));
    let root =
        files.and_then(|()| mounts::pivot_into(scratch).map_err(|failure| explain_files(&failure)));
    match root {
        Err(why) => Findings::nothing(&why),
        Ok(()) => Findings {
            namespaces: Ok(()),
            proc: processes.clone().and_then(|()| own_proc()),
            processes,
            network,
            overlay,
            ..Findings::nothing("")
        },
    }
}

fn overlay(scratch: &Path) -> Result<(), Failure> {
    let [lower, at] = ["lower", "at"].map(|name| scratch.join(name));
    for directory in [&lower, &at, &scratch.join("upper"), &scratch.join("work")] {
        // Not its parents: where the prober was killed and its directory is gone, it stays gone.
        fs::create_dir(directory).during(|| format!("create {}", directory.display()))?;
    }
    let mounted =
        mounts::mount_overlay(&at, &lower, scratch).during(|| "mount an overlay".to_owned());
    let _ = nix::mount::umount(&at);
    mounts::tidy_overlay(scratch);
    mounted
}

fn own_proc() -> Finding {
    fs::create_dir_all("/proc").and_then(|()| mounts::own_proc()).map_err(|error| {
        format!(
            "mounting /proc is refused ({error}); a container hides parts of its own /proc: \
             run it with an unmasked one (docker: --security-opt systempaths=unconfined)"
        )
    })
}

/// The listener is closed again at once: from then on this process must open nothing.
fn notification() -> Finding {
    if let Some(why) = filter::unsupported() {
        return Err(why);
    }
    let installed = set_no_new_privs()
        .map_err(std::io::Error::from)
        .and_then(|()| raw::listen(&mut filter::program(true)));
    installed.map(std::mem::forget).map_err(|error| {
        format!("the system call filter is refused ({error}); it needs Linux 5.5 with seccomp")
    })
}

fn explain_user(failure: &Failure) -> String {
    let limits = ["user/max_user_namespaces", "kernel/unprivileged_userns_clone"];
    let zero = limits.iter().find(|name| sysctl(name).as_deref() == Some("0"));
    match zero {
        Some(name) => {
            format!("user namespaces are switched off: set the sysctl {} above 0", dotted(name))
        }
        None => format!("user namespaces are refused ({failure}); {HINT}"),
    }
}

const HINT: &str = "a container's seccomp profile may forbid them (docker: --security-opt \
    seccomp=unconfined)";

fn explain_files(failure: &Failure) -> String {
    let restricted = sysctl("kernel/apparmor_restrict_unprivileged_userns").as_deref() == Some("1");
    if restricted {
        return format!(
            "AppArmor lets a user namespace be created but not used ({failure}): set the sysctl \
             kernel.apparmor_restrict_unprivileged_userns to 0, or give Tollgate a profile with \
             `userns,`"
        );
    }
    format!("mounting in a user namespace is refused ({failure}); {HINT}")
}

fn explain_overlay(failure: Failure) -> String {
    format!(
        "{failure}; needs Linux 5.11 and a state directory that is not itself on an overlay or a \
         network file system"
    )
}

fn sysctl(name: &str) -> Option<String> {
    let text = fs::read_to_string(Path::new("/proc/sys").join(name)).ok()?;
    Some(text.trim().to_owned())
}

fn dotted(name: &str) -> String {
    name.replace('/', ".")
}
