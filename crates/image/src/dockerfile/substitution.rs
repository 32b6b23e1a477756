//! Variables in a text: `$name`, `${name}`, `${name:-else}`, with quotes and escapes.

use std::iter::Peekable;
use std::str::Chars;

/// Substitutions within substitutions, so deep.
const DEEPEST: usize = 16;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// What stands for itself.
    Text(String),
    /// A variable, and what is done with it.
    Variable(String, Modifier),
}

/// What is done with a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    /// Its value, whatever it is.
    Plain,
    /// Something else where it has none; with `empty`, also where it is empty.
    Else {
        /// Whether an empty value counts as none.
        empty: bool,
        /// What stands there then.
        instead: Vec<Piece>,
    },
    /// Something else where it has a value.
    Where {
        /// Whether an empty value counts as none.
        empty: bool,
        /// What stands there then.
        instead: Vec<Piece>,
    },
    /// A part of its value, by a pattern. Patterns are not evaluated here.
    Pattern,
}

/// The pieces of a text, without its quotes.
///
/// # Errors
/// A quote or brace is open, or a modifier is none.
pub(super) fn pieces(text: &str, escape: char) -> Result<Vec<Piece>, String> {
    let mut reader = Reader { chars: text.chars().peekable(), escape, depth: 0 };
    reader.until(None)
}

struct Reader<'t> {
    chars: Peekable<Chars<'t>>,
    escape: char,
    depth: usize,
}

impl Reader<'_> {
    fn until(&mut self, end: Option<char>) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        let mut in_double = false;
        while let Some(c) = self.chars.next() {
            match c {
                _ if !in_double && Some(c) == end => return Ok(pieces),
                '\'' if !in_double => self.single(&mut pieces)?,
                '"' => {
                    in_double = !in_double;
                    // Quotes with nothing in them are a value, too.
                    text(&mut pieces, "");
                }
                '$' => self.variable(&mut pieces)?,
                _ if c == self.escape => self.escaped(in_double, &mut pieces),
                _ => text(&mut pieces, c.encode_utf8(&mut [0; 4])),
            }
        }
        match (in_double, end) {
            (true, _) => Err("a quote is open".to_owned()),
            (_, Some(end)) => Err(format!("`{end}` is missing after `${{`")),
            _ => Ok(pieces),
        }
    }

    fn single(&mut self, pieces: &mut Vec<Piece>) -> Result<(), String> {
        text(pieces, "");
        for c in self.chars.by_ref() {
            if c == '\'' {
                return Ok(());
            }
            text(pieces, c.encode_utf8(&mut [0; 4]));
        }
        Err("a quote is open".to_owned())
    }

    // Within double quotes it takes meaning only from what has one there.
    fn escaped(&mut self, in_double: bool, pieces: &mut Vec<Piece>) {
        let next = self.chars.peek().copied();
        let takes = |c: char| !in_double || c == '"' || c == '$' || c == self.escape;
        match next.filter(|c| takes(*c)) {
            Some(c) => {
                self.chars.next();
                text(pieces, c.encode_utf8(&mut [0; 4]));
            }
            None => text(pieces, self.escape.encode_utf8(&mut [0; 4])),
        }
    }

    fn variable(&mut self, pieces: &mut Vec<Piece>) -> Result<(), String> {
        if self.chars.next_if_eq(&'{').is_none() {
            match self.name() {
                name if name.is_empty() => text(pieces, "$"),
                name => pieces.push(Piece::Variable(name, Modifier::Plain)),
            }
            return Ok(());
        }
        let name = self.name();
        if name.is_empty() {
            return Err("a variable without a name stands in `${}`".to_owned());
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("variables are more than {DEEPEST} deep in each other"));
        }
        let modifier = self.modifier()?;
        self.depth -= 1;
        pieces.push(Piece::Variable(name, modifier));
        Ok(())
    }

    fn name(&mut self) -> String {
        // A parameter of a shell is one digit, and has no value here.
        if let Some(digit) = self.chars.next_if(char::is_ascii_digit) {
            return digit.to_string();
        }
        let mut name = String::new();
        while let Some(c) = self.chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        name
    }

    fn modifier(&mut self) -> Result<Modifier, String> {
        let empty = self.chars.next_if_eq(&':').is_some();
        let what = self.chars.next();
        match what {
            Some('}') if !empty => Ok(Modifier::Plain),
            Some('-') => Ok(Modifier::Else { empty, instead: self.until(Some('}'))? }),
            Some('+') => Ok(Modifier::Where { empty, instead: self.until(Some('}'))? }),
            // What follows is a message for who gave no value.
            Some('?') => self.until(Some('}')).map(|_| Modifier::Plain),
            Some('#' | '%' | '/') if !empty => self.until(Some('}')).map(|_| Modifier::Pattern),
            Some(_) => {
                Err("of `:-`, `:+` and `:?` one is expected after a variable's name".to_owned())
            }
            None => Err("`}` is missing after `${`".to_owned()),
        }
    }
}

fn text(pieces: &mut Vec<Piece>, more: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push_str(more),
        _ => pieces.push(Piece::Text(more.to_owned())),
    }
}
