//! `tollgate status ENVIRONMENT`.

use serde::Serialize;
use tollgate_adapters::SystemClock;
use tollgate_delivery::policy::{Assessment, Condition};
use tollgate_engine::Clock as _;
use tollgate_engine::deliver::Followed;
use tollgate_model::{EnvironmentRecord, Exit, Timestamp, Verdict};

use super::{Desk, short};
use crate::cli::Context;
use crate::display::{ago, style};
use crate::error::CliError;

/// How an environment stands.
#[derive(Serialize)]
struct Standing<'s> {
    environment: &'s str,
    #[serde(flatten)]
    record: &'s EnvironmentRecord,
    /// What the branch asks for, where that is another thing.
    git: Option<String>,
    /// What the policy says to the release that is meant.
    assessment: Option<Assessment>,
}

/// How one environment stands; with `why`, what its policy says to a release.
pub(in crate::cli) fn one(
    name: &str,
    asked: Option<&str>,
    why: bool,
    context: &Context,
) -> Result<Exit, CliError> {
    let mut desk = Desk::open(context)?;
    let environment = desk.environment(name)?;
    // Only looked at: a status that can't reach Git is a status.
    let git = desk.act(&environment, |deliverer| Ok(deliverer.follow()))?;
    let record = desk.ledger.environments()?.remove(name).unwrap_or_default();
    let meant = desk.release(asked, &environment);
    let assessment = match meant {
        Ok(recorded) if why => {
            Some(desk.act(&environment, |deliverer| deliverer.assess(&recorded))?)
        }
        Err(error) if asked.is_some() => return Err(error),
        _ => None,
    };
    let git = match git {
        Ok(Followed::Same | Followed::Adopted(_)) => None,
        Ok(Followed::Nothing) => Some("Git names no image by digest yet".to_owned()),
        Ok(Followed::Refused { commit, image, why }) => Some(format!(
            "Git asks for {}… (commit {}), and is not followed: {why}",
            image.get(..19).unwrap_or(&image),
            short(&commit)
        )),
        Err(error) => Some(format!("Git can't be asked: {error}")),
    };
    if context.json {
        context.json_line(&Standing { environment: name, record: &record, git, assessment })?;
        return Ok(Exit::Passed);
    }
    show(name, &record, git.as_deref(), context)?;
    if let Some(assessment) = &assessment {
        show_assessment(assessment, context)?;
        return Ok(match assessment.verdict {
            _ if assessment.admits() => Exit::Passed,
            Verdict::Undecided => Exit::Undecided,
            _ => Exit::Failed,
        });
    }
    Ok(Exit::Passed)
}

fn show(
    name: &str,
    record: &EnvironmentRecord,
    git: Option<&str>,
    context: &Context,
) -> Result<(), CliError> {
    let now = SystemClock.now();
    context.line(&headline(name, record, now))?;
    if let Some(rollout) = &record.rollout {
        let judged =
            rollout.judged.map(|verdict| format!(", judged {verdict}")).unwrap_or_default();
        let line = format!(
            "  rollout of {} at {} %, {}{judged}",
            rollout.release,
            rollout.percent,
            ago(rollout.began, now)
        );
        context.line(&line)?;
        if let Some(why) = &rollout.paused {
            context
                .line(&style::doubt(format!("  it waits for a person: {}", style::safe(why))))?;
        }
    }
    if let Some(wanted) = &record.wanted {
        let line = format!("  {} is wanted by commit {}", wanted.release, short(&wanted.commit));
        context.line(&line)?;
    }
    if let Some(before) = record.last_good() {
        context.line(&style::faint(format!("  a rollback goes to {}", before.release)))?;
    }
    if let Some(back) = &record.unwritten {
        let line = format!("  Git does not know yet that {} is out", back.from);
        context.line(&style::doubt(line))?;
    }
    for (release, why) in &record.holds {
        context.line(&style::doubt(format!("  {release} is held: {}", style::safe(why))))?;
    }
    if let Some(why) = &record.frozen {
        context.line(&style::doubt(format!("  frozen: {}", style::safe(why))))?;
    }
    if let Some(git) = git {
        context.line(&style::doubt(format!("  {}", style::safe(git))))?;
    }
    Ok(())
}

/// An environment in one line.
pub(in crate::cli) fn headline(name: &str, record: &EnvironmentRecord, now: Timestamp) -> String {
    let serves = match &record.stable {
        Some(served) => {
            let commit =
                served.commit.as_deref().map(|commit| format!(", commit {}", short(commit)));
            let since = format!("{}{}", ago(served.since, now), commit.unwrap_or_default());
            format!("serves {}  {}", style::strong(served.release), style::faint(since))
        }
        None => style::faint("serves nothing yet"),
    };
    format!("{}  {serves}", style::strong(format!("{name:>8}")))
}

/// Each condition, met or not, with what would meet it.
pub(super) fn show_assessment(assessment: &Assessment, context: &Context) -> Result<(), CliError> {
    if context.json {
        return context.json_line(assessment);
    }
    let word = match assessment.verdict {
        Verdict::Pass => style::good("admits"),
        Verdict::Fail => style::bad("does not admit"),
        Verdict::Undecided => style::doubt("does not admit yet"),
    };
    let (name, release) = (&assessment.environment, style::strong(assessment.release));
    context.line(&format!("{name} {word} {release}"))?;
    let width = assessment.conditions.iter().map(|it| it.name.len()).max().unwrap_or(0);
    for condition in &assessment.conditions {
        context.line(&line(condition, width))?;
    }
    if let Some(who) = &assessment.overridden_by {
        context.line(&style::doubt(format!("  {} goes past it", style::safe(who))))?;
    }
    Ok(())
}

fn line(condition: &Condition, width: usize) -> String {
    let mark = match condition.verdict {
        Verdict::Pass => style::good("  met"),
        Verdict::Fail => style::bad("unmet"),
        Verdict::Undecided => style::doubt(" open"),
    };
    let remedy = condition.remedy.as_ref().map(|remedy| style::faint(format!("  → {remedy}")));
    let (name, found) = (&condition.name, style::safe(&condition.found));
    format!("  {mark}  {name:width$}  {found}{}", remedy.unwrap_or_default())
}
