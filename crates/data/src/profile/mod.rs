//! Profiles: mergeable summaries of data sets, from which drift can be told without the data.

mod absent;
mod categories;
mod column;
mod compare;
mod distinct;
mod file;
mod guess;
mod kinds;
mod moments;
mod observe;
mod quantiles;
mod repeats;
mod split;
mod take;
mod unit;

pub use column::{ColumnProfile, ColumnType};
pub use compare::{DriftLimits, drift};
pub(crate) use compare::{distribution, percent, share};
pub use file::ProfileError;
pub use guess::guess;
pub(crate) use guess::{logical, plain};
pub use moments::Moments;
pub use take::{Watched, check_and_profile, profile};

use serde::{Deserialize, Serialize};

/// The format's version, as it stands in a file.
const VERSION: u32 = 1;

/// A mergeable summary of a data set.
///
/// Its size depends on the number of columns alone, not on that of rows. Profiles of parts, taken
/// anywhere and at any time, are put together by [`Profile::merge`]: counts, distinct counts and,
/// while they are exact, categories are as those of the whole, figures up to rounding, quantiles
/// up to their error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    columns: Vec<ColumnProfile>,
    profile: u32,
    rows: u64,
    /// Names and types of the columns, as one digest.
    schema: String,
    source: String,
    /// Columns that can't be read: records, lists and the like.
    unread: Vec<String>,
}

impl Profile {
    fn new(source: String, rows: u64, columns: Vec<ColumnProfile>, unread: Vec<String>) -> Self {
        let schema = schema(&columns);
        Self { columns, profile: VERSION, rows, schema, source, unread }
    }

    /// What the data is called.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The columns, in the data's order.
    #[must_use]
    pub fn columns(&self) -> &[ColumnProfile] {
        &self.columns
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The same of these columns alone.
    #[must_use]
    pub fn only(&self, is_wanted: impl Fn(&str) -> bool) -> Self {
        let wanted = self.columns.iter().filter(|column| is_wanted(&column.name));
        Self::new(self.source.clone(), self.rows, wanted.cloned().collect(), self.unread.clone())
    }

    /// Columns that nothing is known of, as they can't be read.
    #[must_use]
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// BLAKE3 of the columns' names and types, in hexadecimal digits: the same exactly for data of
    /// the same form.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Both together, called `a + b`.
    ///
    /// # Errors
    /// Their columns differ in name, order or type.
    pub fn merge(mut self, other: &Self) -> Result<Self, ProfileError> {
        if self.schema != other.schema {
            return Err(self.unlike(other));
        }
        self.columns.iter_mut().zip(&other.columns).for_each(|(ours, theirs)| ours.merge(theirs));
        let columns = self.columns.into_iter().map(ColumnProfile::settled).collect();
        let rows = self.rows.saturating_add(other.rows);
        let source = format!("{} + {}", self.source, other.source);
        Ok(Self::new(source, rows, columns, self.unread))
    }

    fn unlike(&self, other: &Self) -> ProfileError {
        let form = |column: &ColumnProfile| (column.name.clone(), column.kind);
        let pairs = self.columns.iter().map(form).zip(other.columns.iter().map(form));
        let differing = pairs.into_iter().find(|(ours, theirs)| ours != theirs);
        let why = match differing {
            Some(((ours, kind), (theirs, other))) => {
                format!("`{ours}` ({kind:?}) stands where the other has `{theirs}` ({other:?})")
            }
            None => format!("{} columns and {}", self.columns.len(), other.columns.len()),
        };
        let (first, second) = (self.source.clone(), other.source.clone());
        ProfileError::Unlike { first, second, why }
    }
}

fn schema(columns: &[ColumnProfile]) -> String {
    let mut hasher = blake3::Hasher::new();
    for column in columns {
        hasher.update(&(column.name.len() as u64).to_le_bytes());
        hasher.update(column.name.as_bytes());
        hasher.update(&[column.kind as u8]);
    }
    hasher.finalize().to_hex().to_string()
}
