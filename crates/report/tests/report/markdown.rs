//! Markdown.

use tollgate_model::Report;
use tollgate_report::{LONGEST, markdown};

use crate::samples::{self, HOSTILE};

#[test]
fn a_check_in_markdown() {
    insta::assert_snapshot!(markdown(&samples::check()));
}

#[test]
fn a_run_in_markdown() {
    insta::assert_snapshot!(markdown(&samples::run()));
}

#[test]
fn hostile_text_is_text() {
    let mut document = samples::everywhere(HOSTILE);
    document.parts.truncate(1);
    document.parts[0].report.findings.truncate(1);
    document.parts[0].report.not_assessed.clear();
    insta::assert_snapshot!(markdown(&document));
}

#[test]
fn what_is_too_long_is_left_out_and_counted() {
    for name in ["d.csv", &"x".repeat(100_000)] {
        let many = Report::new(vec![samples::finding(); 10_000], vec![]);
        let text = markdown(&samples::single("Data check", name, many, vec![]));
        assert!(text.len() < LONGEST, "{}", text.len());
        let shown = text.matches("<details>").count();
        assert_eq!(shown, text.matches("</details>").count());
        let left = format!(
            "{}\u{202f}{:03} findings more",
            (10_000 - shown) / 1_000,
            (10_000 - shown) % 1_000
        );
        assert!(
            text.contains(&left),
            "no {left:?} at the end of it: {}",
            &text[text.len() - 200..]
        );
    }
    let mut run = samples::run();
    run.parts = std::iter::repeat_n(run.parts[0].clone(), 5_000).collect();
    let text = markdown(&run);
    assert!(text.len() < LONGEST && text.contains("steps_"), "{}", text.len());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn any_text_keeps_tables_and_folds_in_shape(text in "\\PC{0,20}|[\\x00-\\x7f]{0,20}") {
        let made = markdown(&samples::everywhere(&text));
        proptest::prop_assert!(made.len() < LONGEST);
        proptest::prop_assert!(!made.contains(|c: char| c.is_control() && c != '\n'));
        proptest::prop_assert_eq!(made.matches('<').count(), ["details", "summary", "code", "b"].iter().map(|name| {
            made.matches(&format!("<{name}>")).count() + made.matches(&format!("</{name}>")).count()
        }).sum::<usize>(), "only our own elements");
        for row in made.lines().filter(|line| line.starts_with("| ")) {
            let bars = row.matches('|').count();
            proptest::prop_assert!(matches!(bars, 3..=10), "{} bars: {}", bars, row);
        }
    }
}
