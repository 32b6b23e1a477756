//! `format` of texts and numbers.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Facts, Tally, Test};
use crate::batch::{ColumnBatch, State};
use crate::parse::temporal;
use crate::value::{Num, Value};

/// A form that texts must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Email,
    Uuid,
    Uri,
    Ipv4,
    Ipv6,
    Hostname,
    Date,
    DateTime,
    Time,
    Base64,
}

impl Format {
    /// The form of that name; `None` where it is not known here.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "email" => Self::Email,
            "uuid" => Self::Uuid,
            "uri" | "url" => Self::Uri,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "hostname" => Self::Hostname,
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "time" => Self::Time,
            "byte" => Self::Base64,
            _ => return None,
        })
    }

    /// What a text of this form is called.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Email => "an e-mail address",
            Self::Uuid => "a UUID",
            Self::Uri => "a URI",
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
            Self::Hostname => "a host name",
            Self::Date => "a date in ISO 8601",
            Self::DateTime => "a date and time in ISO 8601",
            Self::Time => "a time of day in ISO 8601",
            Self::Base64 => "Base64",
        }
    }

    fn fits(self, text: &str) -> bool {
        match self {
            Self::Email => is_email(text),
            Self::Uuid => is_uuid(text.as_bytes()),
            Self::Uri => is_uri(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Hostname => is_hostname(text),
            Self::Date => temporal::date(text.as_bytes()).is_some(),
            // A date alone is no date-time.
            Self::DateTime => text.len() > 10 && temporal::timestamp(text.as_bytes()).is_some(),
            Self::Time => is_time(text),
            Self::Base64 => is_base64(text.as_bytes()),
        }
    }
}

impl Test for Format {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        let fits = |at: &usize| {
            std::str::from_utf8(column.text.get(*at)).is_ok_and(|text| self.fits(text))
        };
        column.rows_in(State::Valid).filter(|at| !fits(at)).for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}

/// Numbers must be within the range of 32 bits of floating point.
pub(crate) struct Single;

impl Test for Single {
    #[expect(clippy::cast_possible_truncation, reason = "whether it is too large is the question")]
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        let too_large = |at: &usize| match column.value(*at) {
            Some(Value::Num(Num::Float(number))) => {
                number.is_finite() && !(number as f32).is_finite()
            }
            _ => false,
        };
        column.rows_in(State::Valid).filter(too_large).for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}

/// Texts of times must say how far from UTC they are, or must not.
pub(crate) struct Offset {
    pub(crate) wanted: bool,
}

impl Test for Offset {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        // Behind the date, which has dashes of its own.
        let has =
            |text: &[u8]| text.iter().skip(10).any(|b| matches!(b, b'Z' | b'z' | b'+' | b'-'));
        column
            .rows_in(State::Valid)
            .filter(|at| has(column.text.get(*at).trim_ascii()) != self.wanted)
            .for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}

/// The whole numbers of an integer format such as `i32`, both ends included.
pub(crate) fn integer_range(name: &str) -> Option<(i128, i128)> {
    let (signed, bits) = match name.split_at_checked(1)? {
        ("i", bits) => (true, bits),
        ("u", bits) => (false, bits),
        _ => return None,
    };
    let bits: u32 = bits.parse().ok().filter(|bits| matches!(bits, 8 | 16 | 32 | 64 | 128))?;
    // Values have at most 127 bits and a sign here; more than that can't occur.
    Some(match (signed, bits) {
        (true, 128) => (i128::MIN, i128::MAX),
        (false, 128) => (0, i128::MAX),
        (true, bits) => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        (false, bits) => (0, (1 << bits) - 1),
    })
}

/// Something, `@`, and a host with a dot: what no typing error passes and no address fails.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '@';
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    !local.is_empty()
        && local.len() <= 64
        && !local.contains(odd)
        && !dots
        && host.contains('.')
        && host.split('.').all(|label| is_label(label, char::is_alphanumeric))
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &[u8]) -> bool {
    let dash = |at| matches!(at, 8 | 13 | 18 | 23);
    let fits =
        |(at, byte): (usize, &u8)| if dash(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == 36 && text.iter().enumerate().all(fits)
}

/// A scheme, a colon and something behind it, all of characters that RFC 3986 knows.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let of_uri = |c: char| c.is_ascii_graphic() && !r#""<>\^`{|}"#.contains(c);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(of_scheme)
        && !rest.is_empty()
        && rest != "//"
        && rest.chars().all(of_uri)
}

/// A time of day, with or without how far it is from UTC.
fn is_time(text: &str) -> bool {
    let end = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (time, offset) = text.split_at(end);
    let no_rest = |(_, rest): (i64, &[u8])| rest.is_empty();
    temporal::time(time.as_bytes()).is_some()
        && temporal::take_offset(offset.as_bytes()).is_some_and(no_rest)
}

/// RFC 4648, with padding.
fn is_base64(text: &[u8]) -> bool {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let of_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4)
        && padding <= 2
        && text[..text.len() - padding].iter().all(of_base64)
}

/// RFC 1123.
fn is_hostname(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(|label| is_label(label, |c| c.is_ascii_alphanumeric()))
}

fn is_label(label: &str, inner: fn(char) -> bool) -> bool {
    (1..=63).contains(&label.len())
        && label.chars().all(|c| inner(c) || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_knows_its_own() {
        let cases = [
            (Format::Email, "a.b+c@example.org", true),
            (Format::Email, "a@müller.de", true),
            (Format::Email, "a@b", false),
            (Format::Email, "a b@example.org", false),
            (Format::Email, "@example.org", false),
            (Format::Email, "a@example..org", false),
            (Format::Uuid, "123e4567-e89b-12d3-a456-426614174000", true),
            (Format::Uuid, "123e4567e89b12d3a456426614174000", false),
            (Format::Uri, "https://example.org/a?b=c#d", true),
            (Format::Uri, "urn:isbn:0451450523", true),
            (Format::Uri, "example.org", false),
            (Format::Uri, "https://a b", false),
            (Format::Ipv4, "192.0.2.1", true),
            (Format::Ipv4, "256.0.2.1", false),
            (Format::Ipv6, "2001:db8::1", true),
            (Format::Ipv6, "2001:db8::1::2", false),
            (Format::Hostname, "a-b.example", true),
            (Format::Hostname, "-a.example", false),
            (Format::Hostname, "a_b", false),
            (Format::Date, "2024-02-29", true),
            (Format::Date, "2023-02-29", false),
            (Format::DateTime, "2024-02-29T12:00:00Z", true),
            (Format::DateTime, "2024-02-29", false),
            (Format::Time, "12:00:00+01:00", true),
            (Format::Time, "25:00", false),
            (Format::Base64, "aGFsbG8=", true),
            (Format::Base64, "aGFsbG8", false),
            (Format::Base64, "a===", false),
        ];
        for (format, text, fits) in cases {
            assert_eq!(format.fits(text), fits, "{format:?} {text}");
        }
    }

    #[test]
    fn integer_formats_have_their_ranges() {
        assert_eq!(integer_range("i8"), Some((-128, 127)));
        assert_eq!(integer_range("u64"), Some((0, i128::from(u64::MAX))));
        assert_eq!(integer_range("i7"), None);
        assert_eq!(integer_range("f64"), None);
        assert_eq!(integer_range(""), None);
    }
}
