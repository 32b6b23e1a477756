use tollgate_stats::compare::bootstrap::{Plan, Sample, Statistic, bootstrap};
use tollgate_stats::compare::mcnemar::Paired;
use tollgate_stats::compare::power::power;
use tollgate_stats::compare::question::{Direction, Question};
use tollgate_stats::compare::{delong, many, repeats};
use tollgate_stats::normal;
use tollgate_stats::special::{beta, binomial, chi_square, gamma, kolmogorov, student};

use crate::draws::Draws;
use crate::golden::{CONFIDENCES, alike, alike_in_tails, confidence, each};

const GOLDEN: &str = include_str!("../golden/compare.json");

#[test]
fn distributions_are_scipys() {
    each(GOLDEN, "distributions", 1, |mut draws, case, theirs| {
        let t = (draws.unit() - 0.5) * 20.0;
        let scale = [1.0, 10.0, 100.0, 10_000.0][draws.below(4) as usize];
        let degrees = 0.5 + draws.unit() * scale;
        let p = draws.unit() / 2.0;
        let whole = (1 + draws.below(40)) as f64;
        let (x, noncentrality) = (draws.unit() * 80.0, draws.unit() * 60.0);
        let (a, b) = (1.0 + draws.unit() * 1e6, 1.0 + draws.unit() * 1e6);
        let near = a * (0.99 + 0.02 * draws.unit());
        let share = a / (a + b) * (0.995 + 0.01 * draws.unit());
        let (few, trials) = (draws.below(30), 30 + draws.below(30));
        let ours = [
            student::tail(t, degrees),
            student::upper_quantile(p, degrees),
            chi_square::tail(x, whole),
            chi_square::noncentral_at_most(x, whole, noncentrality),
            gamma::gamma(a, near).upper,
            beta::beta(a, b, share, 1.0 - share).lower,
            normal::tail((draws.unit() - 0.3) * 40.0),
            kolmogorov::tail(draws.unit() * 3.0),
            binomial::at_most(few, trials, share),
            binomial::exactly(few, trials, share),
        ];
        alike_in_tails(&ours, theirs, 2e-9, &format!("case {case}"));
        alike(&ours, theirs, 1e-11, &format!("case {case}"));
    });
}

/// Rows with a class and two scores, with ties.
fn scored(draws: &mut Draws) -> (Vec<bool>, Vec<f64>, Vec<f64>) {
    let rows = 5 + draws.below(60);
    let mut table = (vec![], vec![], vec![]);
    for _ in 0..rows {
        table.0.push(draws.below(2) == 1);
        table.1.push(draws.below(12) as f64);
        table.2.push(draws.below(9) as f64);
    }
    table
}

#[test]
fn areas_are_scikit_learns() {
    let mut compared = 0;
    each(GOLDEN, "areas", 2, |mut draws, case, theirs| {
        let (positive, first, second) = scored(&mut draws);
        if let Ok(areas) = delong::compare(&positive, &first, &second, 0.95) {
            alike(&[areas.baseline, areas.challenger], theirs, 1e-14, &format!("case {case}"));
            compared += 1;
        }
    });
    assert!(compared >= 190, "{compared}");
}

/// DeLong, DeLong and Clarke-Pearson as they wrote it: every positive with every negative.
fn direct(positive: &[bool], first: &[f64], second: &[f64]) -> (f64, f64) {
    let rows = |class| (0..positive.len()).filter(move |row| positive[*row] == class);
    let kernel = |scores: &[f64], high: usize, low: usize| {
        let (high, low) = (scores[high], scores[low]);
        if high > low { 1.0 } else { f64::from(u8::from(high == low)) / 2.0 }
    };
    let apart = |high, low| kernel(second, high, low) - kernel(first, high, low);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let of_positives: Vec<f64> = rows(true)
        .map(|high| mean(&rows(false).map(|low| apart(high, low)).collect::<Vec<_>>()))
        .collect();
    let of_negatives: Vec<f64> = rows(false)
        .map(|low| mean(&rows(true).map(|high| apart(high, low)).collect::<Vec<_>>()))
        .collect();
    let variance = |values: &[f64]| {
        let centre = mean(values);
        let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
        squares / (values.len() - 1) as f64 / values.len() as f64
    };
    (mean(&of_positives), variance(&of_positives) + variance(&of_negatives))
}

