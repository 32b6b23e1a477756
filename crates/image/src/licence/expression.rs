//! SPDX licence expressions. Source: SPDX specification 2.3, annex D.

use std::fmt;
use std::str::FromStr;

use super::names;

/// Longer ones are no expressions but texts.
const LONGEST: usize = 4096;
/// Nobody means what is deeper, and recursion has to end.
const DEEPEST: usize = 32;

/// An expression: `MIT OR (Apache-2.0 AND BSD-3-Clause)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// One licence.
    One(Licence),
    /// All of them hold at once.
    All(Vec<Expression>),
    /// Any of them may be chosen.
    Any(Vec<Expression>),
}

/// One licence of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Licence {
    /// Its identifier as SPDX spells it, or as it was written where SPDX has none.
    pub id: String,
    /// Whether a `+` allows later versions. GNU licences say that in their identifier instead.
    pub or_later: bool,
    /// What it permits beyond its text: `Classpath-exception-2.0`.
    pub exception: Option<String>,
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It is far too long.
    #[error("it has more than {LONGEST} bytes")]
    Long,
    /// Its parentheses are too deep.
    #[error("it has more than {DEEPEST} parentheses within each other")]
    Deep,
    /// It ends too early.
    #[error("it ends where a licence or a `)` is expected")]
    Ended,
    /// There is something that does not belong there.
    #[error("`{0}` is not expected there")]
    Unexpected(String),
}

impl Expression {
    /// All licences in it, in their order.
    #[must_use]
    pub fn licences(&self) -> Vec<&Licence> {
        match self {
            Self::One(licence) => vec![licence],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::licences).collect(),
        }
    }

    /// Whether SPDX lists every licence and exception in it.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.licences().into_iter().all(Licence::is_listed)
    }
}

impl Licence {
    /// Whether SPDX lists it, with its exception.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        let exception = self.exception.as_deref();
        names::licence(&self.id).is_some()
            && exception.is_none_or(|it| names::exception(it).is_some())
    }

    /// Whether it is a reference to a text that the document or its maker has.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        ["LicenseRef-", "DocumentRef-"].iter().any(|start| self.id.starts_with(start))
    }

    fn of(word: &str) -> Self {
        let (name, or_later) = match word.strip_suffix('+') {
            Some(name) => (name, true),
            None => (word, false),
        };
        // SPDX 3.0 of its list gave GNU licences names that say which versions are meant.
        if let Some(gnu) = names::gnu(name) {
            let end = if or_later { "or-later" } else { "only" };
            return Self { id: format!("{gnu}-{end}"), or_later: false, exception: None };
        }
        let id = names::licence(name).unwrap_or(name).to_owned();
        Self { id, or_later, exception: None }
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > LONGEST {
            return Err(ExpressionError::Long);
        }
        let mut reader = Reader { tokens: tokens(text), at: 0 };
        let whole = reader.any(0)?;
        match reader.next() {
            None => Ok(whole),
            Some(token) => Err(ExpressionError::Unexpected(token.to_owned())),
        }
    }
}

fn tokens(text: &str) -> Vec<&str> {
    let words = text.split_whitespace();
    words.flat_map(|word| word.split_inclusive(['(', ')']).flat_map(apart)).collect()
}

// `MIT)` is a word and a parenthesis.
fn apart(piece: &str) -> impl Iterator<Item = &str> {
    let end = piece.len() - usize::from(piece.ends_with(['(', ')']));
    let (word, parenthesis) = piece.split_at(end);
    [word, parenthesis].into_iter().filter(|part| !part.is_empty())
}

