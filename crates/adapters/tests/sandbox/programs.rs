//! Programs that people really run.

use super::*;

pub(super) fn python_works() {
    let (ended, text) =
        Stage::new().python("import json, ssl, sqlite3, sys; print(sys.prefix != '')");
    assert_eq!((text.as_str(), ended.exit), ("True\n", Exit::Code(0)));
    assert_eq!(ended.undeclared_reads, [""; 0]);
}

pub(super) fn venv() {
    let text = Stage::new()
        .text("python3 -m venv .venv && .venv/bin/python -c 'import sys; print(sys.prefix)'");
    assert_eq!(text, "/workspace/.venv\n");
}

pub(super) fn multiprocessing() {
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

pub(super) fn signals() {
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

pub(super) fn masked() {
    let mut stage = Stage::new();
    let tools = stage.at("tools");
    fs::create_dir_all(&tools).expect("a directory");
    stage.spec.host.visible.push(stage.at(""));
    let (ended, text) =
        stage.run(&format!("ls -d {0}; cat {0}/../project/src/a.txt", tools.display()));
    assert!(failed(&ended), "{text}");
    assert!(text.contains("tools\n") && !text.contains("declared"), "{text}");
}
