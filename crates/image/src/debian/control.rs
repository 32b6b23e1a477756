//! Paragraphs of `Name: value` lines, in which all of Debian's metadata is written. Source: Debian
//! Policy Manual §5.1; `deb822(5)`.
//!
//! They are read one at a time, so an index of any length takes the memory of its longest paragraph.

use std::io::{BufRead, Read};

use super::TextError;

/// The longest paragraph: a release's, with the hashes of all its files, has less than one MiB.
const LONGEST_PARAGRAPH: usize = 16 << 20;
const LONGEST_LINE: u64 = 1 << 20;

/// Fields that belong together, in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paragraph {
    /// The line that it starts at, from 1.
    pub line: usize,
    fields: Vec<(String, String)>,
}

impl Paragraph {
    /// The value of a field, whatever the case of its name; continued lines stand after a `\n`,
    /// without the blank that they start with.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Takes the value of a field out of it.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.fields.iter().position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(self.fields.swap_remove(at).1)
    }

    /// The value of a field that has to be there.
    ///
    /// # Errors
    /// It is not, or it is empty; the error names `file` and the paragraph's line.
    pub fn require(&self, name: &str, file: &str) -> Result<&str, TextError> {
        let value = self.get(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| TextError::new(file, self.line, format!("there is no `{name}:`")))
    }

    /// The words of a field, which may go over several lines; none where it is not there.
    pub fn words<'p>(&'p self, name: &str) -> impl Iterator<Item = &'p str> + use<'p> {
        self.get(name).unwrap_or_default().split_whitespace()
    }
}

impl std::fmt::Display for Paragraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, value) in &self.fields {
            let blank = if value.is_empty() || value.starts_with('\n') { "" } else { " " };
            writeln!(f, "{name}:{blank}{}", value.replace('\n', "\n "))?;
        }
        Ok(())
    }
}

/// Reads paragraphs one after the other.
pub struct Paragraphs<R> {
    reader: R,
    file: String,
    line: usize,
    wanted: Option<&'static [&'static str]>,
    buffer: Vec<u8>,
    over: bool,
}

impl<R: BufRead> Paragraphs<R> {
    /// Those of `reader`, which errors call `file`.
    pub fn new(reader: R, file: &str) -> Self {
        let file = file.to_owned();
        Self { reader, file, line: 0, wanted: None, buffer: Vec::new(), over: false }
    }

    /// Keeps these fields alone, so that an index costs what is needed of it.
    #[must_use]
    pub fn only(mut self, wanted: &'static [&'static str]) -> Self {
        self.wanted = Some(wanted);
        self
    }

    fn wrong(&self, why: impl Into<String>) -> TextError {
        TextError::new(&self.file, self.line, why)
    }

    // Whether there was a line; it is in the buffer, without its end.
    fn read_line(&mut self) -> Result<bool, TextError> {
        self.buffer.clear();
        let mut bounded = (&mut self.reader).take(LONGEST_LINE + 1);
        let read = bounded.read_until(b'\n', &mut self.buffer);
        self.line += 1;
        let read = read.map_err(|error| self.wrong(format!("it can't be read: {error}")))?;
        if read as u64 > LONGEST_LINE {
            return Err(self.wrong(format!("the line is longer than {LONGEST_LINE} bytes")));
        }
        let end = self.buffer.trim_ascii_end().len();
        self.buffer.truncate(end);
        Ok(read > 0)
    }

    fn next_paragraph(&mut self) -> Result<Option<Paragraph>, TextError> {
        let mut found = Paragraph::default();
        let (mut kept, mut size) = (false, 0);
        loop {
            if !self.read_line()? {
                self.over = true;
                break;
            }
            match self.buffer.first() {
                None if found.line > 0 => break,
                None | Some(b'#') => continue,
                Some(_) if found.line == 0 => found.line = self.line,
                Some(_) => {}
            }
            size += self.buffer.len();
            if size > LONGEST_PARAGRAPH {
                let why = format!("the paragraph is longer than {LONGEST_PARAGRAPH} bytes");
                return Err(self.wrong(why));
            }
            kept = self.take_line(&mut found, kept)?;
        }
        Ok((found.line > 0).then_some(found))
    }

    // Adds the line in the buffer; says whether lines that continue it are kept.
    fn take_line(&self, found: &mut Paragraph, kept: bool) -> Result<bool, TextError> {
        let line = self.buffer.as_slice();
        if matches!(line.first(), Some(b' ' | b'\t')) {
            match found.fields.last_mut() {
                Some((_, value)) if kept => {
                    value.push('\n');
                    value.push_str(self.text(&line[1..])?);
                }
                None if self.wanted.is_none() => {
                    return Err(
                        self.wrong("the line continues a field, but there is none before it")
                    );
                }
                _ => {}
            }
            return Ok(kept);
        }
        let colon = line.iter().position(|byte| *byte == b':').filter(|at| *at > 0);
        let colon = colon.ok_or_else(|| self.wrong("`Name: value` is expected"))?;
        let name = self.text(&line[..colon])?;
        if let Some(wanted) = self.wanted
            && !wanted.iter().any(|known| known.eq_ignore_ascii_case(name))
        {
            return Ok(false);
        }
        if name.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(self.wrong("`Name: value` is expected"));
        }
        if found.get(name).is_some() {
            return Err(self.wrong(format!("`{name}:` is given twice")));
        }
        let value = self.text(line[colon + 1..].trim_ascii())?;
        found.fields.push((name.to_owned(), value.to_owned()));
        Ok(true)
    }

    fn text<'t>(&self, bytes: &'t [u8]) -> Result<&'t str, TextError> {
        std::str::from_utf8(bytes).map_err(|_| self.wrong("the text is not UTF-8"))
    }
}

