//! Which values a Parquet footer says there are.
//!
//! Only whole numbers count. The range of floating-point numbers leaves NaN out, which is outside
//! of every bound; that of texts is of no use to any check. Old writers compared without regard to
//! signs or the like, so what stands in the old fields is not believed. Ends that are marked as
//! inexact are still ends: no value is beyond them.

use parquet::file::statistics::Statistics;

use super::stored::Decode;
use crate::value::Value;

/// The least and the greatest value, or wider.
pub(super) fn range(statistics: &Statistics, decode: Decode) -> Option<(Value, Value)> {
    if statistics.is_min_max_deprecated() {
        return None;
    }
    let (low, high) = match statistics {
        Statistics::Int32(ends) => {
            let value = |end: &i32| match decode {
                Decode::Unsigned => Some(i128::from(end.cast_unsigned())),
                _ => whole(i64::from(*end), decode),
            };
            (value(ends.min_opt()?)?, value(ends.max_opt()?)?)
        }
        Statistics::Int64(ends) => {
            let value = |end: &i64| match decode {
                Decode::Unsigned => Some(i128::from(end.cast_unsigned())),
                _ => whole(*end, decode),
            };
            (value(ends.min_opt()?)?, value(ends.max_opt()?)?)
        }
        _ => return None,
    };
    (low <= high).then_some((Value::Fixed(low), Value::Fixed(high)))
}

fn whole(end: i64, decode: Decode) -> Option<i128> {
    match decode {
        Decode::Int(by) | Decode::Wide(by) => Some(i128::from(end) * i128::from(by)),
        _ => None,
    }
}
