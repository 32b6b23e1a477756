//! What stands in front of an entry where its header can't tell all of it: PAX records and GNU's
//! long names.

use std::collections::BTreeMap;

/// Go's limit, which engines have.
pub(super) const LONGEST: u64 = 1 << 20;

/// What was told of the entry that comes next.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) records: Option<BTreeMap<String, Vec<u8>>>,
    pub(super) long_name: Option<Vec<u8>>,
    pub(super) long_link: Option<Vec<u8>>,
}

impl Told {
    /// The text of a PAX record.
    pub(super) fn get(&self, key: &str) -> Option<&[u8]> {
        self.records.as_ref()?.get(key).map(Vec::as_slice)
    }

    /// The number of a PAX record.
    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, String> {
        let Some(text) = self.get(key) else { return Ok(None) };
        let number = std::str::from_utf8(text).ok().filter(|text| !text.starts_with('+'));
        let number = number.and_then(|text| text.parse().ok());
        number.map(Some).ok_or_else(|| format!("its PAX record `{key}` is no number"))
    }
}

/// The records of a PAX header: `length key=value`, the length of the whole record in front. The
/// last of several counts, and an empty value means that there is none.
pub(super) fn records(mut bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut records = BTreeMap::new();
    while !bytes.is_empty() {
        let (record, rest) = record(bytes).ok_or("its PAX header is none")?;
        bytes = rest;
        let at = record.iter().position(|byte| *byte == b'=').ok_or("its PAX header is none")?;
        let key = std::str::from_utf8(&record[..at]).map_err(|_| "its PAX header is none")?;
        match &record[at + 1..] {
            [] => records.remove(key),
            value => records.insert(key.to_owned(), value.to_owned()),
        };
    }
    Ok(records)
}

/// The first record without its length, and what comes after it.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let digits = &bytes[..space];
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let record = bytes.get(space + 1..length)?;
    Some((record.strip_suffix(b"\n")?, &bytes[length..]))
}

/// A long name of GNU's: what stands before the first NUL.
pub(super) fn long_name(bytes: &[u8]) -> Vec<u8> {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_may_hold_line_ends_and_take_themselves_back() {
        let read = records(b"12 path=a\nb\n10 size=5\n8 size=\n").unwrap();
        assert_eq!(read.into_iter().collect::<Vec<_>>(), [("path".to_owned(), b"a\nb".to_vec())]);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for bytes in [
            &b"x"[..],
            b"5 a=b",
            b"6 a=bc",
            b"99 a=b\n",
            b"0 a=b\n",
            b"1 ",
            b" a=b\n",
            b"5 ab\n\n",
            b"-6 a=b\n",
            b"99999999999999999999999 a=b\n",
        ] {
            assert!(records(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
