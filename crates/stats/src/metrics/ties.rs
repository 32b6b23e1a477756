//! One ranking whose ties have no order: the mean over all orders, without trying them.

use super::sum::{Sum, sum};

/// Rows of the same score in one group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tie {
    /// How many.
    pub(super) rows: usize,
    /// How many of them are relevant.
    pub(super) relevant: usize,
    /// Their mean relevance.
    pub(super) gain: f64,
}

impl Tie {
    fn irrelevant(&self) -> usize {
        self.rows - self.relevant
    }
}

/// A tie with the places it takes, counted from 0, and those of them that are among the first.
struct Placed<'a> {
    tie: &'a Tie,
    from: usize,
    taken: usize,
    /// How many rows above are relevant.
    relevant_above: usize,
}

/// The ties that reach into the first `k` places.
fn placed(ties: &[Tie], k: usize) -> impl Iterator<Item = Placed<'_>> {
    let mut from = 0;
    let mut relevant_above = 0;
    ties.iter().map_while(move |tie| {
        let taken = tie.rows.min(k.saturating_sub(from));
        let placed = Placed { tie, from, taken, relevant_above };
        from += tie.rows;
        relevant_above += tie.relevant;
        (taken > 0).then_some(placed)
    })
}

/// What a gain at a place is worth, counted from 0.
fn discount(place: usize) -> f64 {
    (place as f64 + 2.0).log2().recip()
}

/// Discounted cumulative gain of the first `k` places.
pub(super) fn discounted(ties: &[Tie], k: usize) -> f64 {
    sum(placed(ties, k).map(|placed| {
        placed.tie.gain * sum((placed.from..placed.from + placed.taken).map(discount))
    }))
}

/// Discounted cumulative gain of the first `k` of gains in order.
pub(super) fn discounted_in_order(gains: &[f64], k: usize) -> f64 {
    sum(gains.iter().take(k).enumerate().map(|(place, gain)| gain * discount(place)))
}

/// How many relevant rows are among the first `k`.
pub(super) fn hits(ties: &[Tie], k: usize) -> f64 {
    let share = |placed: Placed<'_>| {
        placed.tie.relevant as f64 * (placed.taken as f64 / placed.tie.rows as f64)
    };
    sum(placed(ties, k).map(share))
}

/// How probable it is that any of the first `k` is relevant.
pub(super) fn hit(ties: &[Tie], k: usize) -> f64 {
    match placed(ties, k).find(|placed| placed.tie.relevant > 0) {
        Some(placed) => 1.0 - all_irrelevant(placed.tie, placed.taken),
        None => 0.0,
    }
}

/// How probable it is that so many of the tie's rows, drawn without replacement, are irrelevant.
fn all_irrelevant(tie: &Tie, drawn: usize) -> f64 {
    if drawn > tie.irrelevant() {
        return 0.0;
    }
    let chance = |before: usize| (tie.irrelevant() - before) as f64 / (tie.rows - before) as f64;
    (0..drawn).map(chance).product()
}

/// The precision at each relevant row among the first `k`, summed.
///
/// At a tie's *i*-th place (from 0) a row is relevant with probability r/n. If it is, each of the
/// *i* places before it in the tie is with probability (r − 1)/(n − 1).
pub(super) fn precisions(ties: &[Tie], k: usize) -> f64 {
    let mut precisions = Sum::default();
    for placed in placed(ties, k) {
        let (rows, relevant) = (placed.tie.rows as f64, placed.tie.relevant as f64);
        if placed.tie.relevant == 0 {
            continue;
        }
        let others = if placed.tie.rows == 1 { 0.0 } else { (relevant - 1.0) / (rows - 1.0) };
        for within in 0..placed.taken {
            let above = placed.relevant_above as f64 + within as f64 * others;
            let place = (placed.from + within + 1) as f64;
            precisions.add(relevant / rows * ((above + 1.0) / place));
        }
    }
    precisions.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_OF_TWO: [Tie; 1] = [Tie { rows: 2, relevant: 1, gain: 0.5 }];

    #[test]
    fn a_tie_is_the_mean_of_its_orders() {
        assert_eq!(hits(&ONE_OF_TWO, 1), 0.5);
        assert_eq!(hit(&ONE_OF_TWO, 1), 0.5);
        assert_eq!(hit(&ONE_OF_TWO, 2), 1.0);
        assert_eq!(precisions(&ONE_OF_TWO, 2), 0.75);
        assert_eq!(discounted(&ONE_OF_TWO, 1), 0.5);
    }

    #[test]
    fn places_beyond_the_rows_are_none() {
        assert_eq!(hits(&ONE_OF_TWO, usize::MAX), 1.0);
        assert_eq!(discounted_in_order(&[], usize::MAX), 0.0);
    }
}
