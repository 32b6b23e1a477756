use std::collections::BTreeMap;

use tollgate_stats::drift::sample::Sample;
use tollgate_stats::drift::wasserstein::{self, Scale};
use tollgate_stats::drift::{category, divergence, kolmogorov};
use tollgate_stats::special::chi_square;

use crate::draws::Draws;
use crate::golden::{alike, alike_in_tails, each};

const GOLDEN: &str = include_str!("../golden/drift.json");

fn histograms(draws: &mut Draws) -> [Vec<u64>; 2] {
    let bins = 2 + draws.below(12) as usize;
    let mut table = [vec![0; bins], vec![0; bins]];
    for bin in 0..bins {
        for side in &mut table {
            side[bin] = if draws.below(5) == 0 { 0 } else { draws.below(400) };
        }
    }
    table[0][0] += 2;
    table[1][1] += 2;
    table
}

#[test]
fn binned_measures_are_scipys() {
    each(GOLDEN, "binned", 11, |mut draws, case, theirs| {
        let [first, second] = histograms(&mut draws);
        let named = |counts: &[u64]| -> BTreeMap<usize, u64> {
            counts.iter().copied().enumerate().collect()
        };
        let categories = category::compare(&named(&first), &named(&second), 0.9).unwrap().drift;
        let used = first.iter().zip(&second).filter(|(a, b)| **a + **b > 0).count();
        let noncentrality = chi_square::noncentrality(categories.statistic, (used - 1) as f64, 0.9);
        let ours = [
            divergence::psi(&first, &second, 0.9).unwrap().effect,
            divergence::jensen_shannon(&first, &second, 0.9).unwrap().effect,
            categories.statistic,
            categories.p.unwrap(),
            categories.effect,
            noncentrality.low,
            noncentrality.high,
        ];
        alike(&ours, theirs, 1e-7, &format!("case {case}"));
        alike(&ours[..5], &theirs[..5], 1e-12, &format!("case {case}"));
        if categories.p.unwrap() > 1e-280 {
            alike_in_tails(&ours[3..4], &theirs[3..4], 1e-9, &format!("p of case {case}"));
        }
    });
}

#[test]
fn distances_of_samples_are_scipys() {
    each(GOLDEN, "sampled", 12, |mut draws, case, theirs| {
        let mut sample = |scale: Option<f64>| {
            let scale = scale.unwrap_or_else(|| 0.5 + draws.unit());
            let rows = 2 + draws.below(60);
            let mut values: Vec<f64> =
                (0..rows).map(|_| draws.below(40) as f64 / 8.0 * scale).collect();
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        let (first, second) = (sample(Some(1.0)), sample(None));
        let mut weigh = |values: &[f64]| -> Vec<f64> {
            values.iter().map(|_| (1 + draws.below(5)) as f64).collect()
        };
        let (first_weights, second_weights) = (weigh(&first), weigh(&second));
        let plain = [&first, &second].map(|values| Sample::sorted(values).unwrap());
        let distance = kolmogorov::compare(&plain[0], &plain[1], 0.95);
        let moved = wasserstein::compare(&plain[0], &plain[1], Scale::Deviation, 0.95).unwrap();
        let weighted = [(&first, &first_weights), (&second, &second_weights)]
            .map(|(values, weights)| Sample::sketched(values, weights, 0.0).unwrap());
        let heavy =
            wasserstein::compare(&weighted[0], &weighted[1], Scale::Deviation, 0.95).unwrap();
        let ours = [
            distance.effect,
            distance.p.unwrap(),
            moved.statistic,
            heavy.statistic,
            moved.statistic / moved.effect,
        ];
        alike(&ours, theirs, 1e-12, &format!("case {case}"));
    });
}
