//! How many distinct values there are: exact while there are few, else estimated.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Bits of a hash that name a register.
const BITS: u32 = 11;
/// Registers of one byte each.
const REGISTERS: usize = 1 << BITS;
/// So many hashes are kept as they are.
const FEW: usize = 256;
/// Hashes that are remembered for a while, as long as they are few.
const RECENT: usize = 1024;
/// The first character of a register's notation: an empty one is a `0`.
const ZERO: u8 = b'0';

/// How many distinct values there are, as HyperLogLog counts them.
///
/// Up to 256 it is exact. Beyond, the standard error is 1.04/√2048, which is 2.3 %. Parts put
/// together in any order are exactly as the whole.
///
/// Sources: P. Flajolet et al., "HyperLogLog" (2007); the estimate is that of O. Ertl, "New
/// cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6, which needs no
/// corrections by experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "Written", into = "Written")]
pub(crate) enum Distinct {
    Few(BTreeSet<u64>),
    Many(Vec<u8>),
}

/// How it stands in a file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Written {
    /// Hashes in hexadecimal digits.
    Few(BTreeSet<String>),
    /// One character for each register.
    Registers(String),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Few(BTreeSet::new())
    }
}

impl Distinct {
    /// Adds a value by its key, see `ColumnBatch::key`.
    pub(crate) fn add(&mut self, key: u128) {
        self.add_hash(hash(key));
    }

