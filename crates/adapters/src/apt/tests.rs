//! An archive in a directory or behind a small server, and packages had from it.

use std::fs;
use std::io::{BufRead, Write};
use std::net::TcpListener;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use tollgate_image::oci::Sha256;

use super::*;
use crate::http::HttpOptions;

/// Believes everything: what a signature is worth has tests of its own.
struct Credulous;

impl Signatures for Credulous {
    fn verified(&self, _: &Source, _: &str, signed: &[u8]) -> Result<String, AptError> {
        Ok(String::from_utf8_lossy(signed).into_owned())
    }
}

const QUIET: OnProgress<'static> = &|_| {};

fn archive(root: &Path, suite: &str, packages: &[(&str, &str)]) {
    let mut index = String::new();
    for (named, fields) in packages {
        let (name, version) = named.split_once(' ').unwrap();
        let bytes = format!("the archive of {named}");
        fs::create_dir_all(root.join("pool")).unwrap();
        fs::write(root.join(format!("pool/{name}_{version}.deb")), &bytes).unwrap();
        index += &format!(
            "Package: {name}\nVersion: {version}\nArchitecture: amd64\n\
             Filename: pool/{name}_{version}.deb\nSize: {}\nSHA256: {}\n{fields}\n\n",
            bytes.len(),
            Sha256::of(bytes.as_bytes()).hex()
        );
    }
    let dists = root.join(format!("dists/{suite}/main/binary-amd64"));
    fs::create_dir_all(&dists).unwrap();
    fs::write(dists.join("Packages"), &index).unwrap();
    let release = format!(
        "Suite: stable\nCodename: {suite}\nVersion: 12.1\nDate: Thu, 01 Jan 1970 00:00:00 UTC\n\
         Valid-Until: Thu, 01 Jan 1970 00:01:00 UTC\nSHA256:\n {} {} main/binary-amd64/Packages\n",
        Sha256::of(index.as_bytes()).hex(),
        index.len()
    );
    fs::write(root.join(format!("dists/{suite}/InRelease")), release).unwrap();
}

fn apt<'a>(uri: &str, cache: &Path) -> Apt<'a> {
    let list = format!("deb {uri} forever main\n");
    let sources = tollgate_image::debian::SourceStyle::OneLine;
    Apt {
        sources: tollgate_image::debian::sources(&list, sources, "sources.list").unwrap(),
        architecture: "amd64".to_owned(),
        cache: cache.to_owned(),
        http: Http::new(&HttpOptions::default()).unwrap(),
        signatures: &Credulous,
        threads: 3,
    }
}

fn wanted(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const PACKAGES: &[(&str, &str)] =
    &[("app 1~rc1+b2", "Depends: lib"), ("lib 2", ""), ("more 1", "")];

#[test]
fn what_a_directory_offers_is_locked_and_had() {
    let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    archive(root.path(), "forever", PACKAGES);
    let uri = format!("file:{}", root.path().display());
    let apt = apt(&uri, cache.path());
    let lock = apt.lock(&wanted(&["app"]), 60, QUIET).unwrap();
    let names: Vec<_> = lock.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!((names, lock.release.as_str()), (vec!["app", "lib"], "12"));
    let files = apt.packages(&lock, QUIET).unwrap();
    assert_eq!(fs::read_to_string(&files[0]).unwrap(), "the archive of app 1~rc1+b2");
    // What is locked and cached needs no archive, and what is damaged is had again.
    fs::write(&files[1], "damaged").unwrap();
    assert_eq!(apt.packages(&lock, QUIET).unwrap(), files);
    assert_eq!(fs::read_to_string(&files[1]).unwrap(), "the archive of lib 2");
    fs::remove_dir_all(root.path()).unwrap();
    assert_eq!(apt.packages(&lock, QUIET).unwrap(), files);
}

#[test]
fn what_is_not_what_it_should_be_is_refused() {
    let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    archive(root.path(), "forever", PACKAGES);
    let uri = format!("file://{}", root.path().display());
    let mut apt = apt(&uri, cache.path());
    let late = apt.lock(&wanted(&["app"]), 61, QUIET).unwrap_err();
    assert!(matches!(late, AptError::Expired { .. }), "{late}");
    let lock = apt.lock(&wanted(&["app"]), 60, QUIET).unwrap();
    fs::write(root.path().join("pool/lib_2.deb"), "the archive of lib X").unwrap();
    let error = apt.packages(&lock, QUIET).unwrap_err();
    assert!(matches!(error, AptError::Digest { .. }), "{error}");
    fs::write(root.path().join("pool/lib_2.deb"), "the archive of lib 2, and more").unwrap();
    let error = apt.packages(&lock, QUIET).unwrap_err().to_string();
    assert!(error.contains("it has more than 20 bytes"), "{error}");
    fs::write(root.path().join("dists/forever/main/binary-amd64/Packages"), "").unwrap();
    let other = tempfile::tempdir().unwrap();
    apt.cache = other.path().to_owned();
    let error = apt.lock(&wanted(&["app"]), 60, QUIET).unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("it stops after 0 of"), "{error}");
    archive(root.path(), "other", PACKAGES);
    let suites = root.path().join("dists");
    fs::rename(suites.join("other/InRelease"), suites.join("forever/InRelease")).unwrap();
    let error = apt.lock(&wanted(&["app"]), 60, QUIET).unwrap_err();
    assert!(matches!(error, AptError::OtherSuite { .. }), "{error}");
    apt.sources.clear();
    let error = apt.lock(&wanted(&["app"]), 60, QUIET).unwrap_err();
    assert!(matches!(error, AptError::NoSource { .. }), "{error}");
}

