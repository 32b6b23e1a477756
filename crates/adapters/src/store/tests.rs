//! The store when the process dies at any of its steps, and when objects are damaged.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use tollgate_engine::Store;
use tollgate_model::OutputRef;

use super::DiskStore;

/// The changes of the disk, counted, and the one before which the process dies.
#[derive(Debug, Default)]
pub(super) struct Points {
    passed: AtomicUsize,
    /// Counted from 1; 0 for none.
    deadly: AtomicUsize,
}

impl Points {
    pub(super) fn pass(&self) {
        let number = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        if number == self.deadly.load(Ordering::SeqCst) {
            resume_unwind(Box::new("the process died"));
        }
    }
}

struct Bench {
    dir: TempDir,
    store: DiskStore,
}

impl Bench {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = DiskStore::open(&dir.path().join("store")).unwrap();
        Self { dir, store }
    }

    fn take_file(&self) -> OutputRef {
        let path = self.dir.path().join("file");
        fs::write(&path, "of the file").unwrap();
        self.store.take_file(&path).unwrap()
    }

    fn take_tree(&self) -> OutputRef {
        let path = self.dir.path().join("tree");
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("sub")).unwrap();
        fs::write(path.join("sub/one"), "of the tree").unwrap();
        symlink("one", path.join("sub/link")).unwrap();
        self.store.take_tree(&path).unwrap()
    }

    fn is_sound(&self) {
        for object in self.store.list().unwrap() {
            assert_eq!(self.store.verify(&object.digest).unwrap(), None);
        }
    }

    fn damage(&self, tree: &OutputRef, how: impl FnOnce(&Path)) {
        how(&self.store.tree_path(&tree.digest).join("sub/one"));
    }
}

