//! Test results from JUnit XML, as pytest and most others write it. Source: the de-facto schema
//! of Apache Ant's JUnit task. The file comes from a step: it is hostile until read.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use tollgate_model::{TestFailure, Tests};

/// How many failures are kept, and how much of each message.
const KEPT: usize = 20;
const MESSAGE: usize = 400;

/// Greatest accepted size in bytes.
pub const LIMIT: u64 = 64 << 20;

/// Reads the test results.
///
/// # Errors
/// It is no JUnit XML; a sentence that says why.
pub fn parse(text: &str) -> Result<Tests, String> {
    let mut reader = Reader::from_str(text);
    let mut tests = Tests::default();
    let mut case: Option<Case> = None;
    let mut depth = 0u32;
    let mut suites = 0u32;
    loop {
        let event = reader.read_event().map_err(|e| format!("it is not well-formed XML: {e}"))?;
        match event {
            Event::Eof if depth > 0 => return Err("it ends in the middle".to_owned()),
            Event::Eof if suites == 0 => return Err("it has no <testsuite>".to_owned()),
            Event::Eof => return Ok(tests),
            // No producer of JUnit files needs one, and entity bombs do.
            Event::DocType(_) => return Err("it has a document type declaration".to_owned()),
            Event::Start(tag) => {
                depth += 1;
                suites += u32::from(is_suite(&tag));
                open(&tag, &mut case);
            }
            Event::Empty(tag) => {
                suites += u32::from(is_suite(&tag));
                open(&tag, &mut case);
                if tag.name().as_ref() == "testcase" {
                    close(case.take(), &mut tests);
                }
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                if tag.name().as_ref() == "testcase" {
                    close(case.take(), &mut tests);
                }
            }
            _ => {}
        }
    }
}

struct Case {
    name: String,
    failure: Option<String>,
    skipped: bool,
}

fn is_suite(tag: &BytesStart<'_>) -> bool {
    matches!(tag.name().as_ref(), "testsuite" | "testsuites")
}

fn open(tag: &BytesStart<'_>, case: &mut Option<Case>) {
    match (tag.name().as_ref(), case) {
        ("testcase", case) => {
            let class = attribute(tag, "classname").filter(|class| !class.is_empty());
            let name = attribute(tag, "name").unwrap_or_default();
            let name = class.map_or_else(|| name.clone(), |class| format!("{class}::{name}"));
            *case = Some(Case { name, failure: None, skipped: false });
        }
        ("failure" | "error", Some(case)) => {
            let message = attribute(tag, "message").unwrap_or_default();
            case.failure = Some(message.chars().take(MESSAGE).collect());
        }
        ("skipped", Some(case)) => case.skipped = true,
        _ => {}
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok().flatten()?;
    let raw = attribute.value.clone().into_owned();
    Some(quick_xml::escape::unescape(&raw).map_or_else(|_| raw.clone(), |text| text.into_owned()))
}

fn close(case: Option<Case>, tests: &mut Tests) {
    let Some(case) = case else { return };
    match case.failure {
        Some(message) => {
            tests.failed += 1;
            if tests.failures.len() < KEPT {
                tests.failures.push(TestFailure { name: case.name, message });
            }
        }
        None if case.skipped => tests.skipped += 1,
        None => tests.passed += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pytest_is_read() {
        let text = r#"<?xml version="1.0"?><testsuites><testsuite name="pytest" tests="4">
            <testcase classname="tests.test_a" name="ok" time="0.1"/>
            <testcase classname="tests.test_a" name="bad[&lt;1&gt;]"><failure message="assert 1 == 2">long</failure></testcase>
            <testcase name="broken"><error message="boom"/></testcase>
            <testcase classname="x" name="later"><skipped/></testcase>
            </testsuite></testsuites>"#;
        let tests = parse(text).unwrap();
        assert_eq!((tests.passed, tests.failed, tests.skipped), (1, 2, 1));
        assert_eq!(tests.failures[0].name, "tests.test_a::bad[<1>]");
        assert_eq!(tests.failures[0].message, "assert 1 == 2");
        assert_eq!(tests.failures[1].name, "broken");
    }

    #[test]
    fn what_is_no_junit_says_so() {
        for (text, why) in [
            ("", "no <testsuite>"),
            ("<html></html>", "no <testsuite>"),
            ("<testsuite><testcase>", "ends in the middle"),
            ("<testsuite></other>", "not well-formed"),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite/>", "document type"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn an_empty_suite_is_no_error() {
        assert_eq!(parse("<testsuite/>"), Ok(Tests::default()));
    }
}
