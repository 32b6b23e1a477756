//! Images go to a real registry and come back as they were.

use std::fs;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tollgate_adapters::registry::{Moved, Pushed, Registry, RegistryError, Shipment};
use tollgate_image::oci::{Reference, Sha256};
use tollgate_testkit::servers::{Distribution, Failure, Relay, Wanted, installed};

use crate::images::{Images, linux, options, registry};

/// Three pieces.
const LARGE: usize = 33 << 20;

#[test]
fn an_image_comes_back_byte_by_byte_and_is_sent_once() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let (here, there) = (Images::new(), Images::new());
    let image = here.image("amd64", &[10_000, 20_000, 0]);
    let to = server.at("team/app:1");
    let registry = registry(&to, &[]);
    registry.ping().unwrap();
    let first = here.push(&registry, &image, &to).unwrap();
    assert_eq!((first.sent, first.there), (4, 0));
    assert_eq!(
        here.push(&registry, &image, &to).unwrap(),
        Pushed { there: 4, ..Pushed::default() }
    );

    let pulled = there.pull(&registry, &to).unwrap();
    assert_eq!(pulled.image.digest, image.digest);
    assert_eq!(there.files(), here.files());
    for name in there.files() {
        let read = |images: &Images| fs::read(images.path().join("oci/blobs/sha256").join(&name));
        assert_eq!(read(&there).unwrap(), read(&here).unwrap());
    }
    assert_eq!(registry.digest(&to).unwrap(), Some(image.digest));
    let again = there.pull(&registry, &to.pinned(image.digest)).unwrap();
    assert_eq!(again.bytes, image.size);
}

#[test]
fn other_tools_read_what_was_pushed() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    if !installed("skopeo") {
        return;
    }
    let images = Images::new();
    let image = images.index(&["amd64", "arm64"]);
    let to = server.at("team/app:many");
    images.push(&registry(&to, &[]), &image, &to).unwrap();
    let from = format!("docker://{to}");
    let copied = Command::new("skopeo")
        .args([
            "copy",
            "--all",
            "--preserve-digests",
            "--src-tls-verify=false",
            &from,
            "oci:copied:many",
        ])
        .current_dir(images.path())
        .output()
        .unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let copied = tollgate_image::oci::layout::Layout::open(&images.path().join("copied")).unwrap();
    assert_eq!(copied.resolve("many").unwrap().digest, image.digest);
}

#[test]
fn a_platform_is_chosen_from_an_index() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let (here, there) = (Images::new(), Images::new());
    let to = server.at("app:many");
    let registry = registry(&to, &[]);
    here.push(&registry, &here.index(&["arm64", "amd64"]), &to).unwrap();
    let amd64 = here.image("amd64", &[1000]);
    assert_eq!(there.pull(&registry, &to).unwrap().image.digest, amd64.digest);
    let error = registry.resolve(&to, &linux("riscv64")).unwrap_err().to_string();
    assert!(
        error.contains("nothing for linux/riscv64; it has linux/arm64, linux/amd64"),
        "{error}"
    );
    // An image that is for another machine is none, though no index says so.
    let arm64 = server.at::<Reference>("app").pinned(here.image("arm64", &[1000]).digest);
    let error = there.pull(&registry, &arm64).unwrap_err();
    assert!(matches!(error, RegistryError::NoPlatform { .. }), "{error}");
}

#[test]
fn tags_are_listed_and_manifests_deleted() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let images = Images::new();
    let image = images.image("amd64", &[10]);
    let to = server.at("team/app");
    let registry = registry(&to, &[]);
    let tags = ["one".to_owned(), "two".to_owned()];
    registry.push(&images.shipment(&image, &to, &tags), &|_| {}).unwrap();
    assert_eq!(registry.tags(&to).unwrap(), tags);
    registry.delete_manifest(&to, image.digest).unwrap();
    assert_eq!(registry.digest(&to.pinned(image.digest)).unwrap(), None);
    let gone = registry.delete_manifest(&to, image.digest).unwrap_err();
    assert!(matches!(gone, RegistryError::NotFound { .. }), "{gone}");
    let none = registry.tags(&server.at("no/such")).unwrap_err().to_string();
    assert!(none.contains("no/such"), "{none}");
}

#[test]
fn what_another_repository_has_is_not_sent() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let images = Images::new();
    let (base, to) = (server.at("base:1"), server.at("team/app:1"));
    let registry = registry(&to, &[]);
    let image = images.image("amd64", &[10_000]);
    images.push(&registry, &image, &base).unwrap();
    let known = [(base, image.clone())];
    let tags = ["1".to_owned()];
    let shipment = Shipment { known: &known, ..images.shipment(&image, &to, &tags) };
    let pushed = registry.push(&shipment, &|_| {}).unwrap();
    assert_eq!((pushed.mounted, pushed.sent), (2, 0));
    assert_eq!(Images::new().pull(&registry, &to).unwrap().image.digest, image.digest);
}

