//! The common forms of numbers and timestamps, eight digits at a time. What is not of such a form
//! is `None` here, whether it is a value or not: the careful ways in [`super::number`] and
//! [`super::temporal`] decide.

use super::temporal::{self, DAY};

/// Within these years 64 bits count nanoseconds; both ends are cut off to whole years.
const FIRST_YEAR: i64 = 1678;
const YEARS: usize = 584;

/// The number of the first day of each month of these years, and of the one behind them.
static MONTHS: [i32; YEARS * 12 + 1] = months();

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "small numbers")]
const fn months() -> [i32; YEARS * 12 + 1] {
    let mut months = [0; YEARS * 12 + 1];
    let mut at = 0;
    while at < months.len() {
        let (year, month) = (FIRST_YEAR + (at / 12) as i64, (at % 12) as i64 + 1);
        months[at] = temporal::day_number(year, month, 1) as i32;
        at += 1;
    }
    months
}

const ZEROS: u64 = 0x3030_3030_3030_3030;

/// A whole number of at most 16 digits.
pub(super) fn int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    let size = match digits.len() {
        0 => return None,
        1..=8 => number(word(digits)?)?,
        9..=16 => {
            let (high, low) = digits.split_at(digits.len() - 8);
            number(word(high)?)? * 100_000_000 + number(word(low)?)?
        }
        _ => return None,
    };
    Some(if negative { -size.cast_signed() } else { size.cast_signed() })
}

/// A number of at most seven digits with a point between them. Digits and the power of ten are
/// exact in `f64`, and one division of exact numbers is correctly rounded (Clinger 1990).
#[expect(clippy::cast_precision_loss, reason = "seven digits are exact in f64")]
pub(super) fn decimal(text: &[u8]) -> Option<f64> {
    const TENS: [f64; 8] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];
    let (negative, digits) = sign(text);
    let word = word(digits)?;
    // A bit for each byte that is a point; see Hacker's Delight, "Find First 0-Byte".
    let other = word ^ 0x2e2e_2e2e_2e2e_2e2e;
    let low = 0x7f7f_7f7f_7f7f_7f7f;
    let points = !(((other & low) + low) | other | low);
    if points == 0 || points & (points - 1) != 0 {
        return None;
    }
    let point = points.trailing_zeros() as usize / 8;
    let inside = point > 8 - digits.len() && point < 7;
    inside.then_some(())?;
    // What stands before the point moves into its place.
    let after = u64::MAX << (8 * point + 8);
    let before = word & !(u64::MAX << (8 * point));
    let size = number(word & after | before << 8 | 0x30)? as f64 / TENS[7 - point];
    Some(if negative { -size } else { size })
}

/// `2024-02-29 13:05:59.25` with up to eight decimals or none, with `T` or a blank between and
/// with a `Z` or nothing behind, as nanoseconds since 1970; `None` where 64 bits may not do.
pub(super) fn timestamp(text: &[u8]) -> Option<i64> {
    let text = text.strip_suffix(b"Z").unwrap_or(text);
    let (begin, fraction) = text.split_first_chunk::<19>()?;
    matches!(begin[10], b' ' | b'T').then_some(())?;
    let date = digits(begin.first_chunk()?, DATE)?;
    let mut hours: [u8; 8] = *begin[8..].first_chunk()?;
    hours[2] = b'x';
    let hours = digits(&hours, HOURS)?;
    let seconds = digits(begin.last_chunk()?, TIME)?;
    let two = |word: u64, at: u32| {
        let pair = word >> (8 * at);
        ((pair & 15) * 10 + (pair >> 8 & 15)).cast_signed()
    };
    let (year, month, day) = (two(date, 0) * 100 + two(date, 2), two(date, 5), two(hours, 0));
    let months = year.checked_sub(FIRST_YEAR)? * 12;
    (1..=12).contains(&month).then_some(())?;
    let month = usize::try_from(months + month - 1).ok()?;
    let (first, next) = (*MONTHS.get(month)?, *MONTHS.get(month + 1)?);
    let days = i64::from(first) + day - 1;
    (day >= 1 && days < i64::from(next)).then_some(())?;
    let nano = match fraction {
        [] => 0,
        [b'.', digits @ ..] => {
            let missing = 9_u32.checked_sub(u32::try_from(digits.len()).ok()?)?;
            number(word(digits)?)?.cast_signed() * 10_i64.pow(missing)
        }
        _ => return None,
    };
    let nanos = temporal::nanos(two(seconds, 0), two(seconds, 3), two(seconds, 6), nano)?;
    Some(days * DAY + nanos)
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    }
}

