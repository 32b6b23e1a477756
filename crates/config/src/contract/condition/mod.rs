//! `condition` of Tollgate's own rules: a tiny language about the values of one row.
//!
//! ```text
//! end_date >= start_date
//! status = 'churned' implies churn_date is not null
//! plan in ('basic', 'pro') and total <= 1.1 * (price - discount)
//! ```
//! Columns by name (in double quotes where it is no word), numbers, texts and dates in single
//! quotes, `true` and `false`; `= != < <= > >=`, `+ - * /`, `and or not implies`, `is [not] null`,
//! `[not] in (…)`, `[not] between … and …`. From the loosest to the tightest: `implies`, `or`,
//! `and`, `not`, comparisons, `+ -`, `* /`.

mod lex;
mod parse;
mod types;

use tollgate_model::Condition;

use self::parse::Part;
use self::types::Columns;
use super::column::Names;
use crate::shape::At;
use crate::sink::Sink;
use crate::{Code, Problem, Span};

/// A longer text is no condition that a person can check.
const BYTES: usize = 8 << 10;

/// What is wrong with a condition, at some of its bytes.
pub(super) struct Fault {
    start: usize,
    end: usize,
    message: String,
    hint: Option<String>,
    code: Code,
}

impl Fault {
    fn new(start: usize, end: usize, message: impl Into<String>) -> Self {
        Self { start, end, message: message.into(), hint: None, code: Code::BadCondition }
    }

