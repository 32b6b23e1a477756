use std::io::Write as _;

use super::*;
use crate::oci::Sha256;

/// One entry of a layer as others write it: `dir/`, `a -> b` (symbolic), `a => b` (hard), `a=text`,
/// with whiteouts by their names.
pub(crate) fn plain(entries: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        let mut header = tar::Header::new_ustar();
        let (kind, name, link, content) = parts(entry);
        header.set_entry_type(kind);
        header.set_mode(if kind.is_dir() { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(5);
        header.set_size(content.len() as u64);
        let old = header.as_old_mut();
        old.name[..name.len()].copy_from_slice(name.as_bytes());
        old.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        out.write_all(header.as_bytes()).unwrap();
        out.write_all(content.as_bytes()).unwrap();
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

pub(crate) fn written(entries: &[&str]) -> LayerSource {
    let out = plain(entries);
    let diff_id = Some(Sha256::of(&out));
    LayerSource {
        name: "layer".to_owned(),
        content: Content::Bytes(out),
        compression: Compression::Plain,
        diff_id,
    }
}

fn parts(entry: &str) -> (tar::EntryType, &str, &str, &str) {
    use tar::EntryType;
    if let Some((name, to)) = entry.split_once(" -> ") {
        return (EntryType::Symlink, name, to, "");
    }
    if let Some((name, to)) = entry.split_once(" => ") {
        return (EntryType::Link, name, to, "");
    }
    match entry.split_once('=') {
        Some((name, content)) => (EntryType::Regular, name, "", content),
        None if entry.ends_with('/') => (EntryType::Directory, entry, "", ""),
        None => (EntryType::Regular, entry, "", ""),
    }
}

fn told(layers: &[&[&str]]) -> String {
    let layers: Vec<_> = layers.iter().map(|entries| written(entries)).collect();
    let tree = match Tree::of(&layers, &Limits::default()) {
        Ok(tree) => tree,
        Err(error) => return error.to_string(),
    };
    let word = |(path, placed): (&ImagePath, &Placed)| match &placed.kind {
        Kind::Directory => format!("{path}/"),
        Kind::Symlink(to) => format!("{path}->{to}"),
        Kind::File(stored) => format!("{path}:{}@{}", stored.size, stored.layer),
    };
    tree.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn upper_layers_count() {
    assert_eq!(told(&[&["a=1", "b=1"], &["b=22", "c/d=1"]]), "a:1@0 b:2@1 c/ c/d:1@1");
    assert_eq!(told(&[&["a/x=1", "l -> a"], &["a=22", "l/"]]), "a:2@1 l/");
    assert_eq!(told(&[&["a/x=1", "a-b=1"], &["a/"]]), "a/ a-b:1@0 a/x:1@0");
}

#[test]
fn whiteouts_take_from_below_wherever_they_stand() {
    assert_eq!(told(&[&["a/x=1", "a/y=1"], &["a/.wh.x"]]), "a/ a/y:1@0");
    assert_eq!(told(&[&["a/x=1", "ab=1"], &["a/z=1", ".wh.a"]]), "a/ a/z:1@1 ab:1@0");
    assert_eq!(told(&[&["a/x=1", "b=1"], &["a/z=1", "a/.wh..wh..opq"]]), "a/ a/z:1@1 b:1@0");
    assert_eq!(told(&[&["a/x=1", "b=1"], &["c=1", ".wh..wh..opq"]]), "c:1@1");
    assert_eq!(told(&[&["a=1"], &[".wh.a", "a=22"]]), "a:2@1");
    assert_eq!(told(&[&["a=1"], &[".wh.b"]]), "a:1@0");
}

#[test]
fn hard_links_share_what_they_link_to() {
    assert_eq!(told(&[&["a=1", "b => a"], &["c => a", "a=22"]]), "a:2@1 b:1@0 c:1@0");
    assert!(told(&[&["b => a", "a=1"]]).contains("is a link to `a`, which is no file"));
    assert!(told(&[&["l -> /etc/passwd", "b => l"]]).contains("which is no file"));
    assert!(told(&[&["d/", "b => d"]]).contains("which is no file"));
}

#[test]
fn nothing_goes_through_a_link() {
    let refused = "layer: `l/passwd` lies below `l`, which is a link";
    assert_eq!(told(&[&["l -> /etc", "l/passwd=x"]]), refused);
    assert_eq!(told(&[&["l -> /etc"], &["l/passwd=x"]]), refused);
    assert_eq!(
        told(&[&["l -> ../..", "l/a/b/c=x"]]),
        "layer: `l/a/b/c` lies below `l`, which is a link"
    );
    assert_eq!(told(&[&["f=1", "f/x=1"]]), "layer: `f/x` lies below `f`, which is a file");
    assert_eq!(told(&[&["a/b/c=x", "a=1"]]), "layer: `a` has something below it in the same layer");
    assert_eq!(
        told(&[&["a/b/"], &["a/b/c=x", "a -> /etc"]]),
        "layer: `a` has something below it in the same layer"
    );
}

#[test]
fn another_diff_id_is_refused() {
    let mut layer = written(&["a=1"]);
    layer.diff_id = Some(Sha256::of(b"another"));
    let error = Tree::of(&[layer], &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("layer: unpacked it is sha256:"), "{error}");
}

#[test]
fn the_limits_hold_for_all_layers_together() {
    let layers = [written(&["a=1", "b=1"]), written(&["c=1", "d=1"])];
    let told = |limits| Tree::of(&layers, &limits).unwrap_err().to_string();
    let limits = Limits::default();
    assert!(told(Limits { entries: 3, ..limits }).contains("entries"));
    assert!(told(Limits { bytes: 3, ..limits }).contains("bytes of content"));
    assert!(told(Limits { metadata: 3, ..limits }).contains("3 bytes of names"));
}

#[test]
fn the_directories_that_a_deep_name_implies_are_counted() {
    let deep = format!("{}=1", "d/".repeat(45) + "x");
    let layer = [written(&[&deep])];
    let limits = Limits { metadata: 1000, ..Limits::default() };
    let error = Tree::of(&layer, &limits).unwrap_err().to_string();
    assert!(error.contains("1000 bytes of names"), "{error}");
    assert!(Tree::of(&layer, &Limits { metadata: 4000, ..limits }).is_ok());
}