#[test]
fn referrers_are_found_where_the_registry_does_not_list_them() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let images = Images::new();
    let image = images.image("amd64", &[10]);
    let to = server.at("team/app:1");
    let registry = registry(&to, &[]);
    assert_eq!(registry.referrers(&to, image.digest, None).unwrap(), []);
    let notes = [images.referrer(&image, b"one"), images.referrer(&image, b"two")];
    assert_eq!(images.push(&registry, &image, &to).unwrap().referrers, 2);
    images.push(&registry, &image, &to).unwrap();
    let found = registry.referrers(&to, image.digest, None).unwrap();
    let digests: Vec<Sha256> = found.iter().map(|it| it.digest).collect();
    assert_eq!(digests, notes.map(|note| note.digest));
    let kind = found[0].artifact_type.as_deref();
    assert_eq!(kind, Some("application/vnd.example.note"));
    assert_eq!(registry.referrers(&to, image.digest, kind).unwrap().len(), 2);
    assert_eq!(registry.referrers(&to, image.digest, Some("other")).unwrap(), []);
    let tag = format!("sha256-{}", image.digest.hex());
    assert!(registry.tags(&to).unwrap().contains(&tag));
}

#[test]
fn a_large_upload_that_breaks_off_goes_on_from_there() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let relay = Relay::to(server.port);
    let images = Images::new();
    let image = images.image("amd64", &[LARGE]);
    let to = relay.at("team/app:1");
    let registry = Registry::of(&to, options(&[])).unwrap();
    relay.fail_at(2, Failure::Before);
    let steps = Mutex::new(Vec::new());
    let told = |progress: tollgate_adapters::registry::Progress| {
        if progress.size == LARGE as u64 {
            steps.lock().unwrap().push(progress.state);
        }
    };
    let pushed = registry.push(&images.shipment(&image, &to, &["1".to_owned()]), &told).unwrap();
    assert_eq!(pushed.sent, 2);
    assert_eq!(relay.pieces(), 4);
    assert!(relay.passed() < LARGE as u64 + (1 << 20), "{}", relay.passed());
    let steps = steps.into_inner().unwrap();
    assert!(steps.contains(&Moved::Part(16 << 20)) && steps.last() == Some(&Moved::Whole));
    assert_eq!(Images::new().pull(&registry, &to).unwrap().image.digest, image.digest);
}

// Distribution keeps what came of a piece that breaks off, and then refuses to go on from there.
#[test]
fn an_upload_that_the_registry_gives_up_is_begun_anew() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let relay = Relay::to(server.port);
    let images = Images::new();
    let image = images.image("amd64", &[17 << 20]);
    let to = relay.at("team/app:1");
    let registry = registry(&to, &[]);
    relay.fail_at(1, Failure::Within);
    assert_eq!(images.push(&registry, &image, &to).unwrap().sent, 2);
    assert_eq!(Images::new().pull(&registry, &to).unwrap().image.digest, image.digest);
}

#[test]
fn who_stops_leaves_an_upload_that_goes_on_later() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let relay = Relay::to(server.port);
    let images = Images::new();
    let image = images.image("amd64", &[LARGE]);
    let to = relay.at("team/app:1");
    let uploads = images.path().join("uploads");
    let sent = AtomicU64::new(0);
    let stopped = || sent.load(Ordering::Relaxed) >= 16 << 20;
    let mut first = options(&[]);
    (first.uploads, first.stopped) = (Some(uploads.clone()), &stopped);
    let first = Registry::of(&to, first).unwrap();
    let count = |progress: tollgate_adapters::registry::Progress| {
        if let Moved::Part(done) = progress.state {
            sent.fetch_max(done, Ordering::Relaxed);
        }
    };
    let error = first.push(&images.shipment(&image, &to, &[]), &count).unwrap_err();
    assert!(matches!(error, RegistryError::Stopped), "{error}");
    assert_eq!(fs::read_dir(&uploads).unwrap().count(), 1);
    let before = relay.passed();
    let mut second = options(&[]);
    second.uploads = Some(uploads.clone());
    let second = Registry::of(&to, second).unwrap();
    images.push(&second, &image, &to).unwrap();
    assert!(relay.passed() - before < LARGE as u64 - (15 << 20), "{}", relay.passed() - before);
    assert_eq!(fs::read_dir(&uploads).unwrap().count(), 0);
}

#[test]
fn an_upload_that_the_registry_forgot_is_begun_anew() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let images = Images::new();
    let image = images.image("amd64", &[17 << 20]);
    let to = server.at("team/app:1");
    let layer = images.layout.manifest(&image).unwrap().layers[0].digest;
    let uploads = images.path().join("uploads");
    fs::create_dir(&uploads).unwrap();
    let place = format!("127.0.0.1:{}/team/app@{layer}", server.port);
    let stale =
        format!("http://127.0.0.1:{}/v2/team/app/blobs/uploads/none?_state=x\n", server.port);
    fs::write(uploads.join(Sha256::of(place.as_bytes()).hex()), stale).unwrap();
    let mut options = options(&[]);
    options.uploads = Some(uploads.clone());
    let registry = Registry::of(&to, options).unwrap();
    assert_eq!(images.push(&registry, &image, &to).unwrap().sent, 2);
    assert_eq!(fs::read_dir(&uploads).unwrap().count(), 0);
}
