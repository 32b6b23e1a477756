//! One CSV record out of a piece of text: RFC 4180, and bare `\n` or `\r` as line ends. A quote
//! inside a field that does not begin with one is an ordinary character.
//!
//! The `csv` crate is not used, except as an oracle in tests: it tells neither whether a field stood
//! in quotes nor whether a quote was left open.

use super::scan;
use memchr::{memchr, memchr_iter, memchr3, memrchr, memrchr_iter};

/// A field's place in the text, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// It stood in quotes: if empty it is an empty text, not a missing one.
    pub(crate) quoted: bool,
    /// It has doubled quotes, each of which means one.
    pub(crate) doubled: bool,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The next begins at this position, so many lines further down.
    Complete { next: usize, lines: u64 },
    /// The text ends within it; if within quotes, then they opened so many lines further down.
    Incomplete { quote: Option<u64> },
    /// Something other than a delimiter follows a closing quote, so many lines further down.
    AfterQuote { lines: u64 },
}

/// What ended a field.
enum End {
    Field(usize),
    Record(usize),
    Text,
}

/// How a file is split: its delimiter, and whether the text ends where the file does.
#[derive(Clone, Copy)]
pub(crate) struct Split {
    pub(crate) delimiter: u8,
    pub(crate) last: bool,
}

impl Split {
    /// Reads the record at `at` into `fields`.
    pub(crate) fn record(self, text: &[u8], at: usize, fields: &mut Vec<Field>) -> Outcome {
        fields.clear();
        let (mut at, mut lines) = (at, 0);
        loop {
            let field = if text.get(at) == Some(&b'"') {
                match quoted(text, at) {
                    Ok((field, further)) => {
                        lines += further;
                        field
                    }
                    Err(_) => return Outcome::Incomplete { quote: Some(lines) },
                }
            } else {
                self.bare(text, at)
            };
            fields.push(field);
            let after = field.end + usize::from(field.quoted);
            match self.end(text, after) {
                Some(End::Field(next)) => at = next,
                Some(End::Record(next)) => return Outcome::Complete { next, lines: lines + 1 },
                Some(End::Text) if self.last => {
                    return Outcome::Complete { next: text.len(), lines };
                }
                Some(End::Text) => return Outcome::Incomplete { quote: None },
                None => return Outcome::AfterQuote { lines },
            }
        }
    }

    /// Where the last record ends of those that surely end in the text; `None` if none does.
    /// Unlike a count of quotes it is never wrong: only a quote that begins a field opens one.
    pub(crate) fn boundary(self, text: &[u8]) -> Option<usize> {
        scan::boundary(text, self.delimiter).or_else(|| self.careful_boundary(text))
    }

    /// The same from quote to quote, whatever stands between them.
    fn careful_boundary(self, text: &[u8]) -> Option<usize> {
        let (mut at, mut end) = (0, None);
        loop {
            let quote = memchr(b'"', &text[at..]).map(|quote| at + quote);
            let open = &text[at..quote.unwrap_or(text.len())];
            end = last_line_end(open, text.get(at + open.len())).map(|end| at + end).or(end);
            let Some(quote) = quote else {
                return end;
            };
            at = match self.begins_field(text, quote).then(|| quoted_end(text, quote)) {
                None => quote + 1,
                Some(Ok((close, _))) => close + 1,
                Some(Err(Unclosed)) => return end,
            };
        }
    }

    fn begins_field(self, text: &[u8], at: usize) -> bool {
        let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\n' | b'\r');
        at.checked_sub(1).is_none_or(|before| ends(&text[before]))
    }

    fn bare(self, text: &[u8], start: usize) -> Field {
        let ends = memchr3(self.delimiter, b'\n', b'\r', &text[start..]);
        let len = ends.unwrap_or(text.len() - start);
        Field { start, end: start + len, quoted: false, doubled: false }
    }

    /// What stands at `at`; `None` where that is none of what may follow a field.
    fn end(self, text: &[u8], at: usize) -> Option<End> {
        match text.get(at) {
            None => Some(End::Text),
            Some(byte) if *byte == self.delimiter => Some(End::Field(at + 1)),
            Some(b'\n') => Some(End::Record(at + 1)),
            Some(b'\r') => Some(match text.get(at + 1) {
                Some(b'\n') => End::Record(at + 2),
                None if !self.last => End::Text,
                _ => End::Record(at + 1),
            }),
            Some(_) => None,
        }
    }
}

/// No closing quote.
struct Unclosed;

/// The field whose opening quote stands at `at`, and how many lines it goes on for.
fn quoted(text: &[u8], at: usize) -> Result<(Field, u64), Unclosed> {
    let start = at + 1;
    let (end, doubled) = quoted_end(text, at)?;
    Ok((Field { start, end, quoted: true, doubled }, line_ends(&text[start..end])))
}

