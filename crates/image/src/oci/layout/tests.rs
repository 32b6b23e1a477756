use std::collections::BTreeSet;

use super::*;
use crate::oci::{Descriptor, Manifest, Sha256, media};

fn layout() -> (tempfile::TempDir, Layout) {
    let dir = tempfile::tempdir().unwrap();
    let layout = Layout::create(&dir.path().join("oci")).unwrap();
    (dir, layout)
}

/// An image of one layer with this text.
fn image(layout: &Layout, text: &str) -> Descriptor {
    let config = layout.put_bytes(media::CONFIG, b"{}").unwrap();
    let layer = layout.put_bytes(media::LAYER, text.as_bytes()).unwrap();
    let manifest = Manifest::image(config, vec![layer]).to_bytes();
    layout.put_bytes(media::MANIFEST, &manifest).unwrap()
}

fn files(layout: &Layout) -> BTreeSet<String> {
    let name = |found: std::io::Result<fs::DirEntry>| found.unwrap().file_name();
    let text = |name: std::ffi::OsString| name.to_string_lossy().into_owned();
    fs::read_dir(layout.blobs()).unwrap().map(name).map(text).collect()
}

#[test]
fn an_image_is_found_by_name_and_by_digest() {
    let (_dir, layout) = layout();
    let (one, two) = (image(&layout, "one"), image(&layout, "two"));
    layout.tag("app:1", &one).unwrap();
    layout.tag("app:2", &two).unwrap();
    let again = Layout::open(layout.root()).unwrap();
    assert_eq!(again.resolve("app:1").unwrap().digest, one.digest);
    assert_eq!(again.resolve(&two.digest.to_string()).unwrap().digest, two.digest);
    let names: Vec<_> = again.images().unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["app:1", "app:2"]);

    layout.tag("app:1", &two).unwrap();
    assert_eq!(again.resolve("app:1").unwrap().digest, two.digest);
    let error = again.resolve("app:3").unwrap_err().to_string();
    assert_eq!(error, "\"app:3\" is not in the image layout; it has app:2, app:1");
}

#[test]
fn an_image_of_an_index_is_found_by_digest() {
    let (_dir, layout) = layout();
    let inner = image(&layout, "inner");
    let index = Index::of(vec![inner.clone()]).to_bytes();
    let index = layout.put_bytes(media::INDEX, &index).unwrap();
    layout.tag("many", &index).unwrap();
    assert_eq!(layout.resolve(&inner.digest.to_string()).unwrap(), inner);
    assert_eq!(layout.reachable(&index).unwrap().len(), 4);
    let layer = Sha256::of(b"inner").to_string();
    assert!(matches!(layout.resolve(&layer), Err(LayoutError::Unknown { .. })));
}

#[test]
fn only_what_was_announced_gets_in() {
    let (_dir, layout) = layout();
    let blob = Descriptor::of(media::LAYER, b"12345");
    for wrong in [&b"1234"[..], b"123456", b"12346", b""] {
        let error = layout.put(&blob, wrong).unwrap_err();
        assert!(matches!(error, LayoutError::Unexpected { .. }), "{error}");
    }
    // An endless stream is left after one byte too many.
    assert!(layout.put(&blob, std::io::repeat(b'1')).is_err());
    assert!(files(&layout).is_empty() && !layout.has(&blob));
    layout.put(&blob, &b"12345"[..]).unwrap();
    assert!(layout.has(&blob) && layout.document(&blob).unwrap() == b"12345");
}

#[test]
fn damage_is_seen_before_a_byte_is_used() {
    let (_dir, layout) = layout();
    let blob = layout.put_bytes(media::LAYER, b"12345").unwrap();
    let path = layout.blob_path(&blob.digest);
    for damaged in ["1234", "12346"] {
        fs::write(&path, damaged).unwrap();
        assert!(matches!(layout.document(&blob), Err(LayoutError::Damaged { .. })));
        // It is no longer there, so it can be put in again.
        assert!(!layout.has(&blob));
        layout.put_bytes(media::LAYER, b"12345").unwrap();
        fs::write(&path, damaged).unwrap();
        assert!(matches!(layout.proven(&blob), Err(LayoutError::Damaged { .. })));
        layout.put_bytes(media::LAYER, b"12345").unwrap();
    }
    // Whoever says a wrong size does no harm.
    let mut wrong = blob.clone();
    wrong.size = 4;
    assert!(matches!(layout.document(&wrong), Err(LayoutError::Damaged { .. })));
    assert!(layout.has(&blob));
    fs::remove_file(&path).unwrap();
    assert!(matches!(layout.proven(&blob), Err(LayoutError::Missing { .. })));
}

#[test]
fn what_nothing_refers_to_is_collected() {
    let (_dir, layout) = layout();
    let (one, two) = (image(&layout, "one"), image(&layout, "two"));
    layout.tag("one", &one).unwrap();
    layout.tag("two", &two).unwrap();
    assert_eq!(layout.collect(&[]).unwrap(), Collected::default());
    assert!(layout.untag("two").unwrap() && !layout.untag("two").unwrap());
    let kept = Descriptor::of(media::LAYER, b"two");
    let collected = layout.collect(std::slice::from_ref(&kept)).unwrap();
    assert_eq!(collected, Collected { blobs: 1, bytes: two.size });
    assert!(layout.has(&kept) && !layout.has(&two));
    assert_eq!(layout.collect(&[]).unwrap(), Collected { blobs: 1, bytes: 3 });
    assert_eq!(layout.reachable(&one).unwrap().len(), 3);
}

