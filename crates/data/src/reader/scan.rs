//! CSV records of the plain kind, at the speed of a look at sixty-four bytes at a time: those with
//! just as many fields as there are columns, whose quotes, if any, stand around whole fields and
//! have neither quotes nor line ends between them. All others are left to [`super::split`], which
//! also has the words for what is wrong with them.

use crate::batch::View;

/// Bytes of a block: as many as a mask has bits.
const BLOCK: usize = 64;

/// Goes over the bytes of a text that may mean something: delimiters, quotes and line ends.
pub(super) struct Scan<'a> {
    text: &'a [u8],
    delimiter: u8,
    /// Where the block begins that is looked at.
    base: usize,
    /// A bit for each of its bytes that may mean something and was not gone past.
    marks: u64,
}

impl<'a> Scan<'a> {
    /// At the begin of the text.
    pub(super) fn new(text: &'a [u8], delimiter: u8) -> Self {
        let mut scan = Self { text, delimiter, base: 0, marks: 0 };
        scan.marks = scan.block();
        scan
    }

    /// Goes on to a position that was not gone past.
    pub(super) fn skip_to(&mut self, at: usize) {
        let base = at - at % BLOCK;
        if base > self.base {
            self.base = base;
            self.marks = self.block();
        }
        self.marks &= u64::MAX << (at % BLOCK);
    }

    /// Hands out the fields of the record at `at`, by column, and goes on to the next, which is
    /// returned. `None` where it is not of the plain kind; some fields may be handed out all the
    /// same, and some of the record gone past.
    pub(super) fn record(
        &mut self,
        at: usize,
        width: usize,
        mut field: impl FnMut(usize, View),
    ) -> Option<usize> {
        let mut start = at;
        for column in 0..width {
            let (view, end) = match self.text.get(start)? {
                b'"' => self.quoted(start)?,
                _ => self.bare(start)?,
            };
            field(column, view);
            let last = column + 1 == width;
            start = match self.text[end] {
                byte if byte == self.delimiter && !last => end + 1,
                b'\n' if last => end + 1,
                b'\r' if last && self.text.get(end + 1) == Some(&b'\n') => self.next()? + 1,
                _ => return None,
            };
        }
        Some(start)
    }

    /// The field whose quote opens at `start`, and what follows it.
    fn quoted(&mut self, start: usize) -> Option<(View, usize)> {
        (self.next()? == start).then_some(())?;
        let close = loop {
            let mark = self.next()?;
            match self.text[mark] {
                b'"' => break mark,
                b'\n' | b'\r' => return None,
                _ => {}
            }
        };
        let end = self.next().filter(|end| *end == close + 1)?;
        Some((View::new(start + 1, close - start - 1), end))
    }

    /// The field at `start`, in which a quote is a letter like others, and what follows it.
    fn bare(&mut self, start: usize) -> Option<(View, usize)> {
        let end = loop {
            let mark = self.next()?;
            if self.text[mark] != b'"' {
                break mark;
            }
        };
        let view = if end == start { View::NULL } else { View::new(start, end - start) };
        Some((view, end))
    }

    /// The next byte that may mean something.
    fn next(&mut self) -> Option<usize> {
        while self.marks == 0 {
            if self.text.len() - self.base <= BLOCK {
                return None;
            }
            self.base += BLOCK;
            self.marks = self.block();
        }
        let at = self.base + self.marks.trailing_zeros() as usize;
        self.marks &= self.marks - 1;
        Some(at)
    }

    fn block(&self) -> u64 {
        let rest = self.text.get(self.base..).unwrap_or_default();
        if let Some(block) = rest.first_chunk() {
            return marks(block, self.delimiter);
        }
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        marks(&block, self.delimiter) & !(u64::MAX << rest.len())
    }
}

