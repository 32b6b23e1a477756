//! The forms that a report can have.

use std::path::Path;

use crate::{Document, html, junit, markdown, sarif};

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// One page that needs nothing else.
    Html,
    /// For a pull request.
    Markdown,
    /// JUnit XML, which every CI reads.
    Junit,
    /// SARIF, which code hosts show beside the files.
    Sarif,
    /// All of it, for programs.
    Json,
}

impl Form {
    /// The form that a file of this name has: `.html`, `.md`, `.xml`, `.sarif` or `.json`. SARIF
    /// is also called `.sarif.json`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let ending = |path: &Path| Some(path.extension()?.to_str()?.to_ascii_lowercase());
        match ending(path)?.as_str() {
            "html" => Some(Self::Html),
            "md" => Some(Self::Markdown),
            "xml" => Some(Self::Junit),
            "sarif" => Some(Self::Sarif),
            "json" if ending(Path::new(path.file_stem()?)).as_deref() == Some("sarif") => {
                Some(Self::Sarif)
            }
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
            Self::Sarif => sarif(document),
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
        assert_eq!(of("a.sarif"), Some(Form::Sarif));
        assert_eq!(of("a.SARIF.json"), Some(Form::Sarif));
        assert_eq!(of("sarif.json"), Some(Form::Json));
        for none in ["a.pdf", "html", ".html", "-", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
