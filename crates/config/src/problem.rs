//! One thing that is wrong with what a person wrote.

use serde::Serialize;

use crate::{Code, Span};

/// One thing that is wrong with what a person wrote, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of problem it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The file, relative to the project's root.
    pub file: String,
    /// Where it is in the file.
    pub span: Span,
    /// What is at that place; may be empty.
    pub label: String,
    /// Other places of the same file that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secondary: Vec<Label>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether what stands there may be a secret, and is not shown.
    #[serde(skip)]
    pub concealed: bool,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// Nothing is done before it is repaired.
    Error,
}

/// A further place that a problem is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there.
    pub text: String,
}

impl Problem {
    /// The file is filled in by the [`Sink`](crate::sink::Sink) that takes the problem.
    pub(crate) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            file: String::new(),
            span,
            label: String::new(),
            secondary: Vec::new(),
            hint: None,
            concealed: false,
        }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What stands there is shown to nobody.
    pub(crate) fn conceal(mut self) -> Self {
        self.concealed = true;
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}
