//! A service that is one static program, for images that have to run.

use std::process::Command;
use std::sync::OnceLock;

const SOURCE: &str = include_str!("service.c");

/// The program, compiled once by the machine's C compiler. What it does stands in `src/service.conf`
/// where it is started: a word and a number a line (`delay`, `spread`, `score`, `status`, `health`,
/// `die`).
///
/// # Panics
/// There is no C compiler, or no static libc.
pub fn service() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a directory");
        let (source, program) = (dir.path().join("service.c"), dir.path().join("service"));
        std::fs::write(&source, SOURCE).expect("written");
        let flags = ["-static", "-O1", "-pthread", "-D_GNU_SOURCE", "-w", "-o"];
        let ended = Command::new("cc").args(flags).arg(&program).arg(&source).output();
        let ended = ended.expect("a C compiler");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        std::fs::read(program).expect("compiled")
    })
}
