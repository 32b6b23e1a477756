//! A set of texts that is asked for every cell of a column.

use std::collections::HashSet;

/// Texts, mostly short and few.
#[derive(Default)]
pub(crate) struct Texts {
    /// A hash table with open addressing, at most a quarter full; its length is a power of two.
    short: Vec<Option<Short>>,
    long: HashSet<Vec<u8>>,
}

/// A text of at most 16 bytes: the first and the last of them, and how many it has.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Short {
    first: u64,
    last: u64,
    len: usize,
}

impl Texts {
    pub(crate) fn new(texts: impl Iterator<Item = impl AsRef<str>>) -> Self {
        let (mut short, mut long) = (Vec::new(), HashSet::new());
        for text in texts {
            let text = text.as_ref().as_bytes();
            match Short::of(text) {
                Some(of) => short.push(of),
                None => drop(long.insert(text.to_vec())),
            }
        }
        let mut texts = Self { short: vec![None; (short.len() * 4).next_power_of_two()], long };
        for of in short {
            let at = texts.place(of);
            texts.short[at] = Some(of);
        }
        texts
    }

    pub(crate) fn contains(&self, text: &[u8]) -> bool {
        match Short::of(text) {
            Some(_) if self.short.is_empty() => false,
            Some(of) => self.short[self.place(of)].is_some(),
            None => self.long.contains(text),
        }
    }

    /// Where it is, or where it would be. There is always room, so the search ends.
    fn place(&self, of: Short) -> usize {
        let last = self.short.len() - 1;
        let mut at = of.hash() & last;
        while self.short[at].is_some_and(|found| found != of) {
            at = (at + 1) & last;
        }
        at
    }
}

impl Short {
    /// `None` for a longer text. Both halves overlap where it is shorter than both, which costs
    /// fewer branches than a loop over its bytes.
    fn of(text: &[u8]) -> Option<Self> {
        let len = text.len();
        let (first, last) = match len {
            0 => (0, 0),
            1..4 => {
                let [first, middle, last] = [text[0], text[len / 2], text[len - 1]];
                (u64::from(u16::from_le_bytes([first, middle])), u64::from(last))
            }
            4..8 => {
                let (first, last) = (text.first_chunk()?, text.last_chunk()?);
                (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
            }
            8..=16 => {
                let (first, last) = (text.first_chunk()?, text.last_chunk()?);
                (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
            }
            _ => return None,
        };
        Some(Self { first, last, len })
    }

    /// A multiplication spreads the bits; the upper ones depend on all of them.
    fn hash(self) -> usize {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = (self.first ^ self.last.rotate_left(29) ^ self.len as u64).wrapping_mul(ODD);
        (mixed >> 40) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_contains_just_what_was_put_in(
            texts in proptest::collection::vec("[ab\0]{0,18}", 0..20), other in "[ab\0]{0,18}",
        ) {
            let set = Texts::new(texts.iter());
            for text in texts.iter().chain([&other]) {
                proptest::prop_assert_eq!(set.contains(text.as_bytes()), texts.contains(text));
            }
        }
    }

    #[test]
    fn an_empty_set_contains_nothing() {
        assert!(!Texts::default().contains(b""));
        assert!(!Texts::new([""; 0].iter()).contains(b""));
        assert!(Texts::new([""].iter()).contains(b""));
    }
}
