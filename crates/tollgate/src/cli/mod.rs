//! The command line. One file per verb; `match` only routes.

mod audit;
mod check;
mod data;
mod deliver;
mod demo;
mod doctor;
pub(crate) mod files;
mod gate;
mod image;
mod init;
mod judge;
mod key;
mod known;
mod log;
mod release;
mod replay;
mod report;
mod run;
mod scan;
mod schema;
mod serve;
mod show;
mod status;
mod store;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};
use tollgate_model::Exit;

use crate::display::style;
use crate::error::CliError;

const EXAMPLES: &str = "\
Examples:
  tollgate demo                 watch the whole story on a worked example
  tollgate init                 write a tollgate.yaml for this repository
  tollgate run                  run the `pr` pipeline (or the only one there is)
  tollgate run test lint        run two steps and what they need
  tollgate run --explain train  and say why `train` ran or was reused
  tollgate data check d.csv --contract c.yaml

Exit codes:
  0 passed   1 failed   2 misconfigured   3 undecided
  4 refused  5 broken   130 interrupted";

/// CI/CD for machine-learning systems: nothing passes without proof.
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    /// Work in this directory instead of the current one.
    #[arg(short = 'C', long, value_name = "DIR", global = true)]
    directory: Option<PathBuf>,
    /// When to use colours.
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: ColorChoice,
    /// Write JSON: one object, or one a line where there are several.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    /// On a terminal.
    Auto,
    /// Also into a file or pipe.
    Always,
    /// Nowhere.
    Never,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a tollgate.yaml that fits this repository.
    Init(init::Args),
    /// Run a pipeline or steps; what is known already is not run again.
    Run(run::Args),
    /// Show where the project stands: the last run, and each step.
    Status(status::Args),
    /// List past runs, or print the log of a step.
    Log(log::Args),
    /// Show a run or one of its steps in full.
    Show(show::Args),
    /// Show a past run as it went.
    Replay(replay::Args),
    /// Write the report of a past run: HTML, Markdown, JUnit or JSON.
    Report(report::Args),
    /// Check data against a contract.
    #[command(subcommand)]
    Data(data::Verb),
    /// Judge a model: its metrics, or the predictions behind them.
    Gate(Box<gate::Args>),
    /// Build images without a daemon, look at them, and move them to and from registries.
    #[command(subcommand)]
    Image(image::Verb),
    /// Show releases, check them, and write their model cards.
    #[command(subcommand)]
    Release(release::Verb),
    /// Move a release into an environment, where its policy admits it.
    Promote(deliver::promote::Args),
    /// Agree to a release in an environment, by signature.
    Approve(deliver::approve::Approve),
    /// Refuse a release in an environment, by signature.
    Reject(deliver::approve::Reject),
    /// Go past an environment's policy, by signature and with a reason.
    Override(deliver::approve::Override),
    /// Take a release out of an environment, and put the last good one there.
    Rollback(deliver::rollback::Args),
    /// Rehearse a rollback under traffic, time it, and go forward again.
    Drill(deliver::drill::Args),
    /// Host the environments whose target is this machine: run releases, split traffic, judge.
    Serve(serve::Args),
    /// Judge past rollouts again, from what was seen of their requests.
    #[command(subcommand)]
    Judge(judge::Verb),
    /// Bar a release from an environment, or let it in again.
    Hold(deliver::hold::Args),
    /// Take no promotion into an environment, or into any, until it is lifted.
    Freeze(deliver::freeze::Args),
    /// Look after the key that signs evidence, and the keys that are believed.
    #[command(subcommand)]
    Key(key::Verb),
    /// Look for secrets, and look after what is known against packages.
    #[command(subcommand)]
    Scan(scan::Verb),
    /// Look after the store of outputs and logs.
    #[command(subcommand)]
    Store(store::Verb),
    /// Read and verify the ledger.
    #[command(subcommand)]
    Audit(audit::Verb),
    /// See what this machine gives, and what is missing.
    Doctor(doctor::Args),
    /// Print the JSON Schema of tollgate.yaml.
    Schema(schema::Args),
    /// Watch the whole story on a worked example.
    Demo(demo::Args),
}

/// What every verb is handed.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) directory: PathBuf,
    pub(crate) json: bool,
    pub(crate) color: bool,
    pub(crate) environment: BTreeMap<String, String>,
}

pub(crate) fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let outcome = Context::new(&cli).and_then(|context| {
        let shown = context.clone();
        route(cli.verb, &context).map_err(|error| (error, shown))
    });
    match outcome {
        Ok(exit) => exit,
        Err((error, context)) => explain(&error, &context),
    }
}

