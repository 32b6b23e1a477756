//! The card of a model. Source: CycloneDX 1.6 JSON schema, `modelCard`.

use serde::Serialize;

use crate::sbom::{Dataset, Metric, Model};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Card {
    model_parameters: Parameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantitative_analysis: Option<Analysis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    considerations: Option<Considerations>,
}

#[derive(Serialize)]
struct Parameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    approach: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    datasets: Vec<Data>,
}

#[derive(Serialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Data {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<Contents>,
}

#[derive(Serialize)]
struct Contents {
    properties: Vec<Digest>,
}

#[derive(Serialize)]
struct Digest {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    performance_metrics: Vec<Performance>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Performance {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    slice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence_interval: Option<Interval>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Interval {
    lower_bound: String,
    upper_bound: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Considerations {
    technical_limitations: Vec<String>,
}

impl Card {
    pub(super) fn of(model: &Model) -> Self {
        let metrics: Vec<_> = model.metrics.iter().filter_map(Performance::of).collect();
        let considerations = model.considerations.clone();
        Self {
            model_parameters: Parameters {
                approach: model.approach.map(|approach| Kind { kind: approach.word() }),
                task: model.task.clone(),
                datasets: model.datasets.iter().map(Data::of).collect(),
            },
            quantitative_analysis: (!metrics.is_empty())
                .then_some(Analysis { performance_metrics: metrics }),
            considerations: (!considerations.is_empty())
                .then_some(Considerations { technical_limitations: considerations }),
        }
    }
}

impl Data {
    fn of(dataset: &Dataset) -> Self {
        let digest = |value: &String| Digest { name: "tollgate:digest", value: value.clone() };
        let contents = dataset.digest.as_ref().map(|it| Contents { properties: vec![digest(it)] });
        Self { kind: "dataset", name: dataset.name.clone(), contents }
    }
}

impl Performance {
    fn of(metric: &Metric) -> Option<Self> {
        let bounds = metric.interval.filter(|(low, high)| low.is_finite() && high.is_finite());
        metric.value.is_finite().then(|| Self {
            kind: metric.name.clone(),
            value: metric.value.to_string(),
            slice: metric.slice.clone(),
            confidence_interval: bounds.map(|(low, high)| Interval {
                lower_bound: low.to_string(),
                upper_bound: high.to_string(),
            }),
        })
    }
}