/// Serves a directory; the first answer for a package breaks off in its middle. What was asked for
/// is written down with the place from which on.
fn server(root: PathBuf) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                    break;
                }
                lines.push(line.trim().to_ascii_lowercase());
            }
            let Some(path) = lines.first().and_then(|line| line.split(' ').nth(1)) else {
                continue;
            };
            let from = lines.iter().find_map(|line| line.strip_prefix("range: bytes="));
            let from = from.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
            let first = !log.lock().unwrap().iter().any(|asked: &String| asked.starts_with(path));
            log.lock().unwrap().push(format!("{path} {from}"));
            let path = path.replace("inrelease", "InRelease").replace("packages", "Packages");
            let Ok(bytes) = fs::read(root.join(&path[1..])) else {
                stream
                    .write_all(b"HTTP/1.1 404 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .unwrap();
                continue;
            };
            let end = bytes.len();
            let head = match from {
                0 => format!("HTTP/1.1 200 ok\r\nContent-Length: {end}\r\n"),
                _ => format!(
                    "HTTP/1.1 206 part\r\nContent-Range: bytes {from}-{}/{end}\r\nContent-Length: {}\r\n",
                    end - 1,
                    end - from
                ),
            };
            let sent = if first && path.ends_with(".deb") { end / 2 } else { end };
            stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).unwrap();
            stream.write_all(&bytes[from..sent.max(from)]).unwrap();
        }
    });
    (uri, asked)
}

#[test]
fn a_download_goes_on_from_where_it_broke_off() {
    let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    archive(root.path(), "forever", PACKAGES);
    let (uri, asked) = server(root.path().to_owned());
    let apt = Apt { threads: 1, ..apt(&uri, cache.path()) };
    let lock = apt.lock(&wanted(&["lib"]), 60, QUIET).unwrap();
    let bytes = AtomicU64::new(0);
    let count = |progress: Progress<'_>| {
        assert_eq!((progress.file, progress.size), ("lib_2.deb", 20));
        bytes.fetch_add(progress.bytes, std::sync::atomic::Ordering::Relaxed);
    };
    let error = apt.packages(&lock, &count).unwrap_err();
    assert!(error.is_transient(), "{error}");
    let files = apt.packages(&lock, &count).unwrap();
    assert_eq!(fs::read_to_string(&files[0]).unwrap(), "the archive of lib 2");
    assert_eq!(bytes.into_inner(), 20, "no byte came twice");
    let asked = asked.lock().unwrap();
    assert_eq!(asked[asked.len() - 2..], ["/pool/lib_2.deb 0", "/pool/lib_2.deb 10"]);
}

#[test]
fn a_download_that_began_as_something_else_begins_anew() {
    let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    archive(root.path(), "forever", PACKAGES);
    let (uri, _) = server(root.path().to_owned());
    let apt = apt(&uri, cache.path());
    let lock = apt.lock(&wanted(&["lib"]), 60, QUIET).unwrap();
    let partial = cache.path().join("partial");
    fs::create_dir_all(&partial).unwrap();
    fs::write(partial.join(lock.packages[0].sha256.hex()), "else").unwrap();
    // The server breaks off once, from whatever place.
    assert!(apt.packages(&lock, QUIET).is_err());
    let files = apt.packages(&lock, QUIET).unwrap();
    assert_eq!(fs::read_to_string(&files[0]).unwrap(), "the archive of lib 2");
}

