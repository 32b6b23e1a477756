//! What was probably meant.

use strsim::damerau_levenshtein;

use crate::text::quoted;

/// Longer words are not compared: the distance takes the product of both lengths.
const LONGEST: usize = 128;

/// So many letters of a word's beginning are not by chance.
const BEGINNING: usize = 4;

/// What other tools call the same thing. Too far apart for a distance between letters.
const WORDS: [(&str, &str); 29] = [
    ("after", "needs"),
    ("artifacts", "outputs"),
    ("branch", "on"),
    ("cmd", "run"),
    ("command", "run"),
    ("commands", "run"),
    ("cpu", "cpus"),
    ("dataset", "data"),
    ("depends", "needs"),
    ("depends_on", "needs"),
    ("dependsOn", "needs"),
    ("deps", "needs"),
    ("environment", "env"),
    ("exec", "run"),
    ("jobs", "steps"),
    ("mem", "memory"),
    ("name", "project"),
    ("outs", "outputs"),
    ("paths", "inputs"),
    ("requires", "needs"),
    ("retry", "retries"),
    ("schedule", "on"),
    ("script", "run"),
    ("sources", "inputs"),
    ("stages", "steps"),
    ("tasks", "steps"),
    ("time_limit", "timeout"),
    ("trigger", "on"),
    ("workflows", "pipelines"),
];

/// The known word that an unknown one was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= LONGEST / 8)
        .filter_map(|candidate| Some((distance(&lower, candidate)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The known key that an unknown one was probably meant to be: by its letters, or by what other
/// tools call it.
pub(crate) fn key<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let synonym = WORDS.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| *ours);
    let synonym = known.iter().find(|known| Some(**known) == synonym).copied();
    synonym.or_else(|| nearest(word, known.iter().copied()))
}

pub(crate) fn did_you_mean(word: Option<&str>) -> Option<String> {
    word.map(|word| format!("did you mean {}?", quoted(word)))
}

/// How far apart two words are; nothing where too far. A fourth of the letters may be wrong, one
/// in a short word; and the beginning of a word may stand for it.
fn distance(lower: &str, candidate: &str) -> Option<usize> {
    let candidate = candidate.to_lowercase();
    let shorter = lower.chars().count().min(candidate.chars().count());
    let wrong = damerau_levenshtein(lower, &candidate);
    if shorter >= BEGINNING && candidate.starts_with(lower) {
        return Some(wrong / 2);
    }
    // A directory is not what a path in it was meant to be.
    let goes_on = lower.strip_prefix(&candidate).is_some_and(|rest| !rest.contains('/'));
    (wrong <= (shorter / 4).max(1) || (goes_on && shorter >= BEGINNING)).then_some(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_other_tools_words_are_understood() {
        let known = ["needs", "run", "outputs", "env"];
        assert_eq!(key("need", &known), Some("needs"));
        assert_eq!(key("nedes", &known), Some("needs"));
        assert_eq!(key("script", &known), Some("run"));
        assert_eq!(key("Outputs", &known), Some("outputs"));
        assert_eq!(key("zebra", &known), None);
        assert_eq!(nearest("properties", ["slaProperties"]), None);
        assert_eq!(nearest("mustBeLess", ["mustBe", "mustBeLessThan"]), Some("mustBeLessThan"));
    }
}
