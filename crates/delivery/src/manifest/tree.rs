//! YAML as a tree that knows the bytes of every scalar. Aliases stay aliases.

use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use super::{Manifest, ManifestError};

/// A file larger than this is no manifest that a person wrote.
const LARGEST: usize = 4 << 20;
/// Lists and maps inside each other, as many as the parser's users have ever needed.
const DEEPEST: usize = 100;
const MOST_NODES: usize = 500_000;

/// A document of a file: its root, if it has one.
pub(super) type Document = Node;

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Bytes of the file, from and to. A scalar's are those of its text, quotes included.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The number of its anchor, or 0.
    pub(super) anchor: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Scalar { text: String, style: Style },
    List(Vec<Node>),
    Map { entries: Vec<(Node, Node)>, flow: bool },
    Alias(usize),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// Not at all: there is a key, or an anchor, and no place that is a value's.
    Nothing,
    /// In a block, or over several lines: nothing that is edited in place.
    Other,
}

/// The documents of a file.
pub(super) fn documents(manifest: &Manifest<'_>) -> Result<Vec<Document>, ManifestError> {
    let text = manifest.text;
    let wrong = |at: usize, why: String| ManifestError::Unreadable {
        path: manifest.path.to_owned(),
        line: line_of(text, at),
        why,
    };
    if text.len() > LARGEST {
        return Err(wrong(0, "it is larger than 4 MiB".to_owned()));
    }
    let bytes = Bytes::of(text);
    let mut builder = Builder { text, open: Vec::new(), roots: Vec::new(), nodes: 0 };
    let mut parser = Parser::new(StrInput::new(text));
    while let Some(next) = parser.next_event() {
        let (event, span) =
            next.map_err(|error| wrong(bytes.at(error.marker().index()), error.info().to_owned()))?;
        let (from, to) = (bytes.at(span.start.index()), bytes.at(span.end.index()));
        builder.event(event, from, to).map_err(|why| wrong(from, why.to_owned()))?;
    }
    Ok(builder.roots)
}

/// The line of a byte, counted from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// From the parser's characters to bytes.
struct Bytes {
    /// Empty where all is ASCII.
    starts: Vec<usize>,
    length: usize,
}

impl Bytes {
    fn of(text: &str) -> Self {
        let starts = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(at, _)| at).collect(),
        };
        Self { starts, length: text.len() }
    }

    fn at(&self, character: usize) -> usize {
        match self.starts.is_empty() {
            true => character.min(self.length),
            false => self.starts.get(character).copied().unwrap_or(self.length),
        }
    }
}

struct Builder<'t> {
    text: &'t str,
    open: Vec<(Node, Option<Node>)>,
    roots: Vec<Node>,
    nodes: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, from: usize, to: usize) -> Result<(), &'static str> {
        match event {
            Event::Alias(anchor) => {
                self.place(Node { kind: Kind::Alias(anchor), from, to, anchor: 0 })
            }
            Event::Scalar(text, style, anchor, _) => {
                let from = from + properties(&self.text[from..to.max(from)]);
                let (kind, to) = self.scalar(text.into_owned(), style, from, to);
                self.place(Node { kind, from, to, anchor })
            }
            Event::SequenceStart(anchor, _) => {
                self.start(Node { kind: Kind::List(Vec::new()), from, to, anchor })
            }
            Event::MappingStart(anchor, _) => {
                let flow = self.text[from..].starts_with('{');
                let kind = Kind::Map { entries: Vec::new(), flow };
                self.start(Node { kind, from, to, anchor })
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some((node, _)) => self.place(Node { to, ..node }),
                None => Err("something ends that has not begun"),
            },
            _ => Ok(()),
        }
    }

    // The parser's span of a quoted scalar may run on over the space and the comment behind it.
    fn scalar(&self, text: String, style: ScalarStyle, from: usize, to: usize) -> (Kind, usize) {
        let raw = &self.text[from..to.max(from)];
        let (style, length) = match style {
            ScalarStyle::Plain if text.is_empty() => (Style::Nothing, 0),
            ScalarStyle::Plain if raw.trim_end() == text => (Style::Plain, text.len()),
            ScalarStyle::SingleQuoted if raw.starts_with('\'') => (Style::Single, quoted(raw)),
            ScalarStyle::DoubleQuoted if raw.starts_with('"') => (Style::Double, quoted(raw)),
            _ => (Style::Other, raw.len()),
        };
        let several = raw[..length].contains('\n');
        let style = if several { Style::Other } else { style };
        (Kind::Scalar { text, style }, from + length)
    }

    fn start(&mut self, node: Node) -> Result<(), &'static str> {
        if self.open.len() >= DEEPEST {
            return Err("lists and maps are nested too deeply");
        }
        self.open.push((node, None));
        Ok(())
    }

    fn place(&mut self, node: Node) -> Result<(), &'static str> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err("there is too much in it");
        }
        match self.open.last_mut() {
            None => self.roots.push(node),
            Some((Node { kind: Kind::List(items), .. }, _)) => items.push(node),
            Some((Node { kind: Kind::Map { entries, .. }, .. }, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            Some(_) => return Err("something is inside of a scalar"),
        }
        Ok(())
    }
}

/// How long the anchor and the tag are that stand before a scalar, which begins with neither sign.
fn properties(raw: &str) -> usize {
    let mut rest = raw;
    while rest.starts_with(['&', '!']) {
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        rest = rest[word..].trim_start();
    }
    raw.len() - rest.len()
}

/// How long the quoted text is that begins here.
fn quoted(raw: &str) -> usize {
    let quote = raw.chars().next().unwrap_or('"');
    let mut rest = raw.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '\\' if quote == '"' => _ = rest.next(),
            '\'' if quote == '\'' && rest.peek().is_some_and(|(_, next)| *next == '\'') => {
                rest.next();
            }
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    raw.len()
}

impl Node {
    /// Its text, where it is a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The key and the value of an entry of a map.
    pub(super) fn entry(&self, wanted: &str) -> Option<(&Self, &Self)> {
        let Kind::Map { entries, .. } = &self.kind else { return None };
        let found = entries.iter().find(|(key, _)| key.text() == Some(wanted));
        found.map(|(key, value)| (key, value))
    }

    /// The value of an entry of a map.
    pub(super) fn get(&self, wanted: &str) -> Option<&Self> {
        self.entry(wanted).map(|(_, value)| value)
    }

    /// The items of a list.
    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Single | Self::Double => "quoted",
            Self::Nothing => "empty",
            Self::Other => "in a block or over several lines",
        })
    }
}
