//! Looking for all kinds of secrets in one walk.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::Regex;

use super::proof::is_one;
use super::rules::{Proof, RULES, Rule};

/// No secret is longer, with what stands before it.
const LONGEST: usize = 12 << 10;

/// The words that secrets begin with.
pub(super) struct Words {
    walk: AhoCorasick,
    /// For each word its rule.
    rules: Vec<usize>,
    /// Of each rule, from when its word was first met: most texts have few of them.
    expressions: Vec<OnceLock<Expression>>,
}

struct Expression {
    regex: Regex,
    /// Whether the secret is a part of what matches. Else it stands alone, with no letter before it
    /// and none behind it.
    has_part: bool,
}

/// A secret in a text.
pub(super) struct Match<'t> {
    pub(super) rule: &'static Rule,
    pub(super) secret: &'t [u8],
    pub(super) at: usize,
}

impl Rule {
    /// Whether its form tells it from anything else.
    pub(super) fn is_exact(&self) -> bool {
        !matches!(self.proof, Proof::Chosen)
            && !matches!(self.id, "password" | "api-key" | "bearer")
    }
}

impl Expression {
    fn of(rule: &Rule) -> Self {
        #[expect(clippy::expect_used, reason = "constants; a test builds them all")]
        let regex = Regex::new(&format!("^(?:{})", rule.pattern)).expect("a constant");
        let has_part = regex.capture_names().flatten().any(|name| name == "v");
        Self { regex, has_part }
    }
}

impl Words {
    pub(super) fn new() -> Self {
        let words: Vec<(usize, &str)> = RULES
            .iter()
            .enumerate()
            .flat_map(|(rule, it)| it.begins.iter().map(move |word| (rule, *word)))
            .collect();
        #[expect(clippy::expect_used, reason = "constants; a test builds them")]
        let walk = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(words.iter().map(|(_, word)| word))
            .expect("a few hundred short words");
        let rules = words.iter().map(|(rule, _)| *rule).collect();
        Self { walk, rules, expressions: RULES.iter().map(|_| OnceLock::new()).collect() }
    }

    /// All secrets of a text, by place; of those at one place by rule.
    pub(super) fn look<'t>(&self, text: &'t [u8]) -> Vec<Match<'t>> {
        let mut found: Vec<(usize, usize, &'t [u8])> = Vec::new();
        for word in self.walk.find_overlapping_iter(text) {
            let rule = self.rules[word.pattern().as_usize()];
            if let Some((at, secret)) = self.decide(rule, text, word.start()) {
                found.push((at, rule, secret));
            }
        }
        found.sort_by_key(|(at, rule, _)| (*at, *rule));
        found.dedup_by_key(|(at, _, secret)| (*at, secret.len()));
        let told =
            |(at, rule, secret): (usize, usize, &'t [u8])| Match { rule: &RULES[rule], secret, at };
        found.into_iter().map(told).collect()
    }

    fn decide<'t>(&self, rule: usize, text: &'t [u8], begin: usize) -> Option<(usize, &'t [u8])> {
        let Expression { regex, has_part } =
            self.expressions[rule].get_or_init(|| Expression::of(&RULES[rule]));
        let is_letter = |at: usize| text.get(at).is_some_and(|byte| is_word(*byte));
        if !has_part && begin > 0 && is_letter(begin) && is_letter(begin - 1) {
            return None;
        }
        let window = &text[begin..text.len().min(begin + LONGEST)];
        let (start, end) = if *has_part {
            let part = regex.captures(window)?.name("v")?;
            (part.start(), part.end())
        } else {
            let whole = regex.find(window)?;
            (whole.start(), whole.end())
        };
        if !has_part && is_letter(begin + end) {
            return None;
        }
        let secret = &window[start..end];
        is_one(&RULES[rule], secret).then_some((begin + start, secret))
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_an_expression() {
        assert!(RULES.iter().all(|rule| !Expression::of(rule).regex.as_str().is_empty()));
    }
}
