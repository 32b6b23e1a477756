//! Writes ZIP files byte by byte, so that they can be wrong in one way at a time.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use sha2::Digest as _;

/// An entry, and what is said of it.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) local_name: String,
    pub(super) content: Vec<u8>,
    pub(super) packed: bool,
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) mode: u32,
    pub(super) claimed_size: u32,
    pub(super) local_size: u32,
    pub(super) crc: u32,
    /// The directory points to this many entries before its own.
    pub(super) shared: bool,
}

impl Part {
    pub(super) fn new(name: &str, content: impl Into<Vec<u8>>) -> Self {
        let content = content.into();
        let size = u32::try_from(content.len()).unwrap();
        Self {
            name: name.to_owned(),
            local_name: name.to_owned(),
            packed: true,
            method: 8,
            flags: 0,
            mode: 0o100_644,
            claimed_size: size,
            local_size: size,
            crc: rawzip::crc32(&content),
            shared: false,
            content,
        }
    }

    pub(super) fn stored(mut self) -> Self {
        (self.packed, self.method) = (false, 0);
        self
    }

    fn data(&self) -> Vec<u8> {
        if !self.packed {
            return self.content.clone();
        }
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.content).unwrap();
        encoder.finish().unwrap()
    }

    // What a local header and a central one have in common, with one of the sizes.
    fn fields(&self, packed: usize, size: u32, name: &str) -> Vec<u8> {
        let mut out = Vec::new();
        for short in [20, self.flags, self.method, 0, 33] {
            out.extend(short.to_le_bytes());
        }
        for long in [self.crc, u32::try_from(packed).unwrap(), size] {
            out.extend(long.to_le_bytes());
        }
        out.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        out.extend(0_u16.to_le_bytes());
        out
    }
}

/// The archive of these entries, whose directory says that there are `more` besides.
pub(super) fn archive(parts: &[Part], more: u16) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let mut before = 0;
    for part in parts {
        let data = part.data();
        let start = if part.shared { before } else { u32::try_from(out.len()).unwrap() };
        before = start;
        if !part.shared {
            out.extend(b"PK\x03\x04");
            out.extend(part.fields(data.len(), part.local_size, &part.local_name));
            out.extend(part.local_name.as_bytes());
            out.extend(&data);
        }
        directory.extend(b"PK\x01\x02");
        // Made by Unix, so that the mode counts.
        directory.extend([20, 3]);
        directory.extend(part.fields(data.len(), part.claimed_size, &part.name));
        directory.extend([0; 6]);
        directory.extend((part.mode << 16).to_le_bytes());
        directory.extend(start.to_le_bytes());
        directory.extend(part.name.as_bytes());
    }
    let start = u32::try_from(out.len()).unwrap();
    let count = u16::try_from(parts.len()).unwrap() + more;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    out
}

/// A row of a record.
pub(super) fn row(part: &Part) -> String {
    let digest = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(&part.content));
    let quote = if part.name.contains(',') { "\"" } else { "" };
    format!("{quote}{}{quote},sha256={digest},{}\n", part.name, part.content.len())
}

/// The parts of a wheel of `a` 1.0 with these files besides its metadata, and its record last.
pub(super) fn wheel(files: &[Part]) -> Vec<Part> {
    let mut parts = files.to_vec();
    parts.push(Part::new(
        "a-1.0.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: a\nVersion: 1.0\n",
    ));
    let about = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    parts.push(Part::new("a-1.0.dist-info/WHEEL", about));
    let mut record: String =
        parts.iter().filter(|part| !part.name.ends_with('/')).map(row).collect();
    record.push_str("a-1.0.dist-info/RECORD,,\n");
    parts.push(Part::new("a-1.0.dist-info/RECORD", record));
    parts
}
