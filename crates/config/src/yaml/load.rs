//! Text to tree, within limits.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use super::{Entry, Node, Scalar, Value, complaint};
use crate::sink::Sink;
use crate::span::SourceMap;
use crate::text::quoted;
use crate::{Code, Problem, Span};

/// A file larger than this was not written by a person.
const BYTES: usize = 1 << 20;
/// Nodes, and bytes of text in them, with aliases written out: few characters can stand for
/// billions ("billion laughs").
const NODES: usize = 100_000;
const EXPANDED: usize = 4 << 20;
/// Lists and maps inside each other.
const DEPTH: usize = 64;

/// The only document of a text. Nothing where it can't be read, with the reason in `sink`.
pub(crate) fn load(text: &str, sink: &mut Sink) -> Option<Node> {
    let found = check_text(text).and_then(|()| Loader::new(text, sink).run());
    match found {
        Ok(Some(node)) => return Some(node),
        Ok(None) => sink.add(
            Problem::new(
                Code::Empty,
                Span { line: 1, column: 1, ..Span::default() },
                "an empty file",
            )
            .label("nothing but space and comments"),
        ),
        Err(problem) => sink.add(*problem),
    }
    None
}

fn check_text(text: &str) -> Outcome<()> {
    let map = SourceMap::new(text);
    if text.len() > BYTES {
        let message = "the file is larger than 1 MiB";
        return Err(Problem::new(Code::TooLarge, map.span(0, 0), message).into());
    }
    let odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    match text.char_indices().find(|(_, c)| odd(*c)) {
        None => Ok(()),
        Some((at, c)) => Err(Problem::new(
            Code::ControlCharacter,
            map.span(at, at + c.len_utf8()),
            format!("the character U+{:04X} has no place in a text file", c as u32),
        )
        .hint("is this a binary file, or one in another encoding? UTF-8 is expected")
        .into()),
    }
}

// A problem is large, and the outcome is on every path.
type Outcome<T> = Result<T, Box<Problem>>;

struct Loader<'t, 's> {
    map: SourceMap<'t>,
    sink: &'s mut Sink,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, Size)>,
    root: Option<Node>,
    total: Size,
}

/// A list or map whose end has not come yet.
struct Open {
    start: Span,
    from: usize,
    flow: bool,
    anchor: usize,
    size: Size,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashMap<String, Span>, key: Option<(String, Span)> },
}

/// What a tree takes, aliases written out.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
    height: usize,
}

impl Size {
    fn add(&mut self, inner: Self) {
        self.nodes = self.nodes.saturating_add(inner.nodes);
        self.bytes = self.bytes.saturating_add(inner.bytes);
        self.height = self.height.max(inner.height + 1);
    }
}

impl<'t, 's> Loader<'t, 's> {
    fn new(text: &'t str, sink: &'s mut Sink) -> Self {
        let map = SourceMap::new(text);
        let (open, anchors) = (Vec::new(), HashMap::new());
        Self { map, sink, open, anchors, root: None, total: Size::default() }
    }

    fn run(mut self) -> Outcome<Option<Node>> {
        let mut parser = Parser::new(StrInput::new(self.map.text()));
        while let Some(next) = parser.next_event() {
            match next {
                Ok((event, span)) => self.event(event, span)?,
                Err(error) => return Err(self.complain(&error).into()),
            }
        }
        Ok(self.root)
    }

    fn complain(&self, error: &saphyr_parser::ScanError) -> Problem {
        let at = self.map.byte(error.marker().index());
        let unclosed = self.open.iter().rev().find(|open| open.flow).map(|open| open.start);
        complaint::problem(&self.map, at, error.info(), unclosed)
    }

