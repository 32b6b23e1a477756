//! Two models' predictions for the same examples.

use std::collections::HashSet;

use super::model::Model;

/// The rows of two models that are the same examples: positions in the one and in the other.
pub(super) struct Pairs {
    pub(super) challenger: Vec<usize>,
    pub(super) baseline: Vec<usize>,
}

impl Pairs {
    /// Those of them whose row of the challenger is one of these.
    pub(super) fn within(&self, rows: &[usize]) -> Self {
        let rows: HashSet<usize> = rows.iter().copied().collect();
        let pairs = self.challenger.iter().zip(&self.baseline);
        let (challenger, baseline) = pairs.filter(|(row, _)| rows.contains(row)).unzip();
        Self { challenger, baseline }
    }
}

/// Pairs the rows by key.
///
/// # Errors
/// A key is missing or occurs twice, or the two have another label for the same example: then the
/// one can't be told from the other; a sentence.
pub(super) fn pairs(challenger: Model<'_>, baseline: Model<'_>) -> Result<Pairs, String> {
    let ours = challenger.by_key("the predictions")?;
    let mut theirs = baseline.by_key("the baseline")?.into_iter().peekable();
    let mut pairs = Pairs { challenger: vec![], baseline: vec![] };
    for (key, row) in ours {
        while theirs.next_if(|(other, _)| *other < key).is_some() {}
        if let Some((_, other)) = theirs.next_if(|(other, _)| *other == key) {
            pairs.challenger.push(row);
            pairs.baseline.push(other);
        }
    }
    same_labels(challenger, baseline, &pairs)?;
    Ok(pairs)
}

fn same_labels(one: Model<'_>, other: Model<'_>, pairs: &Pairs) -> Result<(), String> {
    let ((names, codes), (others, other_codes)) = (one.labels()?, other.labels()?);
    let label = |names: &[String], code: u32| names.get(code as usize).cloned();
    let differ =
        |(a, b): &(&usize, &usize)| label(names, codes[**a]) != label(others, other_codes[**b]);
    match pairs.challenger.iter().zip(&pairs.baseline).find(differ) {
        None => Ok(()),
        Some((row, _)) => Err(format!(
            "the example of row {} has another label in the baseline's predictions: they are of \
             another holdout",
            row + 1
        )),
    }
}
