//! Plans and requests in a few words.

use std::collections::BTreeMap;

use tollgate_engine::{Force, Request};
use tollgate_model::{
    Base, Copied, ImageBuild, InputPattern, OutputPath, Plan, Resources, Step, StepId, StepKind,
};

/// A step that runs `command`, needs `needs`, reads `inputs` and leaves `outputs`.
///
/// # Panics
/// A name or path is not valid.
#[must_use]
pub fn run_step(
    id: &str,
    command: &str,
    needs: &[&str],
    inputs: &[&str],
    outputs: &[&str],
) -> Step {
    let path = |text: &&str| text.parse().expect("a path");
    Step {
        needs: needs.iter().map(|need| need.parse().expect("a step's name")).collect(),
        inputs: inputs.iter().map(|text| InputPattern::Path(path(text))).collect(),
        outputs: outputs
            .iter()
            .map(|text| OutputPath { path: path(text), directory: text.ends_with('/') })
            .collect(),
        ..Step::new(id.parse().expect("a step's name"), StepKind::Run { command: command.into() })
    }
}

/// A step that builds an image of `copied` on a base of Debian packages.
///
/// # Panics
/// A name or path is not valid.
#[must_use]
pub fn image_step(id: &str, needs: &[&str], copied: &[&str]) -> Step {
    let into = |path: &&str| Copied { from: path.parse().expect("a path"), to: (*path).into() };
    let image = ImageBuild {
        copy: copied.iter().map(into).collect(),
        command: vec!["python3".into()],
        ..ImageBuild::on(Base::Debian(vec!["python3-minimal".into()]))
    };
    Step {
        needs: needs.iter().map(|need| need.parse().expect("a step's name")).collect(),
        ..Step::new(id.parse().expect("a step's name"), StepKind::Image(Box::new(image)))
    }
}

/// A plan of these steps, without pipelines.
#[must_use]
pub fn plan(steps: impl IntoIterator<Item = Step>) -> Plan {
    Plan {
        project: "test".into(),
        steps: steps.into_iter().map(|step| (step.id.clone(), step)).collect(),
        pipelines: BTreeMap::new(),
        environments: BTreeMap::new(),
    }
}

/// A request for all steps of `plan`, on two processors.
#[must_use]
pub fn request(plan: &Plan) -> Request {
    let targets: Vec<StepId> = plan.steps.keys().cloned().collect();
    Request {
        targets,
        pipeline: None,
        trigger: "test".into(),
        force: Force::None,
        fail_fast: false,
        capacity: Resources { cpus: 2, memory: 0 },
    }
}
