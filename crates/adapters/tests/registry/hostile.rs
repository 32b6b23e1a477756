//! Registries that break off, are silent, or answer what they should not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tollgate_adapters::registry::{Patience, Registry, RegistryError, RegistryOptions};
use tollgate_image::oci::{Descriptor, Reference, media};
use tollgate_testkit::servers::{Asked, Server, answer};

use crate::images::{Images, PATIENCE, noise, options, plain};

const INDEX: &[u8] =
    br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;

fn told(server: &Server) -> String {
    let reference = server.at("team/app:1");
    plain(&reference, &[]).manifest(&reference).unwrap_err().to_string()
}

#[test]
fn what_passes_is_waited_for_and_what_stays_is_told() {
    let times = AtomicUsize::new(0);
    let server = Server::start(move |_| match times.fetch_add(1, Ordering::SeqCst) {
        0 => answer(429, "Retry-After: 0\r\n", b""),
        1 => answer(503, "Retry-After: 86400\r\n", b""),
        _ => answer(200, "", INDEX),
    });
    let reference = server.at("team/app:1");
    plain(&reference, &[]).manifest(&reference).unwrap();
    assert_eq!(server.asked().len(), 3);

    let why = br#"{"errors":[{"code":"UNKNOWN","message":"the disk\nis full"}]}"#;
    let server = Server::start(move |_| answer(500, "", why));
    let error = told(&server);
    assert!(error.ends_with("the registry answers 500: the disk is full (UNKNOWN)"), "{error}");
    assert_eq!(server.asked().len(), 3);

    let server = Server::start(|_| answer(418, "", b"short and stout"));
    assert!(told(&server).ends_with("answers 418: short and stout"));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn silence_is_not_waited_out() {
    let server = Server::start(|_| None);
    let reference = server.at("team/app:1");
    let silence = Duration::from_millis(100);
    let patience = Patience { attempts: 2, silence, ..PATIENCE };
    let options = RegistryOptions { plain_http: true, patience, ..options(&[]) };
    let error = Registry::of(&reference, options).unwrap().manifest(&reference).unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(server.asked().len() <= 2);
}

#[test]
fn nobody_there_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let reference: Reference = format!("127.0.0.1:{port}/a:1").parse().unwrap();
    let error = plain(&reference, &[]).manifest(&reference).unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("refused"), "{error}");
}

