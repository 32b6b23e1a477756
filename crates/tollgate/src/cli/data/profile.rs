//! `tollgate data profile`.

use std::path::{Path, PathBuf};

use tollgate_data::{ColumnProfile, Profile, Watched};
use tollgate_model::{Exit, Table};

use super::read_contract;
use super::source::{Reading, Source};
use crate::cli::Context;
use crate::display::{count, style};
use crate::error::CliError;

/// Bars of a column's shape.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// How many of them.
const WIDTH: usize = 12;
/// Frequent values that are shown.
const SHOWN: usize = 3;

const AFTER: &str = "\
Examples:
  tollgate data profile data/sample.csv
  tollgate data profile data/train.parquet -c contracts/customers.odcs.yaml -o ref.profile.json
  tollgate data profile 'parts/*.csv.gz'
  tollgate data profile big.csv --columns age,plan --json

A profile has the values of frequent categories, and a sample of the numbers: keep it where the
data may be kept. Columns that a contract marks as personal are only counted.";

/// Summarise CSV, JSON lines, Parquet or Arrow: counts, ranges, shapes, frequent values. Without a
/// contract, columns of text are of the types that all their values have.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The data: a file, or a directory or a glob whose files are one data set; `-` reads standard
    /// input.
    #[arg(value_name = "DATA")]
    source: PathBuf,
    /// A contract that tells the types, and which columns are personal.
    #[arg(short, long, value_name = "FILE")]
    contract: Option<PathBuf>,
    /// The table, where the contract has several.
    #[arg(long, requires = "contract")]
    table: Option<String>,
    /// Only these columns.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// Write the profile into this file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let table = table(args, context)?;
    let watched = Watched { columns: args.columns.as_deref(), like: None };
    let source = Source::find(&args.source, &args.reading, context)?;
    let profile = source.profile(table.as_ref(), &watched)?;
    tell(&profile, args.output.as_deref(), context)?;
    Ok(Exit::Passed)
}

fn table(args: &Args, context: &Context) -> Result<Option<Table>, CliError> {
    let Some(path) = &args.contract else { return Ok(None) };
    let contract = read_contract(path, context)?;
    match contract.table(args.table.as_deref()) {
        Some(table) => Ok(Some(table.clone())),
        None => {
            let names: Vec<_> = contract.tables.iter().map(|table| table.name.as_str()).collect();
            let message =
                format!("the contract has the tables {}; name one by --table", names.join(", "));
            Err(CliError::misconfigured(message))
        }
    }
}

/// Writes the profile where it is wanted, and shows it.
pub(super) fn tell(
    profile: &Profile,
    output: Option<&Path>,
    context: &Context,
) -> Result<(), CliError> {
    if let Some(path) = output {
        let shown = path.display();
        std::fs::write(context.resolve(path), profile.to_json())
            .map_err(|e| CliError::misconfigured(format!("can't write {shown}: {e}")))?;
    }
    if context.json {
        return context.json_line(profile);
    }
    rows(profile).into_iter().try_for_each(|line| context.line(&line))?;
    let size = count(profile.rows(), "row");
    let columns = count(profile.columns().len() as u64, "column");
    let written = output.map(|path| format!("; profile in {}", path.display())).unwrap_or_default();
    let source = style::strong(style::safe(profile.source()));
    context.line(&format!("{source}: {size}, {columns}{written}"))
}

/// A table: a line for each column.
fn rows(profile: &Profile) -> Vec<String> {
    let head = ["column", "type", "nulls", "distinct", "values"].map(str::to_owned);
    let cells: Vec<[String; 5]> =
        std::iter::once(head).chain(profile.columns().iter().map(cells)).collect();
    let width = |at: usize| cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let mut lines: Vec<_> = cells
        .iter()
        .map(|[name, kind, nulls, distinct, values]| {
            let [a, b, c, d] = widths;
            format!("{name:a$}  {kind:b$}  {nulls:>c$}  {distinct:>d$}  {values}")
        })
        .collect();
    lines[0] = style::faint(&lines[0]);
    lines.extend(profile.unread().iter().map(|name| format!("{}  is not read", style::safe(name))));
    lines
}

fn cells(column: &ColumnProfile) -> [String; 5] {
    let kind = format!("{:?}", column.kind()).to_lowercase();
    let share = column.nulls() as f64 * 100.0 / column.rows().max(1) as f64;
    let nulls = if column.nulls() == 0 { "0 %".to_owned() } else { format!("{share:.1} %") };
    let distinct = match column.distinct() {
        Some((count, true)) => count.to_string(),
        Some((count, false)) => format!("~{count}"),
        None => "•••".to_owned(),
    };
    let mut values = values(column);
    if column.invalid() > 0 {
        values.push_str(&format!("; {} of another type", count(column.invalid(), "row")));
    }
    [style::safe(column.name()), kind, nulls, distinct, values]
}

fn values(column: &ColumnProfile) -> String {
    if let Some(range) = column.numbers() {
        let show = |number| column.show(number);
        let middle = column.quantile(0.5).map(show).unwrap_or_default();
        let (least, greatest) = (show(range.min), show(range.max));
        return format!("{} {least} … {middle} … {greatest}", bars(&column.histogram(WIDTH)));
    }
    match column.categories() {
        Some((counts, 0)) if !counts.is_empty() => frequent(&counts, column.valid()),
        _ => match column.lengths() {
            Some(lengths) => format!("{} to {} characters", lengths.min, lengths.max),
            None => "•••".to_owned(),
        },
    }
}

fn bars(counts: &[u64]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    // Every row shows, even where most are elsewhere.
    let bar = |count: &u64| match count {
        0 => ' ',
        _ => BARS[usize::try_from((count * 7).div_ceil(most)).unwrap_or(7).min(7)],
    };
    counts.iter().map(bar).collect()
}

fn frequent(counts: &std::collections::BTreeMap<String, u64>, rows: u64) -> String {
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let share = |count: u64| count as f64 * 100.0 / rows.max(1) as f64;
    let short = |text: &str| style::safe(&text.chars().take(24).collect::<String>());
    let shown: Vec<_> = all
        .iter()
        .take(SHOWN)
        .map(|(text, count)| format!("{} {:.0} %", short(text), share(**count)))
        .collect();
    let more = if all.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