struct Reader<'a> {
    tokens: Vec<&'a str>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    // Operators are written large or small, and never mixed.
    fn takes(&mut self, large: &str, small: &str) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|it| *it == large || *it == small);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self, depth: usize) -> Result<Expression, ExpressionError> {
        let mut parts = vec![self.all(depth)?];
        while self.takes("OR", "or") {
            parts.push(self.all(depth)?);
        }
        Ok(joined(parts, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, ExpressionError> {
        let mut parts = vec![self.one(depth)?];
        while self.takes("AND", "and") {
            parts.push(self.one(depth)?);
        }
        Ok(joined(parts, Expression::All))
    }

    fn one(&mut self, depth: usize) -> Result<Expression, ExpressionError> {
        if !self.takes("(", "(") {
            return self.licence();
        }
        if depth == DEEPEST {
            return Err(ExpressionError::Deep);
        }
        let inner = self.any(depth + 1)?;
        match self.next() {
            Some(")") => Ok(inner),
            Some(other) => Err(ExpressionError::Unexpected(other.to_owned())),
            None => Err(ExpressionError::Ended),
        }
    }

    fn licence(&mut self) -> Result<Expression, ExpressionError> {
        let mut licence = Licence::of(self.word(true)?);
        if self.takes("WITH", "with") {
            let name = self.word(false)?;
            licence.exception = Some(names::exception(name).unwrap_or(name).to_owned());
        }
        Ok(Expression::One(licence))
    }

    fn word(&mut self, may_be_later: bool) -> Result<&'a str, ExpressionError> {
        let word = self.next().ok_or(ExpressionError::Ended)?;
        let name = word.strip_suffix('+').filter(|_| may_be_later).unwrap_or(word);
        let operator = ["AND", "OR", "WITH"].iter().any(|it| it.eq_ignore_ascii_case(name));
        // `DocumentRef-a:LicenseRef-b` is the one that has a colon.
        let known = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
        match name.is_empty() || operator || !name.chars().all(known) {
            true => Err(ExpressionError::Unexpected(word.to_owned())),
            false => Ok(word),
        }
    }
}

fn joined(mut parts: Vec<Expression>, of: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => of(parts),
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, between) = match self {
            Self::One(licence) => return licence.fmt(f),
            Self::All(parts) => (parts, " AND "),
            Self::Any(parts) => (parts, " OR "),
        };
        for (at, part) in parts.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { between })?;
            match part {
                Self::One(licence) => licence.fmt(f)?,
                Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.id, if self.or_later { "+" } else { "" })?;
        self.exception.iter().try_for_each(|exception| write!(f, " WITH {exception}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        text.parse::<Expression>().unwrap_or_else(|e| panic!("{text}: {e}")).to_string()
    }

    #[test]
    fn expressions_are_read_as_they_bind() {
        for (text, expected) in [
            ("mit", "MIT"),
            ("MIT OR Apache-2.0 AND BSD-3-Clause", "MIT OR (Apache-2.0 AND BSD-3-Clause)"),
            ("(MIT or isc) and (Zlib)", "(MIT OR ISC) AND Zlib"),
            ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
            ("apache-2.0+ with llvm-EXCEPTION", "Apache-2.0+ WITH LLVM-exception"),
            ("GPL-2.0+", "GPL-2.0-or-later"),
            ("lgpl-2.1 OR GPL-3.0-only", "LGPL-2.1-only OR GPL-3.0-only"),
            ("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b"),
            ("Foo-1.0", "Foo-1.0"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "()", "MIT OR", "AND MIT", "MIT ISC", "(MIT", "MIT)", "+", "MIT++", "A, B"]
        {
            assert!(text.parse::<Expression>().is_err(), "{text}");
        }
        assert!("MIT WITH LLVM-exception+".parse::<Expression>().is_err());
        let nested = |depth| format!("{}MIT{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(read(&nested(DEEPEST)), "MIT");
        assert_eq!(nested(DEEPEST + 1).parse::<Expression>(), Err(ExpressionError::Deep));
        assert_eq!("(".repeat(LONGEST + 1).parse::<Expression>(), Err(ExpressionError::Long));
    }

    fn expressions() -> impl Strategy<Value = String> {
        let one = prop::sample::select(vec!["MIT", "GPL-2.0+", "X-1", "ISC WITH LLVM-exception"]);
        one.prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
            let between = prop::sample::select(vec![" AND ", " OR "]);
            (prop::collection::vec(inner, 1..4), between)
                .prop_map(|(parts, between)| format!("({})", parts.join(between)))
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(text in expressions()) {
            let read: Expression = text.parse().unwrap();
            prop_assert_eq!(&read.to_string().parse::<Expression>().unwrap(), &read);
        }

        #[test]
        fn any_text_is_an_expression_or_an_error(text in "(MIT|OR|AND|WITH|[()+ ]|\\PC){0,24}") {
            if let Ok(read) = text.parse::<Expression>() {
                prop_assert_eq!(&read.to_string().parse::<Expression>().unwrap(), &read);
            }
        }
    }
}
