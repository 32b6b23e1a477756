//! Dates and times in a form of the contract's own: `format: dd.MM.yyyy`.

use super::temporal::{days, moment, nanos, take_digits, take_fraction, take_offset};
use crate::domain::Domain;

/// A compiled date pattern, in the letters of Java's `DateTimeFormatter` (as ODCS has them).
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Piece>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// A field of just so many digits.
    Field(Field, usize),
    /// `S`: decimals of a second.
    Fraction,
    /// `X`, `Z`: the distance from UTC.
    Offset,
    /// Any other byte, and all between single quotes.
    Literal(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

impl Pattern {
    /// What the pattern means, or what in it is not supported.
    pub(crate) fn compile(pattern: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = pattern.as_bytes();
        while let [first, ..] = rest {
            let run = rest.iter().take_while(|byte| *byte == first).count();
            let used = match first {
                b'\'' => quoted(rest, &mut pieces)?,
                b'T' => literal(*first, run, &mut pieces),
                letter if letter.is_ascii_alphabetic() => {
                    pieces.push(field(*letter, run)?);
                    run
                }
                other => literal(*other, run, &mut pieces),
            };
            rest = &rest[used..];
        }
        Ok(Self(pieces))
    }

    /// The text as a value of the domain (see [`Domain`] for the unit); `None` where it has
    /// another form, or there is no such day or time.
    pub(crate) fn parse(&self, text: &[u8], domain: Domain) -> Option<i128> {
        let mut fields = [1970, 1, 1, 0, 0, 0];
        let (mut nano, mut offset, mut rest) = (0, 0, text);
        for piece in &self.0 {
            match *piece {
                Piece::Field(field, width) => {
                    (fields[field as usize], rest) = take_digits(rest, width)?;
                }
                Piece::Fraction => (nano, rest) = take_fraction(rest)?,
                Piece::Offset => (offset, rest) = take_offset(rest)?,
                Piece::Literal(byte) => rest = rest.strip_prefix(&[byte])?,
            }
        }
        let [year, month, day, hour, minute, second] = fields;
        let days = days(year, month, day)?;
        let nanos = nanos(hour, minute, second, nano)?;
        rest.is_empty().then(|| match domain {
            Domain::Date => i128::from(days),
            Domain::Time => i128::from(nanos),
            _ => moment(days, nanos) - i128::from(offset),
        })
    }
}

fn literal(byte: u8, run: usize, pieces: &mut Vec<Piece>) -> usize {
    pieces.extend(std::iter::repeat_n(Piece::Literal(byte), run));
    run
}

/// `'T'`; two quotes are one literal quote.
fn quoted(rest: &[u8], pieces: &mut Vec<Piece>) -> Result<usize, String> {
    let end = rest[1..].iter().position(|byte| *byte == b'\'');
    let end = end.ok_or("a single quote is not closed")?;
    let inner = if end == 0 { b"'" } else { &rest[1..=end] };
    pieces.extend(inner.iter().map(|byte| Piece::Literal(*byte)));
    Ok(end + 2)
}

fn field(letter: u8, run: usize) -> Result<Piece, String> {
    let field = match (letter, run) {
        (b'y' | b'u', 4) => Field::Year,
        (b'M', 2) => Field::Month,
        (b'd', 2) => Field::Day,
        (b'H', 2) => Field::Hour,
        (b'm', 2) => Field::Minute,
        (b's', 2) => Field::Second,
        (b'S', _) => return Ok(Piece::Fraction),
        (b'X' | b'x' | b'Z', _) => return Ok(Piece::Offset),
        _ => {
            return Err(format!(
                "`{}` is not supported",
                char::from(letter).to_string().repeat(run)
            ));
        }
    };
    Ok(Piece::Field(field, run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_read_what_they_describe() {
        let cases = [
            ("dd.MM.yyyy", "29.02.2024", Some(19_782)),
            ("dd.MM.yyyy", "29.02.2023", None),
            ("dd.MM.yyyy", "2024-02-29", None),
            ("yyyyMMdd", "20240229", Some(19_782)),
            ("yyyy-MM-dd", "2024-02-29 ", None),
            ("'day' dd 'of' MM/yyyy", "day 29 of 02/2024", Some(19_782)),
        ];
        for (pattern, text, expected) in cases {
            let found = Pattern::compile(pattern).unwrap().parse(text.as_bytes(), Domain::Date);
            assert_eq!(found, expected, "{pattern}: {text}");
        }
        let full = Pattern::compile("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").unwrap();
        let found = full.parse(b"1970-01-01T01:00:00.5+01:00", Domain::Timestamp);
        assert_eq!(found, Some(500_000_000));
    }

    #[test]
    fn what_is_not_supported_is_named() {
        assert_eq!(Pattern::compile("EEE dd").unwrap_err(), "`EEE` is not supported");
        assert_eq!(Pattern::compile("d.M.yyyy").unwrap_err(), "`d` is not supported");
        assert_eq!(Pattern::compile("'T").unwrap_err(), "a single quote is not closed");
    }
}
