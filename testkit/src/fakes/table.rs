//! Tables for tests: JSON lines of numbers and texts.

use serde_json::{Map, Value};
use tollgate_model::{Cells, Columns, Digest, Form};

pub(super) fn columns(bytes: &[u8], wanted: &[(String, Form)]) -> Result<Columns, String> {
    let rows: Result<Vec<Map<String, Value>>, _> =
        serde_json::Deserializer::from_slice(bytes).into_iter().collect();
    let rows = rows.map_err(|error| error.to_string())?;
    let mut columns = Columns { rows: rows.len(), ..Columns::default() };
    for (name, form) in wanted {
        let values = rows.iter().map(|row| row.get(name).cloned());
        let values = values.collect::<Option<Vec<Value>>>();
        let values = values.ok_or_else(|| format!("there is no column `{name}`"))?;
        columns.cells.insert((name.clone(), *form), cells(&values, *form));
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
                if value.is_null() {
                    return Cells::NULL;
                }
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
