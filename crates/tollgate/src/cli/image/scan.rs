//! `tollgate image scan`.

use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use tollgate_adapters::{SystemClock, advisories};
use tollgate_engine::Clock as _;
use tollgate_image::scan::{Scan, scan};
use tollgate_image::{Installed, Inventory};
use tollgate_model::{Exit, Finding, Place, Rating, Report, ScanPolicy, StepKind, parse_duration};

use crate::cli::{Context, report};
use crate::display::{count, finding_lines, style, verdict_word};
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate scan db import all.zip          what is known of PyPI, by osv.dev's export
  tollgate image scan slim                 as its step's `scan` says
  tollgate image scan slim --fail-on critical --only-fixable
  tollgate image scan oci:base --json      another layout's image, for a program
  tollgate image scan other.cdx.json       what a bill of materials lists (CycloneDX, SPDX)
  tollgate image scan slim --report s.sarif  as alerts that a code host lists

What the database doesn't cover is not assessed, and that is undecided, never a pass.";

/// Look up what is known against the packages of an image.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The step that built it, its digest, another layout's image (`oci:DIRECTORY:TAG`), or a bill of
    /// materials.
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Vulnerabilities of this severity or a worse one fail it [default: the step's, or high].
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<Severity>,
    /// Only those count for which there is a version without them.
    #[arg(long)]
    only_fixable: bool,
    /// How old the database may be [default: the step's, or 7d].
    #[arg(long, value_name = "AGE", value_parser = parse_duration)]
    max_age: Option<Duration>,
    /// Also write what was found to this file: .html, .md (Markdown), .xml (JUnit), .sarif or
    /// .json; repeatable.
    #[arg(long, value_name = "FILE", value_parser = report::named)]
    report: Vec<report::ReportFile>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    report::ready(&args.report, &[Path::new(&args.image)], context)?;
    let project = Project::find(&context.directory)?;
    let Installed { inventory, gaps } = packages(args, context)?;
    let policy = policy(args, &project);
    let database = advisories::open(&project.state).map_err(|error| {
        CliError::broken(error).hint("`tollgate scan db import all.zip` writes it anew")
    })?;
    let now = SystemClock.now();
    let scan = scan(&inventory, database.as_ref(), &policy, now).map_err(CliError::broken)?;
    let scan = with_gaps(scan, &gaps, &args.image);
    let document = || report::scan(&scan, &args.image, now);
    report::write(&args.report, document, context)?;
    match context.json {
        true => context.json_line(&scan)?,
        false => print(&scan, &inventory, &args.image, context)?,
    }
    Ok(scan.report.verdict.into())
}

/// Of an image, or of the bill of materials of one.
fn packages(args: &Args, context: &Context) -> Result<Installed, CliError> {
    let path = Path::new(&args.image);
    if context.resolve(path).is_file() {
        return super::found::listed(path, context);
    }
    let (layout, image) = super::found::image(&args.image, context)?;
    super::found::packages(&layout, &image, context)
}

/// What the step that built it asks for, with what the command line says.
fn policy(args: &Args, project: &Project) -> ScanPolicy {
    let of_step = || {
        let plan = project.plan().ok()?;
        plan.steps.values().find_map(|step| match &step.kind {
            StepKind::Image(image) if step.id.as_str() == args.image => image.scan.clone(),
            _ => None,
        })
    };
    let mut policy = of_step().unwrap_or(ScanPolicy {
        fail_on: Rating::High,
        only_fixable: false,
        max_age: ScanPolicy::MAX_AGE,
        waivers: Vec::new(),
        allowed_licences: None,
        denied_licences: Vec::new(),
    });
    if let Some(severity) = args.fail_on {
        policy.fail_on = match severity {
            Severity::Low => Rating::Low,
            Severity::Medium => Rating::Medium,
            Severity::High => Rating::High,
            Severity::Critical => Rating::Critical,
        };
    }
    policy.only_fixable |= args.only_fixable;
    policy.max_age = args.max_age.unwrap_or(policy.max_age);
    policy
}

fn with_gaps(scan: Scan, gaps: &[String], image: &str) -> Scan {
    let unknown = |gap: &String| {
        let place = Place::File { path: image.to_owned(), line: None };
        Finding::new("scan.base", place, format!("not assessed: {gap}"))
    };
    let Scan { report, vulnerabilities, coverage } = scan;
    let open = report.not_assessed.into_iter().chain(gaps.iter().map(unknown)).collect();
    let report = Report { figures: report.figures, ..Report::new(report.findings, open) };
    Scan { report, vulnerabilities, coverage }
}

fn print(
    scan: &Scan,
    inventory: &Inventory,
    image: &str,
    context: &Context,
) -> Result<(), CliError> {
    for line in finding_lines(&scan.report) {
        context.line(&line)?;
    }
    let packages = count(inventory.packages.len() as u64, "package");
    let known = match scan.vulnerabilities.len() {
        0 => "nothing known against them".to_owned(),
        1 => "1 vulnerability".to_owned(),
        several => format!("{several} vulnerabilities"),
    };
    let verdict = verdict_word(scan.report.verdict);
    context.line(&format!("{} {verdict}: {packages}, {known}", style::strong(image)))
}
