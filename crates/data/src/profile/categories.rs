//! The values of a text column that occur most.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

/// Values that are counted at least.
const KEPT: usize = 1_000;
/// Values of which a file tells once not all are counted: rare ones would say little.
const TOLD: usize = 100;
/// Longer texts are nobody's category; they count among the others.
const LONGEST: usize = 256;

/// The values that occur most, and how often.
///
/// Counts are exact while there are at most 1 000 values of at most 256 bytes. Beyond, a count may
/// be too low by `error`, which is at most a thousandth of the rows (a hundredth, in a file), and
/// what occurs less often than that may be missing.
///
/// Sources: J. Misra and D. Gries, "Finding repeated elements" (1982); P. K. Agarwal et al.,
/// "Mergeable Summaries" (2012).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub(crate) struct Categories {
    counts: HashMap<Box<[u8]>, u64>,
    error: u64,
}

/// How it stands in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    counts: BTreeMap<String, u64>,
    error: u64,
}

impl Categories {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.error = self.error.saturating_add(other.error);
        other.counts.iter().for_each(|(text, count)| self.add_times(text, *count));
    }

    /// Adds a value that occurs so many times.
    pub(crate) fn add_times(&mut self, text: &[u8], times: u64) {
        if let Some(count) = self.counts.get_mut(text) {
            *count = count.saturating_add(times);
        } else if text.len() <= LONGEST {
            self.counts.insert(text.into(), times);
            if self.counts.len() > 2 * KEPT {
                self.prune(KEPT);
            }
        }
    }

    /// Takes the count of the first value that is too many off all counts; the rest is above zero.
    fn prune(&mut self, keep: usize) {
        if self.counts.len() <= keep {
            return;
        }
        let mut all: Vec<_> = self.counts.values().copied().collect();
        let (_, off, _) = all.select_nth_unstable_by(keep, |a, b| b.cmp(a));
        let off = *off;
        self.counts.retain(|_, count| {
            *count -= (*count).min(off);
            *count > 0
        });
        self.error = self.error.saturating_add(off);
    }

    /// As it is told: with all values, or with the most frequent ones.
    pub(crate) fn settle(&mut self) {
        self.prune(KEPT);
        if !self.is_exact() {
            self.prune(TOLD);
        }
    }

    /// Whether every count is right, and every short value is there.
    pub(crate) fn is_exact(&self) -> bool {
        self.error == 0
    }

    /// By how much a count may be too low.
    pub(crate) fn error(&self) -> u64 {
        self.error
    }

    /// The values as text, and how often each occurs.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for (text, count) in &self.counts {
            *counts.entry(String::from_utf8_lossy(text).into_owned()).or_insert(0) += count;
        }
        counts
    }
}

impl From<Categories> for Written {
    fn from(categories: Categories) -> Self {
        Self { counts: categories.counts(), error: categories.error }
    }
}

impl TryFrom<Written> for Categories {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let short = |text: &String| text.len() <= 4 * LONGEST;
        if written.counts.len() > KEPT || !written.counts.keys().all(short) {
            return Err("categories: more than a profile keeps");
        }
        let bytes = |(text, count): (String, u64)| (text.into_bytes().into(), count);
        Ok(Self { counts: written.counts.into_iter().map(bytes).collect(), error: written.error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[u32]) -> Categories {
        let mut all = Categories::default();
        texts.iter().for_each(|text| all.add_times(text.to_string().as_bytes(), 1));
        all
    }

    #[test]
    fn a_frequent_value_is_found_among_very_many() {
        let texts: Vec<u32> =
            (0..60_000).map(|at| if at % 3 == 0 { 7 } else { 1_000 + at }).collect();
        let mut all = of(&texts);
        all.settle();
        let found = all.counts()["7"];
        assert!(!all.is_exact() && found <= 20_000 && found + all.error() >= 20_000, "{found}");
        assert!(all.error() <= 60_000 / 100 && all.counts.len() <= TOLD);
    }

    #[test]
    fn a_long_text_is_no_category() {
        let mut all = Categories::default();
        all.add_times(&[b'a'; LONGEST + 1], 1);
        assert!(all.counts().is_empty());
    }

    proptest::proptest! {
        #[test]
        fn parts_in_any_order_are_as_the_whole(
            texts in proptest::collection::vec(0_u32..900, 1..300), cut in 0_usize..300,
        ) {
            let (early, late) = texts.split_at(cut.min(texts.len()));
            let (mut one, mut other) = (of(early), of(late));
            one.merge(&of(late));
            other.merge(&of(early));
            let whole = of(&texts);
            proptest::prop_assert_eq!(&one, &whole);
            proptest::prop_assert_eq!(&other, &whole);
            let text = serde_json::to_string(&whole).unwrap();
            proptest::prop_assert_eq!(serde_json::from_str::<Categories>(&text).unwrap(), whole);
        }

        #[test]
        fn counts_of_parts_are_within_the_error(step in 1_u32..40, cut in 0_usize..9_000) {
            let texts: Vec<u32> = (0..9_000).map(|at| at * at % (3_000 + step)).collect();
            let (early, late) = texts.split_at(cut);
            let mut parts = of(early);
            parts.merge(&of(late));
            proptest::prop_assert!(parts.error() <= 9);
            let mut exact = BTreeMap::new();
            texts.iter().for_each(|text| *exact.entry(text.to_string()).or_insert(0) += 1);
            let counts = parts.counts();
            for (text, count) in exact {
                let found = counts.get(&text).copied().unwrap_or(0);
                proptest::prop_assert!(found <= count && found + parts.error() >= count);
            }
        }
    }
}