/// Where the quote stands that closes the one at `at`, and whether doubled ones stand between.
fn quoted_end(text: &[u8], at: usize) -> Result<(usize, bool), Unclosed> {
    let (mut end, mut doubled) = (at + 1, false);
    loop {
        end += memchr(b'"', &text[end..]).ok_or(Unclosed)?;
        if text.get(end + 1) != Some(&b'"') {
            return Ok((end, doubled));
        }
        doubled = true;
        end += 2;
    }
}

/// Where the last line ends that ends in the text, which `next` follows. Feeds are looked for
/// first, as hardly a file ends its lines with returns alone.
fn last_line_end(text: &[u8], next: Option<&u8>) -> Option<usize> {
    // Between two fields in quotes there is nothing but a delimiter.
    if text.len() == 1 && !matches!(text, b"\n" | b"\r") {
        return None;
    }
    let lone = |at: &usize| !matches!(text.get(at + 1).or(next), None | Some(b'\n'));
    let returns = || memrchr_iter(b'\r', text).find(lone);
    memrchr(b'\n', text).or_else(returns).map(|at| at + 1)
}

/// How many lines end in the text.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let lone = |at: &usize| text.get(at + 1) != Some(&b'\n');
    (memchr_iter(b'\n', text).count() + memchr_iter(b'\r', text).filter(lone).count()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, last: bool) -> (Vec<String>, Outcome) {
        let mut fields = Vec::new();
        let outcome = Split { delimiter: b',', last }.record(text.as_bytes(), 0, &mut fields);
        (fields.iter().map(|field| text[field.start..field.end].to_owned()).collect(), outcome)
    }

    #[test]
    fn records_end_where_rfc_4180_says() {
        let cases: &[(&str, &[&str], usize, u64)] = &[
            ("a,b\nc", &["a", "b"], 4, 1),
            ("a,b\r\nc", &["a", "b"], 5, 1),
            ("a,b\rc", &["a", "b"], 4, 1),
            (",\n", &["", ""], 2, 1),
            ("\"a,\nb\",c\nd", &["a,\nb", "c"], 9, 2),
            ("\"a\"\"b\",c", &["a\"\"b", "c"], 8, 0),
            ("a\"b,c", &["a\"b", "c"], 5, 0),
            ("\"\"", &[""], 2, 0),
        ];
        for (text, fields, next, lines) in cases {
            let (found, outcome) = split(text, true);
            assert_eq!(found, *fields, "{text:?}");
            assert_eq!(outcome, Outcome::Complete { next: *next, lines: *lines }, "{text:?}");
        }
    }

    #[test]
    fn a_record_that_may_go_on_is_incomplete() {
        for text in ["a,b", "a,b\r", "a,", "\"a\"", ""] {
            assert_eq!(split(text, false).1, Outcome::Incomplete { quote: None }, "{text:?}");
        }
        assert_eq!(split("a,\"b", true).1, Outcome::Incomplete { quote: Some(0) });
        assert_eq!(split("\"\n\",\"b", true).1, Outcome::Incomplete { quote: Some(1) });
        assert_eq!(split("\"a\"b,c\n", true).1, Outcome::AfterQuote { lines: 0 });
    }

    proptest::proptest! {
        #[test]
        fn a_boundary_is_where_a_record_ends(
            text in "[a,\"\r\n]{0,30}|(([a-c]{0,9}|\"([a,\r\n]|\"\"){0,40}\")[,\n]){0,20}",
        ) {
            let (bytes, mut at, mut fields) = (text.as_bytes(), 0, Vec::new());
            let split = Split { delimiter: b',', last: false };
            let mut ends = Vec::new();
            while let Outcome::Complete { next, .. } = split.record(bytes, at, &mut fields) {
                at = next;
                ends.push(next);
            }
            let whole = !matches!(split.record(bytes, at, &mut fields), Outcome::AfterQuote { .. });
            match split.boundary(bytes) {
                Some(end) if whole => assert!(ends.contains(&end), "{end} of {ends:?}"),
                // What follows a fault is not split: it is found before.
                Some(end) => assert!(ends.contains(&end) || end > at, "{end} of {ends:?}"),
                None => assert!(ends.is_empty(), "{ends:?}"),
            }
        }

        #[test]
        fn records_are_split_as_the_csv_crate_splits_them(
            rows in proptest::collection::vec(
                proptest::collection::vec("[a-c\",\r\n é]{0,6}", 3), 1..6),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let (mut at, mut found, mut fields) = (0, Vec::new(), Vec::new());
            while at < text.len() {
                let split = Split { delimiter: b',', last: true };
                let Outcome::Complete { next, .. } = split.record(text.as_bytes(), at, &mut fields)
                else { panic!("{text:?}") };
                let unescape = |field: &Field| text[field.start..field.end].replace("\"\"", "\"");
                found.push(fields.iter().map(unescape).collect::<Vec<_>>());
                at = next;
            }
            assert_eq!(found, rows);
        }
    }
}
