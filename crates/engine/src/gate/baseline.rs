//! What a model is compared with.

use tollgate_ledger::JudgedRun;
use tollgate_model::{Baseline, Digest, Timestamp, Verdict};

/// Predictions to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// What it is, for a person: `r12`.
    pub name: String,
    /// The store's digest of its predictions.
    pub predictions: Digest,
}

/// The baseline for `challenger` among what the gate judged so far, newest first. None where there
/// is nothing yet: a first model has nothing to be worse than.
///
/// Predictions that are the challenger's own are no baseline, so that a run that changes nothing
/// has the key of the run before it. `greater_is_better` is what the compared metric is.
pub(crate) fn choose(
    baseline: &Baseline,
    metric: &str,
    greater_is_better: bool,
    challenger: &Digest,
    judged: &[JudgedRun],
    now: Timestamp,
) -> Option<Chosen> {
    let others = judged.iter().filter(|it| it.judged.predictions != *challenger);
    let mut good = others.filter(|it| it.verdict == Verdict::Pass);
    let chosen = match baseline {
        Baseline::File(_) => None,
        Baseline::Champion | Baseline::LastGood => good.next(),
        Baseline::Run(run) => judged.iter().find(|it| it.run == *run),
        Baseline::BestOf(span) => {
            let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
            let recent = good.filter(|it| now.millis_since(it.at) <= span);
            let signed = |value: f64| if greater_is_better { value } else { -value };
            let figure = |it: &JudgedRun| it.judged.figures.get(metric).copied();
            // Of equals the newest, which comes first.
            let figures: Vec<_> = recent.filter_map(|it| Some((figure(it)?, it))).collect();
            let better = |a: &&(f64, _), b: &&(f64, _)| signed(a.0).total_cmp(&signed(b.0));
            figures.iter().rev().max_by(better).map(|(_, it)| *it)
        }
    };
    chosen.map(|it| Chosen { name: it.run.to_string(), predictions: it.judged.predictions })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use tollgate_model::{Judged, RunId};

    use super::*;

    const HOUR: i64 = 3_600_000;

    fn judged(run: u64, model: &str, verdict: Verdict, figure: f64) -> JudgedRun {
        JudgedRun {
            run: RunId(run),
            at: Timestamp::from_millis(i64::try_from(run).unwrap() * HOUR),
            verdict,
            judged: Judged {
                predictions: Digest::of(model.as_bytes()),
                holdout: None,
                figures: BTreeMap::from([("m".to_owned(), figure)]),
            },
        }
    }

    #[test]
    fn decision_table() {
        use Verdict::{Fail, Pass, Undecided};
        let past = [
            judged(9, "e", Undecided, 0.99),
            judged(8, "d", Fail, 0.98),
            judged(7, "c", Pass, 0.7),
            judged(6, "b", Pass, 0.8),
            judged(5, "a", Pass, 0.8),
            judged(1, "z", Pass, 0.9),
        ];
        let best = Baseline::BestOf(Duration::from_secs(5 * 3600));
        let table = [
            (Baseline::LastGood, true, "x", Some("r7")),
            (Baseline::Champion, true, "x", Some("r7")),
            // A model is not its own baseline.
            (Baseline::LastGood, true, "c", Some("r6")),
            (Baseline::Run(RunId(8)), true, "x", Some("r8")),
            (Baseline::Run(RunId(4)), true, "x", None),
            (best.clone(), true, "x", Some("r6")),
            (best.clone(), true, "b", Some("r5")),
            (best, false, "x", Some("r7")),
            (Baseline::BestOf(Duration::from_secs(60)), true, "x", None),
        ];
        let now = Timestamp::from_millis(10 * HOUR);
        for (baseline, greater, challenger, expected) in table {
            let challenger = Digest::of(challenger.as_bytes());
            let found = choose(&baseline, "m", greater, &challenger, &past, now);
            assert_eq!(found.map(|it| it.name).as_deref(), expected, "{baseline:?}");
        }
    }
}