impl<R: BufRead> Iterator for Paragraphs<R> {
    type Item = Result<Paragraph, TextError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let found = self.next_paragraph();
        // What comes after something unreadable can't be told.
        self.over |= found.is_err();
        found.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Paragraph>, String> {
        let read: Result<Vec<_>, _> = Paragraphs::new(text.as_bytes(), "control").collect();
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn paragraphs_are_read_with_their_places() {
        let text = "# a comment\n\nPackage: a\nDescription: short\n long\n .\n\ttail\n\n\n\nPackage: b\r\nEmpty:\n";
        let found = read(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[1].line), (3, 11));
        assert_eq!(found[0].get("description"), Some("short\nlong\n.\ntail"));
        assert_eq!((found[1].get("Package"), found[1].get("Empty")), (Some("b"), Some("")));
        let again = read(&found[0].to_string()).unwrap();
        assert_eq!(again[0].fields, found[0].fields);
    }

    #[test]
    fn what_is_no_paragraph_is_refused_with_its_line() {
        let wrong = [
            ("a: 1\nb\n", "control:2: `Name: value` is expected"),
            (" a: 1\n", "control:1: the line continues a field, but there is none before it"),
            ("a: 1\nA: 2\n", "control:2: `A:` is given twice"),
            ("a b: 1\n", "control:1: `Name: value` is expected"),
        ];
        for (text, why) in wrong {
            assert_eq!(read(text).unwrap_err(), why);
        }
        let bytes: Vec<_> = Paragraphs::new(&b"a: \xff\nb: 1\n"[..], "control").collect();
        assert_eq!(bytes.len(), 1, "nothing is read after an error");
        let long = format!("a: {}\n", "x".repeat(LONGEST_LINE as usize));
        assert!(read(&long).unwrap_err().contains("longer than 1048576 bytes"));
        let many = format!("a:\n{}", format!(" {}\n", "x".repeat(1 << 19)).repeat(33));
        assert!(read(&many).unwrap_err().contains("the paragraph is longer"));
    }

    #[test]
    fn only_wanted_fields_are_kept() {
        let text = "Package: a\nTag: x\n y\nDepends: b,\n c\n";
        let mut found = Paragraphs::new(text.as_bytes(), "Packages").only(&["package", "depends"]);
        let found = found.next().unwrap().unwrap();
        assert_eq!((found.get("Tag"), found.get("Depends")), (None, Some("b,\nc")));
    }
}
