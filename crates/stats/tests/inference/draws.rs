//! Chance for tests. The first three methods are also in `golden/inference.py`.

/// Steele, Lea and Flood's SplitMix64 (2014).
pub(crate) struct Draws(u64);

impl Draws {
    /// The draws of one case of a family.
    pub(crate) fn new(family: u64, case: u64) -> Self {
        Self((family << 32) + case)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// Standard normal, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// So many of them, moved by `shift`, in order.
    pub(crate) fn sorted(&mut self, rows: usize, shift: f64) -> Vec<f64> {
        let mut values: Vec<f64> = (0..rows).map(|_| self.normal() + shift).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    /// How many of `rows` rows fall to each share.
    pub(crate) fn histogram(&mut self, rows: u64, shares: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; shares.len()];
        for _ in 0..rows {
            let mut left = self.unit();
            let place = shares.iter().position(|share| {
                left -= share;
                left < 0.0
            });
            counts[place.unwrap_or(shares.len() - 1)] += 1;
        }
        counts
    }
}

/// How often `happens` in `rounds`, each with draws of its own.
pub(crate) fn rate(family: u64, rounds: u32, mut happens: impl FnMut(&mut Draws) -> bool) -> f64 {
    let cases = (0..rounds).filter(|case| happens(&mut Draws::new(family, u64::from(*case))));
    cases.count() as f64 / f64::from(rounds)
}

/// By how much such a rate may be off by chance: three standard errors.
pub(crate) fn slack(rate: f64, rounds: u32) -> f64 {
    3.0 * (rate * (1.0 - rate) / f64::from(rounds)).sqrt()
}
