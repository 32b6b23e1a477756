//! What the rules of Tollgate's own saw, in words.

use std::time::Duration;

use tollgate_model::{Limit, Operator, Timestamp, Unit, format_duration};

use super::{Asked, Outcome, bar, rate, shorten};
use crate::checks::Tally;
use crate::domain::Domain;
use crate::parse::temporal::DAY;
use crate::value::Value;

/// A rule of Tollgate's own.
#[derive(Clone, Debug)]
pub(crate) enum Own {
    /// Rows of which a condition is false, and how many there may be.
    Condition(String, Limit),
    /// Rows that refer to nothing, in words to what, and how many there may be.
    Reference(String, Limit),
    /// How old the newest value may be at which time.
    Freshness(Duration, Timestamp),
}

impl Own {
    pub(super) fn topic(&self) -> &'static str {
        match self {
            Self::Condition(..) => "a condition",
            Self::Reference(..) => "a foreign key",
            Self::Freshness(..) => "the freshness",
        }
    }

    pub(super) fn expected(&self) -> String {
        match self {
            Self::Condition(text, _) => shorten(text),
            Self::Reference(to, _) => format!("a value of {to}"),
            Self::Freshness(age, _) => format!("at most {} old", format_duration(*age)),
        }
    }

    fn phrase(&self, one: bool) -> String {
        match self {
            Self::Condition(text, _) if one => format!("breaks `{}`", shorten(text)),
            Self::Condition(text, _) => format!("break `{}`", shorten(text)),
            Self::Reference(to, _) if one => format!("is not among {to}"),
            Self::Reference(to, _) => format!("are not among {to}"),
            Self::Freshness(..) => String::new(),
        }
    }
}

impl Asked {
    /// What follows from the rows that the rule counted.
    pub(super) fn of_own(&self, own: &Own, tally: Tally, rows: u64) -> Outcome {
        match own {
            Own::Freshness(age, now) => self.of_newest(own, *age, *now, &tally),
            Own::Condition(_, limit) | Own::Reference(_, limit) => {
                self.of_rows_broken(own, limit, tally, rows)
            }
        }
    }

    fn of_rows_broken(&self, own: &Own, limit: &Limit, tally: Tally, rows: u64) -> Outcome {
        let percent = limit.unit == Unit::Percent;
        let value = match self.beyond(limit, tally.count, rows) {
            Ok(value) => value,
            Err(outcome) => return *outcome,
        };
        let noun = if rows == 1 { "row" } else { "rows" };
        let phrase = own.phrase(tally.count == 1);
        let mut message = format!("{}: {} of {rows} {noun} {phrase}", self.names(), tally.count);
        if percent {
            message.push_str(&format!(" ({})", rate(value, limit.operator)));
        }
        if limit.operator != Operator::Be(0.0) {
            message.push_str(&format!(", {}", bar(limit)));
        }
        let found = self.found(&tally);
        let finding = self.finding(self.titled(message)).contrast(own.expected(), found);
        Outcome::Broken(self.with_cases(finding, tally, rows))
    }

    fn of_newest(&self, own: &Own, age: Duration, now: Timestamp, tally: &Tally) -> Outcome {
        let Some((Value::Fixed(value), domain)) = tally.worst.map(|w| (w.value, w.domain)) else {
            return Outcome::NotAssessed(self.not_assessed("no row has a time"));
        };
        // A date says no more than its day, so it is as old as its end.
        let end = match domain {
            Domain::Date => value.saturating_add(1).saturating_mul(i128::from(DAY)),
            _ => value,
        };
        let old = i128::from(now.as_millis()).saturating_mul(1_000_000).saturating_sub(end);
        if old <= i128::try_from(age.as_nanos()).unwrap_or(i128::MAX) {
            return Outcome::Kept;
        }
        let millis = u64::try_from(old / 1_000_000).unwrap_or(u64::MAX);
        let (old, limit) = (format_duration(Duration::from_millis(millis)), format_duration(age));
        let newest = match self.masked {
            true => String::new(),
            false => format!(", {},", domain.show(Value::Fixed(value))),
        };
        let message = format!(
            "{}: the newest value{newest} is {old} old, and {limit} are allowed",
            self.names()
        );
        let found = format!("{old} old");
        Outcome::Broken(self.finding(self.titled(message)).contrast(own.expected(), found))
    }
}
