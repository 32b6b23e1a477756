//! What is mounted in the workspace.

use super::*;

pub(super) fn overlay() {
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

pub(super) fn overlay_declares() {
    let mut stage = Stage::new();
    stage.put_overlay();
    let copy = stage.at("project/deep/venv/lib/module.py");
    fs::create_dir_all(copy.parent().expect("a parent")).expect("directories");
    fs::write(copy, "").expect("a file");
    let (ended, text) = stage.run("cat deep/venv/lib/module.py");
    assert_eq!((text.as_str(), ended.undeclared_reads.len()), ("original", 0));
}

pub(super) fn put_readonly(stage: &mut Stage) {
    let source = stage.at("project/data/big.csv");
    stage.spec.readonly_files.push(ReadonlyFile { at: "data/big.csv".to_owned(), source });
}

pub(super) fn readonly_file() {
    let mut stage = Stage::new();
    put_readonly(&mut stage);
    let (ended, text) = stage.run("cat data/big.csv; echo x > data/big.csv");
    assert!(failed(&ended) && text.starts_with("1,2"), "{text}");
    assert_eq!(ended.undeclared_reads, [""; 0]);
}

pub(super) fn bad_place() {
    let mut stage = Stage::new();
    stage.put_overlay();
    stage.spec.overlays[0].at = "../../etc".to_owned();
    let refused = sandbox().run(&stage.spec, &mut |_| {}, &|| false);
    assert!(matches!(refused, Err(SandboxError::Prepare(_))), "{refused:?}");
}
