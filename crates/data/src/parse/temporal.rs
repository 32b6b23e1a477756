//! Dates, times of day and timestamps in ISO 8601 (its extended form).

use jiff::civil::Date;

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of a day.
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// `2024-02-29`, as days since 1970-01-01.
pub(crate) fn date(text: &[u8]) -> Option<i64> {
    let (days, rest) = take_date(text)?;
    rest.is_empty().then_some(days)
}

/// `13:05`, `13:05:59`, `13:05:59.25`, as nanoseconds since midnight.
pub(crate) fn time(text: &[u8]) -> Option<i64> {
    let (nanos, rest) = take_time(text)?;
    rest.is_empty().then_some(nanos)
}

/// `2024-02-29T13:05:59.25+01:00`, as nanoseconds since 1970. A blank may stand for the `T`; a
/// time without offset is taken as UTC, a date alone as its midnight.
pub(crate) fn timestamp(text: &[u8]) -> Option<i128> {
    let (days, rest) = take_date(text)?;
    let (nanos, rest) = match rest {
        [] => (0, rest),
        [b'T' | b't' | b' ', rest @ ..] => take_time(rest)?,
        _ => return None,
    };
    let (offset, rest) = take_offset(rest)?;
    rest.is_empty().then(|| moment(days, nanos) - i128::from(offset))
}

/// Days and nanoseconds of a day as nanoseconds since 1970.
pub(crate) fn moment(days: i64, nanos: i64) -> i128 {
    i128::from(days) * i128::from(DAY) + i128::from(nanos)
}

/// Days since 1970-01-01; `None` where there is no such day.
pub(crate) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    Some(day_number(year, month, day))
}

/// The same of a day that there is.
///
/// Counting from March makes the leap day the last of the year (Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms").
pub(super) const fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Nanoseconds since midnight; `None` where there is no such time. A leap second is taken as the
/// second before it, as RFC 3339 allows.
pub(crate) fn nanos(hour: i64, minute: i64, second: i64, nano: i64) -> Option<i64> {
    let valid = hour < 24 && minute < 60 && second <= 60;
    valid.then(|| ((hour * 60 + minute) * 60 + second.min(59)) * SECOND + nano)
}

/// The number that the first `width` bytes are, and what follows them.
pub(crate) fn take_digits(text: &[u8], width: usize) -> Option<(i64, &[u8])> {
    let (digits, rest) = text.split_at_checked(width)?;
    let number = digits.iter().try_fold(0_i64, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'))
    })?;
    Some((number, rest))
}

/// Decimals of a second (at least one digit; more than nine are cut off), as nanoseconds.
pub(crate) fn take_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let width = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(width);
    let (kept, _) = take_digits(digits, width.min(9))?;
    let missing = 9 - u32::try_from(width.min(9)).ok()?;
    (width > 0).then_some((kept * 10_i64.pow(missing), rest))
}

/// Nothing, `Z`, `+01`, `+0100` or `+01:00`, as nanoseconds east of Greenwich.
pub(crate) fn take_offset(text: &[u8]) -> Option<(i64, &[u8])> {
    let (direction, rest) = match text {
        [] => return Some((0, text)),
        [b'Z' | b'z', rest @ ..] => return Some((0, rest)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = take_digits(rest, 2)?;
    let (minutes, rest) = match rest {
        [] => (0, rest),
        [b':', rest @ ..] | rest => take_digits(rest, 2)?,
    };
    let valid = hours < 24 && minutes < 60;
    valid.then_some((direction * (hours * 60 + minutes) * 60 * SECOND, rest))
}

fn take_date(text: &[u8]) -> Option<(i64, &[u8])> {
    let (year, rest) = take_digits(text, 4)?;
    let (month, rest) = take_digits(rest.strip_prefix(b"-")?, 2)?;
    let (day, rest) = take_digits(rest.strip_prefix(b"-")?, 2)?;
    Some((days(year, month, day)?, rest))
}

fn take_time(text: &[u8]) -> Option<(i64, &[u8])> {
    let (hour, rest) = take_digits(text, 2)?;
    let (minute, rest) = take_digits(rest.strip_prefix(b":")?, 2)?;
    let (second, rest) = match rest {
        [b':', rest @ ..] => take_digits(rest, 2)?,
        _ => (0, rest),
    };
    let (nano, rest) = match rest {
        [b'.' | b',', rest @ ..] => take_fraction(rest)?,
        _ => (0, rest),
    };
    Some((nanos(hour, minute, second, nano)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_in_their_common_forms() {
        let expected = moment(19_782, 13 * 3_600 * SECOND);
        for text in [
            "2024-02-29T13:00:00Z",
            "2024-02-29 13:00",
            "2024-02-29T14:00:00+01:00",
            "2024-02-29T08:30:00.000-0430",
            "2024-02-29T15:00+02",
        ] {
            assert_eq!(timestamp(text.as_bytes()), Some(expected), "{text}");
        }
        assert_eq!(timestamp(b"2024-02-29"), Some(moment(19_782, 0)));
    }

    #[test]
    fn no_such_day_time_or_form() {
        for text in ["2023-02-29", "2024-13-01", "2024-00-10", "24-02-29", "2024/02/29", "2024-2-9"]
        {
            assert_eq!(date(text.as_bytes()), None, "{text}");
        }
        for text in ["24:00", "12:60", "12", "12:00:61", "12:00:00."] {
            assert_eq!(time(text.as_bytes()), None, "{text}");
        }
        for text in ["2024-02-29T", "2024-02-29T13:00+1", "2024-02-29T13:00 Z", "2024-02-29Tx"] {
            assert_eq!(timestamp(text.as_bytes()), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn days_are_counted_as_jiff_counts_them(year in 0_i64..9999, month in 1_i64..13, day in 1_i64..29) {
            let [y, m, d] = [year, month, day].map(|part| i16::try_from(part).unwrap());
            let date = Date::new(y, m.try_into().unwrap(), d.try_into().unwrap()).unwrap();
            let epoch = Date::new(1970, 1, 1).unwrap();
            assert_eq!(days(year, month, day), Some(i64::from(epoch.until(date).unwrap().get_days())));
        }
    }
}
