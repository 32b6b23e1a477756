//! Any bytes as a layer, packed or not. What makes a tree is written out, and nothing else is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_image::layer::Compression;
use tollgate_image::{Content, LayerSource, Limits, Ownership, Tree, flatten};

const LIMITS: Limits = Limits { entries: 64, bytes: 1 << 20, metadata: 1 << 14 };

fuzz_target!(|bytes: &[u8]| {
    for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
        let half = bytes.len() / 2 / 512 * 512;
        let layers: Vec<_> = [&bytes[..half], &bytes[half..]]
            .map(|part| LayerSource {
                name: "layer".to_owned(),
                content: Content::Bytes(part.to_vec()),
                compression,
                diff_id: None,
            })
            .into();
        for layers in [&layers[..], &layers[1..]] {
            if Tree::of(layers, &LIMITS).is_ok_and(|tree| tree.iter().next().is_some()) {
                write_out(layers);
            }
        }
    }
});

fn write_out(layers: &[LayerSource]) {
    let dir = tempfile::tempdir().expect("a directory");
    let canary = dir.path().join("canary");
    std::fs::write(&canary, "alive").expect("a file");
    // Long names may not fit below the root; whatever comes of it, it stays within.
    let _ = flatten(layers, &LIMITS, Ownership::Mine, &dir.path().join("root"));
    assert_eq!(std::fs::read(&canary).expect("a file"), b"alive");
    assert_eq!(std::fs::read_dir(dir.path()).expect("a directory").count(), 2);
}
