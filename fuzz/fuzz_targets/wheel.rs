//! Any bytes as a wheel; and, so that no checksum stands in the way, any files in one: each begins
//! with a line `--- MODE PATH`, with a mode in octal. A record is made unless there is one.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use tollgate_image::Limits;
use tollgate_image::oci::Sha256;
use tollgate_image::path::ImagePath;
use tollgate_image::python::wheel::{LeaveOut, Scheme, Wheel};

const LIMITS: Limits = Limits { entries: 64, bytes: 1 << 20, metadata: 1 << 14 };

static TESTS: LazyLock<LeaveOut> =
    LazyLock::new(|| LeaveOut::of(["**/tests/**"]).expect("a pattern"));

fuzz_target!(|bytes: &[u8]| {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("a-1.0-py3-none-any.whl");
    std::fs::write(&path, bytes).expect("a file");
    install(&path, dir.path());
    if let Ok(text) = std::str::from_utf8(bytes) {
        std::fs::write(&path, packed(&files(text))).expect("a file");
        install(&path, dir.path());
    }
});

fn install(file: &Path, dir: &Path) {
    let name = "a-1.0-py3-none-any.whl".parse().expect("a wheel's name");
    let Ok(wheel) = Wheel::open(file, &name, &LIMITS) else { return };
    let path = |text: &str| text.parse::<ImagePath>().expect("a path");
    let scheme = Scheme {
        site_packages: path("app/lib/site-packages"),
        scripts: path("app/bin"),
        data: path("app"),
        headers: path("app/include"),
        python: "/usr/bin/python3.11".to_owned(),
    };
    let kept = dir.join("kept");
    std::fs::create_dir_all(&kept).expect("a directory");
    for leave_out in [&LeaveOut::nothing(), &TESTS] {
        let Ok(installed) = wheel.install(&scheme, leave_out, &kept) else { continue };
        let paths: Vec<_> = installed.entries.iter().map(|entry| entry.path.clone()).collect();
        assert!(paths.is_sorted_by(|one, next| one < next), "each once: {paths:?}");
        assert!(paths.iter().all(|one| one.is_within(&scheme.data)), "{paths:?}");
        assert!(installed.size <= 2 * LIMITS.bytes);
    }
    assert_eq!(std::fs::read_dir(dir).expect("a directory").count(), 2);
}

struct Part {
    name: String,
    mode: u32,
    content: Vec<u8>,
}

fn files(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for line in text.split_inclusive('\n') {
        let head = line.strip_prefix("--- ").and_then(|rest| rest.trim_end().split_once(' '));
        match (head, parts.last_mut()) {
            (Some((mode, name)), _) => {
                let mode = u32::from_str_radix(mode, 8).unwrap_or(0o100_644) & 0xffff;
                parts.push(Part { name: name.to_owned(), mode, content: Vec::new() });
            }
            (None, Some(part)) => part.content.extend(line.as_bytes()),
            (None, None) => {}
        }
    }
    let record = "a-1.0.dist-info/RECORD";
    if parts.iter().all(|part| part.name != record) {
        let files = parts.iter().filter(|part| !part.name.ends_with('/'));
        let rows: String = files.map(row).collect();
        let content = format!("{rows}{record},,\n").into_bytes();
        parts.push(Part { name: record.to_owned(), mode: 0o100_644, content });
    }
    parts
}

fn row(part: &Part) -> String {
    let digest = URL_SAFE_NO_PAD.encode(digest(&part.content));
    let name = part.name.replace('"', "\"\"");
    format!("\"{name}\",sha256={digest},{}\n", part.content.len())
}

fn digest(content: &[u8]) -> Vec<u8> {
    let hex = Sha256::of(content).hex();
    (0..64).step_by(2).filter_map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
}

/// A ZIP file of these, unpacked. Source: APPNOTE.TXT 6.3.10 §4.3.
fn packed(parts: &[Part]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for part in parts {
        let start = zip.len() as u32;
        let mut fields: Vec<u8> = [20_u16, 0, 0, 0, 33].map(u16::to_le_bytes).concat();
        let size = part.content.len() as u32;
        for field in [rawzip::crc32(&part.content), size, size] {
            fields.extend(field.to_le_bytes());
        }
        fields.extend((part.name.len() as u16).to_le_bytes());
        fields.extend([0; 2]);
        zip.extend([b"PK\x03\x04", &fields[..], part.name.as_bytes(), &part.content].concat());
        directory.extend([b"PK\x01\x02\x14\x03", &fields[..], &[0; 6]].concat());
        directory.extend((part.mode << 16).to_le_bytes());
        directory.extend(start.to_le_bytes());
        directory.extend(part.name.as_bytes());
    }
    let start = zip.len() as u32;
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([(parts.len() as u16).to_le_bytes(); 2].concat());
    zip.extend((directory.len() as u32).to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0; 2]);
    zip
}
