//! The predictions of one model, column by column.

use tollgate_model::{Cells, Columns, Predictions};

/// The predictions of one model, of which a metric takes all rows or some.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    pub(super) names: &'a Predictions,
    pub(super) columns: &'a Columns,
}

impl<'a> Model<'a> {
    /// What the rows weigh, each as often as `counts` says; none where each weighs one.
    pub(super) fn weights(
        self,
        rows: &[usize],
        counts: Option<&[u32]>,
    ) -> Result<Option<Vec<f64>>, String> {
        let own = match &self.names.weight {
            Some(column) => Some(self.numbers(column, rows)?),
            None => None,
        };
        Ok(match (own, counts) {
            (own, None) => own,
            (None, Some(counts)) => Some(counts.iter().map(|count| f64::from(*count)).collect()),
            (Some(own), Some(counts)) => {
                Some(own.iter().zip(counts).map(|(w, count)| w * f64::from(*count)).collect())
            }
        })
    }

    pub(super) fn scores(self, rows: &[usize]) -> Result<Vec<f64>, String> {
        let score = self.names.score.as_ref();
        self.numbers(score.ok_or("the gate names no column with a `score`")?, rows)
    }

    /// The predicted classes of the rows, by name.
    pub(super) fn names_predicted(self, rows: &[usize]) -> Result<Vec<Option<&'a str>>, String> {
        let column = self.names.prediction.as_ref();
        let (names, codes) =
            self.texts(column.ok_or("the gate names no column with a `prediction`")?)?;
        let name = |row: &usize| names.get(codes[*row] as usize).map(String::as_str);
        Ok(rows.iter().map(name).collect())
    }

    pub(super) fn truths(self, rows: &[usize]) -> Result<Vec<f64>, String> {
        self.numbers(&self.names.label, rows)
    }

    pub(super) fn estimates(self, rows: &[usize]) -> Result<Vec<f64>, String> {
        let column = self.names.prediction.as_ref().or(self.names.score.as_ref());
        self.numbers(column.ok_or("the gate names no column with a `prediction`")?, rows)
    }

    pub(super) fn groups(self, rows: &[usize]) -> Result<Vec<u32>, String> {
        let column = self.names.group.as_ref();
        let column = column.ok_or("the gate names no column with a `group`")?;
        let (_, codes) = self.texts(column)?;
        rows.iter().map(|row| some(codes[*row], column, *row)).collect()
    }

    /// The names of the labels, and which of them each row of the file has.
    pub(super) fn labels(self) -> Result<(&'a [String], &'a [u32]), String> {
        self.texts(&self.names.label)
    }

    /// The same of any column.
    pub(super) fn texts(self, column: &str) -> Result<(&'a [String], &'a [u32]), String> {
        self.columns.texts(column).ok_or_else(|| format!("there is no column `{column}`"))
    }

    fn numbers(self, column: &str, rows: &[usize]) -> Result<Vec<f64>, String> {
        let cells = self.columns.numbers(column);
        let cells = cells.ok_or_else(|| format!("there is no column `{column}`"))?;
        Ok(rows.iter().map(|row| cells[*row]).collect())
    }

    /// Each key with its row, in order of the keys. `what` names the predictions.
    ///
    /// # Errors
    /// There are no keys, or one occurs twice; a sentence.
    pub(super) fn by_key(self, what: &str) -> Result<Vec<(u128, usize)>, String> {
        let column = self.names.key.as_ref().ok_or("the gate names no `key`")?;
        let keys = self.columns.keys(column);
        let keys = keys.ok_or_else(|| format!("{what} have no column `{column}`"))?;
        let mut keys: Vec<(u128, usize)> = keys.iter().copied().zip(0..).collect();
        keys.sort_unstable();
        if let Some(twice) = keys.windows(2).find(|two| two[0].0 == two[1].0) {
            let (one, other) = (twice[0].1 + 1, twice[1].1 + 1);
            return Err(format!("`{column}` of {what} is the same in rows {one} and {other}"));
        }
        Ok(keys)
    }
}

/// The code of a cell that must have a value.
pub(super) fn some(code: u32, column: &str, row: usize) -> Result<u32, String> {
    match code {
        Cells::NULL => Err(format!("`{column}` has no value in row {}", row + 1)),
        code => Ok(code),
    }
}
