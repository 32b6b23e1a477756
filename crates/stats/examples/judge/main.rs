//! How often the judge of rollouts errs, and how soon it sees a regression, beside a fixed threshold
//! at each check and a Mann-Whitney test at each check, as other tools have them.
//!
//! `cargo run --release -p tollgate-stats --example judge -- [ROUNDS]`

#![expect(clippy::print_stdout, reason = "it prints a table")]

mod others;
mod traffic;

use tollgate_stats::sequential::{Arm, Compared, TailTest, Tolerance};
use traffic::{Shape, Traffic, weight};

const ASKED: Tolerance = Tolerance { quantile: 0.95, factor: 1.2 };
const ALPHA: f64 = 0.01;
const REQUESTS: u32 = 20_000;

fn main() {
    let rounds: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000);
    println!("{rounds} rollouts each, {REQUESTS} requests at 5, 25 and 50 %\n");
    println!("False rollbacks where nothing changed, in percent:");
    println!(
        "{:14}{:>10}{:>14}{:>14}{:>14}{:>16}",
        "", "tollgate", "fixed/200", "fixed/50", "fixed/20", "Mann-Whitney"
    );
    for shape in Shape::ALL {
        let rate = |wrong: &dyn Fn(u64) -> bool| {
            100.0 * (0..rounds).filter(|seed| wrong(*seed)).count() as f64 / rounds as f64
        };
        println!(
            "{:14}{:>10.2}{:>14.1}{:>14.1}{:>14.1}{:>16.1}",
            format!("{shape:?}"),
            rate(&|seed| rollback(seed, shape, 1.0).is_some()),
            rate(&|seed| others::fixed_threshold(seed, shape, 200)),
            rate(&|seed| others::fixed_threshold(seed, shape, 50)),
            rate(&|seed| others::fixed_threshold(seed, shape, 20)),
            rate(&|seed| others::mann_whitney(seed, shape)),
        );
    }
    println!("\nCandidate requests until it is taken back (median, 90 %), and how often it was:");
    for shape in Shape::ALL {
        for slower in [1.2, 1.5, 2.0] {
            let mut after: Vec<u64> =
                (0..rounds).filter_map(|seed| rollback(seed, shape, slower)).collect();
            let found = 100.0 * after.len() as f64 / rounds as f64;
            after.resize(rounds as usize, u64::MAX);
            after.sort_unstable();
            let at = |part: f64| match after[(part * (rounds as f64 - 1.0)) as usize] {
                u64::MAX => "-".to_owned(),
                n => n.to_string(),
            };
            let name = format!("{shape:?}");
            println!("{name:14} {slower:.1}x {:>8} {:>8} {found:>8.1} %", at(0.5), at(0.9));
        }
    }
}

/// After how many requests of the candidate the rollout is taken back, if it is.
fn rollback(seed: u64, shape: Shape, slower: f64) -> Option<u64> {
    let mut traffic = Traffic::new(seed, shape, slower);
    let mut test = TailTest::new(ALPHA, ASKED);
    (0..500).for_each(|_| test.remember(traffic.latency(Arm::Baseline)));
    let mut candidates = 0;
    for n in 0..REQUESTS {
        let (arm, latency) = traffic.request(weight(f64::from(n) / f64::from(REQUESTS)));
        test.take(arm, latency);
        candidates += u64::from(arm == Arm::Candidate);
        if test.standing().verdict == Compared::Worse {
            return Some(candidates);
        }
    }
    None
}
