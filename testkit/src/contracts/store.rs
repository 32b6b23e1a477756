use tollgate_engine::{PortErrorKind, Store};
use tollgate_model::{Digest, OutputKind, OutputRef};

/// `store` is empty; `damage` changes the bytes of an object behind its back.
///
/// # Panics
/// A sentence doesn't hold.
pub fn store(store: &dyn Store, damage: &dyn Fn(&Digest)) {
    let missing = Digest::of(b"never kept");
    let kind = store.get(&missing).expect_err("it is not there").kind;
    assert_eq!(kind, PortErrorKind::NotFound, "what is not there is not found");
    assert_eq!(store.list().expect("an empty list"), [], "an empty store lists nothing");
    store.remove(&missing).expect("removing what is not there is no error");

    let digest = store.put(b"content").expect("kept");
    assert_eq!(digest, Digest::of(b"content"), "the digest is that of the bytes");
    assert_eq!(store.put(b"content").expect("kept again"), digest, "keeping twice is no error");
    assert_eq!(store.get(&digest).expect("there"), b"content", "what is kept comes back");
    assert_eq!(store.list().expect("a list").len(), 1, "content is kept once");

    let empty = store.put(b"").expect("kept");
    assert_eq!(store.get(&empty).expect("there"), b"", "nothing is content too");

    let output = |bytes| OutputRef { kind: OutputKind::File, digest, bytes, files: 1 };
    assert!(store.has(&output(7)), "an output is there with its size");
    assert!(!store.has(&output(8)), "an output of another size is not");
    assert_eq!(store.verify(&digest).expect("read"), None, "a sound object is sound");

    damage(&digest);
    let kind = store.get(&digest).expect_err("it is damaged").kind;
    assert_eq!(kind, PortErrorKind::Permanent, "damaged content is never given out");
    assert!(store.verify(&digest).expect("read").is_some(), "damage is found");

    store.remove(&digest).expect("removed");
    let kind = store.get(&digest).expect_err("it is gone").kind;
    assert_eq!(kind, PortErrorKind::NotFound, "what is removed is not there");
    store.put(b"content").expect("kept anew");
    assert_eq!(store.get(&digest).expect("there"), b"content", "it can be kept anew");
}