/// What is at `dir` and below, as a step could tell it apart.
fn seen(dir: &Path) -> String {
    let listing = ["%P %m %T@ %l\\n"];
    let find = std::process::Command::new("find").arg(dir).arg("-printf").args(listing).output();
    let text = String::from_utf8(find.unwrap().stdout).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// Dies before each change that `work` makes after `prepare`. Each time nothing that is there is
/// damaged, the same work done again ends as if nothing had been, and no leftovers stay.
fn survives(prepare: impl Fn(&Bench), work: impl Fn(&Bench), at_least: usize) {
    for number in 1.. {
        let bench = Bench::new();
        prepare(&bench);
        let before = bench.store.points.passed.load(Ordering::SeqCst);
        bench.store.points.deadly.store(before + number, Ordering::SeqCst);
        let died = catch_unwind(AssertUnwindSafe(|| work(&bench))).is_err();
        bench.store.points.deadly.store(0, Ordering::SeqCst);
        if !died {
            assert!(number > at_least, "only {} points", number - 1);
            return;
        }
        bench.is_sound();
        work(&bench);
        bench.is_sound();
        bench.store.clear_tmp().unwrap();
        bench.store.clear_unlisted().unwrap();
        let root = &bench.store.root;
        assert_eq!(fs::read_dir(root.join("tmp")).unwrap().count(), 0, "point {number}");
        let again = Bench::new();
        prepare(&again);
        work(&again);
        assert_eq!(names(root), names(&again.store.root), "point {number}");
    }
}

fn names(root: &Path) -> Vec<String> {
    let lines = seen(root);
    let objects = lines.lines().filter(|line| line.contains("/"));
    let path = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    // A shelf stays when what stood on it goes.
    objects.map(path).filter(|path| path.matches('/').count() > 1).collect()
}

#[test]
fn it_dies_anywhere_while_it_keeps_bytes() {
    survives(|_| (), |bench| _ = bench.store.put(b"bytes").unwrap(), 3);
}

#[test]
fn it_dies_anywhere_while_it_takes_a_file() {
    survives(|_| (), |bench| _ = bench.take_file(), 2);
}

#[test]
fn it_dies_anywhere_while_it_takes_a_tree() {
    survives(|_| (), |bench| _ = bench.take_tree(), 4);
    survives(|bench| _ = bench.take_tree(), |bench| _ = bench.take_tree(), 2);
}

#[test]
fn it_dies_anywhere_while_it_removes() {
    let remove = |bench: &Bench| {
        for object in bench.store.list().unwrap() {
            bench.store.remove(&object.digest).unwrap();
        }
    };
    let keep = |bench: &Bench| {
        bench.take_tree();
        bench.take_file();
    };
    survives(keep, remove, 5);
}

#[test]
fn it_dies_anywhere_while_it_replaces_a_damaged_tree() {
    for number in 1.. {
        let bench = Bench::new();
        let tree = bench.take_tree();
        bench.damage(&tree, |file| fs::write(file, "of the trEE").unwrap());
        let before = bench.store.points.passed.load(Ordering::SeqCst);
        bench.store.points.deadly.store(before + number, Ordering::SeqCst);
        let died = catch_unwind(AssertUnwindSafe(|| bench.take_tree())).is_err();
        bench.store.points.deadly.store(0, Ordering::SeqCst);
        bench.take_tree();
        bench.is_sound();
        assert!(bench.store.has(&tree));
        if !died {
            assert!(number > 6, "only {} points", number - 1);
            return;
        }
    }
}

#[test]
fn a_tree_that_lacks_or_cuts_a_file_is_not_there() {
    let bench = Bench::new();
    let tree = bench.take_tree();
    bench.damage(&tree, |file| fs::write(file, "of").unwrap());
    assert!(!bench.store.has(&tree));
    bench.damage(&tree, |file| fs::remove_file(file).unwrap());
    assert!(!bench.store.has(&tree));
    assert!(bench.store.sound_tree(&tree.digest).is_err());
    bench.take_tree();
    assert!(bench.store.has(&tree));
    assert!(bench.store.sound_tree(&tree.digest).is_ok());
}

#[test]
fn damage_that_a_copy_shows_makes_the_object_unknown() {
    let bench = Bench::new();
    let (file, tree) = (bench.take_file(), bench.take_tree());
    bench.damage(&tree, |file| fs::write(file, "of the trEE").unwrap());
    fs::write(bench.store.blob_path(&file.digest), "of the filE").unwrap();
    for output in [file, tree] {
        assert!(bench.store.has(&output), "its size is right");
        let to = bench.dir.path().join(output.digest.to_string());
        let error = bench.store.restore(&output, &to).unwrap_err();
        assert!(error.message.contains("known no more"), "{error}");
        assert!(!bench.store.has(&output));
    }
}

#[test]
fn bytes_that_were_altered_are_put_anew() {
    let bench = Bench::new();
    let digest = bench.store.put(b"content").unwrap();
    fs::write(bench.store.blob_path(&digest), b"CONTENT").unwrap();
    bench.store.put(b"content").unwrap();
    assert_eq!(bench.store.get(&digest).unwrap(), b"content");
}

#[test]
fn a_directory_in_the_place_of_an_object_can_be_removed() {
    let bench = Bench::new();
    let digest = bench.store.put(b"content").unwrap();
    let blob = bench.store.blob_path(&digest);
    fs::remove_file(&blob).unwrap();
    fs::create_dir_all(blob.join("inside")).unwrap();
    bench.store.remove(&digest).unwrap();
    assert!(!blob.exists());
}

#[test]
fn neither_mode_nor_time_tells_one_copy_from_another() {
    let bench = Bench::new();
    let tree = bench.take_tree();
    let copies = ["first", "second"].map(|name| {
        let to = bench.dir.path().join(name);
        bench.store.restore(&tree, &to).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(5));
        seen(&to)
    });
    assert_eq!(copies[0], copies[1]);
    assert_eq!(copies[0], seen(&bench.store.tree_path(&tree.digest)), "a mounted one too");
    let path = bench.dir.path().join("private");
    fs::write(&path, "private").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let taken = bench.store.take_file(&path).unwrap();
    let meta = fs::metadata(bench.store.blob_path(&taken.digest)).unwrap();
    assert_eq!(meta.permissions().mode() & 0o7777, 0o644);
}
