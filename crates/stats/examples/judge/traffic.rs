//! Traffic that is drawn: latencies of two releases that answer side by side.

use tollgate_stats::sequential::Arm;

/// Steele, Lea and Flood's SplitMix64 (2014): enough for a simulation, and no dependency.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Box and Muller (1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

/// How latencies come about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Lognormal, σ = 0.5.
    Lognormal,
    /// One in ten goes the slow way, ten times as long.
    Bimodal,
    /// Pareto with α = 1.5: no variance.
    HeavyTailed,
    /// Lognormal, where a slow minute slows both releases: AR(1) with ρ = 0.9 over all requests.
    SharedWaves,
    /// The same, where each release has its own slow minutes.
    OwnWaves,
}

impl Shape {
    pub(crate) const ALL: [Self; 5] =
        [Self::Lognormal, Self::Bimodal, Self::HeavyTailed, Self::SharedWaves, Self::OwnWaves];
}

/// Requests as the proxy records them.
pub(crate) struct Traffic {
    random: Random,
    shape: Shape,
    /// The candidate takes that many times as long.
    slower: f64,
    waves: [f64; 2],
}

impl Traffic {
    pub(crate) fn new(seed: u64, shape: Shape, slower: f64) -> Self {
        let mut random = Random(seed.wrapping_mul(0xD134_2543_DE82_EF95));
        let waves = [random.normal(), random.normal()];
        Self { random, shape, slower, waves }
    }

    /// One request at that weight of the candidate: which release answered it, and in how many
    /// milliseconds.
    pub(crate) fn request(&mut self, weight: f64) -> (Arm, f64) {
        let arm = if self.random.unit() < weight { Arm::Candidate } else { Arm::Baseline };
        (arm, self.latency(arm))
    }

    pub(crate) fn latency(&mut self, arm: Arm) -> f64 {
        let random = &mut self.random;
        let latency = match self.shape {
            Shape::Lognormal => 20.0 * (0.5 * random.normal()).exp(),
            Shape::Bimodal => {
                let way = if random.unit() < 0.1 { 200.0 } else { 20.0 };
                way * (0.2 * random.normal()).exp()
            }
            Shape::HeavyTailed => 10.0 * (1.0 - random.unit()).powf(-1.0 / 1.5),
            Shape::SharedWaves | Shape::OwnWaves => {
                let own = usize::from(self.shape == Shape::OwnWaves) * arm as usize;
                let step = (1.0f64 - 0.81).sqrt() * random.normal();
                self.waves[own] = 0.9 * self.waves[own] + step;
                20.0 * (0.5 * self.waves[own]).exp()
            }
        };
        latency * if arm == Arm::Candidate { self.slower } else { 1.0 }
    }
}

/// The weights of a canary, each for a third of its requests.
pub(crate) fn weight(done: f64) -> f64 {
    [0.05, 0.25, 0.5][(done * 3.0).clamp(0.0, 2.0) as usize]
}
