//! A reproducible source of chance. Not for secrets.

use crate::special::point::ln_gamma;

/// xoshiro256++, started by SplitMix64: the same seed gives the same numbers on every machine and
/// in every version.
///
/// Sources: D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM
/// Transactions on Mathematical Software 47 (2021) 36; G. L. Steele, D. Lea and C. H. Flood, "Fast
/// Splittable Pseudorandom Number Generators", OOPSLA 2014.
#[derive(Clone, Debug)]
pub struct Random([u64; 4]);

/// SplitMix64's step from one state to the next.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    /// The stream of number `stream` of `seed`. Streams do not depend on one another, so that work
    /// which is split over threads comes out the same however it is split.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut state = mix(seed.wrapping_add(GOLDEN)).wrapping_add(mix(stream));
        Self([(); 4].map(|()| {
            state = state.wrapping_add(GOLDEN);
            mix(state)
        }))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0;
        let drawn = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        drawn
    }

    /// Between 0 and 1, without 1: a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `bound`. Its bias is below `bound` × 2⁻⁶⁴, which nothing here can see.
    ///
    /// Source: D. Lemire, "Fast Random Integer Generation in an Interval", ACM Transactions on
    /// Modeling and Computer Simulation 29 (2019) 3, without its rejection.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// How many of `trials` succeed, each with probability `p`.
    ///
    /// Source: W. Hörmann, "The Generation of Binomial Random Variates", Journal of Statistical
    /// Computation and Simulation 46 (1993) 101–110: BTRS; by inversion where few are expected.
    pub fn binomial(&mut self, trials: u32, p: f64) -> u32 {
        if p > 0.5 {
            return trials - self.binomial(trials, 1.0 - p);
        }
        if p <= 0.0 || trials == 0 {
            0
        } else if f64::from(trials) * p < 10.0 {
            self.few(trials, p)
        } else {
            self.many(f64::from(trials), p)
        }
    }

    fn few(&mut self, trials: u32, p: f64) -> u32 {
        let odds = p / (1.0 - p);
        let mut term = (f64::from(trials) * (-p).ln_1p()).exp();
        let mut left = self.unit();
        for successes in 0..trials {
            // Beyond 110 the terms are below 1e-70: what is left is rounding.
            if left < term || successes >= 110 {
                return successes;
            }
            left -= term;
            term *= odds * f64::from(trials - successes) / f64::from(successes + 1);
        }
        trials
    }

    fn many(&mut self, n: f64, p: f64) -> u32 {
        let spread = (n * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let centre = n * p + 0.5;
        let squeeze = 0.92 - 4.2 / b;
        let alpha = (2.83 + 5.1 / b) * spread;
        loop {
            let u = self.unit() - 0.5;
            let v = self.unit();
            let near = 0.5 - u.abs();
            let k = ((2.0 * a / near + b) * u + centre).floor();
            if !(0.0..=n).contains(&k) {
                continue;
            }
            if near >= 0.07 && v <= squeeze {
                return k as u32;
            }
            let bound = (v * alpha / (a / (near * near) + b)).ln();
            if bound <= ln_ratio(k, n, p) {
                return k as u32;
            }
        }
    }
}

/// The logarithm of the probability of `k`, less that of the likeliest.
fn ln_ratio(k: f64, n: f64, p: f64) -> f64 {
    let mode = ((n + 1.0) * p).floor();
    ln_gamma(mode + 1.0) + ln_gamma(n - mode + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
        + (k - mode) * (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_reproducible_and_differ() {
        let first = |seed, stream| Random::new(seed, stream).bits();
        assert_eq!(first(7, 1), first(7, 1));
        let starts = [first(7, 1), first(7, 2), first(8, 1), first(0, 0)];
        for (index, start) in starts.iter().enumerate() {
            assert!(!starts[..index].contains(start), "{starts:x?}");
        }
    }

    #[test]
    fn bounds_are_kept() {
        let mut random = Random::new(1, 0);
        let drawn: Vec<usize> = (0..1_000).map(|_| random.below(3)).collect();
        assert!((0..3).all(|wanted| drawn.iter().filter(|got| **got == wanted).count() > 250));
        assert!((0..1_000).all(|_| (0.0..1.0).contains(&random.unit())));
    }

    #[test]
    fn binomial_counts_have_their_mean_and_variance() {
        let mut random = Random::new(3, 0);
        for (trials, p) in [(7, 0.2), (40, 0.9), (1_000, 0.3), (2_000_000, 0.001), (50, 0.5)] {
            const DRAWS: usize = 20_000;
            let drawn: Vec<f64> =
                (0..DRAWS).map(|_| f64::from(random.binomial(trials, p))).collect();
            let mean = drawn.iter().sum::<f64>() / DRAWS as f64;
            let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / DRAWS as f64;
            let (wanted, spread) = (f64::from(trials) * p, f64::from(trials) * p * (1.0 - p));
            let error = (spread / DRAWS as f64).sqrt();
            assert!((mean - wanted).abs() < 4.0 * error, "{trials} {p}: {mean}");
            assert!((variance / spread - 1.0).abs() < 0.06, "{trials} {p}: {variance}");
        }
        assert_eq!(random.binomial(9, 0.0), 0);
        assert_eq!(random.binomial(9, 1.0), 9);
        assert_eq!(random.binomial(0, 0.3), 0);
    }
}