/// Up to eight bytes, at least one, behind as many zeros as are missing.
fn word(text: &[u8]) -> Option<u64> {
    let len = text.len();
    let missing = 8_usize.checked_sub(len)? * 8;
    let word = match len {
        0 => return None,
        1..4 => {
            let byte = |at: usize| u64::from(text[at]) << (missing + 8 * at);
            byte(0) | byte(len / 2) | byte(len - 1)
        }
        4..8 => {
            // Both may have bytes in common, which are the same.
            let (first, last) = (text.first_chunk()?, text.last_chunk()?);
            u64::from(u32::from_le_bytes(*first)) << missing
                | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => return text.first_chunk().map(|word| u64::from_le_bytes(*word)),
    };
    Some(word | ZEROS >> (8 * len))
}

/// The number that eight digits are.
fn number(word: u64) -> Option<u64> {
    let digits = in_digits(word ^ ZEROS)?;
    // Neighbours become numbers of two digits, those of four, those of eight.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = 0x0000_00ff_0000_00ff;
    let (first, second) = (0x000f_4240_0000_0064, 0x0000_2710_0000_0001);
    let sum = (pairs & low).wrapping_mul(first);
    Some(sum.wrapping_add((pairs >> 16 & low).wrapping_mul(second)) >> 32)
}

/// The same if each byte is at most 9.
fn in_digits(word: u64) -> Option<u64> {
    let high = 0xf0f0_f0f0_f0f0_f0f0;
    ((word | word.wrapping_add(0x0606_0606_0606_0606)) & high == 0).then_some(word)
}

/// The digits that stand where the form has a zero, if all else is as there.
fn digits(text: &[u8; 8], form: Form) -> Option<u64> {
    let digits = in_digits(u64::from_le_bytes(*text) ^ form.bytes)?;
    (digits & form.fixed == 0).then_some(digits)
}

/// Eight bytes as they should be, and which of them are no digits.
#[derive(Clone, Copy)]
struct Form {
    bytes: u64,
    fixed: u64,
}

const DATE: Form = Form::new(*b"0000-00-");
const HOURS: Form = Form::new(*b"00x00:00");
const TIME: Form = Form::new(*b"00:00:00");

impl Form {
    const fn new(bytes: [u8; 8]) -> Self {
        let (mut fixed, mut at) = ([0; 8], 0);
        while at < fixed.len() {
            fixed[at] = if bytes[at] == b'0' { 0 } else { 0xff };
            at += 1;
        }
        Self { bytes: u64::from_le_bytes(bytes), fixed: u64::from_le_bytes(fixed) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::number as careful;
    use super::*;
    use crate::value::Num;

    proptest::proptest! {
        #[test]
        fn numbers_are_those_of_the_careful_way(
            text in "[+-]?[0-9]{0,17}", odd in "-?[0-9./:\u{e9} ]{0,10}",
        ) {
            for text in [text.as_bytes(), odd.as_bytes()] {
                if let Some(found) = int(text) {
                    proptest::prop_assert_eq!(Some(found), careful::wide(text).map(|wide| wide as i64));
                } else {
                    let common = text.len() < 17 && !text.starts_with(b"+");
                    proptest::prop_assert!(!common || careful::wide(text).is_none());
                }
            }
        }

        #[test]
        fn decimals_are_those_of_the_standard_library(
            text in "-?[0-9]{1,4}\\.[0-9]{1,3}", odd in "-?[0-9.,e/]{0,9}",
        ) {
            let expected: f64 = text.parse().unwrap();
            let found = decimal(text.as_bytes());
            proptest::prop_assert_eq!(found.map(f64::to_bits), Some(expected.to_bits()));
            if let Some(found) = decimal(odd.as_bytes()) {
                let Some(Num::Float(expected)) = careful::number(odd.as_bytes()) else {
                    panic!("{odd}");
                };
                proptest::prop_assert_eq!(found.to_bits(), expected.to_bits());
            }
        }

        #[test]
        fn timestamps_are_those_of_the_careful_way(
            date in "(1[5-9]|20|2[2-4])[0-9]{2}-[01][0-9]-[0-3][0-9]",
            time in "[ Tx][012][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,9})?[Z:]?",
            at in 0_usize..20, letter in "[-0-9:/;. ]",
        ) {
            let text = date + &time;
            let mut odd = text.clone();
            odd.replace_range(at.min(text.len())..(at + 1).min(text.len()), &letter);
            for text in [text, odd] {
                let expected = temporal::timestamp(text.as_bytes());
                match timestamp(text.as_bytes()) {
                    Some(found) => proptest::prop_assert_eq!(Some(i128::from(found)), expected),
                    None => {
                        let within = (1678..2262).contains(&text[..4].parse().unwrap_or(0));
                        let separators = (&text[16..17], text.get(19..20).unwrap_or_default());
                        let common = within
                            && text.len() < 28
                            && matches!(separators, (":", "" | "." | "Z"));
                        proptest::prop_assert!(!common || expected.is_none(), "{text}");
                    }
                }
            }
        }
    }
}
