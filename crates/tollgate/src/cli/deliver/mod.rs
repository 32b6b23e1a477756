//! The verbs that move releases into environments and back.

pub(super) mod approve;
pub(super) mod drill;
pub(super) mod freeze;
pub(super) mod hold;
pub(super) mod promote;
pub(super) mod rollback;
pub(super) mod standing;

use std::path::Path;

use tollgate_adapters::{DiskStore, GitBranch, GitCommand, LocalWitness, SystemClock};
use tollgate_engine::deliver::{DeliverError, Deliverer, DeliveryPorts};
use tollgate_ledger::Ledger;
use tollgate_model::{Environment, Exit, Plan, ReleaseRecorded, StepId, StepKind, Timestamp};

use super::{Context, release};
use crate::display::style;
use crate::error::CliError;
use crate::project::Project;

/// All that such a verb works with.
pub(super) struct Desk {
    pub(super) project: Project,
    pub(super) plan: Plan,
    pub(super) ledger: Ledger,
    pub(super) store: DiskStore,
    keys: tollgate_evidence::Keyring,
    branch: GitBranch,
    pub(super) by: String,
}

impl Desk {
    pub(super) fn open(context: &Context) -> Result<Self, CliError> {
        let project = Project::find(&context.directory)?;
        project.state_is_our_own()()?;
        let plan = project.plan()?;
        Self::of(project, plan, context)
    }

    pub(super) fn of(project: Project, plan: Plan, context: &Context) -> Result<Self, CliError> {
        let ledger = project.existing_ledger()?;
        let store = project.store()?;
        let keys = project.keys(context).believed().map_err(CliError::broken)?;
        let branch = GitBranch::new(&project.root, &project.state.join("cache/manifests"));
        let by = person(&project.root, context);
        Ok(Self { project, plan, ledger, store, keys, branch, by })
    }

    /// The environment of that name.
    pub(super) fn environment(&self, name: &str) -> Result<Environment, CliError> {
        let unknown = || {
            let message = format!("there is no environment `{name}`");
            let names: Vec<&str> = self.plan.environments.keys().map(String::as_str).collect();
            CliError::misconfigured(message).hint(match names.as_slice() {
                [] => "declare it in tollgate.yaml, below `environments:`".to_owned(),
                names => format!("there are {}", names.join(", ")),
            })
        };
        self.plan.environments.get(name).cloned().ok_or_else(unknown)
    }

    /// The release that is meant for an environment: the one that was asked for, or what serves in the
    /// environment before it, or the newest.
    pub(super) fn release(
        &self,
        asked: Option<&str>,
        environment: &Environment,
    ) -> Result<(Timestamp, ReleaseRecorded), CliError> {
        let step = self.image_step(environment)?;
        if let (None, [before]) = (asked, environment.after.as_slice()) {
            let records = self.ledger.environments()?;
            let serves = records.get(before).and_then(|record| record.stable.as_ref());
            if let Some(served) = serves
                && let Some(found) = self.ledger.release(&served.release)?.into_iter().next()
            {
                return Ok(found);
            }
        }
        let found = match asked {
            Some(_) => release::found::release(asked, &self.ledger)?,
            None => release::found::newest_of(&step, &self.ledger)?,
        };
        if found.1.step == step {
            return Ok(found);
        }
        let message = format!(
            "{} is an image of `{}`, and {} serves those of `{step}`",
            found.1.release, found.1.step, environment.name
        );
        Err(CliError::misconfigured(message))
    }

    /// The step whose images an environment serves. The plan is checked: there is one.
    fn image_step(&self, environment: &Environment) -> Result<StepId, CliError> {
        let images =
            || self.plan.steps.values().find(|step| matches!(step.kind, StepKind::Image(_)));
        let step = environment.image.clone().or_else(|| images().map(|step| step.id.clone()));
        step.ok_or_else(|| CliError::misconfigured("no step builds an image"))
    }

    /// What the image is called where manifests don't say: as it is pushed, or as the project.
    fn repository(&self, environment: &Environment) -> String {
        let step = self.image_step(environment).ok().and_then(|step| self.plan.steps.get(&step));
        match step.map(|step| &step.kind) {
            Some(StepKind::Image(build)) => build.push.clone(),
            _ => None,
        }
        .unwrap_or_else(|| self.plan.project.clone())
    }

    /// Acts on an environment.
    pub(super) fn act<T>(
        &mut self,
        environment: &Environment,
        act: impl FnOnce(&mut Deliverer<'_>) -> Result<T, DeliverError>,
    ) -> Result<T, CliError> {
        let repository = self.repository(environment);
        let witness = LocalWitness::new(&self.project.root, &self.store, self.keys.clone());
        let mut deliverer = Deliverer {
            project: &self.plan.project,
            environment,
            repository: &repository,
            record: &mut self.ledger,
            ports: DeliveryPorts {
                clock: &SystemClock,
                store: &self.store,
                branch: &self.branch,
                witness: &witness,
            },
            by: self.by.clone(),
        };
        act(&mut deliverer).map_err(told)
    }
}

/// Who asks: as Git knows them, else as the machine does.
fn person(root: &Path, context: &Context) -> String {
    let user = || context.environment.get("USER").cloned();
    GitCommand::new(root).identity().or_else(user).unwrap_or_else(|| "somebody".to_owned())
}

/// What is not admitted is refused, with every reason.
fn told(error: DeliverError) -> CliError {
    match error {
        DeliverError::Refused(assessment) => {
            let unmet = assessment.unmet().map(|condition| {
                let remedy = condition.remedy.as_ref();
                let remedy = remedy.map(|it| format!(" ({it})")).unwrap_or_default();
                let (name, found) = (&condition.name, style::safe(&condition.found));
                format!("\n  {}: {found}{}", style::strong(name), style::faint(remedy))
            });
            let message = format!(
                "{} does not admit {}:{}",
                assessment.environment,
                assessment.release,
                unmet.collect::<String>()
            );
            CliError::new(Exit::Refused, message)
                .hint(format!("`tollgate status {} --why`", assessment.environment))
        }
        DeliverError::Senseless(why) => CliError::new(Exit::Refused, why),
        DeliverError::Manifests(error) => CliError::misconfigured(error.to_string()),
        DeliverError::Port(error) => error.into(),
        DeliverError::Ledger(error) => error.into(),
    }
}

/// The first characters of a commit.
fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
