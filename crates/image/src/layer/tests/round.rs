//! What a layer writes, the reader reads back, and any `tar` would.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use proptest::prelude::*;

use super::*;
use crate::entry::EntryKind;
use crate::oci::Sha256;

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let part = prop_oneof!["[a-c]{1,3}", "[a-z]{90,140}", "[é-ü]{1,2}"];
    let name = prop::collection::vec(part, 1..4).prop_map(|parts| format!("x/{}", parts.join("/")));
    let kind = prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..1500)
            .prop_map(|bytes| EntryKind::File(Content::Bytes(bytes))),
        1 => "[a-zé/.]{1,150}".prop_map(EntryKind::Symlink),
    ];
    let ids = (0u32..0o10000, prop_oneof![0u32..3, Just(3_000_000)], any::<u32>());
    let entry = (name, kind, ids).prop_map(|(name, kind, (mode, uid, gid))| Entry {
        path: path(&name),
        mode,
        uid,
        gid,
        kind,
    });
    // One name once, and none below another.
    prop::collection::vec(entry, 0..12).prop_map(|entries| {
        let by_path: BTreeMap<_, _> = entries.into_iter().map(|e| (e.path.clone(), e)).collect();
        let inner = |e: &Entry| by_path.keys().any(|p| *p != e.path && p.is_within(&e.path));
        by_path.values().filter(|entry| !inner(entry)).cloned().collect()
    })
}

fn packings() -> impl Strategy<Value = Packing> {
    let plain = Packing { compression: Compression::Plain, level: 0, time: 7 };
    prop::sample::select(vec![Packing::default(), Packing::zstd(), plain])
}

fn as_read(entry: &Entry, time: u64) -> (LayerEntry, Vec<u8>) {
    let (node, content) = match &entry.kind {
        EntryKind::Directory => (Node::Directory, Vec::new()),
        EntryKind::Symlink(target) => (Node::Symlink(target.clone()), Vec::new()),
        EntryKind::Hardlink(target) => (Node::Hardlink(target.clone()), Vec::new()),
        EntryKind::File(Content::Bytes(bytes)) => (Node::File(entry.size()), bytes.clone()),
        EntryKind::File(Content::Disk { .. }) => unreachable!("these are in memory"),
    };
    let Entry { path, mode, uid, gid, .. } = entry.clone();
    (LayerEntry::Has(Header { path, mode, uid, gid, time, node }), content)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_is_written_is_read_back(entries in entries(), packing in packings()) {
        let (layer, bytes) = layer(&[("app", entries.clone())], &packing);
        let back = read(&bytes, packing.compression, &Limits::default()).unwrap();
        let files: Vec<_> = back
            .iter()
            .filter(|(e, _)| !matches!(e, LayerEntry::Has(h) if h.node == Node::Directory))
            .cloned()
            .collect();
        let time = u64::from(packing.time);
        let written: Vec<_> = entries.iter().map(|entry| as_read(entry, time)).collect();
        prop_assert_eq!(files, written);

        let reader = LayerReader::new(&*bytes, packing.compression, "l", &Limits::default());
        prop_assert_eq!(reader.unwrap().finish().unwrap(), (layer.diff_id, layer.plain_size));
        prop_assert_eq!(layer.descriptor.digest, Sha256::of(&bytes));
    }

    #[test]
    fn order_and_threads_do_not_matter(entries in entries(), at in 0usize..12, threads in 1usize..4) {
        let (left, right) = entries.split_at(at.min(entries.len()));
        let packing = Packing::default();
        let made = |parts: [(&str, &[Entry]); 2], threads| {
            let pack = |(owner, entries): (&str, &[Entry])| {
                let mut entries = entries.to_vec();
                entries.reverse();
                Segment::in_memory(owner, &entries, &packing).unwrap()
            };
            let plan = LayerPlan::new(parts.map(pack).into(), &[], packing).unwrap();
            plan.write(Vec::new(), threads).unwrap().0
        };
        let forth = made([("a", left), ("b", right)], 1);
        prop_assert_eq!(made([("b", right), ("a", left)], threads), forth);
    }

    #[test]
    fn another_reader_sees_the_same(entries in entries()) {
        let packing = Packing { compression: Compression::Plain, level: 0, time: 0 };
        let (_, bytes) = layer(&[("app", entries.clone())], &packing);
        let mut seen = Vec::new();
        for found in tar::Archive::new(Cursor::new(bytes)).entries().unwrap() {
            let mut found = found.unwrap();
            if found.header().entry_type().is_dir() {
                continue;
            }
            let mut content = Vec::new();
            found.read_to_end(&mut content).unwrap();
            let name = String::from_utf8(found.path_bytes().into_owned()).unwrap();
            let link = found.link_name_bytes().map(|link| String::from_utf8(link.into()).unwrap());
            seen.push((name, link, content));
        }
        let written: Vec<_> = entries.iter().map(|entry| {
            let (_, content) = as_read(entry, 0);
            let link = match &entry.kind {
                EntryKind::Symlink(target) => Some(target.clone()),
                _ => None,
            };
            (entry.path.to_string(), link, content)
        }).collect();
        prop_assert_eq!(seen, written);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
            let _ = read(&bytes, compression, &Limits::default());
        }
    }

    #[test]
    fn a_changed_byte_is_an_error_or_another_layer(
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let packing = Packing { compression: Compression::Plain, level: 0, time: 0 };
        let (layer, mut bytes) = layer(&[("app", vec![file("d/a", "abc")])], &packing);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let reader = LayerReader::new(&*bytes, Compression::Plain, "l", &Limits::default());
        if let Ok((diff_id, _)) = reader.unwrap().finish() {
            prop_assert_ne!(diff_id, layer.diff_id);
        }
    }
}