/// Where the last record ends of those that surely end in the text, which begins with one; `None`
/// where quotes stand in other places than around fields, or no line ends with a feed.
///
/// Whether a byte stands in quotes is the parity of the quotes before it, for a block at once
/// (Langdale and Lemire 2019, "Parsing gigabytes of JSON per second", §3.1.1). That is right as
/// long as each quote that opens something begins a field, or is the second of two.
pub(super) fn boundary(text: &[u8], delimiter: u8) -> Option<usize> {
    let (mut end, mut open, mut may_open) = (None, 0, 1);
    for (number, block) in blocks(text).enumerate() {
        let quotes = bits(&block, |byte| byte == b'"');
        let feeds = bits(&block, |byte| byte == b'\n');
        let ends = feeds | bits(&block, |byte| byte == delimiter || byte == b'\r');
        let inside = parities(quotes) ^ open;
        if quotes & inside & !((quotes | ends) << 1 | may_open) != 0 {
            return None;
        }
        let outside = feeds & !inside;
        if outside != 0 {
            end = Some(number * BLOCK + (u64::BITS - outside.leading_zeros()) as usize);
        }
        // All bits of the next block, if this one ends in quotes.
        open = (inside >> (BLOCK - 1)).wrapping_neg();
        may_open = (quotes | ends) >> (BLOCK - 1);
    }
    end
}

/// Blocks of the text; behind its end are zeros, which mean nothing.
fn blocks(text: &[u8]) -> impl Iterator<Item = [u8; BLOCK]> {
    let (whole, rest) = text.as_chunks();
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    whole.iter().copied().chain((!rest.is_empty()).then_some(last))
}

/// A bit for each bit: whether an odd number of them are set up to there.
fn parities(mut bits: u64) -> u64 {
    for step in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << step;
    }
    bits
}

/// Written so that the compiler compares many bytes with one instruction: first a byte of 0 or 1
/// for each, then eight of those become bits. The product has them side by side in its highest
/// byte, as each is shifted there by one power of two and by no other.
fn bits(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    let mut found = [0_u8; BLOCK];
    for (found, byte) in found.iter_mut().zip(block) {
        *found = u8::from(is(*byte));
    }
    let eighth =
        |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    found.as_chunks().0.iter().rev().fold(0, |bits, eight| bits << 8 | eighth(eight))
}

fn marks(block: &[u8; BLOCK], delimiter: u8) -> u64 {
    bits(block, |byte| (byte == delimiter) | (byte == b'\n') | (byte == b'\r') | (byte == b'"'))
}

#[cfg(test)]
mod tests {
    use super::super::split::{Field, Outcome, Split};
    use super::*;

    fn view(field: &Field) -> View {
        match field.start == field.end && !field.quoted {
            true => View::NULL,
            false => View::new(field.start, field.end - field.start),
        }
    }

    proptest::proptest! {
        #[test]
        fn bytes_that_mean_something_are_marked(
            block in proptest::array::uniform32(proptest::num::u8::ANY), delimiter in 0_u8..128,
        ) {
            let block: [u8; BLOCK] = [block, block].concat().try_into().unwrap();
            let found = marks(&block, delimiter);
            for (at, byte) in block.iter().enumerate() {
                let expected = *byte == delimiter || b"\n\r\"".contains(byte);
                proptest::prop_assert_eq!(found >> at & 1 == 1, expected);
            }
        }

        /// Whatever is handed out is what the careful way has, too, and most records are.
        #[test]
        fn records_are_split_as_the_careful_way_splits_them(
            text in "(([a-c\"]{0,30}|\"[a-c,]{0,30}\"|\"[a\",\n\r]{0,9}\"),){1,2}[a-c]{0,2}(\n|\r\n|\r)",
            times in 1_usize..9, tail in "[a,\"\n]{0,3}", width in 1_usize..4,
        ) {
            let text = text.repeat(times) + &tail;
            let (mut scan, mut at, mut fields) = (Scan::new(text.as_bytes(), b','), 0, Vec::new());
            while at < text.len() {
                let mut found = Vec::new();
                let fast = scan.record(at, width, |column, view| found.push((column, view)));
                let split = Split { delimiter: b',', last: true };
                let slow = split.record(text.as_bytes(), at, &mut fields);
                let Outcome::Complete { next, lines } = slow else {
                    proptest::prop_assert_eq!(fast, None);
                    break;
                };
                if let Some(fast) = fast {
                    let expected: Vec<_> = fields.iter().map(view).enumerate().collect();
                    proptest::prop_assert_eq!((fast, 1, found), (next, lines, expected));
                } else {
                    let odd = |field: &Field| {
                        let text = &text[field.start..field.end];
                        field.quoted && text.contains(['"', '\n', '\r'])
                    };
                    let record = &text[at..next];
                    let ends = record.ends_with('\n');
                    proptest::prop_assert!(
                        fields.len() != width || fields.iter().any(odd) || !ends, "{record:?}"
                    );
                }
                at = next;
                scan.skip_to(at);
            }
        }
    }
}
