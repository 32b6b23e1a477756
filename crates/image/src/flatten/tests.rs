use std::os::unix::fs::MetadataExt as _;

use super::*;
use crate::layer::{Compression, LayerPlan, Packing, Segment};
use crate::tree::tests::written;
use crate::{Content, Entry};

fn flat(layers: &[&[&str]]) -> (tempfile::TempDir, Result<Tree, FlattenError>) {
    let dir = tempfile::tempdir().unwrap();
    let layers: Vec<_> = layers.iter().map(|entries| written(entries)).collect();
    let root = dir.path().join("root");
    let tree = flatten(&layers, &Limits::default(), Ownership::Mine, &root);
    (dir, tree)
}

#[test]
fn files_links_and_directories_are_there() {
    let (dir, tree) = flat(&[
        &["etc/motd=old", "bin/sh=shell", "bin/bash => bin/sh", "lib -> usr/lib"],
        &["etc/motd=new", "bin/.wh.sh", "var/"],
    ]);
    tree.unwrap();
    let root = dir.path().join("root");
    assert_eq!(fs::read_to_string(root.join("etc/motd")).unwrap(), "new");
    assert_eq!(fs::read_to_string(root.join("bin/bash")).unwrap(), "shell");
    assert!(!root.join("bin/sh").exists() && root.join("var").is_dir());
    assert_eq!(fs::read_link(root.join("lib")).unwrap(), Path::new("usr/lib"));
    let found = fs::metadata(root.join("etc/motd")).unwrap();
    assert_eq!((found.mode() & 0o7777, found.mtime()), (0o644, 5));
}

#[test]
fn hard_links_are_one_file() {
    let (dir, tree) = flat(&[&["a=1", "b => a"], &["c => b"]]);
    tree.unwrap();
    let inode = |name: &str| fs::metadata(dir.path().join("root").join(name)).unwrap().ino();
    assert!(inode("a") == inode("b") && inode("b") == inode("c"));
}

#[test]
fn a_link_and_then_a_file_below_it_writes_nothing_outside() {
    let outside = tempfile::tempdir().unwrap();
    let link = format!("l -> {}", outside.path().display());
    for layers in [
        &[&[link.as_str(), "l/x=owned"][..]][..],
        &[&[link.as_str()][..], &["l/x=owned"]],
        &[&["d/x=1", "l -> d"][..], &[".wh.d", "d -> /", "l/x=owned"]],
    ] {
        let (_dir, tree) = flat(layers);
        assert!(matches!(tree, Err(FlattenError::Layer(_))), "{tree:?}");
    }
    // A link in place of a file, and a file in place of a link.
    let (dir, tree) = flat(&[&[link.as_str(), "x=1"], &["l=mine", &link.replace("l ", "x ")]]);
    tree.unwrap();
    assert!(dir.path().join("root/l").is_file());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn what_is_there_already_is_left_alone() {
    let (dir, tree) = flat(&[&["a=1"]]);
    tree.unwrap();
    let root = dir.path().join("root");
    let again = flatten(&[written(&["b=1"])], &Limits::default(), Ownership::Mine, &root);
    assert!(matches!(again, Err(FlattenError::NotEmpty(_))));
    assert!(!root.join("b").exists());
}

#[test]
fn modes_are_the_images_even_where_they_shut_us_out() {
    let packing = Packing::default();
    let setuid =
        Entry { mode: 0o4755, ..Entry::file("d/x".parse().unwrap(), Content::Bytes(vec![]), true) };
    let segment = Segment::in_memory("a", &[setuid], &packing).unwrap();
    let shut = Entry { mode: 0o555, ..Entry::directory("d".parse().unwrap()) };
    let (layer, bytes) =
        LayerPlan::new(vec![segment], &[shut], packing).unwrap().write(Vec::new(), 1).unwrap();
    let source = LayerSource {
        name: "a".to_owned(),
        content: Content::Bytes(bytes),
        compression: Compression::Gzip,
        diff_id: Some(layer.diff_id),
    };
    let dir = tempfile::tempdir().unwrap();
    flatten(&[source], &Limits::default(), Ownership::Mine, dir.path()).unwrap();
    let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().mode() & 0o7777;
    assert_eq!((mode("d"), mode("d/x")), (0o555, 0o755));
    // So that it can be removed by those who are not root.
    fs::set_permissions(dir.path().join("d"), Permissions::from_mode(0o755)).unwrap();
}
