//! A condition's text as words and signs.

use tollgate_model::Scalar;

use super::Fault;

/// More words and signs than these are no condition that a person can check.
const TOKENS: usize = 1_000;

/// A word or a sign.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A column.
    Name(String),
    /// A number, a text in single quotes, `true` or `false`.
    Literal(Scalar),
    /// A word of the language, in lower case.
    Word(&'static str),
    /// A sign.
    Sign(&'static str),
    /// Nothing more.
    End,
}

/// A token, and the bytes that it takes.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

const WORDS: [&str; 8] = ["and", "or", "not", "implies", "is", "null", "in", "between"];

/// Longer ones first.
const SIGNS: [&str; 15] =
    ["<=", ">=", "!=", "<>", "==", "=", "<", ">", "(", ")", ",", "+", "-", "*", "/"];

/// Signs of other languages, and what is written here.
const OTHERS: [(&str, &str); 6] =
    [("&&", "and"), ("||", "or"), ("=>", "implies"), ("->", "implies"), ("&", "and"), ("|", "or")];

pub(super) fn lex(text: &str) -> Result<Vec<Placed>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        if tokens.len() >= TOKENS {
            return Err(
                Fault::new(at, at, "the condition is too long").hint("split it into several rules")
            );
        }
        let rest = &text[at..];
        if rest.is_empty() {
            tokens.push(Placed { token: Token::End, start: at, end: at });
            return Ok(tokens);
        }
        let (token, length) = next(rest, at)?;
        tokens.push(Placed { token, start: at, end: at + length });
        at += length;
    }
}

/// The first token, and how many bytes it takes.
fn next(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    match rest.chars().next() {
        Some('\'') => quoted(rest, '\'', at)
            .map(|(text, length)| (Token::Literal(Scalar::Text(text)), length)),
        Some(quote @ ('"' | '`')) => {
            quoted(rest, quote, at).map(|(name, length)| (Token::Name(name), length))
        }
        Some(c) if c.is_ascii_digit() => number(rest, at),
        Some(c) if c.is_alphabetic() || c == '_' => Ok(word(rest)),
        _ => sign(rest, at),
    }
}

/// What stands in quotes, of which two are one.
fn quoted(rest: &str, quote: char, at: usize) -> Result<(String, usize), Fault> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((index, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            return Ok((text, index + 1));
        }
    }
    Err(Fault::new(at, at + rest.len(), format!("the quote {quote} is not closed")))
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    let mut length = digits(rest);
    if rest[length..].starts_with('.') {
        length += 1 + digits(&rest[length + 1..]);
    }
    if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
        let unsigned = exponent.trim_start_matches(['+', '-']);
        if exponent.len() - unsigned.len() <= 1 && digits(unsigned) > 0 {
            length += 1 + exponent.len() - unsigned.len() + digits(unsigned);
        }
    }
    let (text, follows) = rest.split_at(length);
    let fault = |what: &str| Fault::new(at, at + length, format!("`{text}` {what}"));
    if follows.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':')) {
        return Err(fault("is followed by something that is no part of a number")
            .hint("texts and dates stand in single quotes: '2024-01-31'"));
    }
    let literal = match text.parse::<i64>() {
        Ok(whole) => Scalar::Integer(whole),
        Err(_) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Scalar::Number(number),
            _ => return Err(fault("is no finite number")),
        },
    };
    Ok((Token::Literal(literal), length))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn word(rest: &str) -> (Token, usize) {
    let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let word = &rest[..length];
    let lower = word.to_ascii_lowercase();
    let token = match WORDS.iter().find(|known| **known == lower) {
        Some(known) => Token::Word(known),
        None if lower == "true" => Token::Literal(Scalar::Bool(true)),
        None if lower == "false" => Token::Literal(Scalar::Bool(false)),
        None => Token::Name(word.to_owned()),
    };
    (token, length)
}

fn sign(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    if let Some((theirs, ours)) = OTHERS.iter().find(|(theirs, _)| rest.starts_with(theirs)) {
        let fault = Fault::new(at, at + theirs.len(), format!("`{theirs}` has no meaning here"));
        return Err(fault.hint(format!("did you mean `{ours}`?")));
    }
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return Ok((Token::Sign(sign), sign.len()));
    }
    let length = rest.chars().next().map_or(0, char::len_utf8);
    let shown = crate::text::quoted(&rest[..length]);
    Err(Fault::new(at, at + length, format!("{shown} has no meaning here"))
        .hint("a column whose name has other signs stands in double quotes: \"monthly fee\""))
}
