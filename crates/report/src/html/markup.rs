//! Markup that is well-formed by construction: elements are closed, and text gets in escaped.

use std::fmt::Display;

use crate::words::visible;

/// An element with what is in it.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: &'static str,
    attributes: String,
    content: String,
}

/// An element without attributes and content.
pub(super) fn el(name: &'static str) -> Element {
    Element { name, attributes: String::new(), content: String::new() }
}

impl Element {
    /// The same with an attribute more.
    pub(super) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        let value = escape(&value.to_string());
        self.attributes.push_str(&format!(" {name}=\"{value}\""));
        self
    }

    /// The same with these classes.
    pub(super) fn class(self, names: &'static str) -> Self {
        self.with("class", names)
    }

    /// The same with text at its end.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.content.push_str(&escape(text));
        self
    }

    /// The same with an element at its end.
    pub(super) fn add(mut self, inner: Self) -> Self {
        inner.write(&mut self.content);
        self
    }

    /// The same with elements at its end.
    pub(super) fn all(mut self, inner: impl IntoIterator<Item = Self>) -> Self {
        inner.into_iter().for_each(|element| element.write(&mut self.content));
        self
    }

    /// The same with the style sheet of the house, which is not escaped.
    pub(super) fn sheet(mut self, css: &'static str) -> Self {
        self.content.push_str(css);
        self
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    fn write(&self, text: &mut String) {
        let Self { name, attributes, content } = self;
        let parts: &[&str] = match content.is_empty() && is_closed_at_once(name) {
            true => &["<", name, attributes, "/>"],
            false => &["<", name, attributes, ">", content, "</", name, ">"],
        };
        text.extend(parts.iter().copied());
        if ends_a_line(name) {
            text.push('\n');
        }
    }

    /// The element as text.
    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }
}

fn is_closed_at_once(name: &str) -> bool {
    matches!(name, "meta" | "rect" | "line" | "path" | "circle" | "polyline")
}

// For people who look at the source.
fn ends_a_line(name: &str) -> bool {
    matches!(
        name,
        "meta" | "style" | "head" | "header" | "section" | "article" | "tr" | "p" | "svg"
    )
}

// The page is HTML and well-formed XML at once, so what XML forbids is written out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let made = el("p").with("title", "\"><b>'").text("</script>&\0").render();
        let expected = "<p title=\"&quot;&gt;&lt;b&gt;&#39;\">&lt;/script&gt;&amp;\\u{0}</p>\n";
        assert_eq!(made, expected);
    }

    #[test]
    fn only_what_html_knows_as_empty_is_closed_at_once() {
        assert_eq!(el("td").render(), "<td></td>");
        assert_eq!(el("rect").render(), "<rect/>");
    }
}
