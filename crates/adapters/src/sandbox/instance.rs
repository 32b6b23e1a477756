//! One instance of an image: its files, read-only, in namespaces of its own, as its own user.
//!
//! ```text
//! tollgate ── helper ── init of the instance: builds the file tree, reaps, opens connections
//!                         └── the service
//! ```
//!
//! The service listens in a network of its own, where every instance may have the same port, and
//! nobody else can reach it. Whoever wants a connection asks init, which connects from inside and
//! hands the socket over: no bridge, no forwarding, no rules of a packet filter.

use std::ffi::CString;
use std::io::{self, Read as _};
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, exit};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::{set_no_new_privs, set_pdeathsig};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, connect, socket};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Gid, Pid, Uid, geteuid, setgid, setgroups, setuid};
use serde::{Deserialize, Serialize};

use super::channel;
use super::error::{During, Failure};
use super::plan::{Access, Entry};
use super::{filter, mounts, raw, userns};

/// The word behind [`super::ARGUMENT`] that makes the helper one of an instance.
pub(super) const WORD: &str = "instance";

/// What is run, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The unpacked image.
    pub(crate) root: PathBuf,
    /// A directory of the instance's own, with an empty `tmp` in it.
    pub(crate) scratch: PathBuf,
    pub(crate) command: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) workdir: String,
    pub(crate) user: u32,
    pub(crate) group: u32,
}

/// What init says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Said {
    /// The file tree stands and the service is started.
    Started,
    /// It could not be started.
    Failed(Failure),
    /// Here is a connection, which may still be on its way.
    Connected,
    /// There is none.
    Refused(String),
    /// The service ended.
    Ended(String),
}

/// What init is asked.
pub(crate) const CONNECT: u8 = b'c';
/// To ask the service to end.
pub(crate) const TERMINATE: u8 = b't';

/// The life of the helper: its standard input is the order, and the socket to Tollgate at once.
pub(super) fn child() -> ExitCode {
    raw::close_inherited();
    let Ok(channel) = io::stdin().as_fd().try_clone_to_owned() else { return ExitCode::FAILURE };
    let order = match order(&channel) {
        Ok(order) => order,
        Err(error) => return failed(&channel, &error.to_string()),
    };
    match begin(&order, channel) {
        Ok(code) => code,
        Err((channel, failure)) => {
            let _ = say(&channel, &Said::Failed(failure), None);
            ExitCode::FAILURE
        }
    }
}

fn failed(channel: &OwnedFd, reason: &str) -> ExitCode {
    let failure = Failure { operation: "read the order".into(), reason: reason.to_owned() };
    let _ = say(channel, &Said::Failed(failure), None);
    ExitCode::FAILURE
}

