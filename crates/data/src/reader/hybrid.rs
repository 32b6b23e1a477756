//! Runs of equal numbers and packed ones: definition levels and places in dictionaries. They are
//! only judged, never laid out. Source: Parquet's "Encodings", "Run Length Encoding / Bit-Packing
//! Hybrid".

/// A stretch of numbers.
enum Run<'a> {
    /// The same so many times.
    Same(u64, usize),
    /// Packed so that each has the same number of bits, the first in the lowest; eight of them end
    /// with a byte. The last ones may mean nothing.
    Packed(&'a [u8], usize),
}

/// The runs of so many numbers of that many bits, and nothing else.
struct Runs<'a> {
    rest: &'a [u8],
    bits: usize,
    left: usize,
}

/// How many of so many numbers of one bit are one; `None` where there are more or fewer of them.
pub(super) fn ones(bytes: &[u8], count: usize) -> Option<usize> {
    let (mut runs, mut ones) = (Runs { rest: bytes, bits: 1, left: count }, 0);
    while runs.left > 0 {
        ones += match runs.next()? {
            Run::Same(0, _) => 0,
            Run::Same(1, count) => count,
            Run::Same(..) => return None,
            Run::Packed(bytes, count) => {
                let (whole, part) = (&bytes[..count / 8], bytes.get(count / 8).unwrap_or(&0));
                let part = part & ((1_u8 << (count % 8)) - 1);
                whole.iter().map(|byte| byte.count_ones() as usize).sum::<usize>()
                    + part.count_ones() as usize
            }
        };
    }
    runs.rest.is_empty().then_some(ones)
}

/// Whether these are just so many numbers, each below `end`.
pub(super) fn are_below(bytes: &[u8], bits: u8, count: usize, end: u32) -> bool {
    let bits = usize::from(bits);
    bits <= 32 && check(Runs { rest: bytes, bits, left: count }, end.into()).is_some()
}

fn check(mut runs: Runs<'_>, end: u64) -> Option<()> {
    while runs.left > 0 {
        let greatest = match runs.next()? {
            Run::Same(value, _) => value,
            Run::Packed(..) if end == 1 << runs.bits => 0,
            Run::Packed(bytes, _) => greatest(bytes, runs.bits),
        };
        (greatest < end).then_some(())?;
    }
    runs.rest.is_empty().then_some(())
}

impl<'a> Runs<'a> {
    /// `None` where it is not as it should be.
    fn next(&mut self) -> Option<Run<'a>> {
        let header = self.header()?;
        let length = usize::try_from(header >> 1).ok().filter(|length| *length > 0)?;
        if header & 1 == 0 {
            (length <= self.left).then_some(())?;
            self.left -= length;
            let value = self.bytes(self.bits.div_ceil(8))?;
            let value = value.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            return Some(Run::Same(value, length));
        }
        // The last eight may be filled up with what means nothing.
        (length <= self.left.div_ceil(8)).then_some(())?;
        let count = self.left.min(length * 8);
        self.left -= count;
        Some(Run::Packed(self.bytes(length.checked_mul(self.bits)?)?, count))
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    /// Seven bits from each byte, the lowest first, up to one that is the last.
    fn header(&mut self) -> Option<u64> {
        let mut header = 0;
        for shift in (0..35).step_by(7) {
            let [byte] = *self.bytes(1)? else { return None };
            header |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(header);
            }
        }
        None
    }
}

/// The greatest of packed numbers, those that mean nothing among them.
fn greatest(bytes: &[u8], bits: usize) -> u64 {
    macro_rules! of {
        ($($bits:literal)*) => { match bits { $($bits => of::<$bits>(bytes),)* _ => 0 } };
    }
    of!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
}

