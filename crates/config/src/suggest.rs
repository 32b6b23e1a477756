//! What was probably meant.

use strsim::damerau_levenshtein;

use crate::text::quoted;

/// Longer words are not compared: the distance takes the product of both lengths.
const LONGEST: usize = 128;

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
        .map(|candidate| (distance(&lower, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= tolerance(word, candidate))
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

fn distance(lower: &str, candidate: &str) -> usize {
    damerau_levenshtein(lower, &candidate.to_lowercase())
}

/// A third of the letters may be wrong; in a short word one.
fn tolerance(word: &str, candidate: &str) -> usize {
    (word.chars().count().min(candidate.chars().count()) / 3).max(1)
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
    }
}
