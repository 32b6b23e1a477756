//! Numbers and truth values from text.

use crate::value::Num;

/// A whole number of 64 bits.
pub(crate) fn int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    // 18 digits can't overflow; longer ones are rare enough for the careful way.
    if digits.len() > 18 {
        return wide(text).and_then(|value| i64::try_from(value).ok());
    }
    let size = unsigned(digits)?.cast_signed();
    Some(if negative { -size } else { size })
}

/// A whole number of 128 bits.
pub(crate) fn wide(text: &[u8]) -> Option<i128> {
    let (negative, digits) = sign(text);
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i128, |sum, byte| {
        let digit = i128::from(digit(*byte)?);
        let sum = sum.checked_mul(10)?;
        if negative { sum.checked_sub(digit) } else { sum.checked_add(digit) }
    })
}

/// A number in plain or scientific notation; `NaN` and `inf` are numbers too.
pub(crate) fn number(text: &[u8]) -> Option<Num> {
    if let Some(whole) = int(text) {
        return Some(Num::Int(whole));
    }
    plain_decimal(text).or_else(|| std::str::from_utf8(text).ok()?.parse().ok()).map(Num::Float)
}

/// `true`, `false`, `t`, `f` in any case, `1` and `0`.
pub(crate) fn boolean(text: &[u8]) -> Option<bool> {
    match text {
        b"1" | b"t" | b"T" => Some(true),
        b"0" | b"f" | b"F" => Some(false),
        _ if text.eq_ignore_ascii_case(b"true") => Some(true),
        _ if text.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

/// At most 18 digits.
fn unsigned(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |sum, byte| Some(sum * 10 + u64::from(digit(*byte)?)))
}

/// Powers of ten that `f64` holds exactly.
const TENS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The common form, "29.85", at several times the speed of the general one. Up to 15 digits and
/// the power of ten are exact in `f64`, and one division of exact numbers is correctly rounded
/// (Clinger 1990).
#[expect(clippy::cast_precision_loss, reason = "15 digits are exact in f64")]
fn plain_decimal(text: &[u8]) -> Option<f64> {
    let (negative, digits) = sign(text);
    let point = digits.iter().position(|byte| *byte == b'.')?;
    let (whole, decimals) = (&digits[..point], &digits[point + 1..]);
    if whole.is_empty() || decimals.is_empty() || digits.len() > 16 {
        return None;
    }
    let mut all = whole.iter().chain(decimals);
    let all = all.try_fold(0_u64, |sum, byte| Some(sum * 10 + u64::from(digit(*byte)?)))?;
    let size = all as f64 / TENS[decimals.len()];
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_any_size_and_nothing_else() {
        let cases: &[(&str, Option<i64>)] = &[
            ("0", Some(0)),
            ("-7", Some(-7)),
            ("+7", Some(7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("", None),
            ("-", None),
            ("5.0", None),
            ("1e3", None),
            ("٣", None),
        ];
        for (text, expected) in cases {
            assert_eq!(int(text.as_bytes()), *expected, "{text}");
        }
        assert_eq!(wide(b"18446744073709551615"), Some(i128::from(u64::MAX)));
        assert_eq!(wide(b"-170141183460469231731687303715884105728"), Some(i128::MIN));
        assert_eq!(wide(b"170141183460469231731687303715884105728"), None);
    }

    proptest::proptest! {
        #[test]
        fn the_short_way_rounds_as_the_long_way(text in "-?[0-9]{1,9}\\.[0-9]{1,9}") {
            let expected: f64 = text.parse().unwrap();
            let found = number(text.as_bytes()).unwrap().as_f64();
            assert_eq!(found.to_bits(), expected.to_bits());
        }
    }
}
