//! A challenger against a baseline: what the rows say, in numbers and in a sentence.

use tollgate_model::{Compare, Compared, Finding, Goal, Place, SourceLine, Verdict};
use tollgate_stats::compare::power::{Power, power};
use tollgate_stats::compare::question::{Direction, Question};
use tollgate_stats::compare::reuse::at_use;
use tollgate_stats::metrics::Metric;

use super::difference::{Draws, gain};
use super::model::Model;
use super::pairs::Pairs;

/// One comparison.
pub(super) struct Duel<'a> {
    pub(super) asked: &'a Compare,
    pub(super) metric: Metric,
    pub(super) challenger: Model<'a>,
    pub(super) baseline: Model<'a>,
    /// What the baseline is called.
    pub(super) name: &'a str,
    pub(super) pairs: &'a Pairs,
    /// Which use of the holdout this is, counted from 1; 0 where that is not known.
    pub(super) holdout_use: u64,
    pub(super) draws: Draws,
}

impl Duel<'_> {
    /// What the rows say.
    ///
    /// # Errors
    /// They can't be compared; a sentence.
    pub(super) fn fight(&self) -> Result<Compared, String> {
        let direction = match self.asked.goal {
            Goal::NotWorse => Direction::NonInferiority,
            Goal::Better => Direction::Superiority,
        };
        let whole = Question::new(self.asked.margin, direction, self.asked.confidence);
        let whole = whole.map_err(|_| "margin or confidence make no sense".to_owned())?;
        // Outside of a project nobody counts.
        let question = match self.holdout_use {
            0 => whole,
            use_ => at_use(&whole, use_).ok_or("the holdout is used up: take a fresh one")?,
        };
        let models = (self.challenger, self.baseline);
        let found = gain(self.metric, models, self.pairs, question.two_sided(), self.draws)?;
        let decision = question.decide(found.interval);
        let verdict = match question.answer(decision) {
            // Whatever the margin: it is the same model, as far as anyone can see.
            _ if found.is_same && self.asked.goal == Goal::NotWorse => Verdict::Pass,
            _ if found.is_same => Verdict::Fail,
            // It may be better, but surely not by so much.
            None if self.asked.goal == Goal::Better && found.interval.high < self.asked.margin => {
                Verdict::Fail
            }
            Some(true) => Verdict::Pass,
            Some(false) => Verdict::Fail,
            None => Verdict::Undecided,
        };
        let rows = self.pairs.challenger.len() as u64;
        let seen = found.standard_error.and_then(|error| power(&question, error, rows));
        Ok(Compared {
            baseline: self.name.to_owned(),
            metric: self.asked.metric.clone(),
            goal: self.asked.goal,
            margin: self.asked.margin,
            confidence: self.asked.confidence,
            holdout_use: self.holdout_use,
            met_confidence: question.confidence(),
            rows,
            method: found.method.to_owned(),
            was: found.was,
            is: found.is,
            gain: found.gain,
            interval: (found.interval.low, found.interval.high),
            power: seen.map(|seen| seen.at_these_rows),
            rows_needed: seen.and_then(|seen| self.needed(seen, found.gain)),
            verdict,
        })
    }
}

impl Duel<'_> {
    /// How many rows it takes to see the margin; or, where to be better by any amount is asked, to
    /// tell the gain that there seems to be from chance.
    fn needed(&self, seen: Power, gain: f64) -> Option<u64> {
        let any = self.asked.goal == Goal::Better && self.asked.margin == 0.0 && gain > 0.0;
        let rows = self.pairs.challenger.len() as f64;
        let needed = rows * (seen.margin_at_these_rows / gain).powi(2);
        match any {
            true => (needed < u64::MAX as f64).then(|| needed.ceil() as u64),
            false => seen.rows_for_usual,
        }
    }
}

