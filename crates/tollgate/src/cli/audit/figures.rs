//! `tollgate audit figures`: how delivery goes, from the ledger alone.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_adapters::SystemClock;
use tollgate_engine::Clock as _;
use tollgate_ledger::Ledger;
use tollgate_model::{DeliveryEvent, Exit, Fact, ReleaseId, Timestamp};

use super::PAGE;
use crate::cli::Context;
use crate::display::{clock, style};
use crate::error::CliError;
use crate::project::Project;

const DAY: u64 = 24 * 3600 * 1000;

const AFTER: &str = "\
Examples:
  tollgate audit figures              the last 30 days of each environment
  tollgate audit figures --days 90 --json

The four figures of the DORA reports: how often something is deployed; from the beginning of the run
that made a release until it serves (lead time); how many deployments are taken back; and how long the
ones that were taken back had traffic (time to restore). Medians, where there are several.";

/// How often releases go in, how fast, how many are taken back, and how fast.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// Over so many days until now.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    days: u32,
}

/// How delivery goes in one environment.
#[derive(Serialize)]
struct Figures {
    environment: String,
    days: u32,
    deployments: u64,
    deployments_per_day: f64,
    /// Milliseconds.
    lead_time: Option<u64>,
    taken_back: u64,
    change_failure_rate: Option<f64>,
    /// Milliseconds.
    time_to_restore: Option<u64>,
}

/// What is counted of one environment.
#[derive(Default)]
struct Tally {
    deployments: u64,
    tried: u64,
    leads: Vec<u64>,
    restores: Vec<u64>,
    /// Since when the release that was tried last has traffic.
    traffic: Option<(ReleaseId, Timestamp)>,
    candidate: Option<ReleaseId>,
}

pub(super) fn execute(args: &Args, project: &Project, context: &Context) -> Result<Exit, CliError> {
    let ledger = project.existing_ledger()?;
    let now = SystemClock.now().as_millis();
    let since = now - i64::try_from(u64::from(args.days) * DAY).unwrap_or(i64::MAX);
    let all = tally(&ledger, Timestamp::from_millis(since))?;
    for (environment, tally) in all {
        let figures = Figures::of(environment, tally, args.days);
        match context.json {
            true => context.json_line(&figures)?,
            false => show(&figures, context)?,
        }
    }
    Ok(Exit::Passed)
}

fn tally(ledger: &Ledger, since: Timestamp) -> Result<BTreeMap<String, Tally>, CliError> {
    let mut runs = BTreeMap::new();
    let mut made = BTreeMap::new();
    let mut all: BTreeMap<String, Tally> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = ledger.read(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(all) };
        after = last.seq;
        for entry in page {
            match entry.fact {
                Fact::RunStarted(run) => {
                    runs.insert(run.run, entry.at);
                }
                Fact::ReleaseRecorded(release) => {
                    let began = runs.get(&release.run).copied().unwrap_or(entry.at);
                    made.entry(release.release).or_insert(began);
                }
                Fact::Delivery(fact) => {
                    let tally = all.entry(fact.environment).or_default();
                    tally.take(&fact.event, entry.at, since, &made);
                }
                _ => {}
            }
        }
    }
}

impl Tally {
    fn take(
        &mut self,
        event: &DeliveryEvent,
        at: Timestamp,
        since: Timestamp,
        made: &BTreeMap<ReleaseId, Timestamp>,
    ) {
        let counts = at >= since;
        match event {
            DeliveryEvent::RolloutStarted { release } => {
                self.candidate = Some(*release);
                self.tried += u64::from(counts);
            }
            DeliveryEvent::WeightSet { percent } if *percent > 0 => self.has_traffic(at),
            DeliveryEvent::RolloutCompleted => {
                self.has_traffic(at);
                self.deployments += u64::from(counts);
                let began = self.candidate.take().and_then(|release| made.get(&release));
                if let (Some(began), true) = (began, counts) {
                    self.leads.push(at.millis_since(*began));
                }
            }
            DeliveryEvent::RolledBack(back) if counts => {
                let had = self.traffic.filter(|(release, _)| *release == back.from);
                self.restores.push(had.map_or(0, |(_, since)| at.millis_since(since)));
                self.candidate = None;
            }
            _ => {}
        }
    }

    fn has_traffic(&mut self, at: Timestamp) {
        let already = self.traffic.map(|(release, _)| release);
        if let Some(candidate) = self.candidate.filter(|release| already != Some(*release)) {
            self.traffic = Some((candidate, at));
        }
    }
}

impl Figures {
    fn of(environment: String, tally: Tally, days: u32) -> Self {
        let taken_back = tally.restores.len() as u64;
        let rate = taken_back as f64 / tally.tried as f64;
        Self {
            environment,
            days,
            deployments: tally.deployments,
            deployments_per_day: tally.deployments as f64 / f64::from(days.max(1)),
            lead_time: median(tally.leads),
            taken_back,
            change_failure_rate: (tally.tried > 0).then_some(rate),
            time_to_restore: median(tally.restores),
        }
    }
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

fn show(figures: &Figures, context: &Context) -> Result<(), CliError> {
    let time = |millis: Option<u64>| millis.map_or_else(|| "–".to_owned(), clock);
    let rate = figures.change_failure_rate.map(|rate| format!("{:.0} %", rate * 100.0));
    context.line(&format!(
        "{}  {} deployments in {} days ({:.1} a day), lead time {}, taken back {} ({}), restored in {}",
        style::strong(format!("{:>8}", figures.environment)),
        figures.deployments,
        figures.days,
        figures.deployments_per_day,
        time(figures.lead_time),
        figures.taken_back,
        rate.unwrap_or_else(|| "–".to_owned()),
        time(figures.time_to_restore),
    ))
}
