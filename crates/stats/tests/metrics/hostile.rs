//! No input makes a metric panic, or be NaN.

use tollgate_stats::metrics::{
    Binary, Bins, Classes, Metric, NAMES, Rankings, Rows, Undefined, Values,
};

use crate::cases::Random;

const ODD: [f64; 18] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    f64::MIN_POSITIVE,
    5e-324,
    -5e-324,
    1e-200,
    1e200,
    1e308,
    f64::MAX,
    f64::MIN,
    f64::EPSILON,
    1.0 - f64::EPSILON,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

/// Odd numbers; in half of the columns only such as a column may hold.
fn column(random: &mut Random, rows: usize, permitted: impl Fn(f64) -> bool) -> Vec<f64> {
    let anything = random.below(4) == 0;
    let numbers: Vec<f64> = ODD.into_iter().filter(|x| anything || permitted(*x)).collect();
    (0..rows).map(|_| random.of(&numbers)).collect()
}

fn check(rows: Result<Rows<'_>, Undefined>, measured: &mut u32) {
    let rows = match rows {
        Ok(rows) => rows,
        Err(why) => return assert!(!why.to_string().is_empty()),
    };
    for name in NAMES {
        match name.parse::<Metric>().unwrap().of(&rows) {
            Ok(value) => {
                assert!(value.is_finite(), "{name}: {value}");
                *measured += 1;
            }
            Err(why) => assert!(why.convention().is_none_or(f64::is_finite), "{name}: {why}"),
        }
    }
}

#[test]
fn odd_numbers_are_measured_or_refused() {
    let measured = &mut 0;
    for seed in 0..4_000 {
        let random = &mut Random(seed);
        let rows = random.below(8) as usize;
        // Now and then a column is too short or too long.
        let other = if random.below(10) == 0 { random.below(8) as usize } else { rows };
        let ids = |random: &mut Random, rows| -> Vec<u32> {
            (0..rows).map(|_| random.of(&[0, 1, 1, 2, u32::MAX])).collect()
        };
        let weighs = |x: f64| (0.0..1e300).contains(&x);
        let weights = column(random, other, weighs);
        let weights = (random.below(2) == 0).then_some(weights.as_slice());
        let (one, two) = (ids(random, rows), ids(random, other));
        let labels: Vec<bool> = one.iter().map(|id| *id == 1).collect();
        let scores = column(random, rows, |x| (0.0..=1.0).contains(&x));
        let values = column(random, rows, f64::is_finite);
        let relevances = column(random, other, weighs);
        check(Binary::new(&labels, &scores, weights).map(Rows::Scores), measured);
        check(Binary::new(&labels, &values, weights).map(Rows::Scores), measured);
        check(Classes::new(&one, &two, weights).map(Rows::Classes), measured);
        check(Values::new(&values, &scores, weights).map(Rows::Values), measured);
        check(Rankings::new(&one, &relevances, &values).map(Rows::Groups), measured);
    }
    assert!(*measured > 20_000, "{measured}");
}

#[test]
fn curves_of_odd_numbers_hold_numbers() {
    for seed in 0..1_000 {
        let random = &mut Random(seed);
        let rows = 1 + random.below(20) as usize;
        let labels: Vec<bool> = (0..rows).map(|_| random.below(2) == 0).collect();
        let scores = column(random, rows, |x| (0.0..=1.0).contains(&x));
        let weights = column(random, rows, |x| (0.0..1e300).contains(&x));
        let Ok(binary) = Binary::new(&labels, &scores, Some(&weights)) else { continue };
        let within = |x: f64| (0.0..=1.0).contains(&x);
        for point in binary.roc(5).into_iter().flatten() {
            assert!(within(point.true_positive_rate) && within(point.false_positive_rate));
        }
        for point in binary.precision_recall(5).into_iter().flatten() {
            assert!(within(point.precision) && within(point.recall), "{point:?}");
        }
        for count in [1, 3, 1000] {
            let count = count.try_into().unwrap();
            for bins in [Bins::EqualWidth(count), Bins::EqualCount(count)] {
                for point in binary.calibration(bins).into_iter().flatten() {
                    assert!(within(point.predicted) && within(point.observed), "{point:?}");
                }
            }
        }
    }
}

/// As many classes as rows: what grows with their square would never end.
#[test]
fn every_row_may_be_a_class_or_a_group_of_its_own() {
    let rows = 100_000;
    let ids: Vec<u32> = (0..rows).map(|row| row * 31).collect();
    let turned: Vec<u32> = ids.iter().rev().copied().collect();
    let classes = Classes::new(&ids, &turned, None).unwrap();
    assert_eq!(classes.confusion().cells().len(), 100_000);
    assert_eq!(classes.accuracy(), Ok(0.0));
    let ones = vec![1.0; ids.len()];
    assert_eq!(Rankings::new(&ids, &ones, &ones).unwrap().ndcg(None), Ok(1.0));
    let together = vec![7; ids.len()];
    assert_eq!(
        Rankings::new(&together, &ones, &ones).unwrap().mean_average_precision(None),
        Ok(1.0)
    );
}
