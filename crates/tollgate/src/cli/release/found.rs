//! Which release is meant.

use tollgate_ledger::Ledger;
use tollgate_model::{ReleaseRecorded, StepId, Timestamp};

use super::MOST;
use crate::error::CliError;

/// A release by the beginning of its name, of its commit or of its image's digest; without any the
/// newest. Of one that was recorded several times the newest record.
pub(in crate::cli) fn release(
    asked: Option<&str>,
    ledger: &Ledger,
) -> Result<(Timestamp, ReleaseRecorded), CliError> {
    let all = ledger.releases(MOST)?;
    let Some(asked) = asked else { return all.into_iter().next().ok_or_else(none) };
    let is_meant = |(_, release): &&(Timestamp, ReleaseRecorded)| {
        let id = release.release.digest().to_string();
        asked.len() >= 4
            && (id.starts_with(asked)
                || release.commit.starts_with(asked)
                || release.image.starts_with(asked))
    };
    let mut meant = all.iter().filter(is_meant);
    let unknown = || {
        CliError::misconfigured(format!("there is no release `{asked}`"))
            .hint("`tollgate release list` names them; at least four characters of one")
    };
    let newest = meant.next().ok_or_else(unknown)?;
    if let Some((_, other)) = meant.find(|(_, it)| it.release != newest.1.release) {
        let message =
            format!("`{asked}` is {} and {}, so which one?", newest.1.release, other.release);
        return Err(CliError::misconfigured(message));
    }
    Ok(newest.clone())
}

/// The newest release of a step's images.
pub(in crate::cli) fn newest_of(
    step: &StepId,
    ledger: &Ledger,
) -> Result<(Timestamp, ReleaseRecorded), CliError> {
    let all = ledger.releases(MOST)?;
    all.into_iter().find(|(_, release)| release.step == *step).ok_or_else(none)
}

fn none() -> CliError {
    CliError::misconfigured("there is no release yet")
        .hint("a run that passes at a commit and builds an image makes one")
}
