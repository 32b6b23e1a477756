//! What is known of some cells without a look at them.

use crate::value::Value;

/// What a source says of the cells of one column in some rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) rows: u64,
    /// How many have no value.
    pub(crate) nulls: u64,
    /// No value is below the first or above the second; neither need occur. `None` where that is
    /// not known, or is not all: of floating-point numbers it says nothing about NaN.
    pub(crate) range: Option<(Value, Value)>,
}
