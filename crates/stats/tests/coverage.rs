//! An interval of 95 % holds the truth about 95 times in a hundred: tried, with a fixed seed.

use tollgate_stats::proportion::wilson;

/// Steele, Lea and Flood's SplitMix64 (2014): enough for a simulation, and no dependency.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn successes(&mut self, trials: u64, rate: f64) -> u64 {
        (0..trials).filter(|_| self.unit() < rate).count() as u64
    }
}

fn coverage(random: &mut Random, trials: u64, rate: f64, confidence: f64) -> f64 {
    const ROUNDS: u32 = 4_000;
    let held = (0..ROUNDS).filter(|_| {
        let interval = wilson(random.successes(trials, rate), trials, confidence);
        interval.low <= rate && rate <= interval.high
    });
    f64::from(u32::try_from(held.count()).unwrap()) / f64::from(ROUNDS)
}

/// The interval's real confidence swings about the nominal one, since counts are whole; Brown,
/// Cai and DasGupta (2001) show how far. Averaged over rates it is right.
#[test]
fn coverage_is_what_it_says() {
    let mut random = Random(20_240_607);
    let rates = [0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99];
    for confidence in [0.9, 0.95, 0.99] {
        for trials in [20, 50, 200] {
            let each = rates.map(|rate| coverage(&mut random, trials, rate, confidence));
            let mean = each.iter().sum::<f64>() / rates.len() as f64;
            let told = format!("{confidence} in {trials}: {each:.3?}, mean {mean:.4}");
            assert!((mean - confidence).abs() < 0.02, "{told}");
            let least = each.into_iter().fold(1.0, f64::min);
            assert!(least > confidence - 0.09, "{told}");
        }
    }
}
