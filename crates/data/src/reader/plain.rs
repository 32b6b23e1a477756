//! Values of one width that stand side by side. Source: Parquet's "Encodings", "Plain".

use parquet::basic::Type as Physical;

use super::stored::Decode;
use crate::batch::Values;

/// Bytes of each value; `None` where they differ, or are none that is read here.
pub(super) fn width(physical: Physical) -> Option<usize> {
    match physical {
        Physical::INT32 | Physical::FLOAT => Some(4),
        Physical::INT64 | Physical::DOUBLE => Some(8),
        _ => None,
    }
}

/// Just so many values, and where `null` is set one that means nothing; `None` where there are
/// more or fewer of them, or they are not read here.
pub(super) fn values(
    bytes: &[u8],
    count: usize,
    null: bool,
    physical: Physical,
    decode: Decode,
) -> Option<Values> {
    let float = |raw| f64::from(f32::from_le_bytes(raw));
    let short = |raw| i64::from(i32::from_le_bytes(raw));
    match (physical, decode) {
        (Physical::FLOAT, Decode::Float) => all(bytes, count, null, float).map(Values::Float),
        (Physical::DOUBLE, Decode::Double) => {
            all(bytes, count, null, f64::from_le_bytes).map(Values::Float)
        }
        (Physical::INT32, Decode::Int(1)) => all(bytes, count, null, short).map(Values::Int),
        (Physical::INT64, Decode::Int(1)) => {
            all(bytes, count, null, i64::from_le_bytes).map(Values::Int)
        }
        (Physical::INT32, Decode::Wide(by)) => times(all(bytes, count, null, short)?, by),
        (Physical::INT64, Decode::Wide(by)) => {
            times(all(bytes, count, null, i64::from_le_bytes)?, by)
        }
        (Physical::INT32, Decode::Unsigned) => {
            all(bytes, count, null, |raw| i64::from(u32::from_le_bytes(raw))).map(Values::Int)
        }
        _ => None,
    }
}

fn all<const WIDTH: usize, T>(
    bytes: &[u8],
    count: usize,
    null: bool,
    read: impl Fn([u8; WIDTH]) -> T,
) -> Option<Vec<T>> {
    let (values, rest) = bytes.as_chunks::<WIDTH>();
    (values.len() == count && rest.is_empty()).then_some(())?;
    Some(values.iter().map(|raw| read(*raw)).chain(null.then(|| read([0; WIDTH]))).collect())
}

/// In 64 bits where all of them fit.
fn times(mut values: Vec<i64>, by: i64) -> Option<Values> {
    let most = i64::MAX.checked_div(by)?;
    if !values.iter().fold(true, |all, value| all & (*value >= -most) & (*value <= most)) {
        let wide = values.iter().map(|value| i128::from(*value) * i128::from(by));
        return Some(Values::Wide(wide.collect()));
    }
    values.iter_mut().for_each(|value| *value *= by);
    Some(Values::Int(values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn just_so_many_values_are_read() {
        let two = [1, 0, 0, 0, 2, 0, 0, 0];
        let read = |count, null| all(&two, count, null, i32::from_le_bytes);
        assert_eq!(read(2, false), Some(vec![1, 2]));
        assert_eq!(read(2, true), Some(vec![1, 2, 0]));
        assert_eq!(read(1, false), None);
        assert_eq!(all(&two[..7], 2, false, i32::from_le_bytes), None);
    }

    #[test]
    fn what_does_not_fit_into_64_bits_is_wide() {
        let microseconds = |value: i64| times(vec![value], 1_000);
        let most = i64::MAX / 1_000;
        for value in [most, -most] {
            let narrow = microseconds(value);
            assert!(matches!(narrow, Some(Values::Int(values)) if values == [value * 1_000]));
        }
        for value in [most + 1, i64::MIN] {
            let exact = i128::from(value) * 1_000;
            let wide = microseconds(value);
            assert!(matches!(wide, Some(Values::Wide(values)) if values == [exact]));
        }
    }
}
