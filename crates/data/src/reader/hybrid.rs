//! Runs of equal numbers and packed ones: definition levels and places in dictionaries. They are
//! only judged or counted, never laid out. Source: Parquet's "Encodings", "Run Length Encoding / Bit-Packing
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

/// Counts how often each of so many numbers occurs; `None` where there are more or fewer of them, or
/// one that has no count. Then the counts mean nothing.
pub(super) fn tally(bytes: &[u8], bits: u8, count: usize, times: &mut [u64]) -> Option<()> {
    let bits = usize::from(bits);
    (bits <= 32).then_some(())?;
    let (mut runs, mut lanes) = (Runs { rest: bytes, bits, left: count }, Lanes::new(bits));
    while runs.left > 0 {
        match runs.next()? {
            Run::Same(value, count) => {
                *times.get_mut(usize::try_from(value).ok()?)? += count as u64
            }
            Run::Packed(_, count) if bits == 0 => *times.first_mut()? += count as u64,
            Run::Packed(bytes, count) => {
                // What is behind the last number means nothing.
                let (whole, rest) = bytes.split_at(count / 8 * bits);
                match &mut lanes {
                    Some(lanes) => lanes.add(whole, bits),
                    None => tally_packed(whole, bits, times)?,
                }
                let mut last = eight(rest, bits).into_iter().take(count % 8);
                last.try_for_each(|value| {
                    *times.get_mut(usize::try_from(value).ok()?)? += 1;
                    Some(())
                })?;
            }
        }
    }
    runs.rest.is_empty().then_some(())?;
    lanes.is_none_or(|lanes| lanes.end(times)).then_some(())
}

/// Counts of small numbers, several for each: the same number twice in a row would have to wait for
/// its count otherwise.
struct Lanes(Box<[[u64; SMALL]; 4]>);

/// So many numbers are small.
const SMALL: usize = 256;

impl Lanes {
    /// None where the numbers may be larger.
    fn new(bits: usize) -> Option<Self> {
        (1 << bits <= SMALL).then(|| Self(Box::new([[0; SMALL]; 4])))
    }

    fn add(&mut self, bytes: &[u8], bits: usize) {
        let counts = &mut self.0;
        each_eight(bytes, bits, |numbers| {
            for (at, number) in numbers.into_iter().enumerate() {
                counts[at % 4][number as usize % SMALL] += 1;
            }
            true
        });
    }

    /// Whether each number that was seen has a count.
    fn end(self, times: &mut [u64]) -> bool {
        let sums = (0..SMALL).map(|number| self.0.iter().map(|lane| lane[number]).sum::<u64>());
        let mut has_count = true;
        for (number, sum) in sums.enumerate() {
            match times.get_mut(number) {
                Some(times) => *times += sum,
                None => has_count &= sum == 0,
            }
        }
        has_count
    }
}

fn tally_packed(bytes: &[u8], bits: usize, times: &mut [u64]) -> Option<()> {
    let all = each_eight(bytes, bits, |numbers| {
        for number in numbers {
            let Some(times) = times.get_mut(number as usize) else { return false };
            *times += 1;
        }
        true
    });
    all.then_some(())
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
    let mut greatest = [0; 8];
    each_eight(bytes, bits, |numbers| {
        greatest.iter_mut().zip(numbers).for_each(|(most, number)| *most = number.max(*most));
        true
    });
    greatest.into_iter().fold(0, u64::max)
}

/// Hands out packed numbers, eight at a time, until they are not wanted any more. Whether all were.
fn each_eight(bytes: &[u8], bits: usize, mut take: impl FnMut([u64; 8]) -> bool) -> bool {
    macro_rules! of {
        ($($bits:literal)*) => { match bits {
            $($bits => bytes.as_chunks::<$bits>().0.iter().all(|group| take(unpacked(group))),)*
            _ => true,
        } };
    }
    of!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
}

/// The first eight of them, of which some may be cut off.
fn eight(bytes: &[u8], bits: usize) -> [u64; 8] {
    let mut first = [0; 8];
    each_eight(bytes, bits, |numbers| {
        first = numbers;
        false
    });
    first
}

/// With their width known, eight of them are shifted into place without a branch.
fn unpacked<const BITS: usize>(group: &[u8; BITS]) -> [u64; 8] {
    let (mut words, mut padded) = ([0; 5], [0; 40]);
    padded[..BITS].copy_from_slice(group);
    for (word, bytes) in words.iter_mut().zip(padded.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    std::array::from_fn(|at| {
        let (word, shift) = (at * BITS / 64, at * BITS % 64);
        let (low, high) = (words[word] >> shift, words[word + 1].wrapping_shl(64 - shift as u32));
        let value = if shift + BITS > 64 { low | high } else { low };
        value & ((1 << BITS) - 1)
    })
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
            if bits < 13 {
                let mut times = vec![0; usize::try_from(greatest).unwrap() + 1];
                let mut expected = times.clone();
                twice.iter().for_each(|number| expected[usize::try_from(*number).unwrap()] += 1);
                proptest::prop_assert_eq!(tally(&bytes, width, count, &mut times), Some(()));
                proptest::prop_assert_eq!(&times, &expected);
                times.pop();
                proptest::prop_assert_eq!(tally(&bytes, width, count, &mut times), None);
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
            let mut times = vec![0; end as usize];
            let tallied = tally(&bytes, bits, count, &mut times);
            if found {
                // What is judged is more: what means nothing, too.
                proptest::prop_assert_eq!(tallied.map(|()| times.iter().sum()), Some(count as u64));
            }
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
