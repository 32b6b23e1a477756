//! Which values of a text are compared one by one, and which together.

use std::collections::BTreeMap;

use super::ColumnProfile;
use crate::report::as_f64;

/// A text is a category where each of its values stands for so many rows on average: names and
/// addresses are none.
const REPEATS: u64 = 5;
/// By which part of its rows a value's count may be off.
const OFF: f64 = 0.1;

/// How many rows have each value, by name, and all the others together, by none.
pub(super) type Counts<'a> = BTreeMap<Option<&'a str>, u64>;

/// The values of a text on both sides of a comparison.
pub(super) struct Kinds {
    before: BTreeMap<String, u64>,
    now: BTreeMap<String, u64>,
    /// Rows with a value.
    rows: [u64; 2],
    /// By which share of the rows a count may be too low.
    error: f64,
}

impl Kinds {
    /// None where the reference's values are names and the like, which have no distribution that
    /// could drift, or are no texts at all.
    pub(super) fn of(before: &ColumnProfile, now: &ColumnProfile) -> Option<Self> {
        let rows = [before.valid(), now.valid()];
        let (before, 0) = before.categories()? else { return None };
        if before.is_empty() || rows[0] < REPEATS * before.len() as u64 {
            return None;
        }
        let (now, error) = now.categories()?;
        let error = as_f64(error) / as_f64(rows[1].max(1));
        Some(Self { before, now, rows, error })
    }

    /// Both sides by the values that have `least` rows of the shorter side if the sides are alike;
    /// the rarer ones are counted together. With fewer, what is in one sample and not in the other
    /// is chance, and there are many such values where some are rare.
    pub(super) fn counts(&self, least: u64) -> [Counts<'_>; 2] {
        let shorter = as_f64(self.rows[0].min(self.rows[1]));
        let apart = |name: &&String| {
            let share = self.share(name);
            share * shorter >= as_f64(least) && share * OFF >= self.error
        };
        let names: Vec<_> = self.before.keys().chain(self.now.keys()).filter(apart).collect();
        [(&self.before, self.rows[0]), (&self.now, self.rows[1])].map(|(all, rows)| {
            let count = |name: &String| all.get(name).copied().unwrap_or(0);
            let mut counts: Counts<'_> =
                names.iter().map(|name| (Some(name.as_str()), count(name))).collect();
            let others = rows.saturating_sub(counts.values().sum());
            counts.insert(None, others);
            counts
        })
    }

    /// Which share of its rows a value has, on average of both sides.
    fn share(&self, name: &str) -> f64 {
        let of = |all: &BTreeMap<String, u64>, rows: u64| {
            as_f64(all.get(name).copied().unwrap_or(0)) / as_f64(rows.max(1))
        };
        f64::midpoint(of(&self.before, self.rows[0]), of(&self.now, self.rows[1]))
    }

    /// How many values there are in the reference.
    pub(super) fn len(&self) -> usize {
        self.before.len()
    }

    /// What the reference does not have.
    pub(super) fn appeared(&self) -> Vec<&str> {
        without(&self.now, &self.before)
    }

    /// What it alone has.
    pub(super) fn vanished(&self) -> Vec<&str> {
        // Of more values than are counted, one may be there and not be told.
        if self.error > 0.0 { Vec::new() } else { without(&self.before, &self.now) }
    }
}

/// The part of the rows whose values are compared one by one, on the side where it is larger.
pub(super) fn apart(counts: &[Counts<'_>; 2]) -> f64 {
    let share = |counts: &Counts<'_>| {
        let all: u64 = counts.values().sum();
        1.0 - as_f64(counts[&None]) / as_f64(all.max(1))
    };
    share(&counts[0]).max(share(&counts[1]))
}

fn without<'a>(these: &'a BTreeMap<String, u64>, those: &BTreeMap<String, u64>) -> Vec<&'a str> {
    these.keys().filter(|name| !those.contains_key(*name)).map(String::as_str).collect()
}