    /// Adds many of them. What was just seen is most often seen again where there are few.
    pub(crate) fn extend(&mut self, keys: impl Iterator<Item = u128>) {
        let mut recent = [0; RECENT];
        // No place holds a hash that belongs there.
        recent[0] = 1;
        for key in keys {
            let hash = hash(key);
            match self {
                Self::Many(registers) => note(registers, hash),
                Self::Few(_) if recent[place(hash)] == hash => {}
                Self::Few(_) => {
                    recent[place(hash)] = hash;
                    self.add_hash(hash);
                }
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        match other {
            Self::Few(hashes) => hashes.iter().for_each(|hash| self.add_hash(*hash)),
            Self::Many(theirs) => {
                let mut ours = std::mem::take(self).into_registers();
                ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours = (*ours).max(*theirs));
                *self = Self::Many(ours);
            }
        }
    }

    fn add_hash(&mut self, hash: u64) {
        match self {
            Self::Few(hashes) => {
                hashes.insert(hash);
                if hashes.len() > FEW {
                    *self = Self::Many(std::mem::take(self).into_registers());
                }
            }
            Self::Many(registers) => note(registers, hash),
        }
    }

    fn into_registers(self) -> Vec<u8> {
        match self {
            Self::Many(registers) => registers,
            Self::Few(hashes) => {
                let mut registers = vec![0; REGISTERS];
                hashes.iter().for_each(|hash| note(&mut registers, *hash));
                registers
            }
        }
    }

    /// How many there are.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded")]
    pub(crate) fn count(&self) -> u64 {
        match self {
            Self::Few(hashes) => hashes.len() as u64,
            Self::Many(registers) => estimate(registers).round() as u64,
        }
    }

    pub(crate) fn is_exact(&self) -> bool {
        matches!(self, Self::Few(_))
    }
}

/// Where a hash is remembered for a while.
#[expect(clippy::cast_possible_truncation, reason = "its lowest bits")]
fn place(hash: u64) -> usize {
    hash as usize % RECENT
}

/// The key's bits, well mixed (the finish of SplitMix64, twice). It must be the same for ever and
/// on every machine, as profiles of different times are put together.
#[expect(clippy::cast_possible_truncation, reason = "the two halves")]
fn hash(key: u128) -> u64 {
    mix(mix(key as u64).wrapping_add(0x9e37_79b9_7f4a_7c15) ^ (key >> 64) as u64)
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The register keeps the farthest first 1 among the bits that don't name it.
#[expect(clippy::cast_possible_truncation, reason = "at most 54 zeros")]
fn note(registers: &mut [u8], hash: u64) {
    let register = &mut registers[(hash >> (64 - BITS)) as usize];
    let rank = (hash << BITS | 1 << (BITS - 1)).leading_zeros() as u8 + 1;
    *register = (*register).max(rank);
}

#[expect(clippy::cast_precision_loss, reason = "as many as there are registers")]
fn estimate(registers: &[u8]) -> f64 {
    let last = (64 - BITS + 1) as usize;
    let mut counts = vec![0_u32; last + 1];
    registers.iter().for_each(|rank| counts[usize::from(*rank).min(last)] += 1);
    let all = REGISTERS as f64;
    let mut sum = all * tau(1.0 - f64::from(counts[last]) / all);
    for count in counts[1..last].iter().rev() {
        sum = 0.5 * (sum + f64::from(*count));
    }
    sum += all * sigma(f64::from(counts[0]) / all);
    all * all / (2.0 * std::f64::consts::LN_2 * sum)
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * y;
        y += y;
        if sum == before {
            return sum;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        y *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * y;
        if sum == before {
            return sum / 3.0;
        }
    }
}

impl From<Distinct> for Written {
    fn from(distinct: Distinct) -> Self {
        match distinct {
            Distinct::Few(hashes) => {
                Self::Few(hashes.iter().map(|hash| format!("{hash:016x}")).collect())
            }
            Distinct::Many(registers) => {
                Self::Registers(registers.iter().map(|rank| char::from(ZERO + rank)).collect())
            }
        }
    }
}

impl TryFrom<Written> for Distinct {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let hash =
            |text: &String| u64::from_str_radix(text, 16).map_err(|e| format!("{text}: {e}"));
        match written {
            Written::Few(hashes) if hashes.len() <= FEW => {
                Ok(Self::Few(hashes.iter().map(hash).collect::<Result<_, _>>()?))
            }
            Written::Registers(text) if text.len() == REGISTERS => {
                let rank = |byte: u8| byte.checked_sub(ZERO).filter(|rank| *rank <= 54);
                let ranks: Option<_> = text.bytes().map(rank).collect();
                ranks.map(Self::Many).ok_or_else(|| "a register is out of range".to_owned())
            }
            _ => Err(format!("expected {FEW} hashes at most, or {REGISTERS} registers")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(keys: std::ops::Range<u128>) -> Distinct {
        let mut distinct = Distinct::default();
        keys.for_each(|key| distinct.add(key));
        distinct
    }

    #[test]
    fn few_are_counted_exactly_and_many_within_the_error() {
        for (keys, exact) in [(0, true), (1, true), (256, true), (257, false), (5_000, false)] {
            let distinct = of(0..keys);
            assert_eq!(distinct.is_exact(), exact, "{keys}");
            let (count, keys) = (distinct.count() as f64, keys as f64);
            // Three standard errors.
            assert!(
                (count - keys).abs() <= if exact { 0.0 } else { keys * 0.07 },
                "{count} {keys}"
            );
        }
        for keys in [20_000_u128, 100_000] {
            let count = of(0..keys).count() as f64;
            assert!((count / keys as f64 - 1.0).abs() < 0.07, "{count} of {keys}");
        }
    }

    #[test]
    fn hostile_registers_are_refused() {
        for text in [r#"{"registers":"00"}"#, r#"{"few":["xyz"]}"#, r#"{"registers":7}"#] {
            assert!(serde_json::from_str::<Distinct>(text).is_err(), "{text}");
        }
        let far = format!(r#"{{"registers":"{}"}}"#, "~".repeat(REGISTERS));
        assert!(serde_json::from_str::<Distinct>(&far).is_err());
    }

    #[test]
    fn many_at_once_are_counted_as_one_by_one() {
        for count in [1, 250, 256, 257, 3_000_u128] {
            let again = (0..6_000).map(|at| at * at % 9_973 % count);
            let (mut once, mut one_by_one) = (Distinct::default(), Distinct::default());
            once.extend(again.clone());
            again.for_each(|key| one_by_one.add(key));
            assert_eq!(once, one_by_one);
        }
    }

    proptest::proptest! {
        #[test]
        fn parts_are_exactly_as_the_whole(a in 0_u128..700, b in 0_u128..700, c in 0_u128..700) {
            let whole = of(0..a + b + c);
            let parts = || [of(0..a), of(a..a + b), of(a + b..a + b + c)];
            let join = |mut x: Distinct, y: &Distinct| { x.merge(y); x };
            let [x, y, z] = parts();
            proptest::prop_assert_eq!(&join(join(x, &y), &z), &whole);
            let [x, y, z] = parts();
            proptest::prop_assert_eq!(&join(z, &join(y, &x)), &whole);
            let text = serde_json::to_string(&whole).unwrap();
            proptest::prop_assert_eq!(serde_json::from_str::<Distinct>(&text).unwrap(), whole);
        }
    }
}
