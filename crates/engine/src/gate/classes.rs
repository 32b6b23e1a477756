//! True and predicted classes, and which label is the positive one.

use tollgate_model::Cells;

use super::model::{Model, some};

/// Labels of a positive class that need no explanation.
const POSITIVE: [&str; 6] = ["1", "true", "yes", "y", "t", "positive"];

/// A score from which on a row without a predicted class counts as positive.
const HALF: f64 = 0.5;

/// Classes by number, a row each.
pub(super) struct Labelled {
    pub(super) truth: Vec<u32>,
    pub(super) predicted: Vec<u32>,
    /// Which of two is the positive one.
    pub(super) positive: Option<u32>,
}

impl Labelled {
    /// Whether each row's class was predicted.
    pub(super) fn right(&self) -> impl Iterator<Item = bool> {
        self.truth.iter().zip(&self.predicted).map(|(truth, predicted)| truth == predicted)
    }
}

impl Model<'_> {
    /// True and predicted classes of the rows.
    pub(super) fn classes(self, rows: &[usize]) -> Result<Labelled, String> {
        let (names, truth) = self.labels()?;
        let positive = self.positive(names).ok();
        let label = |row: &usize| some(truth[*row], &self.names.label, *row);
        let truth = rows.iter().map(label).collect::<Result<Vec<_>, _>>()?;
        let Some(column) = &self.names.prediction else {
            let positive = self.positive(names)?;
            let other = (0..).find(|class| *class != positive).unwrap_or_default();
            let class = |score: f64| if score >= HALF { positive } else { other };
            let predicted = self.scores(rows)?.into_iter().map(class).collect();
            return Ok(Labelled { truth, predicted, positive: Some(positive) });
        };
        let (predictions, codes) = self.texts(column)?;
        // Classes that never occur as a label are classes all the same.
        let class = |(at, name): (usize, &String)| {
            let known = names.iter().position(|label| label == name);
            u32::try_from(known.unwrap_or(names.len() + at)).unwrap_or(Cells::NULL)
        };
        let classes: Vec<u32> = predictions.iter().enumerate().map(class).collect();
        let predicted =
            |row: &usize| some(codes[*row], column, *row).map(|code| classes[code as usize]);
        let predicted = rows.iter().map(predicted).collect::<Result<_, _>>()?;
        Ok(Labelled { truth, predicted, positive })
    }

    /// Whether each row is of the positive class.
    pub(super) fn positives(self, rows: &[usize]) -> Result<Vec<bool>, String> {
        let (names, truth) = self.labels()?;
        let positive = self.positive(names)?;
        let label = |row: &usize| some(truth[*row], &self.names.label, *row);
        rows.iter().map(|row| Ok(label(row)? == positive)).collect()
    }

    /// Which label is the positive one.
    fn positive(self, names: &[String]) -> Result<u32, String> {
        let at = |at: usize| u32::try_from(at).map_err(|_| "too many labels".to_owned());
        if let Some(positive) = &self.names.positive {
            return match names.iter().position(|name| same(name, positive)) {
                Some(known) => at(known),
                // No row of a small holdout may be positive; of two other labels none ever is.
                None if names.len() < 2 => at(names.len()),
                None => Err(format!(
                    "no row has the positive label `{positive}`: there are {}",
                    few(names)
                )),
            };
        }
        let plain =
            |name: &String| POSITIVE.contains(&name.to_lowercase().as_str()) || name == "1.0";
        match names.iter().position(plain) {
            Some(known) if names.len() <= 2 => at(known),
            None if names.len() == 1 => at(1),
            _ => {
                let which = few(names);
                Err(format!(
                    "which of {which} is the positive label? `positive` (--positive) names it"
                ))
            }
        }
    }
}

fn few(names: &[String]) -> String {
    let few: Vec<_> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > few.len() { ", …" } else { "" };
    format!("{}{more}", few.join(", "))
}

/// Labels are the same if they are as texts or as numbers: `1` in the configuration, `1.0` in the
/// data.
fn same(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    one == other || number(one).is_some_and(|one| Some(one) == number(other))
}
