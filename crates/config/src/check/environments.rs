//! Environments: what they name is there, and what they ask can be met.

use std::collections::BTreeMap;

use tollgate_model::{RelPath, StepId};

use crate::project::{PathKind, Project};
use crate::record::Recorded;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::{ApprovalsFile, EnvironmentFile, ManifestsWord, ProjectFile, SmokeFile};
use crate::text::quoted;
use crate::{Code, Problem, Span, suggest};

/// Files of signers, by path: what they say. Approvals are given under them.
pub(crate) type Signers = BTreeMap<RelPath, String>;

type Environments = [(At<StepId>, At<EnvironmentFile>)];

pub(crate) fn check(file: &ProjectFile, project: &dyn Project, sink: &mut Sink) {
    let Some(all) = &file.environments else { return };
    let names: Vec<&str> = all.value.names.iter().map(String::as_str).collect();
    for (name, environment) in &all.value.entries {
        let found = Check { file, names: &names, project };
        found.environment(name, environment, sink);
    }
    circles(&all.value.entries, sink);
    for (_, pipeline) in file.pipelines.iter().flat_map(|all| &all.value.entries) {
        if let Some(deploy) = &pipeline.value.deploy {
            known(&names, deploy.value.as_str(), deploy.span, "environment", sink);
        }
    }
}

/// What the files of signers say. One that can't be read is a problem.
pub(crate) fn signers(file: &ProjectFile, project: &dyn Project, sink: &mut Sink) -> Signers {
    let mut found = Signers::new();
    for by in approvals(file).filter_map(|approvals| approvals.by.as_ref()) {
        match project.read(&by.value) {
            Ok(text) => {
                found.insert(by.value.clone(), text);
            }
            Err(why) => {
                let message = format!("{} can't be read: {why}", quoted(by.value.as_str()));
                let hint = "a line for each person: `ann@example.org ssh-ed25519 AAAA…`";
                sink.add(Problem::new(Code::MissingFile, by.span, message).hint(hint));
            }
        }
    }
    found
}

fn approvals(file: &ProjectFile) -> impl Iterator<Item = &ApprovalsFile> {
    let all = file.environments.iter().flat_map(|all| &all.value.entries);
    let policies = all.filter_map(|(_, environment)| environment.value.policy.as_ref());
    policies.filter_map(|policy| policy.value.approvals.as_ref()).map(|approvals| &approvals.value)
}

fn known(names: &[&str], name: &str, span: Span, what: &str, sink: &mut Sink) {
    if names.contains(&name) {
        return;
    }
    let message = format!("there is no {what} {}", quoted(name));
    let nearest = suggest::did_you_mean(suggest::nearest(name, names.iter().copied()));
    sink.add(Problem::new(Code::UnknownEnvironment, span, message).maybe_hint(nearest));
}

struct Check<'c> {
    file: &'c ProjectFile,
    names: &'c [&'c str],
    project: &'c dyn Project,
}

