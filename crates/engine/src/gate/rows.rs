//! Predictions as metrics take them, and two models' predictions for the same examples.

use tollgate_model::{Cells, Columns, Digest, Form, Gate, Hasher, Predictions};
use tollgate_stats::metrics::{Binary, Classes, Metric, Needs, Rankings, Rows, Undefined, Values};

/// Labels of a positive class that need no explanation.
const POSITIVE: [&str; 6] = ["1", "true", "yes", "y", "t", "positive"];

/// A score from which on a row without a predicted class counts as positive.
const HALF: f64 = 0.5;

/// The columns that the gate needs of its predictions, and in which form.
pub(crate) fn wanted(gate: &Gate, rows: &Predictions, metrics: &[Metric]) -> Vec<(String, Form)> {
    let mut wanted = Vec::new();
    let mut want = |column: &Option<String>, form| {
        wanted.extend(column.iter().map(|column| (column.clone(), form)));
    };
    let label = Some(rows.label.clone());
    for metric in metrics {
        match metric.needs() {
            Needs::Classes => {
                want(&label, Form::Text);
                want(&rows.prediction, Form::Text);
                want(&rows.score, Form::Number);
            }
            Needs::Scores => {
                want(&label, Form::Text);
                want(&rows.score, Form::Number);
            }
            Needs::Values => {
                want(&label, Form::Number);
                want(
                    rows.prediction.as_ref().map_or(&rows.score, |_| &rows.prediction),
                    Form::Number,
                );
            }
            Needs::Groups => {
                want(&label, Form::Number);
                want(&rows.score, Form::Number);
                want(&rows.group, Form::Text);
            }
        }
    }
    want(&rows.weight, Form::Number);
    if gate.compare.is_some() {
        want(&label, Form::Text);
        want(&rows.key, Form::Key);
    }
    for column in gate.slices.iter().flat_map(|slices| slices.by.iter().flatten()) {
        want(&Some(column.clone()), Form::Text);
    }
    wanted.sort();
    wanted.dedup();
    wanted
}

/// The predictions of one model, of which a metric takes all rows or some.
#[derive(Clone, Copy)]
pub(crate) struct Model<'a> {
    pub(crate) names: &'a Predictions,
    pub(crate) columns: &'a Columns,
}

/// Classes by number, a row each.
pub(crate) struct Labelled {
    pub(crate) truth: Vec<u32>,
    pub(crate) predicted: Vec<u32>,
    /// Which of two is the positive one.
    pub(crate) positive: Option<u32>,
}

impl Labelled {
    /// Whether each row's class was predicted.
    pub(crate) fn right(&self) -> impl Iterator<Item = bool> {
        self.truth.iter().zip(&self.predicted).map(|(truth, predicted)| truth == predicted)
    }
}

impl<'a> Model<'a> {
    /// The metric of these rows, each with its weight times its number in `counts`.
    ///
    /// # Errors
    /// A column is not there, or the rows don't have the metric; a sentence.
    pub(crate) fn figure(
        self,
        metric: Metric,
        rows: &[usize],
        counts: Option<&[u32]>,
    ) -> Result<f64, String> {
        let weights = self.weights(rows, counts)?;
        let weights = weights.as_deref();
        let said = |why: Undefined| why.to_string();
        let found = match metric.needs() {
            Needs::Classes => {
                let Labelled { truth, predicted, positive } = self.classes(rows)?;
                let classes = Classes::new(&truth, &predicted, weights).map_err(said)?;
                let classes = positive.into_iter().fold(classes, Classes::with_positive);
                metric.of(&Rows::Classes(classes))
            }
            Needs::Scores => {
                let (labels, scores) = (self.positives(rows)?, self.scores(rows)?);
                metric.of(&Rows::Scores(Binary::new(&labels, &scores, weights).map_err(said)?))
            }
            Needs::Values => {
                let (truth, estimate) = (self.truths(rows)?, self.estimates(rows)?);
                let values = Values::new(&truth, &estimate, weights).map_err(said)?;
                metric.of(&Rows::Values(values))
            }
            Needs::Groups => {
                let groups = self.groups(rows)?;
                let (truth, scores) = (self.truths(rows)?, self.scores(rows)?);
                let rankings = Rankings::new(&groups, &truth, &scores).map_err(said)?;
                metric.of(&Rows::Groups(rankings))
            }
        };
        found.or_else(|why| why.convention().ok_or(why)).map_err(said)
    }