#[test]
fn nothing_is_collected_where_an_image_can_not_be_read() {
    let (_dir, layout) = layout();
    let one = image(&layout, "one");
    layout.tag("one", &one).unwrap();
    fs::write(layout.blob_path(&one.digest), "{}").unwrap();
    let before = files(&layout).len();
    assert!(layout.collect(&[]).is_err());
    assert!(files(&layout).len() >= before - 1);
}

/// A digest that is once said to be a layer and once to be a manifest is both.
#[test]
fn a_blob_of_two_kinds_keeps_what_it_refers_to() {
    let (_dir, layout) = layout();
    let inner = image(&layout, "inner");
    let as_layer = Descriptor::new(media::LAYER, inner.digest, inner.size);
    let index = Index::of(vec![as_layer, inner]).to_bytes();
    let index = layout.put_bytes(media::INDEX, &index).unwrap();
    layout.tag("both", &index).unwrap();
    layout.collect(&[]).unwrap();
    assert!(layout.has(&Descriptor::of(media::LAYER, b"inner")));
}

/// What a process that dies leaves at each of its steps.
#[test]
fn death_at_any_step_leaves_the_layout_whole() {
    let (dir, layout) = layout();
    let one = image(&layout, "one");
    layout.tag("one", &one).unwrap();
    let whole = || {
        let layout = Layout::open(layout.root()).unwrap();
        let found = layout.resolve("one").unwrap();
        let all = layout.reachable(&found).unwrap();
        assert!(all.len() == 3 && all.iter().all(|blob| layout.proven(blob).is_ok()));
    };
    // In the middle of a blob, and of the index.
    let mut blob = layout.writer().unwrap();
    blob.write_all(b"half").unwrap();
    std::mem::forget(blob);
    fs::write(layout.root().join(format!("{UNFINISHED}x")), "{\"schemaV").unwrap();
    whole();
    // Between a manifest and its name.
    let two = image(&layout, "two");
    whole();
    assert!(layout.resolve(&two.digest.to_string()).is_err());
    let collected = layout.collect(&[]).unwrap();
    assert_eq!(collected.blobs, 2 + 2);
    whole();
    assert!(files(&layout).iter().all(|name| !name.starts_with(UNFINISHED)));
    // While a layout is made.
    let half = dir.path().join("half");
    fs::create_dir_all(half.join("blobs/sha256")).unwrap();
    fs::write(half.join("index.json"), Index::of(Vec::new()).to_bytes()).unwrap();
    assert!(matches!(Layout::open(&half), Err(LayoutError::NoLayout { .. })));
    assert!(Layout::create(&half).unwrap().images().unwrap().is_empty());
}

#[test]
fn names_from_several_threads_are_all_there() {
    let (_dir, layout) = layout();
    let one = image(&layout, "one");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (layout, one) = (&layout, &one);
            scope.spawn(move || layout.tag(&format!("v{number}"), one).unwrap());
        }
    });
    assert_eq!(layout.images().unwrap().len(), 8);
}

#[test]
fn names_are_checked() {
    let (_dir, layout) = layout();
    let one = image(&layout, "one");
    for name in ["", " ", "a b", "-a", "a-", "a\n", &"a".repeat(256), &one.digest.to_string()] {
        let error = layout.tag(name, &one).unwrap_err();
        assert!(matches!(error, LayoutError::NoName { .. }), "{name}");
    }
    layout.tag("registry.example/team/app:v1.2_3", &one).unwrap();
    let absent = Descriptor::of(media::MANIFEST, b"absent");
    assert!(matches!(layout.tag("x", &absent), Err(LayoutError::Missing { .. })));
}

#[test]
fn what_is_no_layout_is_named() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Layout::open(dir.path()), Err(LayoutError::NoLayout { .. })));
    for marker in ["", "{}", r#"{"imageLayoutVersion":"2.0.0"}"#] {
        fs::write(dir.path().join("oci-layout"), marker).unwrap();
        assert!(matches!(Layout::create(dir.path()), Err(LayoutError::NoLayout { .. })));
    }
    fs::write(dir.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    fs::write(dir.path().join("index.json"), "[").unwrap();
    let layout = Layout::open(dir.path()).unwrap();
    assert!(matches!(layout.index(), Err(LayoutError::Malformed { .. })));
}

#[test]
fn endless_documents_are_refused() {
    let (_dir, layout) = layout();
    let huge = Descriptor::new(media::MANIFEST, Sha256::of(b""), 1 << 40);
    assert!(matches!(layout.document(&huge), Err(LayoutError::TooMuch { .. })));
    // A manifest can't hold its own digest, but an index may name one twice.
    let one = image(&layout, "one");
    let index = Index::of(vec![one.clone(), one]).to_bytes();
    let index = layout.put_bytes(media::INDEX, &index).unwrap();
    assert_eq!(layout.reachable(&index).unwrap().len(), 4);
}
