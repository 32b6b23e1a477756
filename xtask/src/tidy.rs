//! Tidiness of what is tracked: small files, no notes to self, nothing of one machine.

use std::path::Path;

use crate::Outcome;

/// Ripgrep's and jj's larger files are tables, parsers and lists; ours are named here.
const MOST_LINES: usize = 500;

/// A text that must not be in a tracked file.
struct Banned {
    text: &'static str,
    /// Only where it begins a path: `/work/` is one, the middle of `tests/work/` is none.
    begins_path: bool,
    /// Only in Rust source.
    rust: bool,
    why: &'static str,
}

impl Banned {
    const fn note(text: &'static str) -> Self {
        Self { text, begins_path: false, rust: false, why: "do it, or write an issue" }
    }

    const fn machine(text: &'static str) -> Self {
        Self { text, begins_path: true, rust: false, why: "a path of one machine" }
    }

    const fn registry(text: &'static str) -> Self {
        let why = "which index is used is the user's configuration";
        Self { text, begins_path: false, rust: false, why }
    }

    const fn attribute(text: &'static str) -> Self {
        let why = "write #[expect(…, reason = …)], which says so when it is needed no more";
        Self { text, begins_path: false, rust: true, why }
    }
}

const BANNED: &[Banned] = &[
    Banned::note("TODO"),
    Banned::note("FIXME"),
    Banned::attribute("#[allow("),
    Banned::attribute("#![allow("),
    Banned::machine("/root/"),
    Banned::machine("/home/"),
    Banned::machine("/work/"),
    Banned::registry("crates.io"),
    Banned::registry("pypi.org"),
    Banned::registry("pythonhosted.org"),
    Banned::registry("registry.npmjs.org"),
    Banned::registry("registry-1.docker.io"),
    Banned::registry("proxy.golang.org"),
];

/// Where a rule does not hold: a path or the beginning of one, the banned text (or `lines`), why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("xtask/src/tidy.rs", "", "the rules themselves"),
    ("Cargo.lock", "crates.io", "cargo writes its sources there"),
    ("fuzz/Cargo.lock", "crates.io", "cargo writes its sources there"),
    ("crates/adapters/src/sandbox/", "/home/", "the home within the sandbox, the same everywhere"),
    ("crates/image/src/debian/rootfs/", "/home/", "the home of an image's user"),
    ("crates/adapters/tests/sandbox", "/home/", "the home within the sandbox"),
];

pub(crate) fn check(root: &Path) -> Outcome {
    let listed = crate::output(root, "git", &["ls-files", "-z"])?;
    let listed = String::from_utf8(listed).map_err(|error| format!("git ls-files: {error}"))?;
    let mut problems = Vec::new();
    for path in listed.split_terminator('\0') {
        // Deleted but not committed, a link, or not text: nothing to read.
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            problems.extend(judge(path, &text));
        }
    }
    Ok(problems)
}

fn judge(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let lines = text.lines().count();
    if is_rust(path) && lines > MOST_LINES && !excepted(path, "lines") {
        let advice = "one idea to a file";
        problems.push(format!("{path} has {lines} lines, more than {MOST_LINES}: {advice}"));
    }
    let rules = BANNED.iter().filter(|rule| !rule.rust || is_rust(path));
    for rule in rules.filter(|rule| !excepted(path, rule.text)) {
        let found = text.lines().enumerate().filter(|(_, line)| rule.is_in(line));
        problems.extend(
            found.map(|(index, _)| format!("{path}:{}: `{}`: {}", index + 1, rule.text, rule.why)),
        );
    }
    problems
}

fn is_rust(path: &str) -> bool {
    path.ends_with(".rs")
}

fn excepted(path: &str, text: &str) -> bool {
    let holds = |(of, rule, _): &&(&str, &str, &str)| {
        path.starts_with(of) && (rule.is_empty() || *rule == text)
    };
    EXCEPTIONS.iter().any(|exception| holds(&exception))
}

impl Banned {
    fn is_in(&self, line: &str) -> bool {
        let mut places = line.match_indices(self.text);
        places.any(|(place, _)| !self.begins_path || !ends_in_path(&line[..place]))
    }
}

/// Whether what stands before a `/` is part of the same path.
fn ends_in_path(before: &str) -> bool {
    let inner = |last: char| last.is_alphanumeric() || "._-~/}>*)".contains(last);
    before.chars().next_back().is_some_and(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_banned_is_named_with_its_line() {
        let told = judge("src/a.rs", "fn a() {}\n// TODO: more\n");
        assert_eq!(told, ["src/a.rs:2: `TODO`: do it, or write an issue"]);
        assert_eq!(judge("a.md", "see pypi.org").len(), 1);
        assert_eq!(judge("a.rs", "#[allow(dead_code)]").len(), 1);
        assert!(judge("a.md", "#[allow(dead_code)]").is_empty());
    }

    #[test]
    fn a_path_of_a_machine_begins_there() {
        for line in ["cd /root/x", "path=\"/work/x\"", "/home/me/x", "file:/work/x"] {
            assert_eq!(judge("a.sh", line).len(), 1, "{line}");
        }
        for line in
            ["tests/work/x", "$HOME/work/x", "../work/x", "{dir}/work/x", "https://a.b/work/"]
        {
            assert!(judge("a.sh", line).is_empty(), "{line}");
        }
    }

    #[test]
    fn long_files_are_named() {
        let long = "x\n".repeat(MOST_LINES + 1);
        assert_eq!(judge("a.rs", &long).len(), 1);
        assert!(judge("a.rs", &long[2..]).is_empty());
        assert!(judge("a.json", &long).is_empty());
    }

    #[test]
    fn exceptions_hold_for_their_rule_only() {
        assert!(judge("Cargo.lock", "source = crates.io").is_empty());
        assert_eq!(judge("Cargo.lock", "# /root/x").len(), 1);
        assert!(judge("xtask/src/tidy.rs", "TODO").is_empty());
    }
}
