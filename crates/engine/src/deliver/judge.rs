//! Judges a candidate by what the proxy saw, at every request, with one error rate over the whole
//! rollout. Pure: the same samples give the same verdict, years later.

use serde::Serialize;
use tollgate_model::{Judge, Verdict};
use tollgate_stats::sequential::{
    Arm, Compared, LabelShift, RateTest, RatioTest, ScoreShift, Standing, TailTest, Tolerance,
};

use super::{Role, Sample, Value};

/// What a candidate's first requests take is its start's: connections are opened and caches filled. So
/// many of them, and for so long, are not compared by latency; their errors are.
const WARM_UP: (u64, u64) = (20, 1_000_000);

/// The quantile of latencies that is compared.
const QUANTILE: f64 = 0.95;

/// What the judge says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// `Fail` is worse, `Pass` no worse in anything that was asked, and `Undecided` all else.
    pub verdict: Verdict,
    /// What was found, in a sentence.
    pub summary: String,
    /// About how many more requests of the candidate it takes, as far as can be told.
    pub needs: Option<u64>,
    /// How many requests of the candidate it has seen.
    pub candidates: u64,
}

/// Takes in samples, and says how the candidate stands.
#[derive(Clone, Debug)]
pub struct RolloutJudge {
    asked: Judge,
    alpha: f64,
    tail: Option<TailTest>,
    errors: Option<RateTest>,
    scores: Option<ScoreShift>,
    labels: Option<LabelShift>,
    disagreement: Option<RateTest>,
    // Where clients are tied to a release, some of them send more than others.
    ratio: Option<RatioTest>,
    candidates: u64,
    /// When the candidate's first request ended, in microseconds.
    first: Option<u64>,
    /// Whether the stable has stopped.
    alone: bool,
}

impl RolloutJudge {
    /// By what is asked; `sticky` where clients stay with a release.
    #[must_use]
    pub fn new(asked: &Judge, sticky: bool) -> Self {
        let shifts = asked.shift.is_some() && asked.prediction.is_some();
        let parts = [asked.p95.is_some(), asked.errors.is_some(), asked.disagreement.is_some()];
        // Scores and labels are of the same answers, and one of them is empty.
        let tests =
            parts.iter().filter(|is| **is).count() + usize::from(shifts) + usize::from(!sticky);
        let alpha = (1.0 - asked.confidence) / tests.max(1) as f64;
        let tolerance = |factor| Tolerance { quantile: QUANTILE, factor };
        let shift = asked.shift.filter(|_| shifts);
        Self {
            alpha,
            tail: asked.p95.map(|factor| TailTest::new(alpha, tolerance(factor))),
            errors: asked.errors.map(|extra| RateTest::new(alpha, extra)),
            scores: shift.map(|limit| ScoreShift::new(alpha, limit)),
            labels: shift.map(|limit| LabelShift::new(alpha, limit)),
            disagreement: asked.disagreement.map(|share| RateTest::new(alpha, share)),
            ratio: (!sticky).then(RatioTest::default),
            candidates: 0,
            first: None,
            alone: false,
            asked: asked.clone(),
        }
    }

    /// How the stable was before the rollout.
    fn remember(&mut self, sample: &Sample) {
        if let (Some(tail), false) = (&mut self.tail, sample.is_error()) {
            tail.remember(f64::from(sample.micros));
        }
    }

    /// Takes in a request: of the rollout, of before, or of after.
    pub fn take(&mut self, sample: &Sample) {
        let arm = match sample.role {
            Role::Stable => Arm::Baseline,
            Role::Candidate | Role::Shadow => Arm::Candidate,
            Role::Before => return self.remember(sample),
            Role::After => {
                self.stable_is_gone();
                Arm::Candidate
            }
            Role::Instead | Role::Alone => return,
        };
        self.candidates += u64::from(arm == Arm::Candidate);
        if let (Some(ratio), Role::Stable | Role::Candidate) = (&mut self.ratio, sample.role)
            && sample.weight > 0
        {
            ratio.take(arm == Arm::Candidate, f64::from(sample.weight) / 100.0);
        }
        if let Some(errors) = &mut self.errors {
            errors.take(arm, f64::from(u8::from(sample.is_error())));
        }
        let warm = arm == Arm::Baseline || self.is_warm(sample);
        // An error is fast, and no answer.
        if let (Some(tail), true, false) = (&mut self.tail, warm, sample.is_error()) {
            tail.take(arm, f64::from(sample.micros));
        }
        match &sample.prediction {
            Some(Value::Score(score)) => self.scores.iter_mut().for_each(|it| it.take(arm, *score)),
            Some(Value::Label(label)) => self.labels.iter_mut().for_each(|it| it.take(arm, label)),
            None => {}
        }
        if let (Some(test), Some(disagrees)) = (&mut self.disagreement, sample.disagrees) {
            test.take(Arm::Baseline, 0.0);
            test.take(Arm::Candidate, f64::from(u8::from(disagrees)));
        }
    }

