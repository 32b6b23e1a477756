//! What a file is.

use std::path::Path;

use super::stream::Packing;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// With this byte between fields, where its name tells.
    Csv(Option<u8>),
    Json,
    Parquet,
    Arrow,
    Other(&'static str),
}

impl Format {
    /// The first bytes of the text decide; the name does where they say nothing. What is
    /// `packed` is called by one more name.
    pub(super) fn of(path: &Path, magic: &[u8], packed: bool) -> Self {
        let inner = path.file_stem().map(Path::new).filter(|_| packed);
        let extension =
            |path: &Path| path.extension().map(|ext| ext.to_string_lossy().to_lowercase());
        let extension = inner.and_then(extension).or_else(|| extension(path)).unwrap_or_default();
        match (magic, extension.as_str()) {
            ([b'P', b'A', b'R', b'1', ..], _) | (_, "parquet") if packed => {
                Self::Other("Parquet inside of gzip or Zstandard")
            }
            ([b'P', b'A', b'R', b'1', ..], _) | (_, "parquet") => Self::Parquet,
            (magic, _) if Packing::of(magic).is_some() => {
                Self::Other("a file that is packed twice")
            }
            ([b'P', b'K', 3, 4, ..], _) => Self::Other("a ZIP archive or a spreadsheet"),
            (magic, _) if is_arrow(magic) && packed => {
                Self::Other("Arrow inside of gzip or Zstandard")
            }
            (magic, _) if is_arrow(magic) => Self::Arrow,
            ([b'F', b'E', b'A', b'1', ..], _) => {
                Self::Other("a Feather file of version 1 (version 2 is read)")
            }
            (_, "arrow" | "arrows" | "feather" | "ipc") if !packed => Self::Arrow,
            (_, "json" | "jsonl" | "ndjson") => Self::Json,
            (_, "tsv") => Self::Csv(Some(b'\t')),
            (bytes, _) if super::encoding::check_start(bytes, "").is_err() => Self::Csv(None),
            (bytes, _) if bytes.contains(&0) => Self::Other("binary data"),
            (bytes, "") if begins_object(bytes) => Self::Json,
            _ => Self::Csv(None),
        }
    }
}

/// A file's first letters, or the mark that a stream's first message begins with, which is no text.
fn is_arrow(magic: &[u8]) -> bool {
    magic.starts_with(b"ARROW1") || magic.starts_with(&[0xff; 4])
}

/// What CSV hardly ever does: its first column would be called `{`.
fn begins_object(text: &[u8]) -> bool {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start().starts_with(b"{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide_before_the_name() {
        let cases: &[(&str, &[u8], bool, Format)] = &[
            ("a.csv", b"a,b\n", false, Format::Csv(None)),
            ("a", b"", false, Format::Csv(None)),
            ("a.tsv", b"a\tb", false, Format::Csv(Some(b'\t'))),
            ("a.tsv.gz", b"a\tb", true, Format::Csv(Some(b'\t'))),
            ("a.csv", b"PAR1....", false, Format::Parquet),
            ("a.PARQUET", b"", false, Format::Parquet),
            ("a.gz", b"PAR1", true, Format::Other("Parquet inside of gzip or Zstandard")),
            ("a.gz", b"\x1f\x8b\x08", true, Format::Other("a file that is packed twice")),
            ("a.csv", b"ARROW1\0\0", false, Format::Arrow),
            ("a", b"\xff\xff\xff\xff\x10\0\0\0", false, Format::Arrow),
            ("a.feather", b"", false, Format::Arrow),
            ("a.gz", b"ARROW1\0\0", true, Format::Other("Arrow inside of gzip or Zstandard")),
            ("a.csv", b"ab\0c", false, Format::Other("binary data")),
            ("a.jsonl", b"{}", false, Format::Json),
            ("a.ndjson.gz", b"", true, Format::Json),
            ("", b" {}", false, Format::Json),
            ("a.csv", b"{}", false, Format::Csv(None)),
        ];
        for (name, magic, packed, expected) in cases {
            assert_eq!(Format::of(Path::new(name), magic, *packed), *expected, "{name}");
        }
    }
}
