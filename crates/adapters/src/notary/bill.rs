//! The bill of materials of a release, the model in it included.

use std::fs::File;
use std::io;

use tollgate_engine::{Case, PortError, Shown, Store as _};
use tollgate_evidence::predicate::Assessment;
use tollgate_evidence::{Predicate, Statement};
use tollgate_image::Inventory;
use tollgate_image::oci::{Sha256, Sha256Writer};
use tollgate_image::sbom::{Approach, Dataset, Metric, Model, Subject, cyclonedx};
use tollgate_model::{BarFigure, OutputKind, OutputRef, RelPath, StepKind};

use super::{SYSTEM, broken};
use crate::DiskStore;

/// What is in the image, as CycloneDX has it.
pub(super) fn of_materials(
    case: &Case<'_>,
    judged: &[Statement],
    store: &DiskStore,
) -> Result<serde_json::Value, PortError> {
    let inventory: Inventory = serde_json::from_slice(&store.get(&case.image.inventory)?)
        .map_err(|error| broken(&error))?;
    let subject = Subject {
        name: super::statements::name(case),
        version: Some(case.release.to_string()),
        digest: case.image.digest.parse().ok(),
        created: Some(super::ended(case)),
    };
    let model = model(case, judged, store)?;
    let document = cyclonedx(&inventory, &subject, model.as_ref());
    serde_json::from_str(&document).map_err(|error| broken(&error))
}

/// The model: the first file in the image that a step of the run left and a gate stands behind.
fn model(
    case: &Case<'_>,
    judged: &[Statement],
    store: &DiskStore,
) -> Result<Option<Model>, PortError> {
    let gates: Vec<&Assessment> = assessments(judged, true).collect();
    let Some((path, output)) = left_in_image(case).filter(|_| !gates.is_empty()) else {
        return Ok(None);
    };
    let bars = gates.iter().filter_map(|gate| gate.judgement.as_ref()).flat_map(|judgement| {
        let whole = judgement.bars.iter().map(|bar| metric(bar, None));
        let parts = judgement
            .slices
            .iter()
            .flat_map(|slice| slice.bars.iter().map(|bar| metric(bar, Some(slice.slice.clone()))));
        whole.chain(parts)
    });
    let datasets = assessments(judged, false)
        .flat_map(|check| &check.inputs)
        .map(|part| Dataset { name: part.name.clone(), digest: Some(part.digest.to_string()) });
    Ok(Some(Model {
        name: format!("{}/{path}", case.started.project),
        version: Some(case.release.to_string()),
        digest: digest(store, output)?,
        // There are labels to judge it by.
        approach: Some(Approach::Supervised),
        task: None,
        datasets: datasets.collect(),
        metrics: bars.collect(),
        considerations: Vec::new(),
    }))
}

fn assessments(judged: &[Statement], of_gates: bool) -> impl Iterator<Item = &Assessment> {
    judged.iter().filter_map(move |it| match &it.predicate {
        Predicate::Gate(gate) if of_gates => Some(&**gate),
        Predicate::Data(check) if !of_gates => Some(&**check),
        _ => None,
    })
}

fn metric(bar: &BarFigure, slice: Option<String>) -> Metric {
    Metric { name: bar.metric.clone(), value: bar.value, slice, interval: bar.interval }
}

fn left_in_image<'c>(case: &'c Case<'_>) -> Option<(&'c RelPath, &'c OutputRef)> {
    let step = case.plan.steps.get(case.step)?;
    let StepKind::Image(build) = &step.kind else { return None };
    let copied = build.copy.iter().map(|copied| &copied.from);
    let left = |path: &'c RelPath| {
        let of = |shown: &'c Shown<'_>| shown.result.outputs.get_key_value(path);
        case.steps.iter().find_map(of)
    };
    copied.filter_map(left).find(|(_, output)| output.kind == OutputKind::File)
}

fn digest(store: &DiskStore, output: &OutputRef) -> Result<Sha256, PortError> {
    let path = store.blob_path(&output.digest);
    let read = || {
        let mut hash = Sha256Writer::new(io::sink());
        io::copy(&mut File::open(&path)?, &mut hash)?;
        Ok(hash.finish().0)
    };
    read().map_err(|error| PortError::io(SYSTEM, format!("reading {}", path.display()), error))
}
