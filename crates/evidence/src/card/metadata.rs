//! The block at the top of a card, which model hubs read. Source: Hugging Face Hub, "Model Cards",
//! fields `tags` and `model-index`.

use tollgate_model::BarFigure;

use super::About;
use super::sections::{assessments, datasets};
use crate::{Predicate, Statement};

/// What a model does, by what is measured of it.
const REGRESSION: [&str; 6] = ["rmse", "mse", "mae", "r2", "mape", "median_absolute_error"];

pub(super) fn block(about: &About, evidence: &[Statement]) -> String {
    let mut text = String::from("---\ntags:\n- tollgate\n");
    let bars = measured(evidence);
    if bars.is_empty() {
        return text + "---\n";
    }
    let regression = bars.iter().any(|bar| REGRESSION.contains(&bar.metric.as_str()));
    let task = if regression { "tabular-regression" } else { "tabular-classification" };
    let data = datasets(evidence).into_iter().next();
    let data = data.map_or_else(|| about.project.clone(), |(name, _)| name);
    text.push_str(&format!(
        "model-index:\n- name: {name}\n  results:\n  - task:\n      type: {task}\n    dataset:\n      \
         name: {data}\n      type: {data}\n    metrics:\n",
        name = quoted(&about.project),
        data = quoted(&data),
    ));
    for bar in bars {
        text.push_str(&format!(
            "    - type: {}\n      value: {}\n",
            quoted(&bar.metric),
            bar.value
        ));
    }
    text + "---\n"
}

/// Figures of whole data sets that are numbers.
fn measured(evidence: &[Statement]) -> Vec<&BarFigure> {
    let gates = assessments(evidence, |predicate| match predicate {
        Predicate::Gate(gate) => Some(gate),
        _ => None,
    });
    let bars = gates.filter_map(|gate| gate.judgement.as_ref()).flat_map(|it| &it.bars);
    bars.filter(|bar| bar.value.is_finite()).collect()
}

/// JSON's texts are YAML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
