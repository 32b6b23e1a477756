//! `tollgate image lint`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tollgate_adapters::SystemClock;
use tollgate_engine::Clock as _;
use tollgate_image::dockerfile::{Dockerfile, Surroundings, lint};
use tollgate_image::oci::ImageLock;
use tollgate_model::{Base, DockerfileBuild, Exit, ImageBuild, Report};

use crate::cli::{Context, report};
use crate::display::{count, finding_lines, style};
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate image lint                        the Dockerfile here
  tollgate image lint service/Dockerfile     another one
  tollgate image lint --report lint.sarif    also as alerts that a code host lists

A step that builds the Dockerfile says which rules count (`image.dockerfile.lint`) and gives values to
`ARG`s. A line above which stands `# tollgate: allow-secret` is passed over by the search for secrets.";

/// A longer file is no Dockerfile, in bytes.
const LONGEST: u64 = 1 << 20;

/// Tell what should not be in a Dockerfile: images and packages without a version, secrets, root.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The Dockerfile.
    #[arg(value_name = "DOCKERFILE", default_value = "Dockerfile")]
    file: PathBuf,
    /// Also write what was found to this file: .html, .md (Markdown), .xml (JUnit), .sarif or
    /// .json; repeatable.
    #[arg(long, value_name = "FILE", value_parser = report::named)]
    report: Vec<report::ReportFile>,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    report::ready(&args.report, &[&args.file], context)?;
    let path = context.resolve(&args.file);
    let shown = args.file.display().to_string();
    let (file, text) = read(&path, &shown)?;
    let (step, lock) = of_project(&path, context);
    let none = BTreeMap::new();
    let build = step.as_ref().map(|(build, _)| build);
    let directory = path.parent().unwrap_or(&path);
    let around = Surroundings {
        given: build.map_or(&none, |build| &build.args),
        is_pinned: &|name| lock.images.iter().any(|image| image.base == name),
        read: &|name| fs::read_to_string(directory.join(name)).ok(),
        has_user: step.as_ref().is_some_and(|(_, has_user)| *has_user),
    };
    let severities = build.map(|build| build.lint.clone()).unwrap_or_default();
    let flaws = lint(&file, &text, &around);
    let found = flaws.iter().filter_map(|flaw| flaw.finding(&shown, &severities));
    tell(&Report::new(found.collect(), Vec::new()), &shown, args, context)
}

/// A Dockerfile and its text.
pub(super) fn read(path: &Path, shown: &str) -> Result<(Dockerfile, String), CliError> {
    let failed = |why: String| CliError::misconfigured(format!("{shown} can't be read: {why}"));
    let meta = fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if meta.len() > LONGEST {
        return Err(failed(format!("it has {} bytes, and is no Dockerfile", meta.len())));
    }
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let file = Dockerfile::parse(&text).map_err(|error| {
        let lines = error.problems().iter().map(|it| format!("{shown}:{}: {}", it.line, it.what));
        CliError::misconfigured(lines.collect::<Vec<_>>().join("\n"))
    })?;
    Ok((file, text))
}

/// How the project builds that file, and whether it says as whom the image runs; and its lock. Without
/// a project nothing is known.
fn of_project(path: &Path, context: &Context) -> (Option<(DockerfileBuild, bool)>, ImageLock) {
    let Ok(project) = Project::find(&context.directory) else {
        return (None, ImageLock::default());
    };
    let lock = fs::read_to_string(project.root.join(ImageBuild::LOCK)).unwrap_or_default();
    let lock = ImageLock::parse(&lock, ImageBuild::LOCK).unwrap_or_default();
    let path = path.canonicalize().ok();
    let plan = project.plan().ok();
    let step = plan.as_ref().and_then(|plan| {
        super::images(plan).find_map(|(_, image)| match &image.base {
            Base::Dockerfile(build)
                if project.root.join(&build.file).canonicalize().ok() == path =>
            {
                Some(((**build).clone(), image.user.is_some()))
            }
            _ => None,
        })
    });
    (step, lock)
}

fn tell(report: &Report, shown: &str, args: &Args, context: &Context) -> Result<Exit, CliError> {
    let document = || report::lint(report, shown, SystemClock.now());
    report::write(&args.report, document, context)?;
    if context.json {
        context.json_line(report)?;
        return Ok(report.verdict.into());
    }
    for line in finding_lines(report) {
        context.line(&line)?;
    }
    let failing = report.findings.iter().filter(|finding| finding.severity.fails()).count();
    let all = count(report.findings.len() as u64, "flaw");
    context.line(&match (failing, report.findings.len()) {
        (_, 0) => style::good(format!("{shown}: no flaw")),
        (0, _) => format!("{shown}: {all}, none of which fails it"),
        (failing, _) => style::bad(format!(
            "{shown}: {all}, of which {failing} {}",
            if failing == 1 { "fails it" } else { "fail it" }
        )),
    })?;
    Ok(report.verdict.into())
}
