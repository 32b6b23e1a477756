//! JUnit XML.

use quick_xml::Reader;
use quick_xml::events::Event;
use tollgate_report::junit;

use crate::samples::{self, HOSTILE};

/// Cases, failures and skipped ones, and the numbers that the root claims of them.
fn counted(xml: &str) -> ([usize; 3], [String; 3]) {
    let mut reader = Reader::from_str(xml);
    let (mut counts, mut claimed) = ([0; 3], [const { String::new() }; 3]);
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("not well-formed: {e}\n{xml}")) {
            Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                "testcase" => counts[0] += 1,
                "failure" => counts[1] += 1,
                "skipped" => counts[2] += 1,
                "testsuites" => {
                    claimed = ["tests", "failures", "skipped"].map(|name| {
                        tag.try_get_attribute(name).unwrap().unwrap().value.to_string()
                    });
                }
                _ => {}
            },
            Event::Eof => return (counts, claimed),
            _ => {}
        }
    }
}

#[test]
fn a_check_in_junit() {
    insta::assert_snapshot!(junit(&samples::check()));
}

#[test]
fn a_run_in_junit() {
    insta::assert_snapshot!(junit(&samples::run()));
}

#[test]
fn sums_are_those_of_the_cases() {
    for document in
        [samples::check(), samples::gate(), samples::run(), samples::everywhere(HOSTILE)]
    {
        let (counts, claimed) = counted(&junit(&document));
        assert_eq!(counts.map(|count| count.to_string()), claimed);
    }
    assert_eq!(counted(&junit(&samples::run())).0, [12, 3, 2]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn any_text_yields_well_formed_xml(text in "\\PC{0,20}|[\\x00-\\x7f]{0,20}|\\p{Any}{0,12}") {
        let xml = junit(&samples::everywhere(&text));
        proptest::prop_assert_eq!(counted(&xml).0, [24, 8, 8]);
        let forbidden = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{fffe}' | '\u{ffff}');
        proptest::prop_assert!(!xml.contains(forbidden));
    }
}
