//! Tables of predictions for tests.

use std::collections::BTreeMap;

use tollgate_model::{Cells, Columns, Form};

/// Examples with a label of 0 or 1, a plan, and a model's scores.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) labels: Vec<u32>,
    pub(super) scores: Vec<f64>,
    pub(super) plans: Vec<u32>,
}

/// A small generator (Marsaglia's xorshift64*), so that a test is the same each time.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of mean 0 and deviation 1, near enough to a normal distribution (Irwin-Hall).
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

impl Table {
    /// `rows` examples of three plans, scored by a model that sees their label through `noise`.
    pub(super) fn new(rows: usize, noise: f64, random: &mut Random) -> Self {
        let labels: Vec<u32> = (0..rows).map(|_| u32::from(random.uniform() < 0.4)).collect();
        let plans = (0..rows).map(|_| (random.uniform() * 3.0) as u32).collect();
        let scores = labels.iter().map(|label| score(*label, noise, random)).collect();
        Self { labels, scores, plans }
    }

    /// The same examples scored by another model.
    pub(super) fn scored(&self, noise: f64, random: &mut Random) -> Self {
        let scores = self.labels.iter().map(|label| score(*label, noise, random)).collect();
        Self { scores, ..self.clone() }
    }

    /// The same with the scores of `plan` drawn by lot.
    pub(super) fn blind_to(mut self, plan: u32, random: &mut Random) -> Self {
        for (score, of) in self.scores.iter_mut().zip(&self.plans) {
            if *of == plan {
                *score = random.uniform();
            }
        }
        self
    }

    pub(super) fn columns(&self) -> Columns {
        let texts = |names: &[&str], codes: &[u32]| Cells::Texts {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            codes: codes.to_vec(),
        };
        let keys = (1..=self.labels.len() as u128).collect();
        let cell = |name: &str, form, cells| ((name.to_owned(), form), cells);
        let cells = BTreeMap::from([
            cell("y", Form::Text, texts(&["0", "1"], &self.labels)),
            cell("s", Form::Number, Cells::Numbers(self.scores.clone())),
            cell("id", Form::Key, Cells::Keys(keys)),
            cell("plan", Form::Text, texts(&["basic", "pro", "team"], &self.plans)),
        ]);
        Columns { rows: self.labels.len(), cells }
    }
}

fn score(label: u32, noise: f64, random: &mut Random) -> f64 {
    let seen = f64::from(label) - 0.5 + noise * random.normal();
    1.0 / (1.0 + (-3.0 * seen).exp())
}