    fn weights(self, rows: &[usize], counts: Option<&[u32]>) -> Result<Option<Vec<f64>>, String> {
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

    /// True and predicted classes of the rows.
    pub(crate) fn classes(self, rows: &[usize]) -> Result<Labelled, String> {
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

    pub(crate) fn positives(self, rows: &[usize]) -> Result<Vec<bool>, String> {
        let (names, truth) = self.labels()?;
        let positive = self.positive(names)?;
        let label = |row: &usize| some(truth[*row], &self.names.label, *row);
        rows.iter().map(|row| Ok(label(row)? == positive)).collect()
    }

    pub(crate) fn scores(self, rows: &[usize]) -> Result<Vec<f64>, String> {
        let score = self.names.score.as_ref();
        self.numbers(score.ok_or("the gate names no column with a `score`")?, rows)
    }

    /// The predicted classes of the rows, by name.
    pub(crate) fn names_predicted(self, rows: &[usize]) -> Result<Vec<Option<&'a str>>, String> {
        let column = self.names.prediction.as_ref();
        let (names, codes) =
            self.texts(column.ok_or("the gate names no column with a `prediction`")?)?;
        let name = |row: &usize| names.get(codes[*row] as usize).map(String::as_str);
        Ok(rows.iter().map(name).collect())
    }

    pub(crate) fn truths(self, rows: &[usize]) -> Result<Vec<f64>, String> {
        self.numbers(&self.names.label, rows)
    }

    pub(crate) fn estimates(self, rows: &[usize]) -> Result<Vec<f64>, String> {
        let column = self.names.prediction.as_ref().or(self.names.score.as_ref());
        self.numbers(column.ok_or("the gate names no column with a `prediction`")?, rows)
    }

    pub(crate) fn groups(self, rows: &[usize]) -> Result<Vec<u32>, String> {
        let column = self.names.group.as_ref();
        let column = column.ok_or("the gate names no column with a `group`")?;
        let (_, codes) = self.texts(column)?;
        rows.iter().map(|row| some(codes[*row], column, *row)).collect()
    }

    /// The rows by the values of some columns together, with a name for each.
    pub(crate) fn slices(self, by: &[String]) -> Result<Vec<(String, Vec<usize>)>, String> {
        let columns = by.iter().map(|column| self.texts(column)).collect::<Result<Vec<_>, _>>()?;
        let mut slices: std::collections::BTreeMap<Vec<u32>, Vec<usize>> = Default::default();
        for row in 0..self.columns.rows {
            let values = columns.iter().map(|(_, codes)| codes[row]).collect();
            slices.entry(values).or_default().push(row);
        }
        let value = |(at, code): (usize, &u32)| {
            let name = columns[at].0.get(*code as usize).map_or("(none)", String::as_str);
            format!("{} = {name}", by[at])
        };
        let name =
            |codes: &Vec<u32>| codes.iter().enumerate().map(value).collect::<Vec<_>>().join(", ");
        Ok(slices.into_iter().map(|(codes, rows)| (name(&codes), rows)).collect())
    }

    fn labels(self) -> Result<(&'a [String], &'a [u32]), String> {
        self.texts(&self.names.label)
    }

    fn texts(self, column: &str) -> Result<(&'a [String], &'a [u32]), String> {
        self.columns.texts(column).ok_or_else(|| format!("there is no column `{column}`"))
    }

    fn numbers(self, column: &str, rows: &[usize]) -> Result<Vec<f64>, String> {
        let cells = self.columns.numbers(column);
        let cells = cells.ok_or_else(|| format!("there is no column `{column}`"))?;
        Ok(rows.iter().map(|row| cells[*row]).collect())
    }

    /// Which label is the positive one.
    fn positive(self, names: &[String]) -> Result<u32, String> {
        let at = |at: usize| u32::try_from(at).map_err(|_| "too many labels".to_owned());
        if let Some(positive) = &self.names.positive {
            let known = names.iter().position(|name| same(name, positive));
            // A part of the data may lack it: then no row is positive.
            return at(known.unwrap_or(names.len()));
        }
        let plain =
            |name: &String| POSITIVE.contains(&name.to_lowercase().as_str()) || name == "1.0";
        match names.iter().position(plain) {
            Some(known) if names.len() <= 2 => at(known),
            None if names.len() == 1 => at(1),
            _ => {
                let few: Vec<_> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
                Err(format!("which of {} is the positive label? say `positive:`", few.join(", ")))
            }
        }
    }
}

/// Labels are the same if they are as texts or as numbers: `1` in the configuration, `1.0` in the
/// data.
fn same(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    one == other || number(one).is_some_and(|one| Some(one) == number(other))
}

fn some(code: u32, column: &str, row: usize) -> Result<u32, String> {
    match code {
        Cells::NULL => Err(format!("`{column}` has no value in row {}", row + 1)),
        code => Ok(code),
    }
}

/// The rows of two models that are the same examples: positions in the one and in the other.
pub(crate) struct Pairs {
    pub(crate) challenger: Vec<usize>,
    pub(crate) baseline: Vec<usize>,
    /// Rows of the challenger that the baseline lacks, and the other way round.
    pub(crate) alone: (usize, usize),
}

impl Pairs {
    /// Those of them whose row of the challenger is one of these.
    pub(crate) fn within(&self, rows: &[usize]) -> Self {
        let rows: std::collections::HashSet<usize> = rows.iter().copied().collect();
        let pairs = self.challenger.iter().zip(&self.baseline);
        let (challenger, baseline) = pairs.filter(|(row, _)| rows.contains(row)).unzip();
        Self { challenger, baseline, alone: (0, 0) }
    }
}

/// Pairs the rows by key.
///
/// # Errors
/// A key is missing or occurs twice, or the two have another label for the same example: then the
/// one can't be told from the other; a sentence.
pub(crate) fn pairs(challenger: Model<'_>, baseline: Model<'_>) -> Result<Pairs, String> {
    let (ours, theirs) =
        (by_key(challenger, "the predictions")?, by_key(baseline, "the baseline")?);
    let mut pairs = Pairs { challenger: vec![], baseline: vec![], alone: (0, 0) };
    let (mut theirs, mut found) = (theirs.into_iter().peekable(), 0);
    let all = theirs.len();
    for (key, row) in ours {
        while theirs.next_if(|(other, _)| *other < key).is_some() {}
        match theirs.next_if(|(other, _)| *other == key) {
            Some((_, other)) => {
                found += 1;
                pairs.challenger.push(row);
                pairs.baseline.push(other);
            }
            None => pairs.alone.0 += 1,
        }
    }
    pairs.alone.1 = all - found;
    same_labels(challenger, baseline, &pairs)?;
    Ok(pairs)
}

fn by_key(model: Model<'_>, what: &str) -> Result<Vec<(u128, usize)>, String> {
    let column = model.names.key.as_ref().ok_or("the gate names no `key`")?;
    let keys = model.columns.keys(column);
    let keys = keys.ok_or_else(|| format!("{what} have no column `{column}`"))?;
    let mut keys: Vec<(u128, usize)> = keys.iter().copied().zip(0..).collect();
    keys.sort_unstable();
    if let Some(twice) = keys.windows(2).find(|two| two[0].0 == two[1].0) {
        let (one, other) = (twice[0].1 + 1, twice[1].1 + 1);
        return Err(format!("`{column}` of {what} is the same in rows {one} and {other}"));
    }
    Ok(keys)
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

/// Which holdout it is: its keys and labels, in no order.
///
/// # Errors
/// As [`pairs`].
pub(crate) fn holdout(model: Model<'_>) -> Result<Digest, String> {
    let (names, codes) = model.labels()?;
    let mut hasher = Hasher::new("tollgate holdout");
    for (key, row) in by_key(model, "the predictions")? {
        let label = names.get(codes[row] as usize).map_or("", String::as_str);
        hasher.part(&key.to_le_bytes()).part(label.as_bytes());
    }
    Ok(hasher.finish())
}
