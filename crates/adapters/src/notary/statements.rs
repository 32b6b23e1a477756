//! What a run found out, as statements about its image.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use tollgate_engine::{Case, PortError, PortErrorKind, Shown, Store as _};
use tollgate_evidence::predicate::{
    Assessment, BuildDefinition, BuildMetadata, Builder, ExternalParameters, Notes, Provenance,
    RunDetails, TestResult,
};
use tollgate_evidence::{Digests, Predicate, Resource, Statement};
use tollgate_image::{Inventory, Package};
use tollgate_model::{Digest, RelPath, Report, StepKind};

use super::{SYSTEM, bill, broken, ended, known};
use crate::DiskStore;

/// The file of a project in which its authors say what a model is meant for.
const NOTES: &str = "MODEL_CARD.md";
const LONGEST_NOTES: u64 = 1 << 20;

/// All that is said about the image of a case, the same for the same case.
pub(super) fn of(
    case: &Case<'_>,
    store: &DiskStore,
    root: &Path,
) -> Result<Vec<Statement>, PortError> {
    let image = Digests::registry(&case.image.digest).map_err(|error| broken(&error))?;
    let about = |predicate: Predicate| Statement {
        subjects: vec![Resource::new(name(case), image.clone())],
        predicate,
    };
    let made = provenance(case, store)?;
    let mut all = vec![about(Predicate::Provenance(Box::new(made)))];
    for shown in &case.steps {
        all.extend(said(case, shown, store)?.into_iter().map(about));
    }
    let materials = bill::of_materials(case, &all, store)?;
    all.push(about(Predicate::CycloneDx(materials)));
    all.extend(notes(root)?.map(|notes| about(Predicate::Notes(notes))));
    all.push(about(Predicate::Signature));
    Ok(all)
}

/// What the image is called.
pub(super) fn name(case: &Case<'_>) -> String {
    format!("{}/{}", case.started.project, case.step)
}

fn said(
    case: &Case<'_>,
    shown: &Shown<'_>,
    store: &DiskStore,
) -> Result<Vec<Predicate>, PortError> {
    let step = shown.step.as_str();
    let Some(declared) = case.plan.steps.get(shown.step) else { return Ok(Vec::new()) };
    let tests = || {
        let with = vec![Resource::new("step", Digests::stored(shown.key))];
        let result = shown.result;
        Predicate::Tests(TestResult::new(step, result.verdict, result.tests.as_ref(), with))
    };
    Ok(match &declared.kind {
        StepKind::Run { .. } => vec![tests()],
        StepKind::Image(_) => {
            let report = report(shown, store)?;
            let scan = known::against(shown, &report, store)?.map(Predicate::Scan);
            std::iter::once(tests()).chain(scan).collect()
        }
        StepKind::Data(check) => {
            let report = report(shown, store)?;
            // The data itself, then what it is compared with.
            let drift = check.drift.as_ref().map(|drift| &drift.reference);
            let beside: Vec<&RelPath> = check.references().into_iter().chain(drift).collect();
            let mut read = shown.inputs.to_vec();
            read.sort_by_key(|entry| beside.contains(&&entry.path));
            let read = read.iter().map(|it| stored(it.path.to_string(), it.digest));
            let said = Assessment::of(step, &report, read.collect(), shown.at);
            vec![Predicate::Data(Box::new(said))]
        }
        StepKind::Gate(_) => {
            let report = report(shown, store)?;
            let judged = shown.result.judged.as_ref();
            let rows = judged.map(|it| stored("predictions".to_owned(), it.predictions));
            let said = Assessment::of(step, &report, rows.into_iter().collect(), shown.at);
            vec![Predicate::Gate(Box::new(said))]
        }
    })
}

fn stored(name: String, digest: Digest) -> Resource {
    Resource::new(name, Digests::stored(digest))
}

fn report(shown: &Shown<'_>, store: &DiskStore) -> Result<Report, PortError> {
    let Some(digest) = &shown.result.report else { return Ok(Report::new(Vec::new(), Vec::new())) };
    serde_json::from_slice(&store.get(digest)?).map_err(|error| broken(&error))
}

fn provenance(case: &Case<'_>, store: &DiskStore) -> Result<Provenance, PortError> {
    let started = case.started;
    let commit = Digests::commit(case.commit).map_err(|error| broken(&error))?;
    let inventory: Inventory = serde_json::from_slice(&store.get(&case.image.inventory)?)
        .map_err(|error| broken(&error))?;
    let parts = case.steps.iter().flat_map(|shown| {
        let outputs = shown.result.outputs.iter();
        outputs.map(|(path, output)| stored(format!("{}/{path}", shown.step), output.digest))
    });
    let dependencies = std::iter::once(Resource::new("source", commit))
        .chain(data(case))
        .chain(parts)
        .chain(inventory.packages.iter().filter_map(package));
    Ok(Provenance {
        build_definition: BuildDefinition {
            build_type: BuildDefinition::TYPE.to_owned(),
            external_parameters: ExternalParameters {
                pipeline: started.pipeline.clone().unwrap_or_default(),
                step: case.step.to_string(),
                parameters: BTreeMap::from([("trigger".to_owned(), started.trigger.clone())]),
            },
            internal_parameters: BTreeMap::from([("plan".to_owned(), started.plan.to_string())]),
            resolved_dependencies: dependencies.collect(),
        },
        run_details: RunDetails {
            builder: Builder {
                id: "urn:tollgate:builder".to_owned(),
                version: BTreeMap::from([(
                    "tollgate".to_owned(),
                    env!("CARGO_PKG_VERSION").to_owned(),
                )]),
            },
            metadata: BuildMetadata {
                invocation_id: format!("{}/{}", started.project, started.run),
                started_on: case.started_at,
                finished_on: ended(case),
            },
        },
    })
}

/// The data that was checked, by its fingerprints.
fn data<'c>(case: &'c Case<'_>) -> impl Iterator<Item = Resource> + 'c {
    let checks = case.steps.iter().filter(|shown| {
        let step = case.plan.steps.get(shown.step);
        step.is_some_and(|step| matches!(step.kind, StepKind::Data(_)))
    });
    let read = checks.flat_map(|shown| shown.inputs);
    read.map(|entry| stored(entry.path.to_string(), entry.digest))
}

fn package(package: &Package) -> Option<Resource> {
    let known = package.hashes.iter().map(|hash| (hash.algorithm.clone(), hash.value.clone()));
    let known = known.filter(|(algorithm, _)| matches!(algorithm.as_str(), "sha256" | "sha512"));
    let digest = Digests::try_from(known.collect::<BTreeMap<_, _>>()).ok()?;
    Some(Resource::new(package.purl(), digest))
}

/// What the authors say, where they say something.
fn notes(root: &Path) -> Result<Option<Notes>, PortError> {
    let mut text = String::new();
    let read = File::open(root.join(NOTES))
        .and_then(|file| file.take(LONGEST_NOTES + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > LONGEST_NOTES => {
            let why = format!("{NOTES} has more than {LONGEST_NOTES} bytes");
            Err(PortError::new(SYSTEM, PortErrorKind::Unfit, why))
        }
        Ok(_) => Ok(Some(Notes { path: NOTES.to_owned(), text })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(PortError::io(SYSTEM, format!("reading {NOTES}"), error)),
    }
}
