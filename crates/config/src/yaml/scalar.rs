//! What a scalar means in YAML 1.2's core schema.

use crate::text::quoted;

/// A scalar as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Whether it stood in quotes, in a block, or under `!!str`: then it is text, whatever it says.
    pub(crate) is_text: bool,
}

/// What a scalar means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Meaning<'s> {
    Null,
    Bool(bool),
    /// A whole number that fits.
    Integer(i64),
    /// Any other number; infinities and NaN among them.
    Number(f64),
    Text(&'s str),
}

impl Scalar {
    pub(crate) fn meaning(&self) -> Meaning<'_> {
        if self.is_text {
            return Meaning::Text(&self.text);
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
            "true" | "True" | "TRUE" => Meaning::Bool(true),
            "false" | "False" | "FALSE" => Meaning::Bool(false),
            text => number(text).unwrap_or(Meaning::Text(text)),
        }
    }

    /// What it is, for `found …`.
    pub(crate) fn describe(&self) -> String {
        match self.meaning() {
            Meaning::Null => "nothing".into(),
            Meaning::Bool(value) => format!("`{value}`"),
            Meaning::Integer(_) | Meaning::Number(_) => {
                format!("the number {}", quoted(&self.text))
            }
            Meaning::Text("") => "an empty text".into(),
            Meaning::Text(text) => format!("the text {}", quoted(text)),
        }
    }
}

fn number(text: &str) -> Option<Meaning<'_>> {
    integer(text).map(Meaning::Integer).or_else(|| float(text).map(Meaning::Number))
}

fn integer(text: &str) -> Option<i64> {
    if let Some(digits) = text.strip_prefix("0o") {
        return unsigned(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return unsigned(digits, 16);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    is_digits(digits).then(|| text.parse().ok())?
}

// `from_str_radix` takes a sign, which the core schema doesn't after a prefix.
fn unsigned(digits: &str, radix: u32) -> Option<i64> {
    let plain = digits.starts_with(|c: char| c.is_ascii_alphanumeric());
    plain.then(|| i64::from_str_radix(digits, radix).ok())?
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, and the named ones.
fn float(text: &str) -> Option<f64> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    match body {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => return Some(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        _ => {}
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(f64::NAN);
    }
    let (mantissa, exponent) = body.split_once(['e', 'E']).unwrap_or((body, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_mantissa = match whole.is_empty() {
        true => is_digits(part),
        false => is_digits(whole) && (part.is_empty() || is_digits(part)),
    };
    let is_exponent = is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    (is_mantissa && is_exponent).then(|| text.parse().ok())?
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(text: &str) -> String {
        format!("{:?}", Scalar { text: text.into(), is_text: false }.meaning())
    }

    #[test]
    fn the_core_schema() {
        let table = [
            ("no", "Text(\"no\")"),
            ("on", "Text(\"on\")"),
            ("12", "Integer(12)"),
            ("-3", "Integer(-3)"),
            ("0o17", "Integer(15)"),
            ("0x1f", "Integer(31)"),
            ("0x-1", "Text(\"0x-1\")"),
            ("1.", "Number(1.0)"),
            (".5", "Number(0.5)"),
            ("-1.5e3", "Number(-1500.0)"),
            ("1e", "Text(\"1e\")"),
            (".", "Text(\".\")"),
            ("1.0.0", "Text(\"1.0.0\")"),
            ("1_000", "Text(\"1_000\")"),
            ("inf", "Text(\"inf\")"),
            ("-.inf", "Number(-inf)"),
            (".nan", "Number(NaN)"),
            ("99999999999999999999", "Number(1e20)"),
            ("~", "Null"),
            ("True", "Bool(true)"),
            ("2024-01-01", "Text(\"2024-01-01\")"),
        ];
        for (text, expected) in table {
            assert_eq!(meaning(text), expected, "{text}");
        }
    }

    #[test]
    fn quotes_make_text() {
        assert_eq!(Scalar { text: "5".into(), is_text: true }.meaning(), Meaning::Text("5"));
    }
}
