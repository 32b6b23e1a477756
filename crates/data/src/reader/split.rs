//! One CSV record out of a piece of text: RFC 4180, and bare `\n` or `\r` as line ends. A quote
//! inside a field that does not begin with one is an ordinary character.
//!
//! The `csv` crate is not used, except as an oracle in tests: it tells neither whether a field stood
//! in quotes nor whether a quote was left open.

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

    fn bare(self, text: &[u8], start: usize) -> Field {
        let ends = |byte: &u8| *byte == self.delimiter || *byte == b'\n' || *byte == b'\r';
        let len = text[start..].iter().position(ends).unwrap_or(text.len() - start);
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
    let (mut end, mut doubled) = (start, false);
    loop {
        end += text[end..].iter().position(|byte| *byte == b'"').ok_or(Unclosed)?;
        if text.get(end + 1) != Some(&b'"') {
            break;
        }
        doubled = true;
        end += 2;
    }
    Ok((Field { start, end, quoted: true, doubled }, line_ends(&text[start..end])))
}

/// How many lines end in the text.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let lone = |pair: &&[u8]| pair[0] == b'\r' && pair[1] != b'\n';
    let feeds = text.iter().filter(|byte| **byte == b'\n').count();
    let returns = text.windows(2).filter(lone).count() + usize::from(text.ends_with(b"\r"));
    (feeds + returns) as u64
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