    fn event(&mut self, event: Event<'_>, span: saphyr_parser::Span) -> Outcome<()> {
        let (from, to) = (self.map.byte(span.start.index()), self.map.byte(span.end.index()));
        let here = self.map.span(from, to);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => Err(second_document(here).into()),
            Event::Alias(anchor) => self.alias(anchor, here),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), here)
            }
            Event::SequenceStart(anchor, tag) => {
                self.start(Content::List(Vec::new()), anchor, tag, from, here)
            }
            Event::MappingStart(anchor, tag) => {
                let content = Content::Map { entries: Vec::new(), seen: HashMap::new(), key: None };
                self.start(content, anchor, tag, from, here)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(to),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Outcome<()> {
        let is_text = style != ScalarStyle::Plain || is_text_tag(tag, span)?;
        let span = if style == ScalarStyle::Plain { span } else { self.quoted_span(span) };
        let size = Size { nodes: 1, bytes: text.len(), height: 0 };
        let scalar = Scalar { text: text.to_owned(), is_text };
        self.count(size, span)?;
        self.place(Node { value: Value::Scalar(scalar), span }, size, anchor)
    }

    // The parser's span of a quoted scalar runs on over the space and the comment behind it.
    fn quoted_span(&self, span: Span) -> Span {
        let line = &self.map.text()[span.start..span.end];
        let Some(quote @ ('"' | '\'')) = line.chars().next() else { return span };
        let mut length = 1;
        let mut rest = line[1..].char_indices();
        while let Some((at, c)) = rest.next() {
            length = at + 1 + c.len_utf8();
            match c {
                '\\' if quote == '"' => _ = rest.next(),
                '\'' if quote == '\'' && line[length..].starts_with('\'') => _ = rest.next(),
                c if c == quote => break,
                _ => {}
            }
        }
        Span { end: span.start + length.min(line.len()), ..span }
    }

    fn start(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        from: usize,
        start: Span,
    ) -> Outcome<()> {
        is_text_tag(tag.as_deref(), start)?;
        if self.wants_key() {
            return Err(key_not_text(start).into());
        }
        self.check_depth(1, start)?;
        let size = Size { nodes: 1, ..Size::default() };
        self.count(size, start)?;
        let flow = self.map.text()[from..].starts_with(['[', '{']);
        self.open.push(Open { start, from, flow, anchor, size, content });
        Ok(())
    }

    fn end(&mut self, to: usize) -> Outcome<()> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let span = self.map.span(open.from, to.max(open.from));
        let value = match open.content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(entries),
        };
        self.place(Node { value, span }, open.size, open.anchor)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Outcome<()> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            let message = "an alias stands inside the value that it refers to";
            return Err(Problem::new(Code::Alias, span, message)
                .hint("write the value out instead")
                .into());
        };
        let size = *size;
        // Counted before it is copied: the copy is what a bomb is after.
        let over = self.total.nodes.saturating_add(size.nodes) > NODES
            || self.total.bytes.saturating_add(size.bytes) > EXPANDED;
        if over {
            return Err(bomb(span).into());
        }
        let node = node.clone();
        self.check_depth(size.height, span)?;
        self.count(size, span)?;
        self.place(node, size, 0)
    }

    fn count(&mut self, size: Size, span: Span) -> Outcome<()> {
        self.total.add(size);
        match self.total.nodes > NODES || self.total.bytes > EXPANDED {
            true => Err(bomb(span).into()),
            false => Ok(()),
        }
    }

    fn check_depth(&self, height: usize, span: Span) -> Outcome<()> {
        if self.open.len() + height <= DEPTH {
            return Ok(());
        }
        Err(too_deep(span).into())
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: None, .. }, .. }))
    }

    fn place(&mut self, node: Node, size: Size, anchor: usize) -> Outcome<()> {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size.add(size);
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map { key: key @ None, .. } => *key = Some(as_key(node)?),
            Content::Map { entries, seen, key: key @ Some(_) } => {
                if let Some((key, key_span)) = key.take() {
                    match seen.get(&key) {
                        Some(first) => self.sink.add(duplicate_key(&key, key_span, *first)),
                        None => {
                            seen.insert(key.clone(), key_span);
                            entries.push(Entry { key, key_span, value: node });
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether the tag says that the scalar is text. Other tags are refused: one that is passed over
/// would change what a file means.
fn is_text_tag(tag: Option<&Tag>, span: Span) -> Outcome<bool> {
    let Some(tag) = tag else { return Ok(false) };
    if tag.is_yaml_core_schema() && tag.suffix == "str" {
        return Ok(true);
    }
    let message = format!("the tag {} has no meaning here", quoted(&tag.to_string()));
    Err(Problem::new(Code::Tag, span, message)
        .hint("remove the tag, and write the value out")
        .into())
}

fn as_key(node: Node) -> Outcome<(String, Span)> {
    let Value::Scalar(scalar) = node.value else { return Err(key_not_text(node.span).into()) };
    if scalar.text == "<<" && !scalar.is_text {
        return Err(Problem::new(Code::MergeKey, node.span, "merge keys are not supported")
            .hint("write the keys out, or give the whole value by an alias")
            .into());
    }
    Ok((scalar.text, node.span))
}

fn key_not_text(span: Span) -> Problem {
    Problem::new(Code::KeyNotText, span, "a key is a text, and this is a list or a map")
        .hint("is a quote missing around a value that starts with `{` or `[`?")
}

fn duplicate_key(key: &str, span: Span, first: Span) -> Problem {
    Problem::new(Code::DuplicateKey, span, format!("the key {} is given twice", quoted(key)))
        .label("given again here")
        .also(first, "first given here")
}

fn second_document(span: Span) -> Problem {
    Problem::new(Code::Documents, span, "the file holds more than one YAML document")
        .label("the second starts here")
        .hint("remove the `---`, or move what follows it to a file of its own")
}

fn bomb(span: Span) -> Problem {
    let message = "the file is too large once its aliases are written out";
    Problem::new(Code::TooLarge, span, message)
        .label(format!("here it passes {NODES} values, or {} MiB of text", EXPANDED >> 20))
}

/// The parser has a limit of its own, beyond this one: both mean the same.
pub(super) fn too_deep(span: Span) -> Problem {
    let message = format!("lists and maps are nested more than {DEPTH} deep");
    Problem::new(Code::TooDeep, span, message)
}