/// With their width known, eight of them are shifted into place without a branch.
fn of<const BITS: usize>(bytes: &[u8]) -> u64 {
    let (groups, _) = bytes.as_chunks::<BITS>();
    let mut greatest = [0_u64; 8];
    for group in groups {
        let mut words = [0; 5];
        let mut padded = [0; 40];
        padded[..BITS].copy_from_slice(group);
        for (word, bytes) in words.iter_mut().zip(padded.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        for (at, greatest) in greatest.iter_mut().enumerate() {
            let (word, shift) = (at * BITS / 64, at * BITS % 64);
            let (low, high) =
                (words[word] >> shift, words[word + 1].wrapping_shl(64 - shift as u32));
            let value = if shift + BITS > 64 { low | high } else { low };
            *greatest = (*greatest).max(value & ((1 << BITS) - 1));
        }
    }
    greatest.into_iter().fold(0, u64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a careful reader would have it: all numbers, or nothing.
    fn numbers(bytes: &[u8], bits: usize, count: usize) -> Option<Vec<u64>> {
        let (mut runs, mut numbers) = (Runs { rest: bytes, bits, left: count }, Vec::new());
        while runs.left > 0 {
            match runs.next()? {
                Run::Same(value, count) => numbers.extend(vec![value; count]),
                Run::Packed(bytes, count) => numbers.extend((0..count).map(|at| {
                    let bit = |at: usize| u64::from(bytes[at / 8] >> (at % 8) & 1);
                    (0..bits).fold(0, |sum, place| sum | bit(at * bits + place) << place)
                })),
            }
        }
        runs.rest.is_empty().then_some(numbers)
    }

    /// The numbers twice: in runs of equal ones, and packed.
    fn packed(numbers: &[u64], bits: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for run in numbers.chunk_by(|a, b| a == b) {
            assert!(run.len() < 64);
            bytes.push(u8::try_from(run.len() << 1).unwrap());
            bytes.extend(&run[0].to_le_bytes()[..bits.div_ceil(8)]);
        }
        let groups = numbers.len().div_ceil(8);
        bytes.push(u8::try_from(groups << 1 | 1).unwrap());
        let mut packed = vec![0_u8; groups * bits];
        for (at, number) in numbers.iter().enumerate() {
            for bit in 0..bits {
                let place = at * bits + bit;
                packed[place / 8] |= u8::from(number >> bit & 1 == 1) << (place % 8);
            }
        }
        bytes.extend(packed);
        bytes
    }

    proptest::proptest! {
        #[test]
        fn numbers_are_judged_as_if_they_were_laid_out(
            bits in 1_usize..=32,
            seeds in proptest::collection::vec(0_u64..u64::MAX, 1..60),
            end in 0_u32..,
        ) {
            let mask = (1 << bits) - 1;
            let written: Vec<_> = seeds.iter().map(|seed| (seed >> (seed % 64)) & mask).collect();
            let (bytes, count) = (packed(&written, bits), 2 * written.len());
            let twice = [written.clone(), written.clone()].concat();
            proptest::prop_assert_eq!(numbers(&bytes, bits, count), Some(twice.clone()));
            let greatest = twice.iter().max().copied().unwrap();
            let width = u8::try_from(bits).unwrap();
            let edges = [u64::from(end) & mask, greatest, greatest + 1];
            for end in edges.into_iter().filter_map(|end| u32::try_from(end).ok()) {
                let expected = greatest < u64::from(end);
                proptest::prop_assert_eq!(are_below(&bytes, width, count, end), expected);
            }
            if bits == 1 {
                let expected = twice.iter().sum::<u64>();
                proptest::prop_assert_eq!(ones(&bytes, count).map(|ones| ones as u64), Some(expected));
                proptest::prop_assert_eq!(ones(&bytes[1..], count), None);
            }
        }

        #[test]
        fn any_bytes_are_judged_as_if_they_were_laid_out(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..20),
            bits in 0_u8..40, count in 0_usize..100, end in 0_u32..40,
        ) {
            let found = are_below(&bytes, bits, count, end);
            if bits > 32 {
                proptest::prop_assert!(!found);
                return Ok(());
            }
            if let Some(numbers) = numbers(&bytes, bits.into(), count).filter(|_| found) {
                proptest::prop_assert!(numbers.iter().all(|number| *number < end.into()));
            } else {
                proptest::prop_assert!(!found);
            }
            let laid_out = numbers(&bytes, 1, count);
            let bit = |numbers: &Vec<u64>| numbers.iter().all(|number| *number < 2);
            let expected = laid_out.filter(bit).map(|numbers| numbers.iter().sum::<u64>());
            proptest::prop_assert_eq!(ones(&bytes, count).map(|ones| ones as u64), expected);
        }
    }
}
