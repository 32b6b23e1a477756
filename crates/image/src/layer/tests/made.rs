//! What a layer is made of.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::entry::EntryKind;
use crate::oci::layout::Layout;

fn hard_link(at: &str, to: &str) -> Entry {
    Entry { kind: EntryKind::Hardlink(path(to)), ..file(at, "") }
}

fn sample() -> Vec<(&'static str, Vec<Entry>)> {
    let text = "the same text, again and again. ".repeat(400);
    let long = format!("lib/{}/module.py", "package".repeat(20));
    vec![
        ("beta 2", vec![file(&long, &text), Entry::symlink(path("bin/beta"), "../lib/beta")]),
        ("alpha 1", vec![hard_link("lib/a", "lib/z"), file("lib/z", "z"), file("lib/ü", &text)]),
    ]
}

/// Everybody's images change with these. They do where the compressor, or the headers, write other
/// bytes; then the format of keys has to be raised with them.
#[test]
fn the_bytes_of_a_layer_are_known() {
    let told = |packing: &Packing| {
        let (layer, _) = layer(&sample(), packing);
        format!("{} {} of {}", layer.descriptor.digest, layer.descriptor.size, layer.diff_id)
    };
    insta::assert_snapshot!(told(&Packing::default()), @"sha256:09e2f2fdae7a4cfb2a3400b6d28d2649c9bceac91b8c7e00b05a9884d1306302 762 of sha256:31ee48d381e0dbe4b84599c239ca6522a4601cc38d35bf1b4ebe14d0b6768a0a");
    insta::assert_snapshot!(told(&Packing::zstd()), @"sha256:6412ca37fdcde0a33a63be8c9d0a56c891dd264ab780699fe4fb90b4edfe3426 542 of sha256:31ee48d381e0dbe4b84599c239ca6522a4601cc38d35bf1b4ebe14d0b6768a0a");
}

#[test]
fn directories_come_first_and_each_once() {
    let packing = Packing::default();
    let (layer, bytes) = layer(&sample(), &packing);
    let read = read(&bytes, Compression::Gzip, &Limits::default()).unwrap();
    let told: Vec<String> = read
        .iter()
        .map(|(entry, _)| match entry {
            LayerEntry::Has(header) => header.path.to_string().replace("package", "p"),
            other => panic!("{other:?}"),
        })
        .collect();
    let long = "p".repeat(20);
    let expected = [
        "bin".to_owned(),
        "lib".to_owned(),
        format!("lib/{long}"),
        "lib/z".to_owned(),
        "lib/ü".to_owned(),
        "lib/a".to_owned(),
        "bin/beta".to_owned(),
        format!("lib/{long}/module.py"),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        layer.parts.iter().map(|part| &*part.owner).collect::<Vec<_>>(),
        ["alpha 1", "beta 2"]
    );
    assert_eq!(layer.parts[0].files, 3);
}

#[test]
fn a_directory_that_is_asked_for_has_its_own_mode() {
    let packing = Packing::default();
    let segment = Segment::in_memory("app", &[file("tmp/x", "x")], &packing).unwrap();
    let tmp = Entry { mode: 0o1777, ..Entry::directory(path("tmp")) };
    let plan = LayerPlan::new(vec![segment.clone()], std::slice::from_ref(&tmp), packing).unwrap();
    let (_, bytes) = plan.write(Vec::new(), 1).unwrap();
    let read = read(&bytes, Compression::Gzip, &Limits::default()).unwrap();
    assert!(matches!(&read[0].0, LayerEntry::Has(header) if header.mode == 0o1777));

    let twice = [tmp, Entry::directory(path("tmp"))];
    let error = LayerPlan::new(vec![segment], &twice, packing).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`tmp` of the list of directories is there twice, with other modes or owners"
    );
}

