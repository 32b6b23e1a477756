//! Test results from JUnit XML, as pytest and most others write it. Source: the de-facto schema
//! of Apache Ant's JUnit task. The file comes from a step: it is hostile until read.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use tollgate_model::{TestFailure, Tests};

/// How many failures are kept, and how much of each name and message, in characters: they go into
/// the record for good.
const KEPT: usize = 20;
const NAME: usize = 200;
const MESSAGE: usize = 400;

/// How many suites may stand one in another.
const DEEPEST: usize = 100_000;

/// Greatest accepted size in bytes.
pub const LIMIT: u64 = 64 << 20;

/// Reads the test results.
///
/// # Errors
/// It is no JUnit XML; a sentence that says why.
pub fn parse(text: &str) -> Result<Tests, String> {
    let mut reader = Reader::from_str(text);
    let mut reading = Reading::default();
    loop {
        let event = reader.read_event().map_err(|e| format!("it is not well-formed XML: {e}"))?;
        match event {
            Event::Eof if reading.depth > 0 => return Err("it ends in the middle".to_owned()),
            Event::Eof if !reading.any_suite => return Err("it has no <testsuite>".to_owned()),
            Event::Eof => return Ok(reading.tests),
            Event::Start(_) if reading.suites.len() >= DEEPEST => {
                return Err("its suites are nested too deeply".to_owned());
            }
            // No producer of JUnit files needs one, and entity bombs do.
            Event::DocType(_) => return Err("it has a document type declaration".to_owned()),
            Event::Start(tag) => {
                reading.depth += 1;
                reading.open(&tag);
            }
            Event::Empty(tag) => {
                reading.open(&tag);
                reading.close(tag.name().as_ref());
            }
            Event::End(tag) => {
                reading.depth = reading.depth.saturating_sub(1);
                reading.close(tag.name().as_ref());
            }
            Event::Text(text) => reading.said(&text),
            Event::CData(text) => reading.said(&text),
            Event::GeneralRef(name) => reading.said(&character(&name)),
            _ => {}
        }
    }
}

/// What was read so far, and where the reader is.
#[derive(Default)]
struct Reading {
    tests: Tests,
    depth: u32,
    any_suite: bool,
    suites: Vec<Suite>,
    case: Option<Case>,
    failure: Option<Failure>,
}

/// An open suite. What counts in it counts in the one around it, once it is closed.
#[derive(Default)]
struct Suite {
    name: String,
    // Failures that its attributes claim.
    claimed: u64,
    has_cases: bool,
    failed: bool,
}

struct Case {
    name: String,
    failure: Option<String>,
    skipped: bool,
}

/// An open `<failure>` or `<error>`.
struct Failure {
    message: String,
    text: String,
}

impl Reading {
    fn open(&mut self, tag: &BytesStart<'_>) {
        match tag.name().as_ref() {
            "testsuite" | "testsuites" => {
                self.any_suite = true;
                self.suites.push(Suite::of(tag));
            }
            "testcase" => {
                self.suites.last_mut().into_iter().for_each(|suite| suite.has_cases = true);
                self.case = Some(Case { name: case_name(tag), failure: None, skipped: false });
            }
            "failure" | "error" => {
                let message = attribute(tag, "message").unwrap_or_default();
                self.failure = Some(Failure { message, text: String::new() });
            }
            "skipped" => self.case.iter_mut().for_each(|case| case.skipped = true),
            _ => {}
        }
    }

    fn close(&mut self, tag: &str) {
        match tag {
            "testsuite" | "testsuites" => self.close_suite(),
            "testcase" => self.close_case(),
            "failure" | "error" => self.close_failure(),
            _ => {}
        }
    }

    // Kept for a failure without a message, and no longer than its first line may be.
    fn said(&mut self, text: &str) {
        let Some(failure) = &mut self.failure else { return };
        let text = if failure.text.is_empty() { text.trim_start() } else { text };
        let room = MESSAGE.saturating_sub(failure.text.chars().count());
        failure.text.extend(text.chars().take(room));
    }

    fn close_failure(&mut self) {
        let Some(failure) = self.failure.take() else { return };
        let message = failure.words();
        match (&mut self.case, self.suites.last()) {
            (Some(case), _) => case.failure = Some(message),
            // A suite that broke outside of its tests: they may not even have been found.
            (None, Some(suite)) => self.failed(1, suite.name.clone(), message),
            (None, None) => {}
        }
    }

    fn close_case(&mut self) {
        let Some(case) = self.case.take() else { return };
        match case.failure {
            Some(message) => self.failed(1, case.name, message),
            None if case.skipped => self.tests.skipped += 1,
            None => self.tests.passed += 1,
        }
    }

    // The sums of a suite with tests only repeat what they say one by one.
    fn close_suite(&mut self) {
        let Some(Suite { claimed, has_cases, failed, name }) = self.suites.pop() else { return };
        if let Some(around) = self.suites.last_mut() {
            around.has_cases |= has_cases;
            around.failed |= failed;
        }
        if claimed > 0 && !failed && !has_cases {
            let message = format!("it counts {claimed} errors and failures, and lists no test");
            self.failed(claimed, name, message);
        }
    }

