//! Words in YAML and in a shell.

/// Texts that YAML takes for something else than text, as do some older parsers.
const MEANT_OTHERWISE: [&str; 11] =
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];

/// A text as a YAML scalar, in quotes only where it needs them.
pub(super) fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '=');
    let starts =
        text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '_' | '/'));
    let is_number = text.trim_start_matches('.').starts_with(|c: char| c.is_ascii_digit());
    let otherwise = MEANT_OTHERWISE.contains(&text.to_ascii_lowercase().as_str());
    match starts && !is_number && !otherwise && text.chars().all(plain) {
        true => text.to_owned(),
        // JSON's strings are YAML's.
        false => serde_json::Value::from(text).to_string(),
    }
}

/// `[a, b]`.
pub(super) fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| scalar(item)).collect();
    format!("[{}]", items.join(", "))
}

/// A command as a YAML scalar on one line.
pub(super) fn command(text: &str) -> String {
    let odd = text.contains(": ") || text.contains(" #") || text.chars().any(char::is_control);
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
    match starts && !odd && text.trim_end() == text && !text.ends_with(':') {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}

/// A word of a shell command.
pub(super) fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | ',');
    match !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// What a tool looks at, as arguments. `*.py` is left for the shell.
pub(super) fn targets(targets: &[String]) -> String {
    let word = |target: &String| match target.as_str() {
        "*.py" => " *.py".to_owned(),
        // A name that begins like an option is none behind `./`.
        path if path.starts_with('-') => format!(" ./{}", shell(path.trim_end_matches('/'))),
        path => format!(" {}", shell(path.trim_end_matches('/'))),
    };
    targets.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_where_they_are_needed() {
        for plain in ["src/", ".venv/", "requirements-dev.txt", "NAME=1"] {
            assert_eq!(scalar(plain), plain);
        }
        for odd in ["*.py", "1.0", ".5", "no", "a b/", "-x", "a: b", "", "ünï"] {
            assert_eq!(scalar(odd), format!("\"{odd}\""));
        }
    }

    #[test]
    fn words_of_a_shell() {
        assert_eq!(shell("src/a"), "src/a");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(targets(&["a b/".into(), "*.py".into()]), " 'a b' *.py");
    }
}
