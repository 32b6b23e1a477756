//! What is damaged or tampered with is found and named; what can be made again is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::Project;

/// A project with a passed run that left a file and a directory.
fn project() -> Project {
    let project = Project::new(
        "
steps:
  file: { run: echo of the file > file, outputs: [file] }
  tree: { run: mkdir -p dir/sub; echo of the tree > dir/sub/one; ln -s one dir/sub/link, outputs: [dir/] }
  both: { run: cat file dir/sub/one, needs: [file, tree] }
",
    );
    project.run().passes();
    project.tollgate("audit verify").passes();
    project
}

/// Turns the byte after `text` in the one file that has it.
fn flip(files: Vec<PathBuf>, text: &str) -> PathBuf {
    let found = |path: &PathBuf| position(path, text).is_some();
    let file = files.into_iter().find(found).unwrap_or_else(|| panic!("{text:?} is nowhere"));
    let at = position(&file, text).unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    file
}

fn position(path: &Path, text: &str) -> Option<usize> {
    let bytes = fs::read(path).unwrap();
    bytes.windows(text.len()).rposition(|part| part == text.as_bytes())
}

/// Changes the ledger behind Tollgate's back.
fn sql(project: &Project, statements: &str) {
    let script = "import sqlite3, sys
db = sqlite3.connect('.tollgate/ledger.db')
db.executescript(sys.argv[1])
db.commit()
db.execute('PRAGMA wal_checkpoint(TRUNCATE)')";
    let mut python = std::process::Command::new("python3");
    python.args(["-c", script, statements]).current_dir(project.root());
    assert!(python.status().unwrap().success());
}

/// The damage is found by `audit verify`, which names it, and by `store verify`; with the object
/// removed, its step runs again and all is well.
#[track_caller]
fn found_and_made_again(project: &Project, named: &str, step: &str) {
    project.tollgate("audit verify").exits(1).says(named);
    project.tollgate("store verify").exits(1).says(named);
    project.tollgate("store verify --remove").exits(1).says("removed");
    project.tollgate("store verify").passes();
    let next = project.run();
    assert_eq!(next.passes().ran(), [step]);
    project.tollgate("audit verify").passes();
}

#[test]
fn a_flipped_byte_in_a_stored_file() {
    let project = project();
    let output = project.tollgate("show --json file").json();
    let digest =
        output[0]["record"]["state"]["result"]["outputs"]["file"]["digest"].as_str().unwrap();
    let blob = project.path(&format!(".tollgate/store/blobs/{}/{}", &digest[..2], &digest[2..]));
    flip(vec![blob], "of the file");
    found_and_made_again(&project, &format!("the object {digest} holds the bytes of"), "file");
}

#[test]
fn a_cut_output_is_noticed_without_being_asked() {
    let project = project();
    let blobs = project.files(".tollgate/store/blobs");
    let is_output = |path: &&PathBuf| fs::read(path).unwrap() == b"of the file\n";
    let blob = blobs.iter().find(is_output).unwrap();
    fs::write(blob, "of the").unwrap();
    assert_eq!(project.run().passes().ran(), ["file"]);
    project.tollgate("audit verify").passes();
}

#[test]
fn a_flipped_byte_in_a_file_of_a_stored_tree() {
    let project = project();
    flip(project.files(".tollgate/store/trees"), "of the tree");
    found_and_made_again(&project, "the file sub/one has other bytes, in the tree", "tree");
}

#[test]
fn a_file_more_in_a_stored_tree() {
    let project = project();
    let one = project.files(".tollgate/store/trees").into_iter().find(|f| f.ends_with("sub/one"));
    fs::write(one.unwrap().with_file_name("two"), "unlisted").unwrap();
    found_and_made_again(&project, "sub/two is not in the listing, in the tree", "tree");
}

#[test]
fn an_executable_bit_in_a_stored_tree() {
    let project = project();
    let one = project.files(".tollgate/store/trees").into_iter().find(|f| f.ends_with("sub/one"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(one.unwrap(), mode).unwrap();
    found_and_made_again(&project, "the file sub/one has another mode, in the tree", "tree");
}

#[test]
fn a_turned_link_in_a_stored_tree() {
    let project = project();
    project.sh("l=$(find .tollgate/store/trees -name link); rm $l; ln -s two $l");
    found_and_made_again(&project, "the link sub/link does not lead to one, in the tree", "tree");
}

#[test]
fn a_flipped_byte_in_a_tree_s_listing() {
    let project = project();
    flip(project.files(".tollgate/store/trees"), "\"sub/one");
    found_and_made_again(&project, "the listing of the tree", "tree");
}

#[test]
fn a_flipped_byte_in_the_ledger() {
    let project = project();
    sql(&project, "");
    flip(vec![project.path(".tollgate/ledger.db")], "\"demo");
    project.tollgate("audit verify").exits(1).says("entry 1");
}

#[test]
fn any_flipped_byte_in_the_ledger_is_found_or_harmless() {
    let project = project();
    sql(&project, "");
    let path = project.path(".tollgate/ledger.db");
    let sound = fs::read(&path).unwrap();
    let facts = project.tollgate("audit log --json").stdout;
    let mut found = 0;
    for at in (0..sound.len()).step_by(sound.len() / 60 + 1) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        project.sh("rm -f .tollgate/ledger.db-*");
        fs::write(&path, &bytes).unwrap();
        let verified = project.tollgate("audit verify");
        match verified.code {
            Some(0) => {
                let read = project.tollgate("audit log --json").stdout;
                assert_eq!(read, facts, "byte {at} changed a fact, unnoticed");
            }
            Some(1) => found += 1,
            _ => panic!("byte {at}: {verified}"),
        }
    }
    assert!(found > 5, "only {found} were found");
}

#[test]
fn a_removed_row() {
    let project = project();
    sql(&project, "DELETE FROM entry WHERE seq = 4");
    project.tollgate("audit verify").exits(1).says("entry 4");
}

#[test]
fn the_last_row_removed() {
    let project = project();
    sql(&project, "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)");
    project.tollgate("audit verify").exits(1).says("not sound");
}

#[test]
fn two_swapped_rows() {
    let project = project();
    let swap = "UPDATE entry SET seq = seq + 1000 WHERE seq IN (3, 4);
        UPDATE entry SET seq = 4 WHERE seq = 1003;
        UPDATE entry SET seq = 3 WHERE seq = 1004";
    sql(&project, swap);
    project.tollgate("audit verify").exits(1).says("entry 3");
}

#[test]
fn a_changed_verdict() {
    let project = project();
    let change =
        "UPDATE entry SET body = replace(body, '\"verdict\":\"pass\"', '\"verdict\":\"fail\"')";
    sql(&project, &format!("{change} WHERE seq = 5"));
    project.tollgate("audit verify").exits(1).says("entry 5");
}

#[test]
fn a_ledger_that_is_none() {
    let project = project();
    project.sh("rm -f .tollgate/ledger.db-*");
    project.write(".tollgate/ledger.db", "not a database, but long enough to be taken for one");
    project.tollgate("audit verify").exits(1);
    project.tollgate("run").exits(5);
}

#[test]
fn what_a_dead_engine_was_writing_is_cleared_away() {
    let project = project();
    project.write(".tollgate/work/tool/workspace/x", "").write(".tollgate/store/tmp/1-1", "half");
    project.run().passes();
    assert_eq!(project.leftovers(), Vec::<PathBuf>::new());
}
