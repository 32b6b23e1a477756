//! Inputs, number for number those of `golden/make.py`.

/// Steele, Lea and Flood's SplitMix64 (2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn unit(&mut self) -> f64 {
        unit(self.next())
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// One of them.
    pub(crate) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    fn rows(&mut self, least: u64, spread: u64) -> u64 {
        let rows = least + self.below(spread);
        rows + if self.below(10) == 0 { 300 } else { 0 }
    }
}

fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1u64 << 53) as f64
}

/// What a case weighs its rows with: nothing, whole numbers, or parts.
fn weighed(kind: u64, weights: Vec<f64>) -> Option<Vec<f64>> {
    (kind > 0).then_some(weights)
}

const EXTREME: [f64; 7] = [0.0, 1.0, 1e-300, 5e-17, 1e-16, 0.999_999_999_999_999_9, 0.5];

#[derive(Clone)]
pub(crate) struct Scores {
    pub(crate) labels: Vec<bool>,
    pub(crate) scores: Vec<f64>,
    pub(crate) weights: Option<Vec<f64>>,
}

pub(crate) fn scores(seed: u64) -> Scores {
    let r = &mut Random(seed);
    let rows = r.rows(2, 40);
    let (kind, weighing, classes, share) = (r.below(6), r.below(3), r.below(8), r.unit());
    let rate = [0.0, 1.0].get(classes as usize).copied().unwrap_or(share);
    let (mut labels, mut scores, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let (label, score, whole, part) = (r.unit() < rate, r.next(), r.below(4), r.unit());
        labels.push(label);
        scores.push(match kind {
            0 => unit(score),
            1 => (score % 5) as f64 / 4.0,
            2 => (score % 65) as f64 / 64.0,
            3 => 0.5,
            4 => EXTREME[(score % 7) as usize],
            _ => (unit(score) + f64::from(u8::from(label))) / 2.0,
        });
        weights.push([1.0, whole as f64, part][weighing as usize]);
    }
    Scores { labels, scores, weights: weighed(weighing, weights) }
}

#[derive(Clone)]
pub(crate) struct Classes {
    pub(crate) truth: Vec<u32>,
    pub(crate) predicted: Vec<u32>,
    pub(crate) weights: Option<Vec<f64>>,
}

pub(crate) fn classes(seed: u64) -> Classes {
    let r = &mut Random(seed);
    let rows = r.rows(1, 60);
    let (count, weighing) = (r.of(&[2, 2, 2, 3, 5, 40]), r.below(3));
    let (skill, constant) = (r.below(4), r.below(6) == 0);
    let apart = if count == 2 { 1 } else { 3 };
    let (mut truth, mut predicted, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let (t, p, luck) = (r.below(count), r.below(count), r.unit());
        let (whole, part) = (r.below(3), r.unit());
        let t = if constant { count - 1 } else { t };
        let p = [p, t, 0, if luck < 0.7 { t } else { p }][skill as usize];
        truth.push((t * apart) as u32);
        predicted.push((p * apart) as u32);
        weights.push([1.0, 1.0 + whole as f64, 0.001 + part][weighing as usize]);
    }
    Classes { truth, predicted, weights: weighed(weighing, weights) }
}

#[derive(Clone)]
pub(crate) struct Values {
    pub(crate) truth: Vec<f64>,
    pub(crate) predicted: Vec<f64>,
    pub(crate) weights: Option<Vec<f64>>,
}

pub(crate) fn values(seed: u64) -> Values {
    let r = &mut Random(seed);
    let rows = r.rows(1, 60);
    let (scale, kind) = (r.of(&[1.0, 1000.0, 0.001]), r.below(5));
    let (weighing, exact) = (r.below(3), r.below(2) == 1);
    let (mut truth, mut predicted, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let (a, b, g, h) = (r.unit(), r.unit(), r.below(9) as f64, r.below(9) as f64);
        let (whole, part) = (r.below(4), r.unit());
        let near = (a - 0.5) * scale;
        let (t, p) = match kind {
            0 => (near, (b - 0.5) * scale),
            1 => ((g - 4.0) / 4.0 * scale, (h - 4.0) / 4.0 * scale),
            2 => (0.5, if exact { 0.5 } else { b }),
            3 => (near, near),
            _ => (near, near + (b - 0.5) * 0.1 * scale),
        };
        truth.push(t);
        predicted.push(p);
        weights.push([1.0, whole as f64, part][weighing as usize]);
    }
    Values { truth, predicted, weights: weighed(weighing, weights) }
}

#[derive(Clone)]
pub(crate) struct Rankings {
    pub(crate) groups: Vec<u32>,
    pub(crate) relevances: Vec<f64>,
    pub(crate) scores: Vec<f64>,
}

pub(crate) fn rankings(seed: u64) -> Rankings {
    let r = &mut Random(seed);
    let (count, tied, relevance) = (1 + r.below(6), r.below(3), r.below(6));
    let (mut groups, mut relevances, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    for group in 0..count {
        for _ in 0..1 + r.below(6) {
            let (grade, share, score) = (r.below(4) as f64, r.unit(), r.next());
            groups.push(group as u32);
            relevances.push(match relevance {
                0 => 0.0,
                1..4 => grade,
                _ => f64::from(u8::from(share < 0.3)),
            });
            scores.push([unit(score), (score % 3) as f64 - 1.0, 0.5][tied as usize]);
        }
    }
    Rankings { groups, relevances, scores }
}
