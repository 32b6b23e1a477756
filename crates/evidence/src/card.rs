//! Model cards: what is known of a model, for whoever wants to use it. A card is made from evidence
//! alone; what nobody said or measured is said to be missing.
//! Source: Mitchell et al., "Model Cards for Model Reporting" (2019); the metadata block is that of
//! model hubs (`model-index`).

mod figures;
mod metadata;
mod sections;

use tollgate_model::Timestamp;

use crate::Statement;

/// The release that a card is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The project, which is the model's name.
    pub project: String,
    /// Which release.
    pub release: String,
    /// The commit's full hash.
    pub commit: String,
    /// The image that serves it: `sha256:…`.
    pub image: String,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// The key that signed the evidence.
    pub key: String,
}

/// The card, as Markdown with a metadata block. The same evidence gives the same card.
#[must_use]
pub fn card(about: &About, evidence: &[Statement]) -> String {
    let mut text = metadata::block(about, evidence);
    text.push_str(&format!("\n# {}\n\n", about.project));
    text.push_str(&format!(
        "Release `{}` of commit `{}`, recorded on {}. Everything below was measured by the pipeline \
         and signed, but for the words of its authors, which are marked.\n",
        about.release, about.commit, about.recorded
    ));
    for section in [
        sections::intended_use,
        sections::metrics,
        sections::slices,
        sections::comparison,
        sections::data,
        sections::training,
        sections::tests,
        sections::vulnerabilities,
    ] {
        text.push('\n');
        text.push_str(&section(evidence));
    }
    text.push('\n');
    text.push_str(&sections::evidence(about, evidence));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::samples;

    fn about() -> About {
        About {
            project: "churn".into(),
            release: "0123456789ab".into(),
            commit: "c".repeat(40),
            image: samples::IMAGE.into(),
            recorded: Timestamp::from_millis(0),
            key: "a".repeat(64),
        }
    }

    #[test]
    fn it_tells_what_the_evidence_says() {
        insta::assert_snapshot!(card(&about(), &samples::all()));
    }

    #[test]
    fn what_nobody_said_or_measured_is_said_to_be_missing() {
        insta::assert_snapshot!(card(&about(), &[]));
    }
}
