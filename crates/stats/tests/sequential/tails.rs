//! Slow answers.

use tollgate_stats::sequential::{Arm, Compared, TailTest, Tolerance};

use crate::traffic::{Shape, Traffic, weight};

const ASKED: Tolerance = Tolerance { quantile: 0.95, factor: 1.2 };
const ALPHA: f64 = 0.01;
const ROLLOUTS: u64 = 400;

/// What is said of it at every request until it is anything but undecided or harmless.
fn rollback(seed: u64, shape: Shape, slower: f64, requests: u32) -> Option<u64> {
    let mut traffic = Traffic::new(seed, shape, slower);
    let mut test = TailTest::new(ALPHA, ASKED);
    (0..500).for_each(|_| test.remember(traffic.latency(Arm::Baseline)));
    let mut candidates = 0;
    for n in 0..requests {
        let (arm, latency) = traffic.request(weight(f64::from(n) / f64::from(requests)));
        test.take(arm, latency);
        candidates += u64::from(arm == Arm::Candidate);
        if test.standing().verdict == Compared::Worse {
            return Some(candidates);
        }
    }
    None
}

fn taken_back(shape: Shape, slower: f64) -> usize {
    (0..ROLLOUTS).filter(|seed| rollback(*seed, shape, slower, 4_000).is_some()).count()
}

#[test]
fn at_most_one_rollout_in_a_hundred_is_taken_back_for_nothing() {
    for shape in Shape::ALL {
        let wrong = taken_back(shape, 1.0);
        assert!(wrong * 100 <= ROLLOUTS as usize, "{shape:?}: {wrong} of {ROLLOUTS}");
    }
}

/// The tolerance itself is tolerated: here the hypothesis is as hard to tell apart as can be.
#[test]
fn nor_is_one_that_is_just_as_slow_as_is_allowed() {
    for shape in Shape::ALL {
        let wrong = taken_back(shape, 1.2);
        assert!(wrong * 100 <= ROLLOUTS as usize, "{shape:?}: {wrong} of {ROLLOUTS}");
    }
}

#[test]
fn twice_as_slow_is_found_within_a_hundred_requests() {
    let found =
        |seed: &u64| rollback(*seed, Shape::Lognormal, 2.0, 20_000).is_some_and(|n| n <= 100);
    let soon = (0..ROLLOUTS).filter(found).count();
    assert!(soon as f64 >= 0.9 * ROLLOUTS as f64, "{soon} of {ROLLOUTS}");
}

#[test]
fn half_as_slow_again_is_found_within_640_in_half_of_them() {
    let found =
        |seed: &u64| rollback(*seed, Shape::Lognormal, 1.5, 20_000).is_some_and(|n| n <= 640);
    let soon = (0..ROLLOUTS).filter(found).count();
    assert!(soon as f64 >= 0.5 * ROLLOUTS as f64, "{soon} of {ROLLOUTS}");
}

#[test]
fn without_a_baseline_nothing_is_said() {
    let mut test = TailTest::new(ALPHA, ASKED);
    (0..10_000).for_each(|_| test.take(Arm::Candidate, 1_000.0));
    assert_eq!(test.standing().verdict, Compared::Undecided);
    assert_eq!(test.standing().compared, 0);
}

#[test]
fn an_hour_in_which_everything_is_slow_is_not_the_candidate() {
    let mut traffic = Traffic::new(7, Shape::Lognormal, 1.0);
    let mut test = TailTest::new(ALPHA, ASKED);
    for n in 0..20_000 {
        let (arm, latency) = traffic.request(0.1);
        test.take(arm, if (8_000..12_000).contains(&n) { 5.0 * latency } else { latency });
        assert_ne!(test.standing().verdict, Compared::Worse, "at request {n}");
    }
}

#[test]
fn what_is_the_same_is_told_to_be_no_worse_and_what_is_faster_to_be_better() {
    let told = |slower: f64| {
        let mut traffic = Traffic::new(3, Shape::Lognormal, slower);
        let mut test = TailTest::new(ALPHA, ASKED);
        for _ in 0..20_000 {
            let (arm, latency) = traffic.request(0.2);
            test.take(arm, latency);
        }
        test.standing().verdict
    };
    assert_eq!(told(1.0), Compared::NotWorse);
    assert_eq!(told(0.7), Compared::Better);
}

/// After the baseline has stopped, an upper bound of what it was stands in for it.
#[test]
fn against_history_alone_it_errs_as_seldom_and_still_sees() {
    let taken_back = |slower: f64| {
        let worse = |seed: &u64| {
            let mut traffic = Traffic::new(*seed, Shape::Lognormal, slower);
            let mut test = TailTest::new(ALPHA, ASKED);
            (0..1_000).for_each(|_| test.remember(traffic.latency(Arm::Baseline)));
            assert!(test.against_history(ALPHA));
            (0..2_000).for_each(|_| test.take(Arm::Candidate, traffic.latency(Arm::Candidate)));
            test.standing().verdict == Compared::Worse
        };
        (0..ROLLOUTS).filter(worse).count()
    };
    assert!(taken_back(1.2) <= 4, "{}", taken_back(1.2));
    assert_eq!(taken_back(2.0), ROLLOUTS as usize);
}