fn usage(error: &clap::Error) -> Exit {
    // Help and version come this way too, and are no error.
    let _ = error.print();
    if error.use_stderr() { Exit::Misconfigured } else { Exit::Passed }
}

fn route(verb: Verb, context: &Context) -> Result<Exit, CliError> {
    match verb {
        Verb::Init(args) => init::execute(&args, context),
        Verb::Run(args) => run::execute(&args, context),
        Verb::Status(args) => status::execute(&args, context),
        Verb::Log(args) => log::execute(&args, context),
        Verb::Show(args) => show::execute(&args, context),
        Verb::Replay(args) => replay::execute(&args, context),
        Verb::Report(args) => report::execute(&args, context),
        Verb::Data(verb) => data::execute(&verb, context),
        Verb::Gate(args) => gate::execute(&args, context),
        Verb::Image(verb) => image::execute(&verb, context),
        Verb::Release(verb) => release::execute(&verb, context),
        Verb::Promote(args) => deliver::promote::execute(&args, context),
        Verb::Approve(args) => deliver::approve::approve(&args, context),
        Verb::Reject(args) => deliver::approve::reject(&args, context),
        Verb::Override(args) => deliver::approve::overrule(&args, context),
        Verb::Rollback(args) => deliver::rollback::execute(&args, context),
        Verb::Drill(args) => deliver::drill::execute(&args, context),
        Verb::Judge(verb) => judge::execute(&verb, context),
        Verb::Serve(args) => serve::execute(&args, context),
        Verb::Hold(args) => deliver::hold::execute(&args, context),
        Verb::Freeze(args) => deliver::freeze::execute(&args, context),
        Verb::Key(verb) => key::execute(&verb, context),
        Verb::Scan(verb) => scan::execute(&verb, context),
        Verb::Store(verb) => store::execute(&verb, context),
        Verb::Audit(verb) => audit::execute(&verb, context),
        Verb::Doctor(args) => doctor::execute(&args, context),
        Verb::Schema(args) => schema::execute(&args, context),
        Verb::Demo(args) => demo::execute(&args, context),
    }
}

fn explain(error: &CliError, context: &Context) -> Exit {
    if error.message.is_empty() {
        return error.exit;
    }
    if context.json {
        let json = serde_json::json!({
            "error": error.message, "hint": error.hint, "exit": error.exit.code(),
            "problems": error.problems,
        });
        eprintln(&json.to_string(), false);
        return error.exit;
    }
    if let Some(problems) = &error.problems {
        eprintln(&problems.render(context.color), context.color);
    }
    let label = style::bad("error");
    eprintln(&format!("{label}: {}", error.message), context.color);
    if let Some(hint) = &error.hint {
        eprintln(&format!("  {}: {hint}", style::hint("try")), context.color);
    }
    error.exit
}

/// Writes a line to standard error, without colours where they are not wanted.
pub(crate) fn eprintln(line: &str, color: bool) {
    let text = if color { line.to_owned() } else { style::strip(line) };
    // There is nobody to tell when standard error is gone.
    let _ = writeln!(std::io::stderr(), "{text}");
}

impl Context {
    fn new(cli: &Cli) -> Result<Self, (CliError, Self)> {
        let color = match cli.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => style::wanted(),
        };
        // A variable that is not UTF-8 can't be declared in a tollgate.yaml.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let environment = std::env::vars_os().filter_map(text).collect();
        let mut context = Self { directory: PathBuf::new(), json: cli.json, color, environment };
        let wanted = cli.directory.clone().unwrap_or_else(|| PathBuf::from("."));
        match wanted.canonicalize() {
            Ok(directory) => {
                context.directory = directory;
                Ok(context)
            }
            Err(e) => {
                let message = format!("can't work in {}: {e}", wanted.display());
                Err((CliError::misconfigured(message), context))
            }
        }
    }

    /// Writes a line to standard output.
    pub(crate) fn line(&self, line: &str) -> Result<(), CliError> {
        let mut out = std::io::stdout().lock();
        if self.color {
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{}", style::strip(line))?;
        }
        Ok(())
    }

    /// Writes a value as one line of JSON to standard output.
    pub(crate) fn json_line(&self, value: &impl serde::Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string(value).map_err(CliError::broken)?;
        writeln!(std::io::stdout().lock(), "{text}")?;
        Ok(())
    }

    /// What a path on the command line means.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }
}
