//! Any text as the documents of an image layout: its index, and what that refers to. Lines are
//! documents; the first is the index, and the others are blobs under their own digest, for which
//! `@1`, `@2` … stand in the lines before them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_image::oci::Sha256;
use tollgate_image::oci::layout::Layout;

fuzz_target!(|text: &str| {
    let dir = tempfile::tempdir().expect("a directory");
    let layout = Layout::create(dir.path()).expect("a layout");
    let mut lines: Vec<String> = text.lines().take(9).map(str::to_owned).collect();
    for at in (1..lines.len()).rev() {
        let digest = Sha256::of(lines[at].as_bytes());
        let size = lines[at].len().to_string();
        std::fs::write(layout.blob_path(&digest), &lines[at]).expect("a file");
        for line in &mut lines[..at] {
            let named = line.replace(&format!("@{at}"), &digest.to_string());
            *line = named.replace(&format!("#{at}"), &size);
        }
    }
    std::fs::write(dir.path().join("index.json"), lines.first().map_or("", String::as_str))
        .expect("a file");

    let Ok(index) = layout.index() else { return };
    let kept: Vec<_> =
        index.manifests.iter().filter_map(|root| layout.reachable(root).ok()).flatten().collect();
    let there: Vec<_> = kept.into_iter().filter(|blob| layout.proven(blob).is_ok()).collect();
    for (name, image) in layout.images().unwrap_or_default() {
        let _ = layout.resolve(&name);
        let _ = layout.resolve(&image.digest.to_string());
    }
    if layout.collect(&[]).is_ok() {
        assert!(there.iter().all(|blob| layout.proven(blob).is_ok()), "what is needed stays");
    }
});
