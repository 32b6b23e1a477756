//! `tollgate report`, and what the other verbs write as a file.

mod checked;
mod drawn;
mod files;
mod judged;
mod run;
mod words;

use tollgate_model::Exit;
use tollgate_report::Form;

pub(super) use checked::{data, drift, gate, lint, scan, unreadable};
pub(super) use files::{ReportFile, named, ready, write};

use super::Context;
use super::log::find_run;
use super::show::understand;
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate report                        the last run as Markdown, for a pull request's comment
  tollgate report r3 -o run.html         run r3 as a page that opens offline
  tollgate report data -o d.html         the step `data` of the last run
  tollgate report r3 -o r.xml -o r.json  as JUnit XML, and all of it for programs";

/// Write the report of a past run: its steps with verdicts and times, and what each found. As
/// Markdown to standard output, or to files.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// A run (r3), a step, or both; by default the last run.
    #[arg(value_name = "RUN|STEP")]
    what: Vec<String>,
    /// Write to this file instead: .html, .md (Markdown), .xml (JUnit), .sarif or .json;
    /// repeatable.
    #[arg(short, long, value_name = "FILE", value_parser = named)]
    output: Vec<ReportFile>,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    ready(&args.output, &[], context)?;
    let project = Project::find(&context.directory)?;
    let ledger = project.existing_ledger()?;
    let store = project.store()?;
    let (wanted, step) = understand(&args.what)?;
    let record = find_run(wanted, &ledger)?;
    let document = run::document(&record, step.as_deref(), &ledger, &store)?;
    write(&args.output, || document.clone(), context)?;
    if context.json {
        context.json_line(&document)?;
    } else if args.output.is_empty() {
        context.line(Form::Markdown.render(&document).trim_end())?;
    }
    Ok(Exit::Passed)
}