/// Four bytes of length, then JSON.
fn order(channel: &OwnedFd) -> io::Result<Order> {
    let mut stream = std::fs::File::from(channel.try_clone()?);
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut text = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

fn begin(order: &Order, channel: OwnedFd) -> Result<ExitCode, (OwnedFd, Failure)> {
    let walls = || -> Result<(), Failure> {
        set_pdeathsig(Signal::SIGKILL).during(|| "tie the instance to Tollgate".to_owned())?;
        if !geteuid().is_root() {
            userns::enter_user_as(order.user, order.group)?;
        }
        userns::divide_processes()?;
        let apart = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS;
        unshare(apart).during(|| "create the file, message and name namespaces".to_owned())?;
        userns::enter_network()
    };
    if let Err(failure) = walls() {
        return Err((channel, failure));
    }
    match raw::fork() {
        Ok(None) => init(order, &channel),
        Ok(Some(init)) => {
            // The socket is init's: its end is the end of what is beyond it.
            drop(channel);
            close_standard();
            Ok(match waitpid(init, None) {
                Ok(WaitStatus::Exited(_, code)) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
                _ => ExitCode::FAILURE,
            })
        }
        Err(error) => {
            let operation = "start the instance".to_owned();
            Err((channel, Failure { operation, reason: error.to_string() }))
        }
    }
}

/// The helper waits; what it holds of the service's is let go.
fn close_standard() {
    if let Ok(nothing) = std::fs::File::open("/dev/null") {
        let _ = nix::unistd::dup2_stdin(&nothing);
    }
}

fn init(order: &Order, channel: &OwnedFd) -> ! {
    let end = match service(order) {
        Ok(service) => {
            let _ = say(channel, &Said::Started, None);
            Init { channel, signals: service.1, service: service.0 }.until_the_end()
        }
        Err(failure) => Said::Failed(failure),
    };
    let _ = say(channel, &end, None);
    exit(0)
}

fn service(order: &Order) -> Result<(Pid, SignalFd), Failure> {
    set_pdeathsig(Signal::SIGKILL).during(|| "tie the instance to its helper".to_owned())?;
    let signals = signals().during(|| "watch for the service's end".to_owned())?;
    mounts::build(&tree(order)?, &order.scratch, true)?;
    match raw::fork().during(|| "start the service".to_owned())? {
        Some(service) => Ok((service, signals)),
        None => {
            drop(signals);
            let failure = match become_service(order) {
                Err(failure) => failure,
                Ok(never) => match never {},
            };
            // Init hears of it by the status, the person by the log.
            let mut log = io::stderr();
            let _ = io::Write::write_all(&mut log, format!("tollgate: {failure}\n").as_bytes());
            exit(127)
        }
    }
}

fn signals() -> io::Result<SignalFd> {
    let mut set = SigSet::empty();
    set.add(Signal::SIGCHLD);
    set.thread_block()?;
    Ok(SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

/// The image's own files, read-only, and what every program expects beside them.
fn tree(order: &Order) -> Result<Vec<Entry>, Failure> {
    let listing = || format!("read {}", order.root.display());
    let mut tree = Vec::new();
    for entry in std::fs::read_dir(&order.root).during(listing)? {
        let entry = entry.during(listing)?;
        let at = PathBuf::from("/").join(entry.file_name());
        let source = entry.path();
        let kind = entry.file_type().during(listing)?;
        if ["dev", "proc", "sys", "tmp"].iter().any(|own| entry.file_name() == *own) {
            continue;
        }
        if kind.is_symlink() {
            let target = std::fs::read_link(&source).during(listing)?;
            tree.push(Entry::Link { target, at });
        } else {
            tree.push(Entry::Bind { source, at, access: Access::Read });
        }
    }
    tree.push(Entry::Directory("/dev".into()));
    for name in ["null", "zero", "full", "random", "urandom"] {
        let at = PathBuf::from("/dev").join(name);
        tree.push(Entry::Bind { source: at.clone(), at, access: Access::Device });
    }
    for (target, at) in [
        ("/proc/self/fd", "/dev/fd"),
        ("/proc/self/fd/0", "/dev/stdin"),
        ("/proc/self/fd/1", "/dev/stdout"),
        ("/proc/self/fd/2", "/dev/stderr"),
    ] {
        tree.push(Entry::Link { target: target.into(), at: at.into() });
    }
    // What programs ask for the number of processors and the memory they may use.
    for readable in ["/sys/devices/system", "/sys/fs/cgroup"].map(PathBuf::from) {
        if readable.is_dir() {
            let (source, at) = (readable.clone(), readable);
            tree.push(Entry::Bind { source, at, access: Access::Read });
        }
    }
    tree.push(Entry::Shm);
    tree.push(Entry::Proc);
    let tmp = order.scratch.join("tmp");
    tree.push(Entry::Bind { source: tmp, at: "/tmp".into(), access: Access::Write });
    Ok(tree)
}

enum Never {}

/// Gives up everything, and becomes the service.
fn become_service(order: &Order) -> Result<Never, Failure> {
    let _ = nix::unistd::setsid();
    set_pdeathsig(Signal::SIGKILL).during(|| "tie the service to its init".to_owned())?;
    if geteuid().is_root() {
        setgroups(&[]).during(|| "leave all groups".to_owned())?;
        setgid(Gid::from_raw(order.group)).during(|| "become the image's group".to_owned())?;
        setuid(Uid::from_raw(order.user)).during(|| "become the image's user".to_owned())?;
    }
    set_pdeathsig(Signal::SIGKILL).during(|| "tie the service to its init".to_owned())?;
    SigSet::all().thread_unblock().during(|| "unblock signals".to_owned())?;
    set_no_new_privs().during(|| "give up gaining privileges".to_owned())?;
    let mut program = filter::denials();
    if !program.is_empty() {
        raw::confine(&mut program).during(|| "refuse system calls".to_owned())?;
    }
    std::env::set_current_dir(&order.workdir).during(|| format!("enter {}", order.workdir))?;
    let [program, arguments @ ..] = order.command.as_slice() else {
        return Err(Failure { operation: "start the service".into(), reason: "no command".into() });
    };
    if CString::new(program.as_str()).is_err() {
        return Err(Failure { operation: "start the service".into(), reason: "a NUL".into() });
    }
    let nothing = std::fs::File::open("/dev/null").during(|| "open /dev/null".to_owned())?;
    nix::unistd::dup2_stdin(&nothing).during(|| "close the input".to_owned())?;
    let error = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(order.env.iter().map(|(name, value)| (name, value)))
        .exec();
    Err(Failure { operation: format!("start {program}"), reason: error.to_string() })
}

/// The first process of the instance, while the service runs.
struct Init<'a> {
    channel: &'a OwnedFd,
    signals: SignalFd,
    service: Pid,
}

impl Init<'_> {
    fn until_the_end(self) -> Said {
        loop {
            let mut polled = [
                PollFd::new(self.channel.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
            ];
            let _ = poll(&mut polled, PollTimeout::NONE);
            let [asked, child] = polled.map(|polled| polled.any().unwrap_or(false));
            if child && let Some(how) = self.reap() {
                return Said::Ended(how);
            }
            if asked {
                self.hear();
            }
        }
    }

    fn hear(&self) {
        let mut asked = [0; 3];
        let length = match nix::unistd::read(self.channel, &mut asked) {
            Err(Errno::EINTR | Errno::EAGAIN) => return,
            Ok(length) if length > 0 => length,
            // Tollgate is gone, and with this process all of the instance.
            Ok(_) | Err(_) => exit(1),
        };
        match (asked[0], length) {
            (CONNECT, 3) => self.connect(u16::from_le_bytes([asked[1], asked[2]])),
            (TERMINATE, _) => {
                // All but this process.
                let _ = kill(Pid::from_raw(-1), Signal::SIGTERM);
            }
            _ => exit(1),
        }
    }

    fn connect(&self, port: u16) {
        let said = match connection(port) {
            Ok(socket) => say(self.channel, &Said::Connected, Some(socket.as_fd())),
            Err(error) => say(self.channel, &Said::Refused(error.to_string()), None),
        };
        if said.is_err() {
            exit(1);
        }
    }

    fn reap(&self) -> Option<String> {
        while let Ok(Some(_)) = self.signals.read_signal() {}
        let mut ended = None;
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(process, code)) if process == self.service => {
                    ended = Some(format!("it ended with code {code}"));
                }
                Ok(WaitStatus::Signaled(process, signal, _)) if process == self.service => {
                    ended = Some(format!("it was ended by {signal}"));
                }
                Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => {}
                _ => return ended,
            }
        }
    }
}

/// A connection to the service. It does not wait: a service that is busy is not init's trouble.
fn connection(port: u16) -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
    let [a, b, c, d] = Ipv4Addr::LOCALHOST.octets();
    match connect(socket.as_raw_fd(), &SockaddrIn::new(a, b, c, d, port)) {
        Ok(()) | Err(Errno::EINPROGRESS) => Ok(socket),
        Err(error) => Err(error.into()),
    }
}

fn say(to: &OwnedFd, said: &Said, descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
    channel::send(to, said, descriptor)
}
