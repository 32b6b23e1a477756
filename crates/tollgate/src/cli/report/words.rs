//! What was found, in one sentence.

use tollgate_model::{Report, Verdict};

use crate::display::count;

/// A verdict as it is said of a step too.
pub(super) fn of_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passed",
        Verdict::Fail => "failed",
        Verdict::Undecided => "undecided",
    }
}

/// `2 of 9 checks failed, and 1 could not be assessed; 1 warning.`
pub(super) fn of_checks(report: &Report) -> String {
    let fail = |findings: &[tollgate_model::Finding]| {
        findings.iter().filter(|finding| finding.severity.fails()).count() as u64
    };
    let (failed, passed) = (fail(&report.findings), report.passed.len() as u64);
    let open = report.not_assessed.len() as u64;
    let noted = report.findings.len() as u64 - failed;
    let all = count(failed + passed + open + noted, "check");
    let not_assessed = match open {
        0 => String::new(),
        open => format!(", and {open} could not be assessed"),
    };
    let noted = match noted {
        0 => String::new(),
        noted => format!("; {} without consequence", count(noted, "finding")),
    };
    match report.verdict {
        Verdict::Fail => format!("{failed} of {all} failed{not_assessed}{noted}."),
        Verdict::Pass if passed == 0 && open == 0 => format!("Nothing failed{noted}."),
        Verdict::Pass if open == 0 && noted.is_empty() && passed > 1 => {
            format!("All {all} passed.")
        }
        Verdict::Pass => format!("{passed} of {all} passed{not_assessed}{noted}."),
        Verdict::Undecided => {
            format!("Nothing failed, {passed} of {all} passed{not_assessed}{noted}.")
        }
    }
}

/// The same of the steps of a run.
pub(super) fn of_steps(verdicts: &[(&str, Verdict)]) -> String {
    let named = |wanted: Verdict| {
        let names = verdicts.iter().filter(|(_, verdict)| *verdict == wanted);
        names.map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>()
    };
    let (failed, open) = (named(Verdict::Fail), named(Verdict::Undecided));
    let all = count(verdicts.len() as u64, "step");
    match (failed.len(), open.len()) {
        (0, 0) if verdicts.len() == 1 => format!("{all} passed."),
        (0, 0) => format!("All {all} passed."),
        (0, open_) => format!("{open_} of {all} came to no verdict: {}.", open.join(", ")),
        (failed_, 0) => format!("{failed_} of {all} failed: {}.", failed.join(", ")),
        (failed_, open_) => format!(
            "{failed_} of {all} failed: {}; {open_} came to no verdict: {}.",
            failed.join(", "),
            open.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use tollgate_model::{Finding, Passed, Place, Severity};

    use super::*;

    #[test]
    fn checks_in_a_sentence() {
        let finding = || Finding::new("a.b", Place::Step { step: "a".into() }, "m");
        let warning = || Finding { severity: Severity::Warning, ..finding() };
        let said = |findings, open| of_checks(&Report::new(findings, open));
        assert_eq!(said(vec![], vec![]), "Nothing failed.");
        let place = || Place::Step { step: "a".into() };
        let kept = || Passed { code: "a".into(), place: place(), expected: "b".into(), rule: None };
        let passed = Report { passed: vec![kept(), kept()], ..Report::new(vec![], vec![]) };
        assert_eq!(of_checks(&passed), "All 2 checks passed.");
        assert_eq!(said(vec![finding()], vec![]), "1 of 1 check failed.");
        assert_eq!(
            said(vec![finding(), warning()], vec![finding()]),
            "1 of 3 checks failed, and 1 could not be assessed; 1 finding without consequence."
        );
        assert_eq!(
            said(vec![], vec![finding()]),
            "Nothing failed, 0 of 1 check passed, and 1 could not be assessed."
        );
    }

    #[test]
    fn steps_in_a_sentence() {
        use Verdict::{Fail, Pass, Undecided};
        assert_eq!(of_steps(&[("a", Pass), ("b", Pass)]), "All 2 steps passed.");
        assert_eq!(of_steps(&[("a", Pass), ("b", Fail)]), "1 of 2 steps failed: `b`.");
        assert_eq!(
            of_steps(&[("a", Undecided), ("b", Fail)]),
            "1 of 2 steps failed: `b`; 1 came to no verdict: `a`."
        );
        assert_eq!(of_steps(&[("a", Undecided)]), "1 of 1 step came to no verdict: `a`.");
    }
}
