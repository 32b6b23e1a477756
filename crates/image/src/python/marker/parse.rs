//! The grammar of markers, read from left to right.

use super::{Comparison, MarkerError, Node, Variable};

/// How deep parentheses may stand in each other; markers that tools write stay below five.
const DEEPEST: usize = 32;
/// How long a marker may be, in bytes; those of a lock's forks reach some thousand.
const LONGEST: usize = 64 << 10;

// The longer ones first, so that each is found whole.
const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

pub(super) fn marker(text: &str) -> Result<Node, MarkerError> {
    let mut parser = Parser { text, at: 0 };
    if text.len() > LONGEST {
        return Err(parser.expected("a shorter condition"));
    }
    let node = parser.any(0)?;
    match parser.rest().is_empty() {
        true => Ok(node),
        false => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

enum Operand {
    Variable(Variable),
    Literal(String),
}

impl<'a> Parser<'a> {
    // What is left, without blanks before it.
    fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    fn expected(&mut self, expected: &'static str) -> MarkerError {
        let rest = self.rest();
        let found = match rest.split_whitespace().next() {
            None => "the end".to_owned(),
            Some(word) => format!("`{}`", word.chars().take(40).collect::<String>()),
        };
        MarkerError { expected, at: self.text[..self.at].chars().count() + 1, found }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        &rest[..rest.find(|c| !inside(c)).unwrap_or(rest.len())]
    }

    fn any(&mut self, depth: usize) -> Result<Node, MarkerError> {
        let mut nodes = vec![self.all(depth)?];
        while self.take_word("or") {
            nodes.push(self.all(depth)?);
        }
        Ok(Node::Any(nodes))
    }

    fn all(&mut self, depth: usize) -> Result<Node, MarkerError> {
        let mut nodes = vec![self.atom(depth)?];
        while self.take_word("and") {
            nodes.push(self.atom(depth)?);
        }
        Ok(Node::All(nodes))
    }

    fn atom(&mut self, depth: usize) -> Result<Node, MarkerError> {
        if depth == DEEPEST {
            return Err(self.expected("a condition with fewer parentheses"));
        }
        if !self.take("(") {
            return self.comparison().map(Node::Compare);
        }
        let node = self.any(depth + 1)?;
        if self.take(")") { Ok(node) } else { Err(self.expected("`)`")) }
    }

    fn comparison(&mut self) -> Result<Comparison, MarkerError> {
        let start = self.at;
        let left = self.operand()?;
        let operator = self.operator()?;
        let right = self.operand()?;
        let (variable, literal, literal_first) = match (left, right) {
            (Operand::Variable(variable), Operand::Literal(literal)) => (variable, literal, false),
            (Operand::Literal(literal), Operand::Variable(variable)) => (variable, literal, true),
            _ => {
                self.at = start;
                return Err(self.expected("a variable on one side and a quoted text on the other"));
            }
        };
        if !fits(variable, operator, literal_first) {
            self.at = start;
            return Err(self.expected("an operator that this variable has"));
        }
        Ok(Comparison { variable, operator, literal, literal_first })
    }

    fn operator(&mut self) -> Result<&'static str, MarkerError> {
        if let Some(sign) = OPERATORS.into_iter().find(|sign| self.take(sign)) {
            return Ok(sign);
        }
        if self.take_word("in") {
            return Ok("in");
        }
        if self.take_word("not") && self.take_word("in") {
            return Ok("not in");
        }
        Err(self.expected("an operator such as `==` or `in`"))
    }

    fn operand(&mut self) -> Result<Operand, MarkerError> {
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        if let Some(quote) = quote {
            let inside = rest[1..].split_once(quote).map(|(inside, _)| inside);
            let inside = inside.ok_or_else(|| self.expected("a text with its closing quote"))?;
            self.at += inside.len() + 2;
            return Ok(Operand::Literal(inside.to_owned()));
        }
        let word = self.word();
        let found = Variable::named(word);
        let variable = found
            .ok_or_else(|| self.expected("a variable such as `python_version` or a quoted text"))?;
        self.at += word.len();
        Ok(Operand::Variable(variable))
    }
}

// A set is asked for its members alone, and only versions have `~=` and `===`.
fn fits(variable: Variable, operator: &str, literal_first: bool) -> bool {
    match variable {
        Variable::Extra => matches!(operator, "==" | "!="),
        Variable::Extras | Variable::DependencyGroups => {
            literal_first && matches!(operator, "in" | "not in")
        }
        _ => variable.is_version() || !matches!(operator, "~=" | "==="),
    }
}
