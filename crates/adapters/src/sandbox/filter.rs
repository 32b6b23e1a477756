//! The seccomp program: which system calls are told to the supervisor. Pure data.

use nix::libc;

use super::raw::Instruction;

/// `AUDIT_ARCH_*` of the architecture that we run on; a foreign one is let through unseen.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: Option<u32> = Some(0xC000_003E);
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: Option<u32> = Some(0xC000_00B7);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ARCHITECTURE: Option<u32> = None;

/// Opening with one of these is not a read of a file: it creates, or names a directory or a
/// place. The filter decides this in the kernel, so that a tree walk costs nothing.
pub(super) const NOT_A_READ: u32 = (libc::O_CREAT | libc::O_DIRECTORY | libc::O_PATH) as u32;

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const ARGUMENTS: u32 = 16;

/// Why this machine cannot have the program, if so.
pub(super) fn unsupported() -> Option<String> {
    ARCHITECTURE.is_none().then(|| format!("no filter for {}", std::env::consts::ARCH))
}

/// The program; `connections` adds `connect`.
pub(super) fn program(connections: bool) -> Vec<Instruction> {
    let mut program =
        vec![load(ARCH), skip_if_equal(ARCHITECTURE.unwrap_or_default(), 1), allow(), load(NUMBER)];
    for call in always_told(connections) {
        program.extend([skip_unless_equal(call, 1), tell()]);
    }
    for (call, flags_at) in told_by_flags() {
        program.extend([
            skip_unless_equal(call, 4),
            load(ARGUMENTS + 8 * flags_at),
            skip_unless_any(NOT_A_READ, 1),
            allow(),
            tell(),
        ]);
    }
    program.push(allow());
    program
}

/// What no service needs and many an exploit does: each is refused as if the caller had no right. A
/// foreign architecture's calls would get around it, so they are refused altogether.
pub(super) fn denials() -> Vec<Instruction> {
    let Some(architecture) = ARCHITECTURE else { return Vec::new() };
    let mut program = vec![load(ARCH), skip_if_equal(architecture, 1), refuse(), load(NUMBER)];
    #[cfg(target_arch = "x86_64")]
    // The 32-bit numbers of x86-64 have this bit.
    program.extend([skip_unless_any(0x4000_0000, 1), refuse()]);
    for call in DENIED {
        program.extend([skip_unless_equal(*call as u32, 1), refuse()]);
    }
    program.push(allow());
    program
}

const DENIED: &[libc::c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_init_module,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

fn refuse() -> Instruction {
    instruction(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32)
}

/// `openat2` keeps its flags in memory, which a filter cannot read.
fn always_told(connections: bool) -> Vec<u32> {
    let mut calls = vec![libc::SYS_openat2, libc::SYS_execve, libc::SYS_execveat];
    if connections {
        calls.push(libc::SYS_connect);
    }
    calls.into_iter().map(|call| call as u32).collect()
}

/// Calls and the position of their flags.
fn told_by_flags() -> Vec<(u32, u32)> {
    vec![
        (libc::SYS_openat as u32, 2),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_open as u32, 1),
    ]
}

fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> Instruction {
    Instruction { code: code as u16, jt, jf, k }
}

/// The low half of the argument on the little-endian machines that we know.
fn load(offset: u32) -> Instruction {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset)
}

fn skip_if_equal(value: u32, instructions: u8) -> Instruction {
    instruction(libc::BPF_JMP | libc::BPF_JEQ, instructions, 0, value)
}

fn skip_unless_equal(value: u32, instructions: u8) -> Instruction {
    instruction(libc::BPF_JMP | libc::BPF_JEQ, 0, instructions, value)
}

fn skip_unless_any(bits: u32, instructions: u8) -> Instruction {
    instruction(libc::BPF_JMP | libc::BPF_JSET, 0, instructions, bits)
}

fn allow() -> Instruction {
    instruction(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_ALLOW)
}

fn tell() -> Instruction {
    instruction(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_USER_NOTIF)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program as the kernel would.
    fn verdict(connections: bool, number: u32, arguments: [u32; 4]) -> u32 {
        let program = program(connections);
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let Instruction { code, jt, jf, k } = program[at];
            at += 1;
            match u32::from(code) & 0x07 {
                libc::BPF_LD => {
                    accumulator = match k {
                        NUMBER => number,
                        ARCH => ARCHITECTURE.unwrap_or_default(),
                        offset => arguments[(offset as usize - 16) / 8],
                    }
                }
                libc::BPF_RET => return k,
                _ => {
                    let equal = u32::from(code) & 0xf0 == libc::BPF_JEQ;
                    let holds = if equal { accumulator == k } else { accumulator & k != 0 };
                    at += usize::from(if holds { jt } else { jf });
                }
            }
        }
    }

    #[test]
    fn reading_is_told_and_creating_is_not() {
        let openat = libc::SYS_openat as u32;
        assert_eq!(verdict(true, openat, [0; 4]), libc::SECCOMP_RET_USER_NOTIF);
        for flag in [libc::O_CREAT, libc::O_DIRECTORY, libc::O_PATH] {
            let arguments = [0, 0, flag as u32, 0];
            assert_eq!(verdict(true, openat, arguments), libc::SECCOMP_RET_ALLOW);
        }
    }

    #[test]
    fn connections_are_told_only_when_asked_for() {
        let connect = libc::SYS_connect as u32;
        assert_eq!(verdict(true, connect, [0; 4]), libc::SECCOMP_RET_USER_NOTIF);
        assert_eq!(verdict(false, connect, [0; 4]), libc::SECCOMP_RET_ALLOW);
    }

    #[test]
    fn everything_else_passes_untold() {
        let read = libc::SYS_read as u32;
        assert_eq!(verdict(true, read, [0; 4]), libc::SECCOMP_RET_ALLOW);
    }
}
