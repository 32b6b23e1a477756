//! How often a comparison errs, and how often it sees what is there.

use tollgate_stats::compare::mcnemar::Paired;
use tollgate_stats::compare::power::power;
use tollgate_stats::compare::question::Decision::{self, Better, NotWorse, Worse};
use tollgate_stats::compare::question::{Direction, Question};
use tollgate_stats::compare::{delong, reuse};

use crate::draws::{Draws, rate, slack};

const ROUNDS: u32 = 2_000;

fn ask(margin: f64, direction: Direction) -> Question {
    Question::new(margin, direction, 0.95).unwrap()
}

/// Two classifiers: only the baseline is right on a share `lost` of rows, only the challenger on
/// a share `gained`, neither on a tenth.
fn classifiers(draws: &mut Draws, rows: u32, lost: f64, gained: f64) -> Paired {
    Paired::count((0..rows).map(|_| match draws.unit() {
        unit if unit < lost => (true, false),
        unit if unit < lost + gained => (false, true),
        unit => (unit < 0.9, unit < 0.9),
    }))
}

fn accuracy(paired: Paired, question: &Question) -> Decision {
    question.decide(paired.compare(question.two_sided()).unwrap().interval)
}

/// Scores with a correlation of 0.8. Positives lie higher by `first` and by `second`.
fn scores(
    draws: &mut Draws,
    rows: u32,
    first: f64,
    second: f64,
) -> (Vec<bool>, Vec<f64>, Vec<f64>) {
    let mut told = (vec![], vec![], vec![]);
    for row in 0..rows {
        let positive = row % 3 == 0;
        let shared = draws.normal() * 0.8f64.sqrt();
        let mut score = |shift: f64| {
            shared + draws.normal() * 0.2f64.sqrt() + if positive { shift } else { 0.0 }
        };
        let both = (score(first), score(second));
        told.0.push(positive);
        told.1.push(both.0);
        told.2.push(both.1);
    }
    told
}

fn areas(draws: &mut Draws, rows: u32, shifts: (f64, f64), question: &Question) -> delong::Areas {
    let (positive, first, second) = scores(draws, rows, shifts.0, shifts.1);
    delong::compare(&positive, &first, &second, question.two_sided()).unwrap()
}

/// The true area is Φ(shift / √2).
fn area(shift: f64) -> f64 {
    1.0 - tollgate_stats::normal::tail(shift / 2f64.sqrt())
}

fn shift(area: f64) -> f64 {
    2f64.sqrt() * tollgate_stats::normal::quantile(area)
}

#[test]
fn an_equal_model_is_seldom_called_better() {
    let question = ask(0.0, Direction::Superiority);
    let rates = [
        rate(101, ROUNDS, |draws| {
            accuracy(classifiers(draws, 400, 0.05, 0.05), &question) == Better
        }),
        rate(102, ROUNDS, |draws| {
            question.decide(areas(draws, 300, (1.0, 1.0), &question).interval) == Better
        }),
    ];
    for rate in rates {
        assert!(rate <= 0.05 + slack(0.05, ROUNDS), "{rates:?}");
        // It is a level and not a refusal.
        assert!(rate > 0.025, "{rates:?}");
    }
}

/// At the 30th use a level of 5.4e-5 is left, so that of 2 000 about one in ten is wrong once.
#[test]
fn nor_at_the_thirtieth_use() {
    let question = reuse::at_use(&ask(0.0, Direction::Superiority), 30).unwrap();
    let accuracies = rate(103, ROUNDS, |draws| {
        accuracy(classifiers(draws, 400, 0.05, 0.05), &question) == Better
    });
    let areas = rate(104, ROUNDS, |draws| {
        question.decide(areas(draws, 300, (1.0, 1.0), &question).interval) == Better
    });
    assert!(accuracies <= 2.0 / f64::from(ROUNDS), "{accuracies}");
    assert!(areas <= 2.0 / f64::from(ROUNDS), "{areas}");
}

