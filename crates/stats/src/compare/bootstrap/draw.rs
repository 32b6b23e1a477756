//! Rows drawn with replacement, as counts.

use super::super::random::Random;
use super::{LEAST_REPLICATES, MOST_DRAWS, MOST_GROUPS, MOST_REPLICATES, NoBootstrap, Sample};

/// What is drawn from, and how much of it.
pub(super) struct Draw<'a> {
    pub(super) sample: Sample<'a>,
    pub(super) rows: u32,
}

impl<'a> Draw<'a> {
    pub(super) fn of(sample: Sample<'a>, replicates: usize) -> Result<Self, NoBootstrap> {
        let (rows, each) = match sample {
            Sample::Rows(rows) => (rows as u64, rows as u64),
            Sample::Groups(sizes) if sizes.len() > MOST_GROUPS => {
                return Err(NoBootstrap::TooMany);
            }
            Sample::Groups(sizes) => {
                (sizes.iter().map(|size| u64::from(*size)).sum(), sizes.len() as u64)
            }
        };
        if rows < 2 || replicates < LEAST_REPLICATES {
            return Err(NoBootstrap::TooFew);
        }
        let rows = u32::try_from(rows).map_err(|_| NoBootstrap::TooMany)?;
        if replicates > MOST_REPLICATES || each.saturating_mul(replicates as u64) > MOST_DRAWS {
            return Err(NoBootstrap::TooMany);
        }
        Ok(Self { sample, rows })
    }

    /// Every row as often as it is there.
    pub(super) fn whole(&self) -> Vec<u32> {
        match self.sample {
            Sample::Rows(rows) => vec![1; rows],
            Sample::Groups(sizes) => sizes.to_vec(),
        }
    }

    /// As many rows as there are, with replacement.
    pub(super) fn again(&self, random: &mut Random, counts: &mut [u32]) {
        match self.sample {
            Sample::Rows(_) => singly(random, self.rows, counts),
            Sample::Groups(sizes) => multinomial(random, sizes, self.rows, counts),
        }
    }
}

/// Rows whose counts fit into a processor's nearest memory. Drawing from all at once would wait for
/// memory at each of a million rows.
const BLOCK: usize = 16_384;

/// Row by row, within blocks that first are drawn as groups.
fn singly(random: &mut Random, rows: u32, counts: &mut [u32]) {
    counts.fill(0);
    let (mut draws, mut rows_left) = (rows, rows);
    for block in counts.chunks_mut(BLOCK) {
        let size = block.len() as u32;
        let here = share(random, draws, size, rows_left);
        for _ in 0..here {
            block[random.below(block.len())] += 1;
        }
        draws -= here;
        rows_left -= size;
    }
}

/// How many of `draws` fall to `size` of `all` rows.
fn share(random: &mut Random, draws: u32, size: u32, all: u32) -> u32 {
    if size == all { draws } else { random.binomial(draws, f64::from(size) / f64::from(all)) }
}

/// One group after another, each by what the ones before it left.
fn multinomial(random: &mut Random, sizes: &[u32], rows: u32, counts: &mut [u32]) {
    let (mut draws, mut sizes_left) = (rows, rows);
    for (count, size) in counts.iter_mut().zip(sizes) {
        *count = share(random, draws, *size, sizes_left);
        draws -= *count;
        sizes_left -= size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As often from each block, and as unevenly within: Poisson, nearly.
    #[test]
    fn blocks_are_drawn_as_often_as_their_rows() {
        let mut random = Random::new(6, 0);
        let mut counts = vec![9; 3 * BLOCK + 5_000];
        let rows = u32::try_from(counts.len()).unwrap();
        singly(&mut random, rows, &mut counts);
        assert_eq!(counts.iter().sum::<u32>(), rows);
        for block in counts.chunks(BLOCK) {
            let size = block.len() as f64;
            let apart = f64::from(block.iter().sum::<u32>()) - size;
            assert!(apart != 0.0 && apart.abs() < 4.0 * size.sqrt(), "{apart}");
            let missed = block.iter().filter(|count| **count == 0).count() as f64 / size;
            assert!((missed - (-1f64).exp()).abs() < 0.03, "{missed}");
        }
    }

    #[test]
    fn groups_are_drawn_as_often_as_their_rows() {
        let (sizes, mut counts, mut sums) = ([10, 0, 60, 30], [0; 4], [0u32; 4]);
        let mut random = Random::new(5, 0);
        for _ in 0..2_000 {
            multinomial(&mut random, &sizes, 100, &mut counts);
            assert_eq!(counts.iter().sum::<u32>(), 100);
            counts.iter().zip(&mut sums).for_each(|(count, sum)| *sum += count);
        }
        assert_eq!(sums[1], 0);
        for (sum, size) in sums.iter().zip(sizes) {
            assert!((f64::from(*sum) / 2_000.0 - f64::from(size)).abs() < 0.4, "{sums:?}");
        }
    }
}
