//! The keys of an environment.

mod rollout;
mod words;

use tollgate_model::{FreezeWindow, RelPath, StepId};

use super::words::{Count, Timespan};
use crate::record::record;
use crate::shape::{At, Named};

pub(crate) use rollout::{CanaryFile, JudgeFile, RolloutFile};
pub(crate) use words::{
    EvidenceName, ManifestsWord, Names, RequestPath, Signer, Socket, TargetWord,
};

record! {
    /// A place that serves one release: what it asks of one, how traffic moves, what it runs on.
    EnvironmentFile, "an environment" {
        /// The image step whose releases it takes. Needed where there are several.
        image: StepId,
        /// The manifests in which the image stands: a file, or a directory with files of YAML. A
        /// promotion is a commit that changes the image in them, and nothing else.
        [needed] manifests: ManifestsWord,
        /// What it runs on: `gitops` (something else applies the manifests), or
        /// `{ local: { listen: 127.0.0.1:8080 } }`. Default: `gitops`.
        target: TargetWord,
        /// The environments in which a release must have served before: one, or a list.
        after: Names,
        /// What a release must show.
        policy: PolicyFile,
        /// Requests that a release must answer before it gets any traffic.
        smoke: Vec<At<SmokeFile>>,
        /// How traffic moves to a release. Default: all at once.
        rollout: RolloutFile,
        /// Times in which it takes no promotion, such as `Fri 16:00 - Mon 08:00 Europe/Berlin` or
        /// `2026-12-20 - 2027-01-02T08:00 Europe/Berlin`. A rollback is never barred.
        freeze: Vec<At<FreezeWindow>>,
    }
}

record! {
    /// Manifests, and where they are.
    ManifestsFile, "manifests" {
        /// The file, or the directory.
        [needed] path: RelPath,
        /// Another repository, as Git names it. Default: the project's own.
        repository: String,
        /// The branch that is followed. Default: `main`.
        branch: String,
        /// What the image is called in them, without its tag. Needed where they have several.
        image: String,
        /// Where they are values of Helm: the keys that hold the image, such as `image` or
        /// `api.image`.
        values: Vec<At<String>>,
    }
}

record! {
    /// This machine: `tollgate serve` runs the image there, and stands before it.
    LocalFile, "a local target" {
        /// Where it answers, such as `127.0.0.1:8080`.
        [needed] listen: Socket,
        /// How many instances run. Default: 1.
        instances: Count<1, 64>,
        /// How long the instances of the release before stay up after a rollout, so that a rollback
        /// is one switch. Default: `10m`.
        warm: Timespan,
    }
    later ["cpus", "memory"];
}

record! {
    /// What a release must show before it is let in.
    PolicyFile, "a policy" {
        /// What must have passed, by the release's signed evidence: steps, `scan`, and
        /// `smoke.ENVIRONMENT`. Default: nothing but that there is evidence.
        evidence: Vec<At<EvidenceName>>,
        /// How old that evidence may be, such as `7d`. Default: any age.
        max_age: Timespan,
        /// Who must agree.
        approvals: ApprovalsFile,
        /// How long it must have served in each environment of `after`, such as `10m`.
        soak: Timespan,
        /// How long ago the last drill that went well may be.
        drill: DrillFile,
    }
}

record! {
    /// Who must agree. An approval is an SSH signature over the release, the environment and the policy.
    ApprovalsFile, "approvals" {
        /// How many people. Default: 1.
        count: Count<1, 100>,
        /// Their public keys: a file in OpenSSH's form `allowed_signers`.
        [needed] by: RelPath,
        /// Whether authors of what is promoted don't count. Default: false.
        separate_author: bool,
        /// Groups by name, of each of which one must agree: people as the file names them.
        groups: Named<StepId, Vec<At<Signer>>>,
        /// For how long an approval holds, such as `2d`. Default: as long as the policy does.
        expire: Timespan,
    }
}

record! {
    /// When the environment's last drill that went well must have been.
    DrillFile, "a drill" {
        /// How long ago it may be, such as `30d`.
        [needed] max_age: Timespan,
    }
}

record! {
    /// A request that a release must answer.
    SmokeFile, "a smoke test" {
        /// The path of a `GET`, such as `/health`.
        get: RequestPath,
        /// The path of a `POST`, such as `/predict`.
        post: RequestPath,
        /// What is sent, as JSON: a file of the project.
        body: RelPath,
        /// The status of the answer. Default: 200.
        status: Count<100, 599>,
        /// A place that the answer's JSON must have, such as `$.probability`.
        json: String,
        /// How long it may take. Default: `5s`.
        within: Timespan,
    }
}
