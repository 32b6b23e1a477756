//! Columns of a table, decoded.

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
