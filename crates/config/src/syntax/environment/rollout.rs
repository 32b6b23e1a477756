//! The keys of a rollout.

use super::super::words::{Count, Limit, Timespan};
use super::words::{Confidence, ExtraShare, Percent, Times};
use crate::record::record;
use crate::shape::At;

record! {
    /// How traffic moves to a release.
    RolloutFile, "a rollout" {
        /// In steps, while both are compared. Default: all at once.
        canary: CanaryFile,
        /// First the candidate answers copies of requests, and only the judge sees its answers. With
        /// `canary`, that follows; alone, all traffic moves when it went well.
        shadow: ShadowFile,
        /// What the candidate is judged by.
        judge: JudgeFile,
        /// How long the judge goes on after all traffic has moved, such as `10m`.
        bake: Timespan,
    }
}

record! {
    /// A rollout in steps.
    CanaryFile, "a canary" {
        /// Parts of the traffic, growing, such as `[5%, 25%, 50%]`. All of it follows the last.
        [needed] steps: Vec<At<Percent>>,
        /// How many requests the candidate answers at least in each step. Default: 100.
        requests: Count<1, 100000000>,
        /// How long each step takes at least. Default: `10s`.
        time: Timespan,
        /// After how long a rollout without a decision waits for a person. Default: `1h`.
        deadline: Timespan,
        /// The header or cookie by which a client stays with one release.
        sticky: String,
    }
}

record! {
    /// A rollout that nobody sees.
    ShadowFile, "a shadow" {
        /// How many answers are compared. Default: 500.
        requests: Count<1, 100000000>,
    }
}

record! {
    /// What a candidate is judged by, at every request, with one error rate over the whole rollout.
    JudgeFile, "a judge" {
        /// How many times the stable's p95 the candidate's may be, such as `<= 1.2x`.
        p95: Times,
        /// By how much its share of errors may be greater, such as `<= +0.5%`.
        errors: ExtraShare,
        /// Where the prediction is in the JSON of an answer, such as `$.probability`.
        prediction: String,
        /// By how much the distribution of predictions may differ, 0 to 1: the distance of Kolmogorov
        /// and Smirnov for numbers, half the sum of the differences for others.
        shift: Limit,
        /// In a shadow: for which share of requests the two may disagree, 0 to 1.
        disagreement: Limit,
        /// With which confidence a candidate is taken back, 0.5 to 0.99999. Default: 0.99.
        confidence: Confidence,
    }
}
