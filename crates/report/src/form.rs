//! The forms that a report can have.

use std::path::Path;

use crate::{Document, html, junit, markdown};

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// One page that needs nothing else.
    Html,
    /// For a pull request.
    Markdown,
    /// JUnit XML, which every CI reads.
    Junit,
    /// All of it, for programs.
    Json,
}

impl Form {
    /// The form that a file of this name has: `.html`, `.md`, `.xml` or `.json`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "html" => Some(Self::Html),
            "md" => Some(Self::Markdown),
            "xml" => Some(Self::Junit),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The document in this form.
    #[must_use]
    pub fn render(self, document: &Document) -> String {
        match self {
            Self::Html => html(document),
            Self::Markdown => markdown(document),
            Self::Junit => junit(document),
            Self::Json => json(document),
        }
    }
}

// A document is made of texts, numbers and lists, none of which JSON refuses.
fn json(document: &Document) -> String {
    serde_json::to_string_pretty(document).map(|text| text + "\n").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_its_form() {
        let of = |name: &str| Form::of(Path::new(name));
        assert_eq!(of("out/a.html"), Some(Form::Html));
        assert_eq!(of("A.MD"), Some(Form::Markdown));
        assert_eq!(of("a.b.xml"), Some(Form::Junit));
        assert_eq!(of("a.json"), Some(Form::Json));
        for none in ["a.pdf", "html", ".html", "-", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
