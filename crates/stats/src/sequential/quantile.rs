//! Quantiles of what was seen last, and bounds of them.

use std::collections::VecDeque;

use crate::special::binomial;

/// The last so many values, in the order of their size too.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    latest: VecDeque<f64>,
    sorted: Vec<f64>,
    room: usize,
}

impl Window {
    /// One that has room for that many values.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self { latest: VecDeque::new(), sorted: Vec::new(), room }
    }

    /// Takes in a value; the oldest goes where there is no room. What is no number is left out.
    pub fn take(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        if self.latest.len() == self.room
            && let Some(oldest) = self.latest.pop_front()
        {
            self.sorted.remove(self.place(oldest));
        }
        self.latest.push_back(value);
        self.sorted.insert(self.place(value), value);
    }

    fn place(&self, value: f64) -> usize {
        self.sorted.partition_point(|known| *known < value)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The smallest value that at least a part `q` of them does not exceed; none where there are none.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (q * self.len() as f64).ceil().max(1.0) as usize;
        self.sorted.get(rank - 1).copied()
    }

    /// The values in the order in which they came.
    pub fn latest(&self) -> impl Iterator<Item = f64> + '_ {
        self.latest.iter().copied()
    }

    /// The values in the order of their size.
    #[must_use]
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }
}

/// A value that the `q` quantile of the population does not exceed, with an error of `alpha`; none
/// where so few values can't tell. Exact, whatever the distribution: the order statistic whose rank
/// a binomial count exceeds so seldom.
///
/// Source: H. A. David and H. N. Nagaraja, "Order Statistics" (3rd edition, 2003), section 7.1.
#[must_use]
pub fn upper_bound(sorted: &[f64], q: f64, alpha: f64) -> Option<f64> {
    let n = sorted.len() as u64;
    // The value of rank r (from 1) lies below the quantile when at most n - r of the values do not.
    let holds = |rank: usize| binomial::at_most(n - rank as u64, n, 1.0 - q) <= alpha;
    let from = (q * n as f64).floor() as usize;
    let (mut low, mut high) = (from.max(1), sorted.len());
    if sorted.is_empty() || !holds(high) {
        return None;
    }
    while low < high {
        let middle = usize::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    sorted.get(low - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_forgets_the_oldest() {
        let mut window = Window::new(3);
        [5.0, 1.0, 4.0, 1.0, 9.0].iter().for_each(|value| window.take(*value));
        assert_eq!(window.sorted(), [1.0, 4.0, 9.0]);
        assert_eq!(window.quantile(0.5), Some(4.0));
        assert_eq!(window.quantile(0.0), Some(1.0));
        assert_eq!(window.quantile(1.0), Some(9.0));
    }

    #[test]
    fn a_bound_needs_enough_values() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(upper_bound(&values[..20], 0.95, 0.01), None);
        // scipy.stats.binom.isf(0.01, 200, 0.95) is 196, so rank 197 errs with less than 0.01.
        assert_eq!(upper_bound(&values, 0.95, 0.01), Some(197.0));
        assert_eq!(upper_bound(&[], 0.95, 0.01), None);
    }
}
