//! Which variables there are at a place of a Dockerfile, and what a text says there.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::instruction::{Declared, Kind, Pair};
use super::substitution::{Modifier, Piece, pieces};

/// All that is ever substituted in one file. A few lines of `ENV A=$A$A` would ask for more than any
/// machine has; what goes beyond is open.
const MOST_BYTES: usize = 4 << 20;

/// What a text says, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    /// The text; of what is open nothing.
    pub(super) text: String,
    /// The variables whose values are not known.
    pub(super) open: Vec<String>,
}

impl Value {
    /// The text, if all of it is known.
    pub(super) fn known(&self) -> Option<&str> {
        self.open.is_empty().then_some(&*self.text)
    }
}

/// The variables of a stage, and of those that it stands on.
#[derive(Debug, Default)]
pub(super) struct Variables {
    own: BTreeMap<String, Value>,
    below: Option<Rc<Self>>,
}

impl Variables {
    fn get(&self, name: &str) -> Option<&Value> {
        let mut at = Some(self);
        while let Some(variables) = at {
            if let Some(value) = variables.own.get(name) {
                return Some(value);
            }
            at = variables.below.as_deref();
        }
        None
    }
}

/// The variables that a text at some place can speak of.
#[derive(Debug)]
pub(super) struct Scope {
    escape: char,
    /// Those that are declared before the first stage, which a stage has to ask for by name.
    global: Rc<BTreeMap<String, Option<Value>>>,
    arguments: BTreeMap<String, Option<Value>>,
    variables: Variables,
    /// What `ARG` stands for where the build gives it a value.
    given: Rc<BTreeMap<String, String>>,
    left: Rc<Cell<usize>>,
}

impl Scope {
    /// The place before the first stage, in a build that gives these values.
    pub(super) fn before(
        escape: char,
        declared: &[Declared],
        given: &BTreeMap<String, String>,
    ) -> Self {
        let mut scope = Self {
            escape,
            given: Rc::new(given.clone()),
            global: Rc::default(),
            arguments: BTreeMap::new(),
            variables: Variables::default(),
            left: Rc::new(Cell::new(MOST_BYTES)),
        };
        scope.declare(declared);
        scope.global = Rc::new(scope.arguments.clone());
        scope
    }

    /// The beginning of a stage, on another one or on an image.
    pub(super) fn of_stage(&self, below: Option<Rc<Variables>>) -> Self {
        Self {
            escape: self.escape,
            global: Rc::clone(&self.global),
            arguments: BTreeMap::new(),
            variables: Variables { own: BTreeMap::new(), below },
            given: Rc::clone(&self.given),
            left: Rc::clone(&self.left),
        }
    }

    /// What is left of it for a stage that stands on this one.
    pub(super) fn end(self) -> Rc<Variables> {
        Rc::new(self.variables)
    }

    /// What an instruction changes.
    pub(super) fn take(&mut self, kind: &Kind) {
        match kind {
            Kind::Arg(declared) => self.declare(declared),
            Kind::Env(pairs) => self.set(pairs),
            _ => {}
        }
    }

    fn declare(&mut self, declared: &[Declared]) {
        for Declared { name, default } in declared {
            let value = match (self.given.get(name), default) {
                (Some(text), _) => Some(Value { text: text.clone(), open: Vec::new() }),
                (None, Some(default)) => Some(self.expand(default)),
                (None, None) => self.global.get(name).cloned().flatten(),
            };
            self.arguments.insert(name.clone(), value);
        }
    }

    // All of one instruction see what was before it.
    fn set(&mut self, pairs: &[Pair]) {
        let values: Vec<Value> = pairs.iter().map(|pair| self.expand(&pair.value)).collect();
        for (pair, value) in pairs.iter().zip(values) {
            self.variables.own.insert(pair.name.clone(), value);
        }
    }

    /// What a text says here.
    pub(super) fn expand(&self, text: &str) -> Value {
        let mut value = Value::default();
        match pieces(text, self.escape) {
            Ok(pieces) => self.write(&pieces, &mut value),
            // A parsed file has no such text; a word of a JSON form may.
            Err(_) => value.text.push_str(text),
        }
        value
    }

    /// The value of a variable of the image.
    pub(super) fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    fn write(&self, pieces: &[Piece], value: &mut Value) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.push(text, text, value),
                Piece::Variable(name, modifier) => self.substitute(name, modifier, value),
            }
        }
    }

    fn substitute(&self, name: &str, modifier: &Modifier, value: &mut Value) {
        let known = self.variables.get(name).or_else(|| self.arguments.get(name)?.as_ref());
        let counts = |empty: bool| known.filter(|known| !(empty && known.known() == Some("")));
        match (modifier, known) {
            (Modifier::Plain, Some(known)) if known.open.is_empty() => {
                self.push(name, &known.text, value);
            }
            (Modifier::Else { empty, instead }, _) => match counts(*empty) {
                Some(_) => self.substitute(name, &Modifier::Plain, value),
                None => self.write(instead, value),
            },
            (Modifier::Where { empty, instead }, Some(_)) => {
                if counts(*empty).is_some() {
                    self.write(instead, value);
                }
            }
            _ => value.open.push(name.to_owned()),
        }
    }

    fn push(&self, name: &str, text: &str, value: &mut Value) {
        match self.left.get().checked_sub(text.len()) {
            Some(left) => {
                self.left.set(left);
                value.text.push_str(text);
            }
            None => value.open.push(name.chars().take(100).collect()),
        }
    }
}
