//! Single values: exact comparison, and keys by which equal values are found.

use std::cmp::Ordering;

/// A number of a column that may have decimals. Whole numbers stay exact beyond 2⁵³.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Num {
    /// Written without decimals.
    Int(i64),
    /// Any other, NaN and infinities included.
    Float(f64),
}

/// One value that has an order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    /// A whole number, a decimal without its point, days or nanoseconds; the domain knows.
    Fixed(i128),
    /// A number.
    Num(Num),
}

/// A place on the line of whole numbers: at `floor`, or between it and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fixed {
    /// The greatest whole number that is not above it.
    pub(crate) floor: i128,
    /// Whether it is that number.
    pub(crate) exact: bool,
}

/// 2⁶³, the first whole number above `i64`.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

impl Num {
    /// `None` where one of them is NaN.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Int(a), Self::Float(b)) => int_against_float(a, b),
            (Self::Float(a), Self::Int(b)) => int_against_float(b, a).map(Ordering::reverse),
        }
    }

    /// The nearest floating-point number.
    #[expect(clippy::cast_precision_loss, reason = "asked for the nearest")]
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Int(whole) => whole as f64,
            Self::Float(number) => number,
        }
    }

    /// The same as a floating-point number, if there is one that is.
    pub(crate) fn as_exact_f64(self) -> Option<f64> {
        match self {
            Self::Int(whole) if whole.unsigned_abs() > 1 << 53 => None,
            _ => Some(self.as_f64()),
        }
    }

    /// Floats that are whole numbers become such, so that 5 and 5.0 are one value.
    fn key(self) -> u128 {
        match self {
            Self::Int(whole) => fixed_key(i128::from(whole)),
            Self::Float(number) if number.abs() < TWO_63 && is_whole(number) => {
                fixed_key(i128::from(truncated(number)))
            }
            Self::Float(number) if number.is_nan() => 1 << 64,
            Self::Float(number) => (2 << 64) | u128::from(number.to_bits()),
        }
    }
}

/// Whether there and back it is the same; a processor does that faster than to ask for decimals.
#[expect(clippy::cast_precision_loss, reason = "what is lost was none of its digits")]
#[expect(clippy::float_cmp, reason = "just the same")]
fn is_whole(number: f64) -> bool {
    truncated(number) as f64 == number
}

#[expect(clippy::cast_possible_truncation, reason = "within the range of i64")]
fn truncated(number: f64) -> i64 {
    number as i64
}

/// Without a detour through floating point, which has gaps between whole numbers beyond 2⁵³.
#[expect(clippy::cast_possible_truncation, reason = "the whole part, within the range of i64")]
fn int_against_float(whole: i64, number: f64) -> Option<Ordering> {
    if number.is_nan() {
        return None;
    }
    if number >= TWO_63 {
        return Some(Ordering::Less);
    }
    if number < -TWO_63 {
        return Some(Ordering::Greater);
    }
    let decimals = || 0.0_f64.partial_cmp(&number.fract()).unwrap_or(Ordering::Equal);
    Some(whole.cmp(&(number.trunc() as i64)).then_with(decimals))
}

impl Value {
    /// `None` where one is NaN, or they are of different kinds.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Fixed(a), Self::Fixed(b)) => Some(a.cmp(&b)),
            (Self::Num(a), Self::Num(b)) => a.compare(b),
            _ => None,
        }
    }

    /// 128 bits that are the same exactly for equal values of one column.
    pub(crate) fn key(self) -> u128 {
        match self {
            Self::Fixed(value) => fixed_key(value),
            Self::Num(value) => value.key(),
        }
    }
}

fn fixed_key(value: i128) -> u128 {
    value.cast_unsigned()
}

/// Bytes of a text that fit into a key beside their number.
const SHORT: usize = 15;
/// Tells a hash from a short text.
const HASHED: u128 = 1 << 127;

/// The key of a text among texts: short ones as they are, which costs no hash and is exact; of
/// longer ones 127 bits of their BLAKE3, of which no short text is mistaken for one.
pub(crate) fn short_key(text: &[u8]) -> u128 {
    if text.len() > SHORT {
        return text_key(text) | HASHED;
    }
    let mut bytes = [0; 16];
    bytes[..text.len()].copy_from_slice(text);
    u128::from_le_bytes(bytes) | (text.len() as u128) << 120
}