#[test]
fn answers_that_make_no_sense_are_refused() {
    let long = vec![b' '; 5 << 20];
    for (status, headers, body, why) in [
        (200, "", &b"<html>hello"[..], "expected value"),
        (200, "Content-Type: text/html\r\n", b"{}", "neither a manifest nor an index"),
        (200, "", br#"{"schemaVersion":1}"#, "Docker's first format"),
        (200, "", &long, "more than 4194304 bytes"),
        (
            200,
            "Docker-Content-Digest: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n",
            INDEX,
            "sends something else",
        ),
        (302, "", b"", "does not say where to go on"),
        (302, "Location: /v2/again\r\n", b"", "leads on more than 5 times"),
        (302, "Location: ftp://x/\r\n", b"", "does not say where to go on"),
        (404, "", b"", "team/app:1 is not in the registry"),
    ] {
        let body = body.to_vec();
        let server = Server::start(move |_| answer(status, headers, &body));
        let error = told(&server);
        assert!(error.contains(why), "no {why:?} in {error}");
    }
    let server = Server::start(|_| Some(b"nonsense\r\n\r\n".to_vec()));
    told(&server);
    let server = Server::start(|_| Some(Vec::new()));
    told(&server);
}

/// A registry with one image, of which `wrong` may answer some requests otherwise.
fn with_image(
    images: &Images,
    image: &Descriptor,
    wrong: impl Fn(&Asked, &[u8]) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> Server {
    let layout = images.layout.clone();
    let image = image.clone();
    Server::start(move |asked: &Asked| {
        let name = asked.line.rsplit('/').next().unwrap();
        let digest = name.parse().unwrap_or(image.digest);
        let bytes = std::fs::read(layout.blob_path(&digest)).unwrap();
        if asked.line.contains("/blobs/")
            && let Some(answer) = wrong(asked, &bytes)
        {
            return Some(answer);
        }
        let kind = format!("Content-Type: {}\r\n", media::MANIFEST);
        answer(200, &kind, &bytes)
    })
}

fn halves(bytes: &[u8]) -> Vec<u8> {
    let whole = answer(200, "", bytes).unwrap();
    whole[..whole.len() - bytes.len() / 2].to_vec()
}

#[test]
fn half_an_answer_is_gone_on_with() {
    let images = Images::new();
    let image = images.image("amd64", &[200_000]);
    let ranges = |asked: &Asked, bytes: &[u8]| match asked.header("range") {
        None => Some(halves(bytes)),
        Some(range) => {
            let from: usize = range["bytes=".len()..range.len() - 1].parse().unwrap();
            let range =
                format!("Content-Range: bytes {from}-{}/{}\r\n", bytes.len() - 1, bytes.len());
            answer(206, &range, &bytes[from..])
        }
    };
    let server = with_image(&images, &image, ranges);
    let reference = server.at("team/app:1");
    let there = Images::new();
    there.pull(&plain(&reference, &[]), &reference).unwrap();
    assert_eq!(there.files(), images.files());

    // One that knows no ranges sends all of it again.
    let times = AtomicUsize::new(0);
    let no_ranges = move |_: &Asked, bytes: &[u8]| {
        times.fetch_add(1, Ordering::SeqCst).is_multiple_of(2).then(|| halves(bytes))
    };
    let server = with_image(&images, &image, no_ranges);
    let reference = server.at("team/app:1");
    let there = Images::new();
    there.pull(&plain(&reference, &[]), &reference).unwrap();
    assert_eq!(there.files(), images.files());
}

#[test]
fn wrong_blobs_leave_nothing_behind() {
    type Wrong = fn(&Asked, &[u8]) -> Option<Vec<u8>>;
    let long: Wrong = |_, bytes| answer(200, "", &[bytes, b"more"].concat());
    let endless: Wrong =
        |_, bytes| Some([b"HTTP/1.1 200 X\r\n\r\n", bytes, &noise(1 << 20, 7)[..]].concat());
    let other: Wrong = |_, bytes| answer(200, "", &noise(bytes.len(), 9));
    let part: Wrong = |_, bytes| answer(206, "Content-Range: bytes 3-9/10\r\n", bytes);
    let cut: Wrong = |_, bytes| Some(halves(bytes));
    for (wrong, why) in [
        (long, "bytes rather than"),
        (endless, "it has more than"),
        (other, "its digest is sha256:"),
        (part, "another part than was asked for"),
        (cut, "breaks off"),
    ] {
        let images = Images::new();
        let image = images.image("amd64", &[200_000]);
        let server = with_image(&images, &image, wrong);
        let reference = server.at("team/app:1");
        let there = Images::new();
        let error = there.pull(&plain(&reference, &[]), &reference).unwrap_err();
        assert!(error.to_string().contains(why), "no {why:?} in {error}");
        assert_eq!(there.files(), Vec::<String>::new());
    }
}

/// A registry that takes an upload as `wrong` says, but for small ones.
fn pushed(wrong: impl Fn(&Asked) -> Option<Vec<u8>> + Send + Sync + 'static) -> RegistryError {
    let images = Images::new();
    let image = images.image("amd64", &[17 << 20]);
    let server = Server::start(move |asked: &Asked| {
        let small = asked.header("content-length").is_some_and(|length| length.len() < 4);
        match asked.line.split(' ').next().unwrap() {
            "HEAD" => answer(404, "", b""),
            "PUT" if small && asked.header("content-length") != Some("0") => answer(201, "", b""),
            _ => wrong(asked),
        }
    });
    let to = server.at("team/app:1");
    images.push(&plain(&to, &[]), &image, &to).unwrap_err()
}

fn begun() -> Option<Vec<u8>> {
    answer(202, "Location: /v2/u\r\n", b"")
}

#[test]
fn an_upload_ends_whatever_the_registry_says() {
    let error = pushed(|_| answer(202, "", b"")).to_string();
    assert!(error.contains("does not say where to go on"), "{error}");
    let error = pushed(|_| answer(201, "", b"")).to_string();
    assert!(error.contains("before it was sent"), "{error}");
    for (status, range, why) in [
        (202, "Range: 0-0\r\n", "takes pieces and has no more for it"),
        (202, "Range: 0-99999999999\r\n", "more than was sent"),
        (413, "", "answers 413: too large"),
        (507, "", "answers 507: too large"),
    ] {
        let headers = format!("Location: /v2/u\r\n{range}");
        let error = pushed(move |asked| match &asked.line[..4] {
            "POST" => begun(),
            _ => answer(status, &headers, b"too large"),
        });
        assert!(error.to_string().contains(why), "no {why:?} in {error}");
    }
}

#[test]
fn who_takes_no_pieces_is_sent_all_at_once() {
    let images = Images::new();
    let image = images.image("amd64", &[17 << 20]);
    let server = Server::start(|asked: &Asked| match asked.line.split(' ').next().unwrap() {
        "HEAD" => answer(404, "", b""),
        "POST" => begun(),
        "PATCH" => answer(405, "", b""),
        _ => answer(201, "", b""),
    });
    let to = server.at("team/app:1");
    images.push(&plain(&to, &[]), &image, &to).unwrap();
    let whole = (17 << 20).to_string();
    assert!(server.asked().iter().any(|asked| asked.header("content-length") == Some(&whole)));
}
