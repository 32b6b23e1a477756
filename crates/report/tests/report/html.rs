//! The page.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use tollgate_model::Report;
use tollgate_report::{Document, Drawing, html};

use crate::samples::{self, HOSTILE};

/// What is in the page, read as XML.
#[derive(Default)]
struct Page {
    elements: BTreeSet<String>,
    attributes: BTreeSet<String>,
    ids: Vec<String>,
    links: Vec<String>,
    text: String,
}

fn read(page: &str) -> Page {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    let (mut seen, mut depth) = (Page::default(), 0);
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("not well-formed: {e}\n{page}")) {
            Event::Start(tag) => {
                depth += 1;
                seen.tag(&tag);
            }
            Event::Empty(tag) => seen.tag(&tag),
            Event::End(_) => depth -= 1,
            Event::Text(text) => seen.text.push_str(&text),
            Event::GeneralRef(name) => seen.refer(&name),
            Event::DocType(kind) => assert_eq!(kind.trim(), "html"),
            Event::Eof => break,
            other => panic!("{other:?} in {page}"),
        }
    }
    assert_eq!(depth, 0, "it is closed");
    seen
}

impl Page {
    fn tag(&mut self, tag: &BytesStart<'_>) {
        self.elements.insert(tag.name().as_ref().to_owned());
        for attribute in tag.attributes() {
            let attribute = attribute.unwrap();
            let name = attribute.key.as_ref().to_owned();
            let value = attribute.value.to_string();
            match name.as_str() {
                "id" => self.ids.push(value),
                "href" => self.links.push(value),
                _ => {}
            }
            self.attributes.insert(name);
        }
    }

    fn refer(&mut self, name: &str) {
        self.text.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            other => panic!("&{other};"),
        });
    }
}

const ELEMENTS: &str = "a article b bdi body circle code dd details div dl dt figcaption figure \
    footer h1 h2 h3 h4 head header html line main meta p path polyline rect section span strong \
    style summary svg table tbody td th thead title tr";
const ATTRIBUTES: &str = "aria-hidden aria-label aria-labelledby charset class content d height \
    href http-equiv id lang name points preserveAspectRatio role scope tabindex viewBox width x x1 \
    x2 y y1 y2";

/// Well-formed, of known elements and attributes alone, and complete in itself.
#[track_caller]
fn is_sound(document: &Document) -> Page {
    let page = html(document);
    let seen = read(&page);
    let known: BTreeSet<_> = ELEMENTS.split_whitespace().map(str::to_owned).collect();
    assert!(seen.elements.is_subset(&known), "{:?}", seen.elements.difference(&known));
    let known: BTreeSet<_> = ATTRIBUTES.split_whitespace().map(str::to_owned).collect();
    assert!(seen.attributes.is_subset(&known), "{:?}", seen.attributes.difference(&known));
    for link in &seen.links {
        let id = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leads out of the page"));
        assert!(seen.ids.iter().any(|known| known == id), "{link} leads nowhere");
    }
    let hidden = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
    assert!(!page.contains(hidden), "nothing that can't be seen");
    seen
}

#[test]
fn every_kind_of_document_is_sound_and_in_order() {
    let order = |document: &Document, parts: &[&str]| {
        let text = is_sound(document).text;
        let body = &text[text.find("--paper: #fdfdfc").unwrap()..];
        let mut rest = &body[body.find("Checked").or(body.find("Commit")).unwrap()..];
        for part in parts {
            let at = rest.find(part).unwrap_or_else(|| panic!("no {part:?} after\n{rest}"));
            rest = &rest[at..];
        }
    };
    let failed = [
        "What failed",
        "age: 3 of 10000 rows are above 120",
        "at most 120",
        "Rows",
        "3 of 10\u{202f}000 (0.03 %)",
        "customers.odcs.yaml:31",
        "190",
        "\" 144 \"",
        "null",
        "Try:",
    ];
    let rest = [
        "Worth a look",
        "signed_up",
        "Columns",
        "last release",
        "What passed",
        "4 checks passed",
        "Not assessed",
        "it is SQL",
    ];
    order(&samples::check(), &[failed.as_slice(), rest.as_slice()].concat());
    order(
        &samples::gate(),
        &[
            "What failed",
            "Measured",
            "accuracy",
            "0.897 – 0.925",
            "Slices",
            "plan = team",
            "r6: 0.912",
            "ROC",
        ],
    );
    order(
        &samples::run(),
        &[
            "Steps",
            "deps",
            "cached",
            "12.0 s",
            "train",
            "skipped",
            "test",
            "which it does not declare",
            "data",
            "What failed",
        ],
    );
}

#[test]
fn hostile_text_is_text() {
    let text = is_sound(&samples::everywhere(HOSTILE)).text;
    assert!(text.contains("</script></style><img src=x onerror=alert(1)>\\u{202e}gnp.\\u{0}"));
}

#[test]
fn nothing_at_all_reads_well_too() {
    let page = is_sound(&samples::single("Gate", "m.json", Report::new(vec![], vec![]), vec![]));
    assert!(page.text.contains("every check passed"));
    assert!(!page.text.contains("What failed"));
}

#[test]
fn of_very_many_findings_a_part_is_shown_and_the_page_says_so() {
    let many = Report::new(vec![samples::finding(); 10_000], vec![]);
    let document = samples::single("Data check", "d.csv", many, vec![]);
    let page = is_sound(&document);
    assert!(page.text.contains("9\u{202f}800 findings more"), "the rest is counted");
    assert!(html(&document).len() < 1_000_000);
}

#[test]
fn of_very_many_points_and_slices_a_part_is_drawn() {
    let mut document = samples::gate();
    for drawing in &mut document.parts[0].drawings {
        match drawing {
            Drawing::Curve(curve) => {
                let place = |at: u32| f64::from(at) / 1e6;
                let points = |at| (place(at), place(at).sqrt());
                curve.lines[0].points = (0..=1_000_000).map(points).collect();
            }
            Drawing::Slices(slices) => slices.slices = vec![slices.slices[0].clone(); 1_000],
            _ => {}
        }
    }
    let page = is_sound(&document);
    assert!(page.text.contains("900 more are not listed"));
    let made = html(&document);
    assert!(made.len() < 100_000, "{}", made.len());
    assert!(made.contains(" 240,0\"/>"), "a curve is drawn to its end");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn any_text_in_any_field_yields_a_sound_page(text in "\\PC{0,20}|[\\x00-\\x7f]{0,20}|\\p{Any}{0,12}") {
        is_sound(&samples::everywhere(&text));
    }
}
