//! Places in a text.

use serde::Serialize;

/// A part of a file, on one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// Its first byte, counted from 0 (a byte order mark is not counted).
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its line, counted from 1.
    pub line: u32,
    /// Its first column, counted from 1, in Unicode scalar values.
    pub column: u32,
}

/// Turns the parser's character indices into spans.
pub(crate) struct SourceMap<'t> {
    text: &'t str,
    /// Byte of each character; empty where the text is ASCII, and the two are the same.
    bytes: Vec<usize>,
    lines: Vec<usize>,
}

impl<'t> SourceMap<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let bytes = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(byte, _)| byte).collect(),
        };
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Self { text, bytes, lines: std::iter::once(0).chain(breaks).collect() }
    }

    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// The byte at which a character starts.
    pub(crate) fn byte(&self, index: usize) -> usize {
        match self.bytes.is_empty() {
            true => index.min(self.text.len()),
            false => self.bytes.get(index).copied().unwrap_or(self.text.len()),
        }
    }

    /// The span of these bytes, cut at the end of its first line: a caret under a whole block says
    /// less than one under its beginning.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let line = self.lines.partition_point(|first| *first <= start).saturating_sub(1);
        let column = self.text[self.lines[line]..start].chars().count() + 1;
        let body = &self.text[start..end.max(start)];
        let first = body.split(['\n', '\r']).next().unwrap_or_default().trim_end();
        Span { start, end: start + first.len(), line: line as u32 + 1, column: column as u32 }
    }

    /// The last line before a byte that has anything on it but a comment.
    pub(crate) fn line_before(&self, byte: usize) -> Span {
        let before = &self.text[..byte];
        let mut end = before.len();
        for line in before.split_inclusive('\n').rev() {
            let start = end - line.len();
            let content = line.trim();
            if !content.is_empty() && !content.starts_with('#') {
                let indent = line.len() - line.trim_start().len();
                return self.span(start + indent, end);
            }
            end = start;
        }
        self.span(0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_spans_end_with_their_line() {
        let map = SourceMap::new("é: x\nü: y z \r\nrest");
        let span = map.span(map.byte(8), map.byte(16));
        assert_eq!((span.line, span.column), (2, 4));
        assert_eq!(&map.text()[span.start..span.end], "y z");
    }

    #[test]
    fn the_line_before_skips_what_is_blank_or_a_comment() {
        let map = SourceMap::new("a: 1\n  b\n\n # c\n");
        assert_eq!((map.line_before(15).line, map.line_before(15).column), (2, 3));
    }
}
