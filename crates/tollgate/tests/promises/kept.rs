//! What was kept is found again, by what it is and not by what it was called.

use std::fs;

use crate::common::Project;

#[test]
fn a_step_under_a_new_name_finds_its_log_and_outputs() {
    let project = Project::new(
        "steps: { old: { run: echo words; echo kept > out.txt, outputs: [out.txt] } }",
    );
    project.run().passes();
    project.edit("old:", "new:");
    assert_eq!(project.run().passes().reused(), ["new"]);
    project.tollgate("log new").passes().says("words");
    project.tollgate("show new").passes().says("from r1").says("out.txt");
    project.tollgate("store get new").passes();
    assert_eq!(project.read("out/out.txt"), "kept\n");
}

#[test]
fn an_output_is_found_though_the_last_run_had_not_the_step() {
    let project = Project::new(
        "steps: { one: { run: echo 1 > one.txt, outputs: [one.txt] }, two: { run: echo } }",
    );
    project.tollgate("run one").passes();
    project.tollgate("run two").passes();
    project.tollgate("store get one").passes();
    assert_eq!(project.read("out/one.txt"), "1\n");
    project.tollgate("store get three").exits(2).says("`three` is no step of r2");
}

#[test]
fn a_log_that_was_collected_is_said_to_be_and_is_no_damage() {
    let project = Project::new("steps: { one: { run: echo words } }");
    project.run().passes();
    let log = &project.tollgate("log one --json").passes().json()[0];
    assert_eq!(log["text"], "words\n");
    assert_eq!((&log["run"], &log["step"]), (&1.into(), &"one".into()), "{log}");
    assert_eq!(log["digest"].as_str().unwrap().len(), 64);
    project.tollgate("store gc --max-size 0B").passes();
    let told = project.tollgate("log one");
    told.exits(2).says("is not in the store any more").says("tollgate run --force=one one");
    project.tollgate("store verify").passes().says("not in the store: collected, or lost");
    project.tollgate("audit verify").passes().says("not in the store: collected, or lost");
    project.tollgate("run --force=one one").passes();
    project.tollgate("log one").passes().says("words");
}

#[test]
fn an_object_that_can_not_be_read_does_not_hide_another() {
    let project = Project::new("steps: { one: { run: echo words; echo k > o, outputs: [o] } }");
    project.run().passes();
    let blobs = project.files(".tollgate/store/blobs");
    fs::remove_file(&blobs[0]).unwrap();
    fs::create_dir(&blobs[0]).unwrap();
    fs::write(&blobs[1], "altered").unwrap();
    project.tollgate("store verify").exits(1).says("can't read the object").says("holds the bytes");
    project.tollgate("audit verify").exits(1).says("can't read the object").says("holds the bytes");
    project.tollgate("store verify --remove").exits(1).says("2 objects");
    project.tollgate("store verify").passes();
}

#[test]
fn a_forced_run_heals_a_damaged_tree() {
    let steps = "steps: { one: { run: mkdir d; echo sound > d/f, outputs: [d/] }, two: { run: cat d/f, needs: [one] } }";
    let project = Project::new(steps);
    project.run().passes();
    let file = project.files(".tollgate/store/trees").into_iter().find(|f| f.ends_with("f"));
    fs::write(file.unwrap(), "SOUND\n").unwrap();
    project.tollgate("store verify").exits(1);
    project.tollgate("run --force").passes();
    project.tollgate("store verify").passes();
    project.tollgate("log two").passes().says("sound");
}

#[test]
fn a_step_sees_no_times_but_one_and_no_modes_but_three() {
    let project = Project::new(
        "
steps:
  tree: { run: umask 077; mkdir -p d/s; echo > d/s/f; ln -s f d/s/l, outputs: [d/] }
  big: { run: umask 077; mkdir b; head -c 17000000 /dev/zero > b/big, outputs: [b/big] }
  look: { run: \"find . -printf '%p %m %T@\\\\n'\", needs: [tree, big], inputs: [in/] }
",
    );
    project.write("in/below/file", "").link("in/below/link", "file");
    project.run().passes();
    let log = project.tollgate("log look").passes().stdout.clone();
    assert!(log.contains("./d/s/l 777 ") && log.contains("./in/below/link 777 "), "{log}");
    assert!(log.contains("./b/big 644 ") && log.contains("./d/s 755 "), "{log}");
    assert!(log.lines().all(|line| line.contains(" 315532800.0")), "{log}");
}
