//! A condition's words and signs as a tree, before anything is known of types.

use tollgate_model::{Arithmetic, Relation, Scalar};

use super::Fault;
use super::lex::{Placed, Token, lex};

/// Parts inside each other. Whoever walks the tree does so by recursion.
const DEPTH: usize = 64;

/// A part of a condition, and the bytes that it takes.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Column(String),
    Literal(Scalar),
    Calculated(Box<Part>, Arithmetic, Box<Part>),
    Compare(Box<Part>, Relation, Box<Part>),
    IsNull(Box<Part>),
    In(Box<Part>, Vec<Part>),
    Not(Box<Part>),
    And(Vec<Part>),
    Or(Vec<Part>),
    Implies(Box<Part>, Box<Part>),
}

pub(super) fn parse(text: &str) -> Result<Part, Fault> {
    let mut parser = Parser { tokens: lex(text)?, at: 0, depth: 0 };
    let part = parser.implication()?;
    match parser.token() {
        // `a + b + c …` leans to the left: it is as deep as it is long.
        Token::End if part.depth() > DEPTH => Err(too_deep(part.start, part.end)),
        Token::End => Ok(part),
        _ => Err(parser.unexpected("`and`, `or` or the end")),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
}

type Parsed = Result<Part, Fault>;

impl Parser {
    // The last token is the end, and is never passed.
    fn here(&self) -> &Placed {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn token(&self) -> &Token {
        &self.here().token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_it = matches!(self.token(), Token::Word(found) if *found == word);
        self.at += usize::from(is_it);
        is_it
    }

    fn take_sign(&mut self, signs: &[&str]) -> Option<&'static str> {
        match self.token() {
            Token::Sign(sign) if signs.contains(sign) => {
                let sign = *sign;
                self.at += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn unexpected(&self, expected: &str) -> Fault {
        let here = self.here();
        let found = match &here.token {
            Token::End => "the end".to_owned(),
            Token::Name(name) => crate::text::quoted(name),
            Token::Literal(Scalar::Text(text)) => format!("the text {}", crate::text::quoted(text)),
            Token::Literal(_) => "a value".to_owned(),
            Token::Word(word) | Token::Sign(word) => format!("`{word}`"),
        };
        Fault::new(here.start, here.end, format!("expected {expected}, found {found}"))
    }

    fn deeper(&mut self, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth == DEPTH {
            let here = self.here();
            return Err(too_deep(here.start, here.end));
        }
        self.depth += 1;
        let part = parse(self);
        self.depth -= 1;
        part
    }

    fn implication(&mut self) -> Parsed {
        let first =
            self.chain("or", Kind::Or, |parser| parser.chain("and", Kind::And, Self::negation))?;
        if !self.take_word("implies") {
            return Ok(first);
        }
        let second = self.deeper(Self::implication)?;
        let (start, end) = (first.start, second.end);
        Ok(Part { kind: Kind::Implies(first.into(), second.into()), start, end })
    }

    fn chain(
        &mut self,
        word: &str,
        make: fn(Vec<Part>) -> Kind,
        inner: impl Fn(&mut Self) -> Parsed,
    ) -> Parsed {
        let first = inner(self)?;
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(inner(self)?);
        }
        let (start, end) = (parts[0].start, parts[parts.len() - 1].end);
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Part { kind: make(parts), start, end },
        })
    }

    fn negation(&mut self) -> Parsed {
        let start = self.here().start;
        if !self.take_word("not") {
            return self.comparison();
        }
        let inner = self.deeper(Self::negation)?;
        Ok(inner.not(start))
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        if self.take_word("is") {
            let not = self.take_word("not");
            if !self.take_word("null") {
                return Err(self.unexpected("`null`"));
            }
            return Ok(self.finish(left, not, |left| Kind::IsNull(left.into())));
        }
        let not = self.take_word("not");
        if self.take_word("in") {
            let values = self.list()?;
            return Ok(self.finish(left, not, |left| Kind::In(left.into(), values)));
        }
        if self.take_word("between") {
            return self.between(left, not);
        }
        if not {
            return Err(self.unexpected("`in` or `between`"));
        }
        let Some(relation) = self.relation() else { return Ok(left) };
        let right = self.sum()?;
        if self.relation().is_some() {
            self.at -= 1;
            return Err(self
                .unexpected("`and`, `or` or the end")
                .hint("of three values two are compared at a time: `a < b and b < c`"));
        }
        Ok(self.finish(left, false, |left| Kind::Compare(left.into(), relation, right.into())))
    }

    fn between(&mut self, value: Part, not: bool) -> Parsed {
        let low = self.sum()?;
        if !self.take_word("and") {
            return Err(self.unexpected("`and`"));
        }
        let high = self.sum()?;
        let side = |relation, bar: Part| {
            let (start, end) = (value.start, bar.end);
            let kind = Kind::Compare(value.clone().into(), relation, bar.into());
            Part { kind, start, end }
        };
        let both = vec![side(Relation::AtLeast, low), side(Relation::AtMost, high)];
        Ok(self.finish(value, not, |_| Kind::And(both)))
    }

    /// The part that begins with `first` and ends here.
    fn finish(&self, first: Part, not: bool, make: impl FnOnce(Part) -> Kind) -> Part {
        let start = first.start;
        let end = self.tokens[self.at.saturating_sub(1)].end;
        let part = Part { kind: make(first), start, end };
        if not { part.not(start) } else { part }
    }

    fn relation(&mut self) -> Option<Relation> {
        let sign = self.take_sign(&["=", "==", "!=", "<>", "<", "<=", ">", ">="])?;
        Some(match sign {
            "=" | "==" => Relation::Equal,
            "!=" | "<>" => Relation::Unequal,
            "<" => Relation::Less,
            "<=" => Relation::AtMost,
            ">" => Relation::Greater,
            _ => Relation::AtLeast,
        })
    }

    fn list(&mut self) -> Result<Vec<Part>, Fault> {
        if self.take_sign(&["("]).is_none() {
            return Err(self.unexpected("`(` and a list of values"));
        }
        let mut values = vec![self.sign_of_value()?];
        while self.take_sign(&[","]).is_some() {
            values.push(self.sign_of_value()?);
        }
        match self.take_sign(&[")"]) {
            Some(_) => Ok(values),
            None => Err(self.unexpected("`,` or `)`")),
        }
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some(sign) = self.take_sign(&["+", "-"]) {
            let by = if sign == "+" { Arithmetic::Plus } else { Arithmetic::Minus };
            let right = self.product()?;
            left = left.by(by, right);
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.sign_of_value()?;
        while let Some(sign) = self.take_sign(&["*", "/"]) {
            let by = if sign == "*" { Arithmetic::Times } else { Arithmetic::Over };
            let right = self.sign_of_value()?;
            left = left.by(by, right);
        }
        Ok(left)
    }

    fn sign_of_value(&mut self) -> Parsed {
        let start = self.here().start;
        if self.take_sign(&["-"]).is_none() {
            return self.value();
        }
        let inner = self.deeper(Self::sign_of_value)?;
        let kind = match inner.kind {
            Kind::Literal(Scalar::Integer(whole)) => Kind::Literal(Scalar::Integer(-whole)),
            Kind::Literal(Scalar::Number(number)) => Kind::Literal(Scalar::Number(-number)),
            _ => {
                let zero = Kind::Literal(Scalar::Integer(0));
                let zero = Part { kind: zero, start, end: start };
                return Ok(zero.by(Arithmetic::Minus, inner));
            }
        };
        Ok(Part { kind, start, end: inner.end })
    }

    fn value(&mut self) -> Parsed {
        let Placed { token, start, end } = self.here().clone();
        let kind = match token {
            Token::Name(name) => Kind::Column(name),
            Token::Literal(value) => Kind::Literal(value),
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.deeper(Self::implication)?;
                return match self.take_sign(&[")"]) {
                    Some(_) => Ok(inner),
                    None => Err(self.unexpected("`)`")),
                };
            }
            Token::Word("null") => {
                return Err(self
                    .unexpected("a column or a value")
                    .hint("nothing is equal to null: write `is null` or `is not null`"));
            }
            _ => return Err(self.unexpected("a column or a value")),
        };
        self.at += 1;
        Ok(Part { kind, start, end })
    }
}

impl Part {
    fn not(self, start: usize) -> Self {
        let end = self.end;
        Self { kind: Kind::Not(self.into()), start, end }
    }

    fn by(self, by: Arithmetic, right: Self) -> Self {
        let (start, end) = (self.start, right.end);
        Self { kind: Kind::Calculated(self.into(), by, right.into()), start, end }
    }

    fn depth(&self) -> usize {
        let deepest = |parts: &[Self]| parts.iter().map(Self::depth).max().unwrap_or(0);
        1 + match &self.kind {
            Kind::Column(_) | Kind::Literal(_) => 0,
            Kind::Not(inner) | Kind::IsNull(inner) => inner.depth(),
            Kind::In(value, list) => value.depth().max(deepest(list)),
            Kind::And(parts) | Kind::Or(parts) => deepest(parts),
            Kind::Calculated(left, _, right)
            | Kind::Compare(left, _, right)
            | Kind::Implies(left, right) => left.depth().max(right.depth()),
        }
    }
}

fn too_deep(start: usize, end: usize) -> Fault {
    Fault::new(start, end, "the condition is nested too deeply").hint("split it into several rules")
}