    fn is_warm(&mut self, sample: &Sample) -> bool {
        let first = *self.first.get_or_insert(sample.at);
        let (requests, micros) = WARM_UP;
        self.candidates > requests && sample.at.saturating_sub(first) > micros
    }

    /// Goes on after the candidate has all of the traffic: against what the stable was.
    fn stable_is_gone(&mut self) {
        if !self.alone {
            self.alone = true;
            self.ratio = None;
            if let Some(tail) = &mut self.tail {
                tail.against_history(self.alpha);
            }
        }
    }

    /// What it says so far.
    #[must_use]
    pub fn says(&self) -> Judgement {
        let (verdict, summary, needs) = self.found();
        Judgement { verdict, summary, needs, candidates: self.candidates }
    }

    fn found(&self) -> (Verdict, String, Option<u64>) {
        if let Some(ratio) = &self.ratio
            && ratio.is_off(self.alpha)
            && let Some((seen, meant)) = ratio.parts()
        {
            let summary = format!(
                "requests went missing: the candidate has {} of what was recorded, and was to have {}",
                percent(seen),
                percent(meant)
            );
            return (Verdict::Undecided, summary, None);
        }
        let found = self.each();
        if let Some((words, _, _)) = found.iter().find(|(_, it, _)| it.verdict == Compared::Worse) {
            return (Verdict::Fail, format!("worse: {words}"), None);
        }
        let open: Vec<_> = found
            .iter()
            .filter(|(_, standing, open)| *open && standing.verdict == Compared::Undecided)
            .collect();
        if open.is_empty() {
            let words: Vec<&str> = found.iter().map(|(words, ..)| words.as_str()).collect();
            let words = if words.is_empty() { "nothing is asked".into() } else { words.join("; ") };
            return (Verdict::Pass, format!("no worse: {words}"), None);
        }
        let needs = open.iter().filter_map(|(_, standing, _)| standing.needs).max();
        let more = needs.map(|n| format!(", needs about {n} more requests")).unwrap_or_default();
        let words: Vec<&str> = open.iter().map(|(words, ..)| words.as_str()).collect();
        (Verdict::Undecided, format!("undecided: {}{more}", words.join("; ")), needs)
    }

    /// Each test: what it found, how it stands, and whether it has to be decided. One for a shift only sounds
    /// an alarm: it has nothing to decide while what is seen is within its limit.
    fn each(&self) -> Vec<(String, Standing, bool)> {
        let mut found = Vec::new();
        if let (Some(tail), Some(factor)) = (&self.tail, self.asked.p95) {
            found.push((slow(tail, factor), tail.standing(), true));
        }
        if let Some(test) = &self.errors {
            let standing = test.standing();
            found.push((differs("errors", &standing), standing, true));
        }
        if let Some(test) = &self.scores {
            let standing = test.standing();
            let beyond = beyond(&standing, self.asked.shift);
            found.push((differs("predictions", &standing), standing, beyond));
        }
        if let Some(test) = &self.labels {
            let standing = test.standing();
            if standing.compared > 0 {
                let beyond = beyond(&standing, self.asked.shift);
                found.push((differs("predicted labels", &standing), standing, beyond));
            }
        }
        if let Some(test) = &self.disagreement {
            let standing = test.standing();
            let beyond = beyond(&standing, self.asked.disagreement);
            found.push((differs("disagreement", &standing), standing, beyond));
        }
        found
    }
}

fn beyond(standing: &Standing, limit: Option<f64>) -> bool {
    standing.estimate.zip(limit).is_some_and(|(estimate, limit)| estimate > limit)
}

fn slow(tail: &TailTest, factor: f64) -> String {
    let standing = tail.standing();
    match tail.slow() {
        Some(slow) => {
            let (slow, limit) = (slow / 1_000.0, slow * factor / 1_000.0);
            let by = differs("their share", &standing);
            format!("answers beyond {limit:.1} ms where the stable's p95 is {slow:.1} ms: {by}")
        }
        None => "latency: nothing to compare with yet".to_owned(),
    }
}

fn differs(what: &str, standing: &Standing) -> String {
    match standing.estimate {
        Some(estimate) => {
            let (low, high) = (standing.difference.low, standing.difference.high);
            format!("{what} {} ({} to {})", signed(estimate), signed(low), signed(high))
        }
        None => format!("{what}: nothing to compare yet"),
    }
}

fn signed(share: f64) -> String {
    format!("{:+.1} %", share * 100.0)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
