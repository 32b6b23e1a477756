//! What other tools do: look at each interval by itself, or test again and again as if each time
//! were the only one.

use tollgate_stats::normal;
use tollgate_stats::sequential::Arm;

use crate::traffic::{Shape, Traffic};

/// Takes back where at any of five checks the p95 of that many requests of each arm is beyond 1.2 times.
pub(crate) fn fixed_threshold(seed: u64, shape: Shape, each: usize) -> bool {
    let mut traffic = Traffic::new(seed, shape, 1.0);
    (0..5).any(|_| {
        let mut p95 = |arm| {
            let mut sample: Vec<f64> = (0..each).map(|_| traffic.latency(arm)).collect();
            sample.sort_by(f64::total_cmp);
            sample[(each as f64 * 0.95).ceil() as usize - 1]
        };
        p95(Arm::Candidate) > 1.2 * p95(Arm::Baseline)
    })
}

/// Takes back where the one-sided Mann-Whitney test of all that was seen so far says 0.05 at any
/// of ten checks, as Kayenta's judge does with 95 %.
pub(crate) fn mann_whitney(seed: u64, shape: Shape) -> bool {
    let mut traffic = Traffic::new(seed, shape, 1.0);
    let mut seen: Vec<(f64, bool)> = Vec::new();
    (0..10).any(|_| {
        for arm in [Arm::Candidate, Arm::Baseline] {
            seen.extend((0..100).map(|_| (traffic.latency(arm), arm == Arm::Candidate)));
        }
        seen.sort_by(|a, b| a.0.total_cmp(&b.0));
        let n = seen.len() as f64 / 2.0;
        let ranks: f64 =
            seen.iter().zip(1u32..).filter(|((_, own), _)| *own).map(|(_, r)| f64::from(r)).sum();
        let u = ranks - n * (n + 1.0) / 2.0;
        let z = (u - n * n / 2.0) / (n * n * (2.0 * n + 1.0) / 12.0).sqrt();
        z > normal::quantile(0.95)
    })
}
