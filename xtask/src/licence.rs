//! SPDX licence expressions, as far as manifests use them.

use std::iter::Peekable;
use std::vec::IntoIter;

/// Whether what `expression` asks can be met with the licences of `allowed`. An expression that
/// can't be read is not met. Old manifests write `MIT/Apache-2.0` for a choice.
pub(crate) fn is_met(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
    let mut reader = Reader { words: words.into_iter().peekable(), allowed };
    let met = reader.any();
    met == Some(true) && reader.words.peek().is_none()
}

struct Reader<'a> {
    words: Peekable<IntoIter<String>>,
    allowed: &'a [String],
}

impl Reader<'_> {
    /// `… OR …`, the weakest bond.
    fn any(&mut self) -> Option<bool> {
        let mut met = self.all()?;
        while self.take("OR") {
            met |= self.all()?;
        }
        Some(met)
    }

    fn all(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        let mut name = self.words.next()?;
        if name == "(" {
            let met = self.any()?;
            return self.take(")").then_some(met);
        }
        if self.take("WITH") {
            name = format!("{name} WITH {}", self.words.next()?);
        }
        Some(self.allowed.contains(&name))
    }

    fn take(&mut self, word: &str) -> bool {
        self.words.next_if(|next| next == word).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::is_met;

    fn met(expression: &str) -> bool {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"];
        is_met(expression, &allowed.map(str::to_owned))
    }

    #[test]
    fn a_choice_needs_one_and_a_sum_needs_all() {
        for expression in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
            "GPL-3.0 AND MIT OR Apache-2.0",
        ] {
            assert!(met(expression), "{expression}");
        }
        for expression in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "MIT AND (GPL-3.0 OR AGPL-3.0)",
            "GPL-3.0 WITH LLVM-exception",
        ] {
            assert!(!met(expression), "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_met() {
        for junk in ["", "MIT OR", "(MIT", "MIT)", "MIT MIT", "OR MIT"] {
            assert!(!met(junk), "{junk}");
        }
    }
}