#[test]
fn delong_is_the_sum_over_all_pairs() {
    let mut compared = 0;
    for case in 0..400 {
        let (positive, first, second) = scored(&mut Draws::new(8, case));
        let Ok(areas) = delong::compare(&positive, &first, &second, 0.9) else { continue };
        let (difference, variance) = direct(&positive, &first, &second);
        let error = variance.sqrt();
        let z = normal::quantile(0.95);
        let ours = [
            areas.difference,
            areas.standard_error,
            areas.interval.low,
            areas.interval.high,
            areas.p,
        ];
        let low = (difference - z * error).max(-1.0);
        let high = (difference + z * error).min(1.0);
        let p = 2.0 * normal::tail((difference / error).abs());
        alike(&ours, &[difference, error, low, high, p], 1e-12, &format!("case {case}"));
        compared += 1;
    }
    assert!(compared >= 380, "{compared}");
}

#[test]
fn mcnemar_is_statsmodels_and_tangos_interval_inverts_its_score() {
    each(GOLDEN, "accuracies", 3, |mut draws, case, theirs| {
        let (both, neither) = (1 + draws.below(200), 1 + draws.below(100));
        let mut few = || {
            let bound = 1 + draws.below(60);
            1 + draws.below(bound)
        };
        let (baseline_only, challenger_only) = (few(), few());
        let paired = Paired { both, baseline_only, challenger_only, neither };
        let told = paired.compare(confidence(&mut draws)).unwrap();
        let ours = [told.exact, told.mid, told.interval.low, told.interval.high];
        alike(&ours, theirs, 1e-10, &format!("case {case}: {paired:?}"));
    });
}

struct Ratio {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Statistic for Ratio {
    fn sample(&self) -> Sample<'_> {
        Sample::Rows(self.x.len())
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        let sum = |values: &[f64]| {
            values.iter().zip(counts).map(|(value, count)| value * f64::from(*count)).sum::<f64>()
        };
        Some(sum(&self.x) / sum(&self.y))
    }
}

/// On the same resamples: the generator is written in Python too.
#[test]
fn bootstrap_intervals_are_scipys() {
    each(GOLDEN, "replicates", 4, |mut draws, case, theirs| {
        let rows = 8 + draws.below(20);
        let x = (0..rows).map(|_| draws.unit().powi(2) * 10.0).collect();
        let y = (0..rows).map(|_| 1.0 + draws.unit()).collect();
        let plan =
            Plan { replicates: 199, seed: case, threads: 2, confidence: 0.9, corrects: true };
        let told = bootstrap(&Ratio { x, y }, plan).unwrap();
        let corrected = told.corrected.unwrap();
        let ours = [
            told.percentile.low,
            told.percentile.high,
            corrected.low,
            corrected.high,
            told.standard_error,
        ];
        alike(&ours, theirs, 1e-10, &format!("case {case}"));
    });
}

#[test]
fn repeated_runs_are_scipys_t_tests() {
    each(GOLDEN, "repeats", 5, |mut draws, case, theirs| {
        let mut runs = |spread: f64| {
            let count = 2 + draws.below(8);
            (0..count).map(|_| 0.8 + spread * draws.unit()).collect::<Vec<_>>()
        };
        let (first, second) = (runs(0.1), runs(0.2));
        let confidence = confidence(&mut draws);
        let two = repeats::welch(&first, &second, confidence).unwrap();
        let one = repeats::mean(&first, confidence).unwrap().interval;
        let next = repeats::next(&first, confidence).unwrap().interval;
        let two = [two.degrees, two.interval.low, two.interval.high];
        let ours = [two[0], two[1], two[2], one.low, one.high, next.low, next.high];
        alike(&ours, theirs, 1e-10, &format!("case {case}"));
    });
}

#[test]
fn adjusted_values_are_statsmodels() {
    each(GOLDEN, "adjusted", 6, |mut draws, case, theirs| {
        let count = 1 + draws.below(6);
        let p: Vec<f64> = (0..count).map(|_| draws.unit().powi(2)).collect();
        let ours = [many::bonferroni(&p), many::holm(&p), many::benjamini_hochberg(&p)].concat();
        alike(&ours, theirs, 1e-14, &format!("case {case}"));
    });
}

#[test]
fn power_is_statsmodels() {
    each(GOLDEN, "powers", 7, |mut draws, case, theirs| {
        let (margin, error) = (0.001 + 0.02 * draws.unit(), 0.001 + 0.02 * draws.unit());
        let rows = 100 + draws.below(10_000);
        let confidence = CONFIDENCES[draws.below(4) as usize];
        let question = Question::new(margin, Direction::NonInferiority, confidence).unwrap();
        let told = power(&question, error, rows).unwrap();
        alike(&[told.at_these_rows], &theirs[..1], 1e-11, &format!("case {case}"));
        let apart = told.rows_for_usual.unwrap() as f64 - theirs[1];
        assert!((-1e-6..=1.0).contains(&apart), "case {case}: {told:?}, {}", theirs[1]);
    });
}