    fn of(part: &Part, message: impl Into<String>) -> Self {
        Self::new(part.start, part.end, message)
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    fn column(self) -> Self {
        Self { code: Code::UnknownColumn, ..self }
    }

    fn problem(self, text: &At<String>) -> Problem {
        let span = within(text, self.start, self.end);
        Problem::new(self.code, span, self.message).maybe_hint(self.hint)
    }
}

/// What the text says about rows with these columns; nothing where that is a problem.
pub(crate) fn condition(
    text: &At<String>,
    columns: &[Names<'_>],
    sink: &mut Sink,
) -> Option<Condition> {
    match read(&text.value, columns) {
        Ok(condition) => Some(condition),
        Err(fault) => {
            sink.add(fault.problem(text));
            None
        }
    }
}

fn read(text: &str, columns: &[Names<'_>]) -> Result<Condition, Fault> {
    if text.len() > BYTES {
        return Err(
            Fault::new(0, 0, "the condition is too long").hint("split it into several rules")
        );
    }
    let condition = Columns(columns).condition(&parse::parse(text)?)?;
    match condition.columns().is_empty() {
        true => Err(Fault::new(0, text.len(), "the condition names no column")),
        false => Ok(condition),
    }
}

/// The place of some bytes of a text. Where the file has it in another form than it means (in a
/// block, or with escapes), it is the place of the whole.
fn within(text: &At<String>, start: usize, end: usize) -> Span {
    let (span, value) = (text.span, &text.value);
    let quotes = match (span.end - span.start).checked_sub(value.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return span,
    };
    if value.contains('\n') {
        return span;
    }
    let column = value[..start].chars().count() as u32 + quotes as u32 + span.column;
    let first = span.start + quotes;
    Span { start: first + start, end: first + end.max(start), column, ..span }
}

#[cfg(test)]
mod tests {
    use tollgate_model::LogicalType;

    use super::*;

    fn columns() -> Vec<Names<'static>> {
        use LogicalType::{Boolean, Date, Integer, Number, String, Timestamp};
        let named =
            |name, logical_type| Names { logical: name, name, span: Span::default(), logical_type };
        vec![
            named("a", Some(Integer)),
            named("b", Some(Number)),
            named("s", Some(String)),
            named("t", Some(String)),
            named("from", Some(Date)),
            named("until", Some(Date)),
            named("seen", Some(Timestamp)),
            named("flag", Some(Boolean)),
            named("monthly fee", None),
            named("list", Some(LogicalType::Array)),
        ]
    }

    fn json(text: &str) -> String {
        let condition = read(text, &columns()).map_err(|fault| fault.message);
        serde_json::to_string(&condition.unwrap()).unwrap()
    }

    fn message(text: &str) -> (String, String, Option<String>) {
        let fault = read(text, &columns()).unwrap_err();
        (text[fault.start..fault.end].to_owned(), fault.message, fault.hint)
    }

    #[test]
    fn different_ways_to_say_the_same() {
        for (one, other) in [
            ("a = 1", "a == 1"),
            ("a <> 1", "a != 1"),
            (
                "a + b * 2 > 3 and not flag or s = 'x'",
                "((a + (b * 2)) > 3 and (not flag)) or (s = 'x')",
            ),
            ("flag implies a > 1 implies b > 1", "flag implies (a > 1 implies b > 1)"),
            ("a between 1 and 3", "a >= 1 and a <= 3"),
            ("a not in (1, 2)", "NOT a IN (1, 2)"),
            ("a is not null", "not (a is null)"),
            ("a - b - 1 > 0", "(a - b) - 1 > 0"),
            ("a > -1", "(a) > (-1)"),
            ("\"monthly fee\" > 3", "`monthly fee` > 3"),
        ] {
            assert_eq!(json(one), json(other), "{one}");
        }
        assert_ne!(json("a - (b - 1) > 0"), json("a - b - 1 > 0"));
        assert!(json("s = 'it''s'").contains("it's"));
        assert!(json("until - \"from\" <= 30 and seen >= '2024-01-31'").contains("minus"));
    }

    #[test]
    fn what_is_wrong_is_told_at_its_place() {
        for (text, place, expected) in [
            ("a >", "", "expected a column or a value, found the end"),
            ("a > 1 b", "b", "expected `and`, `or` or the end, found `b`"),
            ("a < b < 3", "<", "expected `and`, `or` or the end, found `<`"),
            ("a = null", "null", "expected a column or a value, found `null`"),
            ("a > 'x'", "a > 'x'", "a number is compared with a text"),
            ("s > 5", "s > 5", "a text is compared with a number"),
            ("from > 'soon'", "'soon'", "`soon` is not a date"),
            ("flag > true", "flag > true", "truth values have no order"),
            ("a", "a", "this is a number, and not a condition by itself"),
            ("a + 1", "a + 1", "a value, where a condition is expected"),
            ("(a > 1) + 1 > 2", "a > 1", "a condition, where a value is expected"),
            ("s + 1 > 2", "s", "a text can't be calculated with"),
            ("1 < 2", "1 < 2", "two fixed values are compared"),
            ("a in (1, b)", "b", "a list of values holds fixed values only"),
            ("a in 1", "1", "expected `(` and a list of values, found a value"),
            ("(a > 1", "", "expected `)`, found the end"),
            ("a > 1 && b > 1", "&&", "`&&` has no meaning here"),
            ("a > 1e999", "1e999", "`1e999` is no finite number"),
            ("from > 2024-01-31", "from > 2024-01-31", "a date is compared with a number"),
            (
                "from > 2024:1",
                "2024",
                "`2024` is followed by something that is no part of a number",
            ),
            ("s = 'x", "'x", "the quote ' is not closed"),
            ("c > 1", "c", "the table has no column `c`"),
            ("list is null", "list", "`list` holds lists or records"),
            ("a > §", "§", "`§` has no meaning here"),
            ("1 is null", "1 is null", "the condition names no column"),
            ("", "", "expected a column or a value, found the end"),
        ] {
            let (found, message, _) = message(text);
            assert_eq!((found.as_str(), message.as_str()), (place, expected), "{text}");
        }
        assert_eq!(message("utnil > \"from\"").2.as_deref(), Some("did you mean `until`?"));
    }

    #[test]
    fn what_is_long_or_deep_is_refused() {
        for text in [
            format!("{}a > 1", "(".repeat(100_000)),
            format!("{}a > 1{}", "(".repeat(200), ")".repeat(200)),
            format!("{}flag", "not ".repeat(200)),
            format!("a > {}1", "- ".repeat(200)),
            format!("a > 1{}", " + 1".repeat(200)),
            format!("flag{}", " implies flag".repeat(200)),
            format!("flag{}", " or flag".repeat(1_000)),
        ] {
            let why = read(&text, &columns()).unwrap_err().message;
            assert!(why.contains("too"), "{why}");
        }
        assert!(read(&format!("flag{}", " or flag".repeat(300)), &columns()).is_ok());
    }

    #[test]
    fn a_place_inside_of_a_text_is_one_in_the_file() {
        let span = Span { start: 20, end: 29, line: 3, column: 11 };
        let text = At { value: "é a >".to_owned(), span: Span { end: 28, ..span }, key: span };
        let found = within(&text, 3, 4);
        assert_eq!((found.start, found.end, found.column), (24, 25, 14), "in quotes");
        let escaped = At { value: "é a".to_owned(), ..text };
        assert_eq!(within(&escaped, 3, 4), escaped.span, "in another form");
    }
}
