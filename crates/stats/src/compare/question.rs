//! What is asked of a comparison, and what an interval answers.

use crate::proportion::Interval;

/// What the challenger has to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Not worse by the margin or more.
    NonInferiority,
    /// Better by more than the margin.
    Superiority,
}

/// A question that an interval can answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    margin: f64,
    direction: Direction,
    confidence: f64,
}

/// Why there is no such question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoQuestion {
    /// The margin is negative or not a number. In [`Direction::NonInferiority`] one of 0 is
    /// allowed, and asks for superiority.
    Margin,
    /// The confidence is not above a half and below one.
    Confidence,
}

/// What is known of the challenger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is better (in superiority: by more than the margin).
    Better,
    /// It may be better or worse, but is not worse by the margin.
    NotWorse,
    /// It is worse by more than the margin.
    Worse,
    /// The rows do not tell.
    Undecided,
}

impl Question {
    /// Asks for `direction` with `margin` (≥ 0, in the metric's unit), at a one-sided `confidence`
    /// such as 0.95: of challengers that should not pass, at most 5 in 100 do.
    ///
    /// # Errors
    /// Margin or confidence make no sense.
    pub fn new(margin: f64, direction: Direction, confidence: f64) -> Result<Self, NoQuestion> {
        if !(margin >= 0.0 && margin.is_finite()) {
            return Err(NoQuestion::Margin);
        }
        if !(confidence > 0.5 && confidence < 1.0) {
            return Err(NoQuestion::Confidence);
        }
        Ok(Self { margin, direction, confidence })
    }

    /// The margin.
    #[must_use]
    pub fn margin(&self) -> f64 {
        self.margin
    }

    /// The one-sided confidence.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.confidence
    }

    /// The confidence of the two-sided interval each end of which is a one-sided bound at this
    /// question's confidence: 0.9 for 0.95. It is what the methods' `confidence` should be.
    #[must_use]
    pub fn two_sided(&self) -> f64 {
        2.0 * self.confidence - 1.0
    }

    /// The same question with a share of its error: see [`super::reuse`]. Nothing where so small
    /// an error can't be told from none.
    #[must_use]
    pub fn with_error(&self, error: f64) -> Option<Self> {
        const LEAST: f64 = 1e-12;
        (error >= LEAST).then(|| Self::new(self.margin, self.direction, 1.0 - error).ok())?
    }

    /// What `interval` says, computed at the confidence [`Self::two_sided`]. Both "not worse" and
    /// "better" may be asked of one interval at the full level, since better implies not worse.
    /// An end that is not a number decides nothing.
    #[must_use]
    pub fn decide(&self, interval: Interval) -> Decision {
        let better = match self.direction {
            Direction::NonInferiority => interval.low > 0.0,
            Direction::Superiority => interval.low > self.margin,
        };
        if better {
            Decision::Better
        } else if interval.low > -self.margin {
            Decision::NotWorse
        } else if interval.high < -self.margin {
            Decision::Worse
        } else {
            Decision::Undecided
        }
    }

    /// Whether `decision` is a yes to what was asked; nothing where it is neither yes nor no. That
    /// a challenger is not worse says neither whether it is superior nor that it isn't.
    #[must_use]
    pub fn answer(&self, decision: Decision) -> Option<bool> {
        match (decision, self.direction) {
            (Decision::Better, _) | (Decision::NotWorse, Direction::NonInferiority) => Some(true),
            (Decision::Worse, _) => Some(false),
            (Decision::NotWorse | Decision::Undecided, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(direction: Direction) -> Question {
        Question::new(0.01, direction, 0.95).unwrap()
    }

    fn between(low: f64, high: f64) -> Interval {
        Interval { low, high }
    }

    #[test]
    fn not_worse_passes_only_where_that_was_asked() {
        let (not_worse, better) = (ask(Direction::NonInferiority), ask(Direction::Superiority));
        let interval = between(-0.005, 0.02);
        assert_eq!(not_worse.decide(interval), Decision::NotWorse);
        assert_eq!(not_worse.answer(Decision::NotWorse), Some(true));
        assert_eq!(better.decide(interval), Decision::NotWorse);
        assert_eq!(better.answer(Decision::NotWorse), None);
    }

    #[test]
    fn better_is_by_more_than_the_margin_only_in_superiority() {
        let interval = between(0.005, 0.02);
        assert_eq!(ask(Direction::NonInferiority).decide(interval), Decision::Better);
        assert_eq!(ask(Direction::Superiority).decide(interval), Decision::NotWorse);
        assert_eq!(ask(Direction::Superiority).decide(between(0.011, 0.02)), Decision::Better);
    }

    #[test]
    fn worse_needs_the_whole_interval_beyond_the_margin() {
        for direction in [Direction::NonInferiority, Direction::Superiority] {
            assert_eq!(ask(direction).decide(between(-0.03, -0.011)), Decision::Worse);
            assert_eq!(ask(direction).decide(between(-0.03, -0.009)), Decision::Undecided);
            assert_eq!(ask(direction).decide(between(-0.01, 0.3)), Decision::Undecided);
            assert_eq!(ask(direction).decide(between(f64::NAN, f64::NAN)), Decision::Undecided);
        }
    }

    #[test]
    fn senseless_questions_are_refused() {
        let of = |margin, confidence| Question::new(margin, Direction::Superiority, confidence);
        assert_eq!(of(-0.1, 0.95), Err(NoQuestion::Margin));
        assert_eq!(of(f64::NAN, 0.95), Err(NoQuestion::Margin));
        assert_eq!(of(0.0, 95.0), Err(NoQuestion::Confidence));
        assert_eq!(of(0.0, 0.5), Err(NoQuestion::Confidence));
        assert!(ask(Direction::Superiority).with_error(1e-13).is_none());
    }
}
