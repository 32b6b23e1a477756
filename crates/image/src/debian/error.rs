/// Why a text of Debian's is not taken, and where it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {why}")]
pub struct TextError {
    /// What the text is called.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is wrong, and what was expected.
    pub why: String,
}

impl TextError {
    pub(crate) fn new(file: &str, line: usize, why: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, why: why.into() }
    }
}
