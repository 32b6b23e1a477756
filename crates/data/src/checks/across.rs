//! Rules about several columns of one row.

use super::Tally;
use crate::batch::ColumnBatch;

/// Whether single rows break a rule. It knows nothing of other rows, so batches can be seen in any
/// order and anywhere.
pub(crate) trait Across: Send + Sync {
    /// Notes each row of the columns that breaks the rule. There is at least one column.
    fn observe(&self, columns: &[&ColumnBatch], tally: &mut Tally);
}

/// Notes a row, with its values one after the other.
pub(super) fn note(columns: &[&ColumnBatch], at: usize, tally: &mut Tally) {
    if let [only] = columns {
        return tally.add(only, at);
    }
    let Some(first) = columns.first() else { return };
    let value = |column: &&ColumnBatch| column.show(at).unwrap_or_else(|| "null".to_owned());
    let values = || columns.iter().map(value).collect::<Vec<_>>().join(", ");
    tally.add_shown(first.row(at), || Some(values()));
}