/// Thirty equal challengers, one after another on the same rows of one baseline. Without spending
/// at least one would pass in most holdouts.
#[test]
fn nor_is_any_of_thirty_on_one_holdout() {
    let asked = ask(0.0, Direction::Superiority);
    let uses: Vec<Question> = (1..=30).map(|k| reuse::at_use(&asked, k).unwrap()).collect();
    let mut unspent = 0;
    let spent = rate(105, ROUNDS, |draws| {
        let baseline: Vec<bool> = (0..300).map(|_| draws.unit() < 0.85).collect();
        let challengers: Vec<Paired> = (0..30)
            .map(|_| Paired::count(baseline.iter().map(|right| (*right, draws.unit() < 0.85))))
            .collect();
        unspent += u32::from(challengers.iter().any(|paired| accuracy(*paired, &asked) == Better));
        challengers
            .iter()
            .zip(&uses)
            .any(|(paired, question)| accuracy(*paired, question) == Better)
    });
    assert!(spent <= 0.05 + slack(0.05, ROUNDS), "{spent}");
    assert!(f64::from(unspent) / f64::from(ROUNDS) > 0.4, "{unspent}");
}

/// At the margin itself, where it is hardest; what is worse still passes less.
#[test]
fn a_model_worse_by_the_margin_seldom_passes() {
    let question = ask(0.03, Direction::NonInferiority);
    let passes = |decision| matches!(decision, Better | NotWorse);
    let accuracies = [(0.05, 0.02), (0.08, 0.05), (0.03, 0.0)].map(|(lost, gained)| {
        rate(106, ROUNDS, |draws| {
            passes(accuracy(classifiers(draws, 600, lost, gained), &question))
        })
    });
    let second = shift(area(1.0) - 0.03);
    let areas = rate(107, ROUNDS, |draws| {
        passes(question.decide(areas(draws, 400, (1.0, second), &question).interval))
    });
    for rate in accuracies.into_iter().chain([areas]) {
        assert!(rate <= 0.05 + slack(0.05, ROUNDS), "{accuracies:?} {areas}");
        assert!(rate > 0.02, "{accuracies:?} {areas}");
    }
}

/// As seldom is one called worse that is at the margin; and none that is equal.
#[test]
fn a_model_at_the_margin_is_seldom_called_worse() {
    let question = ask(0.03, Direction::NonInferiority);
    let worse = |lost, gained| {
        rate(108, ROUNDS, |draws| {
            accuracy(classifiers(draws, 600, lost, gained), &question) == Worse
        })
    };
    assert!(worse(0.05, 0.02) <= 0.05 + slack(0.05, ROUNDS));
    assert_eq!(worse(0.04, 0.04), 0.0);
    assert!(worse(0.12, 0.02) > 0.95);
}

/// What is printed before is what is seen: averaged over the rounds, since each prints its own.
#[test]
fn the_power_told_is_the_power_seen() {
    let question = ask(0.02, Direction::NonInferiority);
    let passes = |decision| matches!(decision, Better | NotWorse);
    let mut told = 0.0;
    let seen = rate(109, ROUNDS, |draws| {
        let areas = areas(draws, 600, (1.0, 1.0), &question);
        told += power(&question, areas.standard_error, 600).unwrap().at_these_rows;
        passes(question.decide(areas.interval))
    });
    let told = told / f64::from(ROUNDS);
    assert!((0.3..0.9).contains(&told), "{told}");
    assert!((seen - told).abs() < slack(told, ROUNDS) + 0.01, "{seen} {told}");
}

/// With as many rows as were asked for, four of five equal models pass.
#[test]
fn the_rows_asked_for_are_enough() {
    let question = ask(0.02, Direction::NonInferiority);
    // One row's difference is −1, 0 or 1; its variance is the share of rows that differ.
    let asked = power(&question, (0.1f64 / 500.0).sqrt(), 500).unwrap().rows_for_usual.unwrap();
    let rows = u32::try_from(asked).unwrap();
    let seen = rate(110, ROUNDS, |draws| {
        let decision = accuracy(classifiers(draws, rows, 0.05, 0.05), &question);
        matches!(decision, Better | NotWorse)
    });
    assert!((seen - 0.8).abs() < slack(0.8, ROUNDS) + 0.015, "{rows}: {seen}");
}
