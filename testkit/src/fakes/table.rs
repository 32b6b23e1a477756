//! Tables for tests: JSON objects of columns, each a list of numbers and texts.

use std::collections::BTreeMap;

use serde_json::Value;
use tollgate_model::{Cells, Columns, Digest, Form};

pub(super) fn columns(bytes: &[u8], wanted: &[(String, Form)]) -> Result<Columns, String> {
    let table: BTreeMap<String, Vec<Value>> =
        serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut columns = Columns::default();
    for (name, form) in wanted {
        let values = table.get(name).ok_or_else(|| format!("there is no column `{name}`"))?;
        columns.rows = values.len();
        columns.cells.insert((name.clone(), *form), cells(values, *form));
    }
    Ok(columns)
}

fn cells(values: &[Value], form: Form) -> Cells {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match form {
        Form::Number => {
            Cells::Numbers(values.iter().map(|it| it.as_f64().unwrap_or(f64::NAN)).collect())
        }
        Form::Key => {
            let key = |value| {
                let digest = Digest::of(text(value).as_bytes());
                digest.as_bytes().iter().take(16).fold(0, |key, byte| key << 8 | u128::from(*byte))
            };
            Cells::Keys(values.iter().map(key).collect())
        }
        Form::Text => {
            let mut names: Vec<String> = Vec::new();
            let code = |value: &Value| {
                let text = text(value);
                let known = names.iter().position(|name| *name == text).unwrap_or_else(|| {
                    names.push(text);
                    names.len() - 1
                });
                u32::try_from(known).unwrap_or(Cells::NULL)
            };
            let codes = values.iter().map(code).collect();
            Cells::Texts { names, codes }
        }
    }
}
