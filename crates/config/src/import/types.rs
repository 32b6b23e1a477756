//! What others call the types of columns, and how they write dates down.

/// The logical type that is called so in databases, pandas, Spark or Python.
pub(super) fn named(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let base = lower.split(['(', '[', '<']).next().unwrap_or_default().trim();
    // `datetime64[ns]` and `TIMESTAMP_NTZ` are told by their beginning.
    Some(match base.trim_end_matches("type").trim_end_matches(|c: char| c.is_ascii_digit()) {
        "int" | "uint" | "integer" | "bigint" | "smallint" | "tinyint" | "long" | "short"
        | "byteint" | "hugeint" => "integer",
        "float" | "double" | "double precision" | "number" | "numeric" | "decimal" | "real"
        | "bigdecimal" => "number",
        "str" | "string" | "text" | "varchar" | "char" | "character varying" | "nvarchar"
        | "character" | "categorical" | "category" => "string",
        "bool" | "boolean" => "boolean",
        "date" => "date",
        "time" => "time",
        "datetime"
        | "timestamp"
        | "timestamptz"
        | "timestamp_ntz"
        | "timestamp_tz"
        | "timestamp_ltz"
        | "timestamp with time zone"
        | "timestamp without time zone" => "timestamp",
        "array" | "list" => "array",
        "object" | "record" | "struct" | "map" | "json" | "jsonb" | "variant" => "object",
        _ => return None,
    })
}

/// A format of `strftime` as the standard's pattern, with the logical type that it has.
pub(super) fn strftime(format: &str) -> Option<(&'static str, String)> {
    let (mut pattern, mut day, mut time) = (String::new(), false, false);
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            match c {
                c if c.is_ascii_alphabetic() => pattern.push_str(&format!("'{c}'")),
                c if "-/.: ,".contains(c) => pattern.push(c),
                _ => return None,
            }
            continue;
        }
        let (part, is_day) = match chars.next()? {
            'Y' => ("yyyy", true),
            'm' => ("MM", true),
            'd' => ("dd", true),
            'F' => ("yyyy-MM-dd", true),
            'H' => ("HH", false),
            'M' => ("mm", false),
            'S' => ("ss", false),
            'f' => ("SSSSSS", false),
            'T' => ("HH:mm:ss", false),
            'z' => ("XXX", false),
            _ => return None,
        };
        pattern.push_str(part);
        day |= is_day;
        time |= !is_day;
    }
    Some((
        match (day, time) {
            (true, true) => "timestamp",
            (true, false) => "date",
            (false, true) => "time",
            (false, false) => return None,
        },
        pattern,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_others() {
        for (theirs, ours) in [
            ("int64", Some("integer")),
            ("Int64", Some("integer")),
            ("VARCHAR(20)", Some("string")),
            ("string[python]", Some("string")),
            ("IntegerType", Some("integer")),
            ("datetime64[ns, UTC]", Some("timestamp")),
            ("numeric(10, 2)", Some("number")),
            ("geography", None),
        ] {
            assert_eq!(named(theirs), ours, "{theirs}");
        }
    }

    #[test]
    fn formats_of_dates() {
        assert_eq!(strftime("%d.%m.%Y"), Some(("date", "dd.MM.yyyy".into())));
        let full = strftime("%Y-%m-%dT%H:%M:%S%z");
        assert_eq!(full, Some(("timestamp", "yyyy-MM-dd'T'HH:mm:ssXXX".into())));
        assert_eq!(strftime("%H:%M"), Some(("time", "HH:mm".into())));
        assert_eq!(strftime("%B %Y"), None);
        assert_eq!(strftime("-"), None);
    }
}