/// The finding of a comparison that is not passed.
pub(super) fn finding(compared: &Compared, source: &str, line: u32, config: &str) -> Finding {
    let place = Place::Metric { source: source.to_owned(), name: compared.metric.clone() };
    let rule = SourceLine { path: config.to_owned(), line };
    let found = Finding::new("gate.compare", place, sentence(compared));
    let (low, high) = compared.interval;
    let expected = match (compared.goal, compared.margin) {
        (Goal::NotWorse, margin) => format!("not worse than {} by {margin}", compared.baseline),
        (Goal::Better, 0.0) => format!("better than {}", compared.baseline),
        (Goal::Better, margin) => format!("better than {} by {margin}", compared.baseline),
    };
    let seen = format!("{:+.4} ({low:+.4} to {high:+.4})", compared.gain);
    let found = Finding { rule: (line > 0).then_some(rule), ..found.contrast(expected, seen) };
    match compared.verdict {
        Verdict::Undecided => found.hint(more_rows(compared)),
        _ => found,
    }
}

/// What came of it, in a sentence.
pub(super) fn sentence(compared: &Compared) -> String {
    let Compared { baseline, metric, was, is, margin, .. } = compared;
    let (low, high) = compared.interval;
    let figures = format!(
        "`{metric}` is {is:.4}, {baseline} has {was:.4}: {:+.4}, with {} confidence {low:+.4} to \
         {high:+.4} on the same {} rows",
        compared.gain,
        percent(compared.met_confidence),
        compared.rows
    );
    let answer = match (compared.verdict, compared.goal) {
        (Verdict::Pass, Goal::NotWorse) if low > 0.0 => "better".to_owned(),
        (Verdict::Pass, Goal::NotWorse) if compared.gain == 0.0 => "not worse".to_owned(),
        (Verdict::Pass, Goal::NotWorse) => format!("not worse by {margin}"),
        (Verdict::Pass, Goal::Better) => format!("better by more than {margin}"),
        (Verdict::Fail, Goal::Better) if *margin > 0.0 => format!("not better by {margin}"),
        (Verdict::Fail, Goal::Better) => "not better".to_owned(),
        (Verdict::Fail, _) => format!("worse by more than {margin}"),
        (Verdict::Undecided, Goal::NotWorse) => {
            format!("these rows can't tell whether it is worse by {margin}")
        }
        (Verdict::Undecided, Goal::Better) if *margin == 0.0 => {
            "these rows don't show that it is better".to_owned()
        }
        (Verdict::Undecided, Goal::Better) => {
            format!("these rows don't show that it is better by more than {margin}")
        }
    };
    let again = match compared.holdout_use {
        0 | 1 => String::new(),
        use_ => format!("; it is use {use_} of this holdout, which takes more confidence"),
    };
    format!("{answer}: {figures} ({}){again}", compared.method)
}

fn more_rows(compared: &Compared) -> String {
    match compared.rows_needed {
        Some(needed) if compared.margin > 0.0 => format!(
            "to see {} it takes about {} rows; there are {}",
            compared.margin,
            rounded(needed),
            compared.rows
        ),
        Some(needed) => format!(
            "to tell so small a gain from luck it takes about {} rows; there are {}",
            rounded(needed),
            compared.rows
        ),
        _ => "more rows, a larger margin, or a fresh holdout would tell".to_owned(),
    }
}

/// `31 000`: as exact as such a number is.
fn rounded(rows: u64) -> String {
    let step = 10_u64.pow(rows.max(1).ilog10().saturating_sub(1));
    let digits = (rows.div_ceil(step) * step).to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(" ")
}

/// `95 %`, `99.995 %`.
fn percent(confidence: f64) -> String {
    let mut text = format!("{:.4}", confidence * 100.0);
    text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_exact_as_they_are() {
        let shown = [7, 42, 1_234, 31_655, 1_000_000].map(rounded);
        assert_eq!(shown, ["7", "42", "1 300", "32 000", "1 000 000"]);
        assert_eq!(percent(0.95), "95 %");
        assert_eq!(percent(1.0 - 5.376e-5), "99.9946 %");
    }
}
