//! What a code stands for.

use super::log::{Message, Rule};
use crate::words::visible;

/// Of each family of codes: what it is, and what to do.
const FAMILIES: [(&str, &str, &str); 5] = [
    (
        "data",
        "Data is not what its contract asks for, or is no longer like its reference.",
        "Look at the rows that the result shows. Then mend the data where it comes from, or change \
         the rule where the contract has it. `tollgate data check` asks again.",
    ),
    (
        "gate",
        "A model is not as good as a gate asks for.",
        "The result says what was measured, and how sure that is. `tollgate report` shows all that \
         the gate measured; `tollgate gate` asks again.",
    ),
    (
        "step",
        "A step of a pipeline did not do what it declares.",
        "`tollgate log` with the step's name shows what it said. `tollgate run` runs it again, and \
         what it needs only where that has changed.",
    ),
    (
        "scan",
        "Something is known against a package of an image, or nobody can tell.",
        "Take the version that the result names as one without it, or waive it in the scan of \
         `tollgate.yaml`, with a reason and an end. `tollgate image scan` asks again.",
    ),
    (
        "image",
        "An image is not what its step asks for, or could not be built.",
        "The result says what is in the way. `tollgate image build` with the step's name tries again.",
    ),
];

const OTHER: (&str, &str) = (
    "Something is not as it should be.",
    "The result says what was expected, what was found, and what to try.",
);

/// The rule of a code such as `data.null-values`.
pub(super) fn of(code: &str) -> Rule {
    let words: Vec<&str> = code.split(|c: char| !c.is_alphanumeric()).collect();
    let (what, help) = FAMILIES
        .iter()
        .find(|(family, ..)| words.first() == Some(family))
        .map_or(OTHER, |(_, what, help)| (what, help));
    Rule {
        id: visible(code),
        name: words.iter().map(|word| capital(word)).collect(),
        short_description: Message::of(&title(code)),
        full_description: Message::of(what),
        help: Message::of(help),
    }
}

// `data.null-values` is `Data: null values`.
fn title(code: &str) -> String {
    match code.split_once('.') {
        Some((family, rest)) => format!("{}: {}", capital(family), rest.replace('-', " ")),
        None => code.to_owned(),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_in_words() {
        let rule = serde_json::to_value(of("data.null-values")).unwrap();
        assert_eq!(rule["name"], "DataNullValues");
        assert_eq!(rule["shortDescription"]["text"], "Data: null values");
        assert!(rule["help"]["text"].as_str().unwrap().contains("`tollgate data check`"));
        let other = serde_json::to_value(of("\u{202e}x")).unwrap();
        assert_eq!((&other["id"], &other["name"]), (&"\\u{202e}x".into(), &"X".into()));
        assert_eq!(other["fullDescription"]["text"], OTHER.0);
    }
}
