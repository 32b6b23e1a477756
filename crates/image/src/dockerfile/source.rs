//! The text of a Dockerfile as logical lines: without comments, with what is continued put together,
//! and with the documents that belong to a line.

use std::iter::{Enumerate, Peekable};
use std::str::Lines;

use super::error::{Problems, shown};
use super::instruction::Heredoc;
use super::word;

/// A line as it is meant.
#[derive(Debug)]
pub(super) struct Logical {
    /// The line that it begins on, counted from 1.
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) heredocs: Vec<Heredoc>,
}

/// What the directives say that a Dockerfile begins with.
#[derive(Debug)]
pub(super) struct Directives {
    pub(super) escape: char,
    pub(super) syntax: Option<String>,
}

struct Source<'t> {
    lines: Peekable<Enumerate<Lines<'t>>>,
    escape: char,
}

pub(super) fn read(text: &str, problems: &mut Problems) -> (Directives, Vec<Logical>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate().peekable();
    let directives = directives(&mut lines, problems);
    let mut source = Source { lines, escape: directives.escape };
    let mut logical = Vec::new();
    while let Some((line, text)) = source.joined() {
        let heredocs = source.heredocs(line, &text, problems);
        logical.push(Logical { line, text, heredocs });
    }
    (directives, logical)
}

// They end with the first line that is none: after it, they are comments.
fn directives(lines: &mut Peekable<Enumerate<Lines<'_>>>, problems: &mut Problems) -> Directives {
    let (mut escape, mut syntax, mut check) = (None, None, None);
    while let Some((at, text)) = lines.peek() {
        let at = at + 1;
        let Some((name, value)) = directive(text) else { break };
        let seen = match name.to_ascii_lowercase().as_str() {
            "escape" => escape.replace((at, value)).is_some(),
            "syntax" => syntax.replace(value).is_some(),
            "check" => check.replace(value).is_some(),
            _ => break,
        };
        if seen {
            problems.add(at, format!("the directive {} is there twice", shown(name)));
        }
        lines.next();
    }
    let escape = match escape {
        None | Some((_, "\\")) => '\\',
        Some((_, "`")) => '`',
        Some((at, other)) => {
            problems.add(
                at,
                format!("the escape character is `\\` or a backquote, not {}", shown(other)),
            );
            '\\'
        }
    };
    Directives { escape, syntax: syntax.map(str::to_owned) }
}

fn directive(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    (is_name && !value.is_empty()).then_some((name, value))
}

impl Source<'_> {
    /// The next logical line, without its documents.
    fn joined(&mut self) -> Option<(usize, String)> {
        let mut whole: Option<(usize, String)> = None;
        for (at, line) in self.lines.by_ref() {
            if is_comment(line) || line.trim().is_empty() {
                continue;
            }
            let (_, text) = whole.get_or_insert_with(|| (at + 1, String::new()));
            let line = if text.is_empty() { line.trim_start() } else { line };
            match continued(line, self.escape) {
                Some(start) => text.push_str(start),
                None => {
                    text.push_str(line);
                    return whole;
                }
            }
        }
        // The text ends in the middle of a line, which some files do.
        whole.filter(|(_, text)| !text.trim().is_empty())
    }

    fn heredocs(&mut self, line: usize, text: &str, problems: &mut Problems) -> Vec<Heredoc> {
        let mut found = Vec::new();
        for start in heredoc_starts(text, self.escape) {
            let Some(content) = self.document(&start) else {
                problems.add(line, format!("the document {} has no end", shown(&start.name)));
                break;
            };
            found.push(Heredoc { name: start.name, content });
        }
        found
    }

    fn document(&mut self, start: &Start) -> Option<String> {
        let mut content = String::new();
        for (_, line) in self.lines.by_ref() {
            let line = if start.chomps { line.trim_start_matches('\t') } else { line };
            if line == start.name {
                return Some(content);
            }
            content.push_str(line);
            content.push('\n');
        }
        None
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

// What stands before the character that continues a line; doubled, it stands for itself.
fn continued(line: &str, escape: char) -> Option<&str> {
    let start = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!start.ends_with(escape)).then_some(start)
}

struct Start {
    name: String,
    chomps: bool,
}

// Only these three instructions have documents, also after `ONBUILD`.
fn heredoc_starts(text: &str, escape: char) -> Vec<Start> {
    let (mut name, mut rest) = word::first(text);
    if name.eq_ignore_ascii_case("onbuild") {
        (name, rest) = word::first(rest);
    }
    let has = ["run", "copy", "add"].iter().any(|known| name.eq_ignore_ascii_case(known));
    if !has || word::json(rest).is_some() {
        return Vec::new();
    }
    word::split(rest, escape).iter().filter_map(|word| start(word)).collect()
}

// `<<NAME`, `<<-NAME`, `<<"NAME"`, with the number of a stream before it.
fn start(word: &str) -> Option<Start> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (rest, chomps) = match rest.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let name: String = rest.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
    (!name.is_empty() && !name.contains('<')).then_some(Start { name, chomps })
}