#[test]
fn what_a_server_does_not_have_is_told_and_not_worth_a_second_try() {
    let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (uri, _) = server(root.path().to_owned());
    let error = apt(&uri, cache.path()).lock(&wanted(&["a"]), 0, QUIET).unwrap_err();
    assert!(!error.is_transient());
    assert!(error.to_string().ends_with("InRelease: the server answers 404"), "{error}");
}

#[test]
fn a_network_that_can_t_be_understood_is_refused_at_once() {
    let pem = b"-----BEGIN CERTIFICATE-----\n%".to_vec();
    let wrong = HttpOptions { authorities: pem, ..HttpOptions::default() };
    assert!(Http::new(&wrong).is_err());
    let wrong = HttpOptions { proxy: Some("::".to_owned()), ..HttpOptions::default() };
    assert!(Http::new(&wrong).is_err());
}

#[test]
fn the_machine_s_sources_are_read_in_their_order() {
    let root = tempfile::tempdir().unwrap();
    let parts = root.path().join("etc/apt/sources.list.d");
    assert_eq!(configured(root.path()).unwrap(), []);
    fs::create_dir_all(&parts).unwrap();
    fs::write(parts.join("b.list"), "deb http://b x main\n").unwrap();
    fs::write(parts.join("a.sources"), "Types: deb\nURIs: http://a\nSuites: x\nComponents: main\n")
        .unwrap();
    fs::write(parts.join("c.list.save"), "nonsense\n").unwrap();
    fs::write(root.path().join("etc/apt/sources.list"), "deb http://first x main\n").unwrap();
    let found = configured(root.path()).unwrap();
    let uris: Vec<_> = found.iter().map(|source| source.uri.as_str()).collect();
    assert_eq!(uris, ["http://first", "http://a", "http://b"]);
    fs::write(parts.join("d.list"), "nonsense\n").unwrap();
    assert!(configured(root.path()).unwrap_err().to_string().contains("d.list:1: "));
}

// With `gpgv` the real signature is judged; without it the error says what to do.
#[test]
fn a_release_is_believed_for_its_signature_alone() {
    let root = tempfile::tempdir().unwrap();
    let trusted = root.path().join("etc/apt/trusted.gpg.d");
    fs::create_dir_all(&trusted).unwrap();
    let key = include_bytes!("../../tests/apt/key.asc");
    let signed = include_bytes!("../../tests/apt/InRelease");
    let gpgv = Gpgv { program: "gpgv".into(), root: root.path().to_owned() };
    let cache = tempfile::tempdir().unwrap();
    let source = apt("http://d.example", cache.path()).sources.remove(0);
    let why = |source: &Source, signed: &[u8]| {
        gpgv.verified(source, "InRelease", signed).unwrap_err().to_string()
    };
    assert!(why(&source, signed).contains("there is no keyring to verify it with"));
    fs::write(trusted.join("tests.asc"), key).unwrap();
    let text = match gpgv.verified(&source, "InRelease", signed) {
        Err(error @ AptError::NoGpgv { .. }) => {
            return assert!(error.to_string().contains("apt-get install gpgv"));
        }
        text => text.unwrap(),
    };
    assert_eq!(Release::parse(&text, "InRelease").unwrap().codename.as_deref(), Some("forever"));
    let around = [b"Suite: evil\n\n".as_slice(), signed, b"\nSuite: evil\n"].concat();
    assert!(!gpgv.verified(&source, "InRelease", &around).is_ok_and(|text| text.contains("evil")));
    let forged = String::from_utf8_lossy(signed).replace("12.1", "12.2");
    assert!(why(&source, forged.as_bytes()).contains("is bad"));
    assert!(why(&source, b"Suite: unsigned\n").contains("it has no good signature"));
    let embedded = String::from_utf8_lossy(key).replace("\n\n", "\n.\n");
    let embedded = Source { signed_by: Some(embedded), ..source.clone() };
    assert!(gpgv.verified(&embedded, "InRelease", signed).is_ok());
    let of_another = Source { signed_by: Some("0123456789ABCDEF".to_owned()), ..source.clone() };
    assert!(why(&of_another, signed).contains("none of its signers is 0123456789ABCDEF"));
    let unsigned = Source { trusted: true, ..source.clone() };
    assert!(why(&unsigned, signed).contains("`trusted=yes`"));
    let gone = Gpgv { program: "no-such-gpgv".into(), ..gpgv };
    let error = gone.verified(&source, "InRelease", signed).unwrap_err();
    assert!(matches!(error, AptError::NoGpgv { .. }), "{error}");
}