#[test]
fn what_two_bring_in_the_same_form_is_there_once() {
    let packing = Packing::default();
    let shared = || file("lib/google/__init__.py", "");
    let one = vec![("a", vec![shared(), file("lib/a", "a")])];
    let mut both = one.clone();
    both.push(("b", vec![shared(), hard_link("lib/b", "lib/google/__init__.py")]));
    let (layer, bytes) = layer(&both, &packing);
    let names = read(&bytes, Compression::Gzip, &Limits::default()).unwrap();
    assert_eq!(names.len(), 2 + 3);
    assert_eq!(layer.parts[1].files, 1);
}

#[test]
fn what_two_bring_in_other_forms_names_both() {
    let packing = Packing::default();
    let pack = |owner, entry| Segment::in_memory(owner, &[entry], &packing).unwrap();
    let told = |a, b| LayerPlan::new(vec![a, b], &[], packing).unwrap_err().to_string();
    assert_eq!(
        told(pack("b 1", file("x", "b")), pack("a 1", file("x", "a"))),
        "`x` comes from a 1 and, with other content, from b 1"
    );
    let executable = Entry::file(path("x"), Content::Bytes(b"a".to_vec()), true);
    assert!(told(pack("a", file("x", "a")), pack("b", executable)).contains("other content"));
    assert_eq!(
        told(pack("a", file("x", "a")), pack("b", file("x/y", "b"))),
        "`x` of a has something in it, or is a directory elsewhere"
    );
}

#[test]
fn what_has_no_place_in_a_segment_is_refused() {
    let told = |entries: &[Entry]| {
        Segment::in_memory("a", entries, &Packing::default()).unwrap_err().to_string()
    };
    assert_eq!(told(&[file("x", ""), file("x", "")]), "`x` of a is there twice");
    assert_eq!(
        told(&[Entry::directory(path("x"))]),
        "`x` of a is a directory, which no segment holds"
    );
    let whiteout = "`lib/.wh.x` of a has a name by which layers delete files";
    assert_eq!(told(&[file("lib/.wh.x", "")]), whiteout);
    assert!(told(&[file(".wh.lib/x", "")]).contains("delete files"));
    assert_eq!(
        told(&[hard_link("x", "y")]),
        "`x` of a is a hard link to `y`, which is no file of the same owner"
    );
    assert_eq!(told(&[Entry::symlink(path("x"), "")]), "`x` of a links to what is no name");
}

#[test]
fn a_file_that_changes_while_it_is_packed_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let on_disk = dir.path().join("x");
    fs::write(&on_disk, "12345").unwrap();
    for size in [4, 6] {
        let content = Content::Disk { path: on_disk.clone(), size };
        let entry = Entry::file(path("x"), content, false);
        let error = Segment::in_memory("a", &[entry], &Packing::default()).unwrap_err();
        assert_eq!(error.to_string(), format!("`x` of a has not the {size} bytes that were told"));
    }
}

#[cfg(unix)]
#[test]
fn times_and_modes_of_the_inputs_do_not_matter() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let digest = |mode: u32, seconds: u64| {
        let on_disk = dir.path().join(format!("{mode}"));
        fs::write(&on_disk, "text").unwrap();
        fs::set_permissions(&on_disk, fs::Permissions::from_mode(mode)).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::options().write(true).open(&on_disk).unwrap().set_modified(time).unwrap();
        let entry = Entry::file(path("x"), Content::Disk { path: on_disk, size: 4 }, false);
        layer(&[("a", vec![entry])], &Packing::default()).0.descriptor.digest
    };
    assert_eq!(digest(0o600, 1), digest(0o666, 1_700_000_000));
}