/// The key of a JSON value that is no text, among texts: like none of theirs.
pub(crate) fn token_key(token: &[u8]) -> u128 {
    text_key(&[b"\0token\0", token].concat()) | HASHED
}

/// The first 128 bits of the text's BLAKE3: two texts of 2³² share one with probability 2⁻⁶⁵.
pub(crate) fn text_key(text: &[u8]) -> u128 {
    let hash = blake3::hash(text);
    hash.as_bytes().first_chunk().map_or(0, |half| u128::from_le_bytes(*half))
}

impl Fixed {
    /// Exactly this number.
    pub(crate) fn at(value: i128) -> Self {
        Self { floor: value, exact: true }
    }

    /// A decimal number as a multiple of 10 to the power of −`scale`; what is beyond 128 bits is
    /// taken as their end. `None` where the text is no plain decimal.
    pub(crate) fn parse(text: &str, scale: u32) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(decimals.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (kept, rest) = decimals.split_at(decimals.len().min(scale as usize));
        let padding = scale as usize - kept.len();
        let digits = whole.bytes().chain(kept.bytes()).map(|byte| byte - b'0');
        let size = digits
            .chain(std::iter::repeat_n(0, padding))
            .fold(0_i128, |sum, digit| sum.saturating_mul(10).saturating_add(i128::from(digit)));
        let exact = rest.bytes().all(|byte| byte == b'0');
        let floor = if negative { -size - i128::from(!exact) } else { size };
        Some(Self { floor, exact })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_compared_exactly_with_floats() {
        let big = 9_007_199_254_740_993; // 2⁵³ + 1, which no f64 is
        let cases = [
            (big, 9_007_199_254_740_992.0, Some(Ordering::Greater)),
            (5, 5.0, Some(Ordering::Equal)),
            (5, 5.5, Some(Ordering::Less)),
            (-5, -5.5, Some(Ordering::Greater)),
            (i64::MAX, TWO_63, Some(Ordering::Less)),
            (i64::MIN, -TWO_63, Some(Ordering::Equal)),
            (0, f64::NAN, None),
            (0, f64::NEG_INFINITY, Some(Ordering::Greater)),
        ];
        for (whole, number, expected) in cases {
            let found = Num::Int(whole).compare(Num::Float(number));
            assert_eq!(found, expected, "{whole} against {number}");
        }
    }

    #[test]
    fn five_and_five_point_zero_are_one_value() {
        assert_eq!(Num::Int(5).key(), Num::Float(5.0).key());
        assert_eq!(Num::Float(0.0).key(), Num::Float(-0.0).key());
        assert_eq!(Num::Int(1 << 62).key(), Num::Float(2_f64.powi(62)).key());
        assert_ne!(Num::Int(i64::MAX).key(), Num::Float(TWO_63).key());
        assert_ne!(Num::Int(5).key(), Num::Float(5.5).key());
        assert_ne!(Num::Int(-1).key(), Num::Float(f64::NAN).key());
    }

    proptest::proptest! {
        #[test]
        fn keys_of_texts_are_the_same_exactly_for_the_same_texts(
            a in "[a\0]{0,17}", b in "[a\0]{0,17}",
        ) {
            let same = short_key(a.as_bytes()) == short_key(b.as_bytes());
            proptest::prop_assert_eq!(same, a == b);
        }
    }

    #[test]
    fn decimals_are_placed_between_their_neighbours() {
        let cases = [
            ("1.5", 1, 15, true),
            ("1.55", 1, 15, false),
            ("-1.55", 1, -16, false),
            ("2", 3, 2000, true),
            ("0.50", 1, 5, true),
        ];
        for (text, scale, floor, exact) in cases {
            assert_eq!(Fixed::parse(text, scale), Some(Fixed { floor, exact }), "{text}");
        }
        assert_eq!(Fixed::parse("1e5", 0), None);
    }
}