impl Check<'_> {
    fn environment(&self, name: &At<StepId>, at: &At<EnvironmentFile>, sink: &mut Sink) {
        let environment = &at.value;
        self.image(name, environment, sink);
        self.manifests(environment, sink);
        for after in environment.after.iter().flat_map(|after| &after.value.0) {
            known(self.names, &after.value, after.span, "environment", sink);
        }
        let evidence =
            environment.policy.iter().filter_map(|policy| policy.value.evidence.as_ref());
        for asked in evidence.flat_map(|evidence| &evidence.value) {
            self.evidence(&asked.value.0, asked.span, sink);
        }
        for smoke in environment.smoke.iter().flat_map(|smoke| &smoke.value) {
            self.smoke(smoke, sink);
        }
        if let Some(soak) =
            environment.policy.as_ref().and_then(|policy| policy.value.soak.as_ref())
            && environment.after.is_none()
        {
            let message = "a soak without an environment in which to soak";
            let problem = Problem::new(Code::MissingKey, soak.key, message);
            sink.add(problem.hint("name it in `after`, such as `after: staging`"));
        }
        let rollout = environment.rollout.iter();
        let canary = rollout.filter_map(|rollout| rollout.value.canary.as_ref());
        for steps in canary.filter_map(|canary| canary.value.steps.as_ref()) {
            for pair in steps.value.windows(2) {
                if pair[0].value.0 >= pair[1].value.0 {
                    let message = "the steps of a canary grow";
                    sink.add(Problem::new(Code::OutOfRange, pair[1].span, message));
                }
            }
        }
    }

    /// Its releases are of one step.
    fn image(&self, name: &At<StepId>, environment: &EnvironmentFile, sink: &mut Sink) {
        let steps = self.file.steps.iter().flat_map(|steps| &steps.value.entries);
        let images = steps.filter(|(_, step)| step.value.image.is_some());
        let images: Vec<&str> = images.map(|(id, _)| id.value.as_str()).collect();
        match &environment.image {
            Some(image) => {
                known(&images, image.value.as_str(), image.span, "image step", sink);
            }
            None if images.len() == 1 => {}
            None => {
                let message = format!(
                    "{} can't tell whose images it serves: there are {} image steps",
                    quoted(name.value.as_str()),
                    images.len()
                );
                let problem = Problem::new(Code::MissingKey, name.span, message);
                sink.add(problem.hint("name one, such as `image: image`"));
            }
        }
    }

    fn manifests(&self, environment: &EnvironmentFile, sink: &mut Sink) {
        let Some(manifests) = &environment.manifests else { return };
        let (path, span) = match &manifests.value {
            ManifestsWord::Path(path) => (path, manifests.span),
            // In another repository, only Git can tell.
            ManifestsWord::Map(map) if map.repository.is_some() => return,
            ManifestsWord::Map(map) => match &map.path {
                Some(path) => (&path.value, path.span),
                None => return,
            },
        };
        if self.project.kind(path).is_none() {
            let message = format!("there is no {}", quoted(path.as_str()));
            let hint = "the manifests of an environment, such as a Deployment whose image is set";
            sink.add(Problem::new(Code::MissingFile, span, message).hint(hint));
        }
    }

    fn evidence(&self, name: &str, span: Span, sink: &mut Sink) {
        if let Some(environment) = name.strip_prefix("smoke.") {
            return known(self.names, environment, span, "environment", sink);
        }
        let steps = self.file.steps.as_ref().map_or(&[][..], |steps| &steps.value.names);
        let mut all: Vec<&str> = steps.iter().map(String::as_str).collect();
        all.push("scan");
        known(&all, name, span, "evidence", sink);
    }

    fn smoke(&self, smoke: &At<SmokeFile>, sink: &mut Sink) {
        let SmokeFile { post, body, .. } = &smoke.value;
        let given = |key: &str| smoke.value.given(key).is_some();
        if given("get") == given("post") {
            let message = "a smoke test is a `get` or a `post`";
            sink.add(Problem::new(Code::MissingKey, smoke.span, message));
        }
        if let (Some(body), None) = (body, post) {
            sink.add(Problem::new(Code::WrongKind, body.key, "only a `post` sends something"));
        }
        if let Some(body) = body
            && self.project.kind(&body.value) != Some(PathKind::File)
        {
            let message = format!("there is no file {}", quoted(body.value.as_str()));
            sink.add(Problem::new(Code::MissingFile, body.span, message));
        }
    }
}

/// No environment comes after itself.
fn circles(all: &Environments, sink: &mut Sink) {
    let after = |name: &str| {
        let found = all.iter().find(|(known, _)| known.value.as_str() == name);
        found.and_then(|(_, environment)| environment.value.after.as_ref())
    };
    for (name, _) in all {
        let mut seen = vec![name.value.as_str()];
        let mut next = 0;
        while let Some(here) = seen.get(next).copied() {
            next += 1;
            for before in after(here).iter().flat_map(|after| &after.value.0) {
                if before.value == name.value.as_str() {
                    let message = format!("{} comes after itself", quoted(name.value.as_str()));
                    return sink.add(Problem::new(Code::Cycle, before.span, message));
                }
                if !seen.contains(&before.value.as_str()) {
                    seen.push(&before.value);
                }
            }
        }
    }
}
