//! Durations and sizes as people write them.

use std::time::Duration;

const TIMES: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

const SIZES: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

/// `90s`, `5m`, `1h30m`, `250ms`, `2d`: whole numbers with units, largest first or not.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("`{text}` is not a duration: expected such as 30s, 5m or 1h30m");
    let mut rest = text.trim();
    let mut millis: u64 = 0;
    if rest.is_empty() {
        return Err(expected());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(expected)?;
        let unit_end = rest[digits..]
            .find(|c: char| !c.is_ascii_alphabetic())
            .map_or(rest.len(), |length| digits + length);
        let number: u64 = rest[..digits].parse().map_err(|_| expected())?;
        let unit = &rest[digits..unit_end];
        let scale = TIMES.iter().find(|(name, _)| *name == unit).ok_or_else(expected)?.1;
        millis = number
            .checked_mul(scale)
            .and_then(|part| millis.checked_add(part))
            .ok_or_else(expected)?;
        rest = rest[unit_end..].trim_start();
    }
    Ok(Duration::from_millis(millis))
}

/// `600MB`, `2GiB`, `1024B`: a whole or decimal number with a unit, in bytes.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let expected = || format!("`{text}` is not a size: expected such as 600MB or 2GiB");
    let text = text.trim();
    let (unit, scale) = SIZES.iter().find(|(u, _)| text.ends_with(u)).ok_or_else(expected)?;
    let number: f64 = text[..text.len() - unit.len()].trim().parse().map_err(|_| expected())?;
    let bytes = number * *scale as f64;
    if number.is_finite() && number >= 0.0 && bytes < u64::MAX as f64 {
        return Ok(bytes as u64);
    }
    Err(expected())
}

/// A duration in at most two units: `38 ms`, `4.2 s`, `3 m 12 s`, `2 h 05 m`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..59_950 => format!("{:.1} s", duration.as_secs_f64()),
        59_950..3_600_000 => {
            let seconds = (millis + 500) / 1_000;
            format!("{} m {:02} s", seconds / 60, seconds % 60)
        }
        _ => format!("{} h {:02} m", millis / 3_600_000, millis / 60_000 % 60),
    }
}

/// A size in decimal units: `512 B`, `3.4 MB`.
#[must_use]
pub fn format_bytes(bytes: u64) -> String {
    let (unit, scale) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => ("kB", 1e3),
        1_000_000..1_000_000_000 => ("MB", 1e6),
        _ => ("GB", 1e9),
    };
    format!("{:.1} {unit}", bytes as f64 / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_duration(" 250ms "), Ok(Duration::from_millis(250)));
        for junk in ["", "5", "m", "5 parsecs", "-1s", "99999999999999999999s"] {
            assert!(parse_duration(junk).is_err(), "{junk}");
        }
        assert_eq!(format_duration(Duration::from_millis(38)), "38 ms");
        assert_eq!(format_duration(Duration::from_millis(4_240)), "4.2 s");
        assert_eq!(format_duration(Duration::from_millis(59_970)), "1 m 00 s");
        assert_eq!(format_duration(Duration::from_secs(7_500)), "2 h 05 m");
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_bytes("600MB"), Ok(600_000_000));
        assert_eq!(parse_bytes("1.5 GiB"), Ok(1_610_612_736));
        for junk in ["", "12", "MB", "-1MB", "nanB", "1e300TB"] {
            assert!(parse_bytes(junk).is_err(), "{junk}");
        }
        assert_eq!(format_bytes(999), "999 B");
        assert_eq!(format_bytes(3_400_000), "3.4 MB");
    }
}
