//! `RECORD`: every file of a wheel or of an installed package with its digest. Source: the
//! specification "Recording installed projects".

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::oci::Sha256;

/// Files by their paths, each with what is said of its content.
pub(super) type Record = BTreeMap<String, Recorded>;

/// What is said of a file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Recorded {
    /// Nothing, as of the record itself.
    Nothing,
    /// Its SHA-256 and, where it is said, its size.
    Sha256(Sha256, Option<u64>),
    /// A digest of another kind: its name.
    Other(String),
}

/// Reads a record; the error names the line that is none.
pub(super) fn read(text: &str) -> Result<Record, usize> {
    let mut record = Record::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let (path, said) = fields(line).and_then(row).ok_or(at + 1)?;
        if record.insert(path, said).is_some() {
            return Err(at + 1);
        }
    }
    Ok(record)
}

fn row(fields: Vec<String>) -> Option<(String, Recorded)> {
    let [path, digest, size]: [String; 3] = fields.try_into().ok()?;
    let size = if size.is_empty() { None } else { Some(size.parse().ok()?) };
    if digest.is_empty() {
        return Some((path, Recorded::Nothing));
    }
    let (algorithm, value) = digest.split_once('=')?;
    if algorithm != "sha256" {
        return Some((path, Recorded::Other(algorithm.to_owned())));
    }
    let bytes = URL_SAFE_NO_PAD.decode(value.trim_end_matches('=')).ok()?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some((path, Recorded::Sha256(Sha256::from_hex(&hex).ok()?, size)))
}

// The fields of a line of CSV. Names with line breaks are refused elsewhere, so a line is a row.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let field = fields.last_mut()?;
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(String::new()),
            _ => field.push(letter),
        }
    }
    (!quoted).then_some(fields)
}

/// The record as text, its rows sorted by path.
pub(super) fn written(record: &Record) -> String {
    let mut text = String::new();
    for (path, said) in record {
        let path = match path.contains(['"', ',']) {
            true => format!("\"{}\"", path.replace('"', "\"\"")),
            false => path.clone(),
        };
        let rest = match said {
            Recorded::Sha256(digest, size) => {
                let size = size.map(|size| size.to_string()).unwrap_or_default();
                format!("sha256={},{size}", encoded(digest))
            }
            Recorded::Nothing | Recorded::Other(_) => ",".to_owned(),
        };
        text.push_str(&format!("{path},{rest}\n"));
    }
    text
}

fn encoded(digest: &Sha256) -> String {
    let hex = digest.hex();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = hex.as_bytes().chunks(2).filter_map(pair).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_written_as_it_is_read() {
        let digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
        let text = format!("\"a,\"\"b\"\"\",sha256={digest},0\nr/RECORD,,\nz,sha256={digest},\n");
        let record = read(&text).unwrap();
        assert_eq!(record["a,\"b\""], Recorded::Sha256(Sha256::of(b""), Some(0)));
        assert_eq!(written(&record), text);
    }

    #[test]
    fn what_is_no_record_is_refused_with_its_line() {
        for (text, line) in
            [("a,,\na,,\n", 2), ("a,b\n", 1), ("a,sha256=x,1\n", 1), ("a,,x\n", 1), ("\"a,,\n", 1)]
        {
            assert_eq!(read(text).unwrap_err(), line, "{text}");
        }
        assert_eq!(read("a,md5=x,1\n").unwrap()["a"], Recorded::Other("md5".to_owned()));
    }
}
