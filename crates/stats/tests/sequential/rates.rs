//! Errors, predictions, the split of the traffic.

use tollgate_stats::sequential::{
    Arm, Compared, LabelShift, MeanSequence, RateTest, RatioTest, ScoreShift,
};

use crate::traffic::Random;

const ROUNDS: u64 = 400;
const ALPHA: f64 = 0.01;

fn arm(random: &mut Random, weight: f64) -> Arm {
    if random.unit() < weight { Arm::Candidate } else { Arm::Baseline }
}

/// How many of the rounds come to `worse`, where errors come that often.
fn errors(baseline: f64, candidate: f64) -> usize {
    let worse = |seed: &u64| {
        let mut random = Random(seed + 1);
        let mut test = RateTest::new(ALPHA, 0.005);
        (0..6_000).any(|_| {
            let arm = arm(&mut random, 0.25);
            let rate = if arm == Arm::Candidate { candidate } else { baseline };
            test.take(arm, f64::from(u8::from(random.unit() < rate)));
            test.standing().verdict == Compared::Worse
        })
    };
    (0..ROUNDS).filter(worse).count()
}

#[test]
fn as_many_errors_as_are_allowed_are_allowed() {
    for baseline in [0.0, 0.01, 0.2] {
        let wrong = errors(baseline, baseline + 0.005);
        assert!(wrong <= 4, "{wrong} of {ROUNDS} at {baseline}");
    }
}

#[test]
fn more_errors_are_found() {
    assert_eq!(errors(0.001, 0.1), ROUNDS as usize);
}

/// How many of the rounds find that scores moved; the candidate's are raised to that power.
fn scores(power: f64, tolerance: f64) -> usize {
    let moved = |seed: &u64| {
        let mut random = Random(seed + 77);
        let mut test = ScoreShift::new(ALPHA, tolerance);
        (0..4_000).any(|_| {
            let arm = arm(&mut random, 0.5);
            let score = random.unit();
            test.take(arm, if arm == Arm::Candidate { score.powf(power) } else { score });
            test.standing().verdict == Compared::Worse
        })
    };
    (0..ROUNDS).filter(moved).count()
}

#[test]
fn scores_that_stay_are_left_in_peace_and_a_shift_is_seen() {
    assert!(scores(1.0, 0.0) <= 4, "{}", scores(1.0, 0.0));
    // The square of a uniform score is 0.25 away, by Kolmogorov and Smirnov.
    assert!(scores(2.0, 0.25) <= 4, "{}", scores(2.0, 0.25));
    assert!(scores(2.0, 0.1) >= 396, "{}", scores(2.0, 0.1));
}

fn labels(churns: f64, tolerance: f64) -> usize {
    let moved = |seed: &u64| {
        let mut random = Random(seed + 5);
        let mut test = LabelShift::new(ALPHA, tolerance);
        (0..4_000).any(|_| {
            let arm = arm(&mut random, 0.5);
            let rate = if arm == Arm::Candidate { churns } else { 0.2 };
            test.take(arm, if random.unit() < rate { "churns" } else { "stays" });
            test.standing().verdict == Compared::Worse
        })
    };
    (0..ROUNDS).filter(moved).count()
}

#[test]
fn labels_that_stay_are_left_in_peace_and_a_shift_is_seen() {
    assert!(labels(0.2, 0.0) <= 4, "{}", labels(0.2, 0.0));
    assert!(labels(0.3, 0.1) <= 4, "{}", labels(0.3, 0.1));
    assert!(labels(0.4, 0.05) >= 396, "{}", labels(0.4, 0.05));
}

/// A label that the baseline never gives is a shift, though nothing was known of it.
#[test]
fn a_label_of_its_own_is_a_shift() {
    let mut test = LabelShift::new(ALPHA, 0.1);
    for n in 0..400 {
        let arm = if n % 2 == 0 { Arm::Candidate } else { Arm::Baseline };
        test.take(arm, if arm == Arm::Candidate { "unknown" } else { "stays" });
    }
    assert_eq!(test.standing().verdict, Compared::Worse);
}

#[test]
fn a_split_that_is_kept_is_believed_and_one_that_is_not_is_found() {
    let off = |lost: f64| {
        let found = |seed: &u64| {
            let mut random = Random(seed + 9);
            let mut test = RatioTest::default();
            (0..6_000).any(|n| {
                let weight = if n < 3_000 { 0.05 } else { 0.5 };
                let candidate = random.unit() < weight;
                // Of the candidate's requests some are never recorded.
                if !(candidate && random.unit() < lost) {
                    test.take(candidate, weight);
                }
                test.is_off(ALPHA)
            })
        };
        (0..ROUNDS).filter(found).count()
    };
    assert!(off(0.0) <= 4, "{}", off(0.0));
    assert!(off(0.2) >= 396, "{}", off(0.2));
}

/// The sequence of intervals holds the mean at all times at once.
#[test]
fn intervals_hold_the_mean_at_every_look() {
    for mean in [0.01, 0.3, 0.5] {
        let missed = |seed: &u64| {
            let mut random = Random(seed + 3);
            let mut sequence = MeanSequence::new(ALPHA);
            (0..3_000).any(|_| {
                sequence.take(f64::from(u8::from(random.unit() < mean)));
                let interval = sequence.interval();
                mean < interval.low || interval.high < mean
            })
        };
        let missed = (0..ROUNDS).filter(missed).count();
        assert!(missed <= 4, "{missed} of {ROUNDS} at {mean}");
    }
}