struct Bench {
    _dir: tempfile::TempDir,
    layout: Layout,
    cache: Cache,
    packed: AtomicUsize,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::create(&dir.path().join("oci")).unwrap();
        let cache = Cache::open(&dir.path().join("cache")).unwrap();
        Self { _dir: dir, layout, cache, packed: AtomicUsize::new(0) }
    }

    /// Assembles the sample, and tells the layer and how many owners were asked for their files.
    fn assemble(&self) -> (Layer, usize) {
        self.assemble_of(sample())
    }

    fn assemble_of(&self, owners: Vec<(&str, Vec<Entry>)>) -> (Layer, usize) {
        let source = |(owner, entries): (&str, Vec<Entry>)| Source {
            owner: owner.to_owned(),
            from: vec!["sha256:…".to_owned()],
            weight: 0,
            entries: Box::new(move || {
                self.packed.fetch_add(1, Ordering::Relaxed);
                Ok(entries.clone())
            }),
        };
        let sources = owners.into_iter().map(source).collect();
        let recipe = Recipe { sources, directories: Vec::new(), packing: Packing::default() };
        let layer = assemble(&self.layout, &self.cache, &recipe, 2).unwrap();
        (layer, self.packed.swap(0, Ordering::Relaxed))
    }

    fn kept(&self, part: &str) -> Vec<std::path::PathBuf> {
        let dir = self._dir.path().join("cache").join(part);
        fs::read_dir(dir).unwrap().map(|found| found.unwrap().path()).collect()
    }
}

#[test]
fn nothing_is_packed_twice() {
    let bench = Bench::new();
    let (first, packed) = bench.assemble();
    assert_eq!(packed, 2);
    assert_eq!(first, layer(&sample(), &Packing::default()).0);
    assert!(bench.layout.proven(&first.descriptor).is_ok());

    assert_eq!(bench.assemble(), (first.clone(), 0));
    // The layer is known by its key: not even the segments are needed.
    bench.kept("segments").iter().for_each(|path| fs::remove_file(path).unwrap());
    assert_eq!(bench.assemble(), (first.clone(), 0));
    // Another one is packed without those that are there.
    let mut more = sample();
    more.push(("gamma", vec![file("g", "g")]));
    assert_eq!(bench.assemble_of(more.clone()).1, 3);
    more[2].1.push(file("h", "h"));
    more[2].0 = "gamma 2";
    assert_eq!(bench.assemble_of(more).1, 1);
}

#[test]
fn a_damaged_cache_is_packed_again() {
    let damage: [fn(&std::path::Path); 4] = [
        |path| fs::write(path, "").unwrap(),
        |path| fs::write(path, "{}").unwrap(),
        |path| fs::remove_file(path).unwrap(),
        |path| {
            let mut bytes = fs::read(path).unwrap();
            let at = bytes.len() / 2;
            bytes[at] ^= 1;
            fs::write(path, bytes).unwrap();
        },
    ];
    for part in ["segments", "records"] {
        for damage in damage {
            let bench = Bench::new();
            let (first, _) = bench.assemble();
            bench.kept(part).iter().for_each(|path| damage(path));
            bench.kept("layers").iter().for_each(|path| fs::remove_file(path).unwrap());
            assert_eq!(bench.assemble(), (first, 2), "{part}");
        }
    }
}

#[test]
fn what_was_packed_of_it_without_its_double_is_packed_again_too() {
    let bench = Bench::new();
    let both = vec![("a", vec![file("x", "x")]), ("b", vec![file("x", "x"), file("y", "y")])];
    let (first, _) = bench.assemble_of(both.clone());
    for path in bench.kept("segments") {
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.len() - 6;
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    }
    bench.kept("layers").iter().for_each(|path| fs::remove_file(path).unwrap());
    assert_eq!(bench.assemble_of(both).0, first);
}

#[test]
fn a_blob_that_is_gone_is_written_again() {
    let bench = Bench::new();
    let (first, _) = bench.assemble();
    fs::remove_file(bench.layout.blob_path(&first.descriptor.digest)).unwrap();
    assert_eq!(bench.assemble(), (first.clone(), 0));
    assert!(bench.layout.proven(&first.descriptor).is_ok());
}

#[test]
fn an_owner_who_can_not_tell_is_named() {
    let bench = Bench::new();
    let source = Source {
        owner: "numpy 2".to_owned(),
        from: Vec::new(),
        weight: 0,
        entries: Box::new(|| Err("the wheel is torn".into())),
    };
    let recipe =
        Recipe { sources: vec![source], directories: Vec::new(), packing: Packing::default() };
    let error = assemble(&bench.layout, &bench.cache, &recipe, 2).unwrap_err();
    assert_eq!(error.to_string(), "numpy 2: the wheel is torn");
    assert!(bench.kept("segments").is_empty());
}
