//! Which text is UTF-8; of other text, what it seems to be and where it begins to be that.

use super::split::line_ends;
use crate::DataError;

/// The text is UTF-8; it begins at that line.
pub(crate) fn check(text: &[u8], shown: &str, line: u64) -> Result<(), DataError> {
    let Err(error) = std::str::from_utf8(text) else {
        return Ok(());
    };
    let (before, rest) = text.split_at(error.valid_up_to());
    let begins =
        before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    let found = rest.first().copied().unwrap_or_default();
    let (found, encoding) = single_byte(found);
    let byte = (before.len() - begins) as u64 + 1;
    Err(DataError::NotUtf8 {
        path: shown.to_owned(),
        line: line + line_ends(before),
        byte,
        found,
        encoding,
    })
}

/// Old encodings of one byte for each letter: what the byte would be there, and which one.
fn single_byte(byte: u8) -> (String, &'static str) {
    match byte {
        0x80..=0x9f => (format!("the byte 0x{byte:02x}"), "WINDOWS-1252"),
        _ => (format!("the byte 0x{byte:02x} (`{}` in Latin-1)", char::from(byte)), "LATIN1"),
    }
}

/// Encodings of several bytes for each letter show at once: spreadsheets write them.
pub(crate) fn check_start(text: &[u8], shown: &str) -> Result<(), DataError> {
    let encoding = match text {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
        _ if every_other(text, 1) => "UTF-16LE",
        _ if every_other(text, 0) => "UTF-16BE",
        _ => return Ok(()),
    };
    let (path, found) = (shown.to_owned(), encoding.to_owned());
    Err(DataError::NotUtf8 { path, line: 1, byte: 1, found, encoding })
}

/// Whether mostly zeros stand at every second place, and nowhere else: what Western text is in
/// UTF-16 without a mark at its beginning.
fn every_other(text: &[u8], from: usize) -> bool {
    let zeros = |from| text.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    text.len() > 3 && zeros(from) * 4 > text.len() && zeros(1 - from) == 0
}

/// Without the mark that some put before UTF-8.
pub(crate) fn without_mark(text: &mut Vec<u8>) {
    if text.starts_with(b"\xef\xbb\xbf") {
        text.drain(..3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_is_not_utf_8_is_placed_in_its_line() {
        let found = check(b"a\nb,\xe9t\xe9\n", "d", 7).unwrap_err().to_string();
        assert!(found.starts_with("`d`, line 8, byte 3: expected UTF-8"), "{found}");
        assert!(found.contains("0xe9 (`é` in Latin-1)"), "{found}");
        assert!(found.contains("`iconv -f LATIN1 -t UTF-8`"), "{found}");
        let found = check(b"\x93", "d", 1).unwrap_err().to_string();
        assert!(found.contains("iconv -f WINDOWS-1252"), "{found}");
        assert!(check("é".as_bytes(), "d", 1).is_ok());
    }

    #[test]
    fn wide_encodings_show_with_a_mark_and_without() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        for (text, named) in [
            (b"\xff\xfea\0".to_vec(), "found UTF-16;"),
            (b"\xff\xfe\0\0".to_vec(), "found UTF-32;"),
            (wide("id,name\n"), "iconv -f UTF-16LE"),
            (wide("id,name\n").split_off(1), "iconv -f UTF-16BE"),
        ] {
            let found = check_start(&text, "d").unwrap_err().to_string();
            assert!(found.contains(named), "{found}");
        }
        for text in [&b"a,b\n"[..], b"", b"a\0b\0\0\0", b"a\0"] {
            assert!(check_start(text, "d").is_ok(), "{text:?}");
        }
    }
}