    fn failed(&mut self, number: u64, name: String, message: String) {
        self.tests.failed = self.tests.failed.saturating_add(number);
        self.suites.last_mut().into_iter().for_each(|suite| suite.failed = true);
        if self.tests.failures.len() < KEPT {
            self.tests.failures.push(TestFailure { name, message });
        }
    }
}

impl Suite {
    fn of(tag: &BytesStart<'_>) -> Self {
        let number = |name| attribute(tag, name).and_then(|text| text.trim().parse().ok());
        let [errors, failures] = ["errors", "failures"].map(|name| number(name).unwrap_or(0u64));
        let name = attribute(tag, "name").filter(|name| !name.is_empty());
        let name = cut(&name.unwrap_or_default(), NAME);
        Self { name, claimed: errors.saturating_add(failures), ..Self::default() }
    }
}

impl Failure {
    fn words(&self) -> String {
        let said = Some(self.message.as_str()).filter(|message| !message.trim().is_empty());
        let words = said.or_else(|| self.text.lines().next());
        cut(words.unwrap_or_default().trim(), MESSAGE)
    }
}

fn case_name(tag: &BytesStart<'_>) -> String {
    let class = attribute(tag, "classname").filter(|class| !class.is_empty());
    let name = attribute(tag, "name").unwrap_or_default();
    cut(&class.map_or_else(|| name.clone(), |class| format!("{class}::{name}")), NAME)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok().flatten()?;
    let raw = attribute.value.clone().into_owned();
    Some(quick_xml::escape::unescape(&raw).map_or_else(|_| raw.clone(), |text| text.into_owned()))
}

// `&lt;` and its like; what XML doesn't define stays as it is written.
fn character(name: &str) -> String {
    let written = format!("&{name};");
    quick_xml::escape::unescape(&written).map_or_else(|_| written.clone(), |text| text.into_owned())
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
            (&"<testsuite>".repeat(DEEPEST + 1), "nested too deeply"),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite/>", "document type"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_suite_that_broke_outside_of_its_tests_counts() {
        let error = r#"<testsuites errors="1"><testsuite name="tests/test_a.py" errors="1">
            <error message="ImportError: no module"/></testsuite></testsuites>"#;
        let tests = parse(error).unwrap();
        assert_eq!((tests.passed, tests.failed), (0, 1));
        assert_eq!(tests.failures[0].name, "tests/test_a.py");
        assert_eq!(tests.failures[0].message, "ImportError: no module");
        let beside =
            r#"<testsuite name="s"><testcase name="ok"/><failure>down</failure></testsuite>"#;
        let tests = parse(beside).unwrap();
        assert_eq!((tests.passed, tests.failed), (1, 1));
    }

    #[test]
    fn what_a_suite_without_tests_counts_is_believed() {
        let counted = r#"<testsuites errors="2" failures="1">
            <testsuite name="lost" errors="2" failures="1" tests="0"/></testsuites>"#;
        let tests = parse(counted).unwrap();
        assert_eq!((tests.failed, tests.failures.len()), (3, 1), "and not once more around it");
        assert_eq!(tests.failures[0].name, "lost");
        let sums = r#"<testsuite errors="7"><testcase name="a"><error/></testcase></testsuite>"#;
        assert_eq!(parse(sums).unwrap().failed, 1, "with tests, the tests count");
        let huge = format!(r#"<testsuite errors="{0}" failures="{0}"/>"#, u64::MAX);
        assert_eq!(parse(&huge).unwrap().failed, u64::MAX);
        assert_eq!(parse(r#"<testsuite errors="-1" failures="x"/>"#), Ok(Tests::default()));
    }

    #[test]
    fn a_failure_without_a_message_says_its_first_line() {
        for (inside, said) in [
            ("<failure>\n  1 &lt; 0\n  more</failure>", "1 < 0"),
            ("<failure message=''><![CDATA[a & b\nc]]></failure>", "a & b"),
            ("<error type='x'/>", ""),
        ] {
            let text = format!("<testsuite><testcase name='t'>{inside}</testcase></testsuite>");
            assert_eq!(parse(&text).unwrap().failures[0].message, said, "{inside}");
        }
    }

    #[test]
    fn names_and_messages_are_cut() {
        let long = "é".repeat(100_000);
        let case = |inside: String| {
            format!(
                "<testsuite><testcase classname='{long}' name='{long}'>{inside}</testcase></testsuite>"
            )
        };
        for inside in [format!("<failure message='{long}'/>"), format!("<failure>{long}</failure>")]
        {
            let failure = parse(&case(inside)).unwrap().failures.remove(0);
            assert!(failure.name.chars().count() <= NAME + 1, "{}", failure.name.len());
            assert!(failure.message.chars().count() <= MESSAGE + 1, "{}", failure.message.len());
        }
        let suite = parse(&format!("<testsuite name='{long}' errors='1'/>")).unwrap();
        assert!(suite.failures[0].name.chars().count() <= NAME + 1);
    }

    #[test]
    fn an_empty_suite_is_no_error() {
        assert_eq!(parse("<testsuite/>"), Ok(Tests::default()));
    }
}
