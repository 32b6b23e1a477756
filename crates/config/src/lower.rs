//! From what was written and checked to what the model calls a plan.

use tollgate_model::{
    Counterpart, DataCheck, DriftCheck, Pipeline, Plan, RelPath, Resources, Step, StepId, StepKind,
};

mod environment;
mod gate;
mod image;

use crate::check::{Contracts, Registries, Signers};
use crate::shape::At;
use crate::syntax::{DriftFile, Limit, PipelineFile, ProjectFile, StepFile};

/// The plan. Nothing where something is missing, which the checks would have told.
pub(crate) fn plan(
    file: ProjectFile,
    contracts: &Contracts,
    registries: &Registries,
    signers: &Signers,
) -> Option<Plan> {
    let environments = file.environments.into_iter().flat_map(|all| all.value.entries);
    let steps = file.steps?.value.entries.into_iter();
    let pipelines = file.pipelines.into_iter().flat_map(|pipelines| pipelines.value.entries);
    Some(Plan {
        project: file.project?.value,
        steps: steps
            .map(|(id, step)| self::step(id, step.value, contracts, registries))
            .collect::<Option<_>>()?,
        pipelines: pipelines.map(|(id, p)| pipeline(&id.value, p.value)).collect::<Option<_>>()?,
        environments: environments
            .map(|(name, file)| environment::environment(&name, file.value, signers))
            .collect::<Option<_>>()?,
    })
}

fn step(
    id: At<StepId>,
    file: StepFile,
    contracts: &Contracts,
    registries: &Registries,
) -> Option<(StepId, Step)> {
    let kind = kind(&file, contracts, registries)?;
    let resources = Resources {
        cpus: value(file.cpus).map_or(1, |cpus| cpus.0),
        memory: value(file.memory).map_or(0, |size| size.0),
    };
    let step = Step {
        kind,
        needs: values(file.needs),
        inputs: values(file.inputs).into_iter().map(|input| input.pattern).collect(),
        outputs: values(file.outputs).into_iter().map(|output| output.0).collect(),
        env: values(file.env).into_iter().map(|env| env.0).collect(),
        tools: values(file.tools),
        network: value(file.network).unwrap_or(false),
        resources,
        timeout: value(file.timeout).map(|timeout| timeout.0),
        retries: value(file.retries).map_or(0, |retries| retries.0),
        junit: value(file.junit),
        line: id.span.line,
        id: id.value.clone(),
    };
    Some((id.value, step))
}

fn kind(file: &StepFile, contracts: &Contracts, registries: &Registries) -> Option<StepKind> {
    if let Some(command) = &file.run {
        return Some(StepKind::Run { command: command.value.clone() });
    }
    if let Some(source) = &file.data {
        return Some(StepKind::Data(Box::new(DataCheck {
            source: source.value.pattern.clone(),
            table: file.table.as_ref().map(|table| table.value.clone()),
            contract: contracts.get(&file.contract.as_ref()?.value)?.clone()?,
            drift: match &file.drift {
                Some(drift) => Some(self::drift(&drift.value)?),
                None => None,
            },
            consistent_with: counterparts(file, registries)?,
        })));
    }
    if file.image.is_some() {
        return image::image(file).map(|image| StepKind::Image(Box::new(image)));
    }
    gate::gate(file).map(|gate| StepKind::Gate(Box::new(gate)))
}

/// Lists of features are in the plan; all else is read when the step runs.
fn counterparts(file: &StepFile, registries: &Registries) -> Option<Vec<Counterpart>> {
    let sources = file.consistent_with.iter().flat_map(|sources| &sources.value);
    let counterpart = |path: &At<RelPath>| match registries.get(&path.value) {
        Some(registry) => registry.clone().map(Counterpart::Registry),
        None => Some(Counterpart::File(path.value.clone())),
    };
    sources.map(counterpart).collect()
}

fn drift(file: &DriftFile) -> Option<DriftCheck> {
    let limit = |field: &Option<At<Limit>>| field.as_ref().map(|limit| limit.value.0);
    Some(DriftCheck {
        reference: file.reference.as_ref()?.value.clone(),
        columns: file.columns.clone().map(|columns| values(Some(columns))),
        psi: limit(&file.psi),
        js: limit(&file.js),
        ks: limit(&file.ks),
        wasserstein: limit(&file.wasserstein),
        cramers_v: limit(&file.cramers_v),
        nulls: limit(&file.nulls),
        rows: limit(&file.rows),
    })
}

fn pipeline(name: &StepId, file: PipelineFile) -> Option<(String, Pipeline)> {
    let name = name.as_str().to_owned();
    let pipeline = Pipeline {
        name: name.clone(),
        on: value(file.on).unwrap_or(tollgate_model::Trigger::Manual),
        steps: values(Some(file.steps?)),
        budget: value(file.budget).map(|budget| budget.0),
        deploy: value(file.deploy).map(|name| name.as_str().to_owned()),
    };
    Some((name, pipeline))
}

fn value<T>(field: Option<At<T>>) -> Option<T> {
    field.map(|at| at.value)
}

fn values<T>(field: Option<At<Vec<At<T>>>>) -> Vec<T> {
    field.map(|at| at.value.into_iter().map(|item| item.value).collect()).unwrap_or_default()
}
