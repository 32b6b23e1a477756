//! Which examples a model was tried on.

use tollgate_model::{Columns, Digest, Gate, Hasher};

use super::model::Model;

/// Which holdout the predictions are of, by its keys and labels in whatever order; none where
/// nothing is compared.
///
/// # Errors
/// Keys or labels are missing or not what they should be; a sentence.
pub fn holdout(gate: &Gate, columns: &Columns) -> Result<Option<Digest>, String> {
    match (&gate.predictions, &gate.compare) {
        (Some(names), Some(_)) => digest(Model { names, columns }).map(Some),
        _ => Ok(None),
    }
}

fn digest(model: Model<'_>) -> Result<Digest, String> {
    let (names, codes) = model.labels()?;
    let mut hasher = Hasher::new("tollgate holdout");
    for (key, row) in model.by_key("the predictions")? {
        let label = names.get(codes[row] as usize).map_or("", String::as_str);
        hasher.part(&key.to_le_bytes()).part(label.as_bytes());
    }
    Ok(hasher.finish())
}
