//! The commands of a shell's text, as far as they can be told without running them.

use crate::dockerfile::instruction::{Command, Instruction};

/// One command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::dockerfile) struct Call {
    /// Its words without quotes; assignments before it are left out.
    pub(in crate::dockerfile) words: Vec<String>,
    /// Whether it reads what another one writes.
    pub(in crate::dockerfile) is_piped: bool,
    /// Whether it was run by `sudo`.
    pub(in crate::dockerfile) by_sudo: bool,
}

impl Call {
    /// The program, without the directories that it lies in.
    pub(in crate::dockerfile) fn program(&self) -> &str {
        let first = self.words.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or(first)
    }
}

/// The commands of a `RUN`.
pub(in crate::dockerfile) fn commands(command: &Command, instruction: &Instruction) -> Vec<Call> {
    match command {
        Command::Words(words) => match words.as_slice() {
            [shell, flag, text] if shell.ends_with("sh") && flag.starts_with('-') => split(text),
            _ => vec![settled(words.clone(), false)],
        },
        Command::Shell(text) if instruction.heredocs.is_empty() => split(text),
        // Whatever runs it, the documents are what is run.
        Command::Shell(_) => {
            instruction.heredocs.iter().flat_map(|document| split(&document.content)).collect()
        }
    }
}

fn split(text: &str) -> Vec<Call> {
    let mut splitter = Splitter::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (splitter.quote, c) {
            (Some(open), _) if c == open => splitter.quote = None,
            (Some('\''), _) => splitter.word.push(c),
            (_, '\\') => match chars.next() {
                Some('\n') | None => {}
                Some(next) => splitter.word.push(next),
            },
            (Some(_), _) => splitter.word.push(c),
            (None, '\'' | '"') => {
                splitter.quote = Some(c);
                splitter.has_word = true;
            }
            (None, '#') if splitter.word.is_empty() && !splitter.has_word => {
                while chars.next_if(|c| *c != '\n').is_some() {}
            }
            (None, '|') if chars.next_if_eq(&'|').is_none() => splitter.end(true),
            (None, '&' | ';' | '\n' | '|' | '(' | ')' | '{' | '}') if !splitter.is_variable() => {
                splitter.end(false);
            }
            (None, _) if c.is_whitespace() => splitter.end_word(),
            (None, _) => splitter.word.push(c),
        }
    }
    splitter.end(false);
    splitter.calls
}

#[derive(Default)]
struct Splitter {
    calls: Vec<Call>,
    words: Vec<String>,
    word: String,
    /// Whether an empty word is one, as it was quoted.
    has_word: bool,
    quote: Option<char>,
    is_piped: bool,
}

impl Splitter {
    // `${NAME}` and `$(…)` are told apart from groups by what stands before them.
    fn is_variable(&self) -> bool {
        self.word.contains('$')
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() || self.has_word {
            self.words.push(std::mem::take(&mut self.word));
        }
        self.has_word = false;
    }

    fn end(&mut self, pipes_on: bool) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.calls.push(settled(words, self.is_piped));
        }
        self.is_piped = pipes_on;
    }
}

/// Without what stands before a program.
fn settled(words: Vec<String>, is_piped: bool) -> Call {
    const BEFORE: [&str; 9] = ["exec", "time", "env", "then", "do", "else", "if", "!", "set"];
    let mut by_sudo = false;
    let mut rest = words.as_slice();
    while let [first, after @ ..] = rest {
        let is_assignment = first
            .split_once('=')
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        by_sudo |= first == "sudo";
        let is_option = by_sudo && first.starts_with('-');
        match is_assignment || is_option || first == "sudo" || BEFORE.contains(&first.as_str()) {
            true => rest = after,
            false => break,
        }
    }
    Call { words: rest.to_vec(), is_piped, by_sudo }
}
