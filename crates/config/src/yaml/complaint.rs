//! The parser's complaints in words that help.

use crate::span::SourceMap;
use crate::{Code, Problem, Span};

/// Where the mistake is, seen from where the parser noticed it.
enum Place {
    Here,
    /// The parser notices at the next line, or at the end of the file.
    LineBefore,
    /// The bracket that was opened and not closed.
    Bracket,
    /// The first tab from the line on at which the parser gave up.
    Tab,
}

/// How a complaint of the parser starts, what to say instead, where, and what to do.
const TABLE: &[(&str, &str, Place, &str)] = &[
    (
        "mapping values are not allowed",
        "a `: ` where no key can be",
        Place::Here,
        "if it is part of a text, put the text in quotes; else check the indentation of this line, and whether a `:` is missing in the one before",
    ),
    (
        "simple key expect",
        "a line that is neither `key: value` nor `- item`",
        Place::LineBefore,
        "is the `:` or the space after it missing, or is a text that goes on from the line before not indented?",
    ),
    (
        "while parsing a block mapping",
        "expected a key here",
        Place::Here,
        "check the indentation: the keys of one map start in the same column",
    ),
    (
        "while parsing a block collection",
        "expected a `- ` here",
        Place::Here,
        "check the indentation: the entries of one list start in the same column, and a list can't go on as a map",
    ),
    (
        "block sequence entries are not allowed",
        "a list can't start on the line of its key",
        Place::Here,
        "start the list on a line of its own, or write `[a, b]`",
    ),
    ("tab", "a tab in the indentation", Place::Tab, "YAML is indented with spaces"),
    (
        "while scanning a plain scalar, found a tab",
        "a tab in the indentation",
        Place::Tab,
        "YAML is indented with spaces",
    ),
    (
        "a block scalar content cannot start with a tab",
        "a tab in the indentation",
        Place::Tab,
        "YAML is indented with spaces",
    ),
    (
        "while scanning a quoted scalar, found unexpected end",
        "a quote that is not closed",
        Place::Here,
        "close the text with the same quote",
    ),
    (
        "invalid indentation in quoted scalar",
        "a quote that is not closed",
        Place::Here,
        "close the text with the same quote; a quoted text of several lines is indented",
    ),
    (
        "invalid trailing content after double-quoted",
        "text after the closing quote",
        Place::Here,
        "put the whole value in quotes: `'…'`, with `''` for each `'` in it",
    ),
    (
        "while parsing a quoted scalar, found unknown escape",
        "a backslash with no meaning in a text in double quotes",
        Place::Here,
        "use single quotes, in which a backslash is just a backslash",
    ),
    (
        "while parsing a flow mapping",
        "a `{` that is not closed, or a missing comma",
        Place::Bracket,
        "separate the entries with `, ` and close with `}`",
    ),
    (
        "while parsing a flow sequence",
        "a `[` that is not closed, or a missing comma",
        Place::Bracket,
        "separate the items with `, ` and close with `]`",
    ),
    (
        "while parsing a node, did not find",
        "a value is missing here, or a bracket is not closed",
        Place::Bracket,
        "close `[` with `]` and `{` with `}`",
    ),
    (
        "invalid indentation in flow construct",
        "a line inside brackets that is not indented, or a bracket that is not closed",
        Place::Bracket,
        "close `[` with `]` and `{` with `}`",
    ),
    (
        "misplaced bracket",
        "a closing bracket without an opening one",
        Place::Here,
        "if it is part of a text, put the text in quotes",
    ),
    (
        "unexpected character",
        "a value can't start with this character",
        Place::Here,
        "put the value in quotes",
    ),
    (
        "while parsing node, found unknown anchor",
        "an alias (`*name`) to an anchor (`&name`) that is not there",
        Place::Here,
        "if it is a text, such as a glob, put it in quotes: `\"*.csv\"`",
    ),
    (
        "while scanning an anchor or alias",
        "a `*` or `&` that starts no alias or anchor",
        Place::Here,
        "if it is a glob or a part of a command, put the value in quotes",
    ),
    (
        "while scanning a block scalar, did not find",
        "a `>` or `|` at the start of a value begins a text of several lines",
        Place::Here,
        "put the value in quotes, such as `\">= 0.85\"`",
    ),
    (
        "illegal placement of ':'",
        "a `[` or `{` that is not closed",
        Place::Bracket,
        "close `[` with `]` and `{` with `}`",
    ),
];

/// The problem for a complaint of the parser at a byte.
pub(crate) fn problem(
    map: &SourceMap<'_>,
    at: usize,
    info: &str,
    unclosed: Option<Span>,
) -> Problem {
    let known = TABLE.iter().find(|(start, ..)| info.starts_with(start));
    if info.starts_with("recursion limit") {
        return super::load::too_deep(point(map, at));
    }
    let Some((_, message, place, hint)) = known else {
        return Problem::new(Code::Syntax, point(map, at), format!("not YAML: {info}"));
    };
    let span = match place {
        Place::Here => point(map, at),
        Place::LineBefore => map.line_before(at),
        Place::Tab => tab(map, at),
        Place::Bracket => unclosed.unwrap_or_else(|| point(map, at)),
    };
    Problem::new(Code::Syntax, span, *message).hint(*hint)
}

/// One character; at the end of the file, the last line that has anything on it.
fn point(map: &SourceMap<'_>, at: usize) -> Span {
    match map.text()[at..].chars().next() {
        Some(c) => map.span(at, at + c.len_utf8()),
        None => map.line_before(at),
    }
}

fn tab(map: &SourceMap<'_>, at: usize) -> Span {
    let line = map.text()[..at].rfind('\n').map_or(0, |end| end + 1);
    match map.text()[line..].find('\t') {
        Some(found) => map.span(line + found, line + found + 1),
        None => point(map, at),
    }
}
