//! Columns of a table, decoded.

use std::collections::BTreeMap;

/// Some columns of a table, each in the forms that were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// How many rows there are.
    pub rows: usize,
    /// The cells by column and form.
    pub cells: BTreeMap<(String, Form), Cells>,
}

/// What a column's cells are wanted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Numbers.
    Number,
    /// Texts, of which few are different.
    Text,
    /// Only what is equal to what.
    Key,
}

/// The cells of one column, one for each row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Numbers; NaN where there is none.
    Numbers(Vec<f64>),
    /// Texts by their position in `names`.
    Texts {
        /// The different texts, in the order in which they first occur.
        names: Vec<String>,
        /// For each row; [`Cells::NULL`] where there is none.
        codes: Vec<u32>,
    },
    /// Equal exactly where the values are (of long texts: where their hashes are); 0 where there
    /// is none.
    Keys(Vec<u128>),
}

impl Columns {
    /// The numbers of a column; none where it was not asked for as numbers.
    #[must_use]
    pub fn numbers(&self, column: &str) -> Option<&[f64]> {
        match self.cells.get(&(column.to_owned(), Form::Number))? {
            Cells::Numbers(cells) => Some(cells),
            _ => None,
        }
    }

    /// The different texts of a column, and each row's by position among them.
    #[must_use]
    pub fn texts(&self, column: &str) -> Option<(&[String], &[u32])> {
        match self.cells.get(&(column.to_owned(), Form::Text))? {
            Cells::Texts { names, codes } => Some((names, codes)),
            _ => None,
        }
    }

    /// What tells a column's values apart.
    #[must_use]
    pub fn keys(&self, column: &str) -> Option<&[u128]> {
        match self.cells.get(&(column.to_owned(), Form::Key))? {
            Cells::Keys(cells) => Some(cells),
            _ => None,
        }
    }
}

impl Cells {
    /// The code of a cell without a text.
    pub const NULL: u32 = u32::MAX;

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(cells) => cells.len(),
            Self::Texts { codes, .. } => codes.len(),
            Self::Keys(cells) => cells.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
