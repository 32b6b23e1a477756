//! How fast a contract of ten columns is checked: `cargo run --release -p tollgate-data --example
//! check_speed [rows] [threads]`. The data is made first, in a temporary folder, and read from the
//! page cache.

#![expect(clippy::print_stdout, reason = "an example speaks to a terminal")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::error::Error;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use tollgate_data::{Options, check};
use tollgate_model::{Bounds, Check, Column, Contract, Limit, LogicalType, Operator};
use tollgate_model::{Rule, Scalar, Table, Unit};

/// Rows of a Parquet row group.
const GROUP: u64 = 250_000;

fn main() -> Result<(), Box<dyn Error>> {
    let rows = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let (csv, parquet) = (folder.path().join("t.csv"), folder.path().join("t.parquet"));
    let threads = std::env::args().nth(2).map(|text| text.parse()).transpose()?;
    let threads = threads.unwrap_or(Options::default().threads);
    write_csv(&csv, rows)?;
    write_parquet(&parquet, rows)?;
    for (title, unique) in [("without uniqueness", false), ("with two unique columns", true)] {
        for paranoid in [false, true] {
            let options = Options { threads, paranoid, ..Options::default() };
            if !paranoid {
                measure(&csv, &format!("CSV, {title}"), unique, &options)?;
            }
            let mode = if paranoid { "paranoid, " } else { "" };
            measure(&parquet, &format!("Parquet, {mode}{title}"), unique, &options)?;
        }
    }
    Ok(())
}

fn measure(
    path: &Path,
    title: &str,
    unique: bool,
    options: &Options,
) -> Result<(), Box<dyn Error>> {
    let contract = contract(unique);
    let start = Instant::now();
    let report = check(path, "t", &contract, None, options, &|| false)?;
    let seconds = start.elapsed().as_secs_f64();
    let (bytes, rows) = (report.figures["bytes"], report.figures["rows"]);
    println!(
        "{title}: {} ({rows} rows, {:.1} MB) in {seconds:.3} s: {:.0} MB/s, {:.1} million rows/s",
        report.verdict,
        bytes / 1e6,
        bytes / 1e6 / seconds,
        rows / 1e6 / seconds
    );
    Ok(())
}

/// Row by row the same everywhere: multiplication by an odd number looks random enough.
fn mixed(row: u64, below: u64) -> u64 {
    (row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % below
}

const PLANS: [&str; 3] = ["basic", "plus", "professional"];

fn write_csv(path: &Path, rows: u64) -> std::io::Result<()> {
    let mut text = BufWriter::new(std::fs::File::create(path)?);
    writeln!(text, "id,key,age,spend,ratio,plan,email,day,active,note")?;
    for row in 0..rows {
        let (age, cents, plan) = (18 + mixed(row, 80), mixed(row, 1_000_000), mixed(row, 3));
        let (month, day) = (1 + mixed(row, 12), 1 + mixed(row, 28));
        writeln!(
            text,
            "{row},K-{row:08},{age},{}.{:02},0.{:06},{},u{row}@example.org,2024-{month:02}-{day:02},{},\"a note, {row}\"",
            cents / 100,
            cents % 100,
            mixed(row, 1_000_000),
            PLANS[usize::try_from(plan).unwrap_or(0)],
            row % 2 == 0,
        )?;
    }
    text.flush()
}

fn write_parquet(path: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let schema = "message t { REQUIRED INT64 id; REQUIRED BYTE_ARRAY key (STRING); OPTIONAL INT64 \
                  age; OPTIONAL DOUBLE spend; OPTIONAL DOUBLE ratio; OPTIONAL BYTE_ARRAY plan \
                  (STRING); OPTIONAL BYTE_ARRAY email (STRING); }";
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let file = std::fs::File::create(path)?;
    let schema = Arc::new(parse_message_type(schema)?);
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    for first in (0..rows).step_by(usize::try_from(GROUP)?) {
        let mut group = writer.next_row_group()?;
        let rows = || first..rows.min(first + GROUP);
        let text = |text: String| ByteArray::from(text.into_bytes());
        column::<Int64Type>(&mut group, rows().map(u64::cast_signed), false)?;
        column::<ByteArrayType>(&mut group, rows().map(|r| text(format!("K-{r:08}"))), false)?;
        column::<Int64Type>(&mut group, rows().map(|r| mixed(r, 80).cast_signed() + 18), true)?;
        let number = |row| f64::from(u32::try_from(mixed(row, 1_000_000)).unwrap_or(0));
        column::<DoubleType>(&mut group, rows().map(|row| number(row) / 100.0), true)?;
        column::<DoubleType>(&mut group, rows().map(|row| number(row) / 1e6), true)?;
        let plan = |row| PLANS[usize::try_from(mixed(row, 3)).unwrap_or(0)];
        column::<ByteArrayType>(&mut group, rows().map(|r| text(plan(r).to_owned())), true)?;
        let email = |row| text(format!("u{row}@example.org"));
        column::<ByteArrayType>(&mut group, rows().map(email), true)?;
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, std::fs::File>,
    values: impl Iterator<Item = T::T>,
    nullable: bool,
) -> Result<(), Box<dyn Error>> {
    let values: Vec<_> = values.collect();
    let levels = vec![1; values.len()];
    let mut column = group.next_column()?.ok_or("the schema has fewer columns")?;
    column.typed::<T>().write_batch(&values, nullable.then_some(&levels), None)?;
    column.close()?;
    Ok(())
}

fn contract(unique: bool) -> Contract {
    use LogicalType::{Boolean, Date, Integer, Number, String};
    let with = |name: &str, logical, bounds| Column {
        name: name.to_owned(),
        logical_type: Some(logical),
        required: false,
        unique: unique && matches!(name, "id" | "key"),
        primary_key: None,
        masked: false,
        bounds,
        rules: vec![],
        line: 1,
    };
    let range = |low, high| Bounds {
        minimum: Some(Scalar::Integer(low)),
        maximum: Some(Scalar::Integer(high)),
        ..Bounds::default()
    };
    let pattern = Bounds { pattern: Some("^K-[0-9]{8}$".to_owned()), ..Bounds::default() };
    let email = Bounds { format: Some("email".to_owned()), ..Bounds::default() };
    let short = Bounds { max_length: Some(100), ..Bounds::default() };
    let valid = Some(PLANS.map(|plan| Scalar::Text(plan.to_owned())).to_vec());
    let limit = Limit { operator: Operator::Be(0.0), unit: Unit::Rows };
    let mut plan = with("plan", String, Bounds::default());
    let check = Check::InvalidValues { valid, pattern: None };
    plan.rules.push(Rule {
        name: None,
        check,
        limit,
        severity: tollgate_model::Severity::Error,
        line: 1,
    });
    let columns = vec![
        with("id", Integer, Bounds::default()),
        with("key", String, pattern),
        with("age", Integer, range(18, 100)),
        with("spend", Number, range(0, 10_000)),
        with("ratio", Number, range(0, 1)),
        plan,
        with("email", String, email),
        with("day", Date, Bounds::default()),
        with("active", Boolean, Bounds::default()),
        with("note", String, short),
    ];
    let table = Table { name: "t".to_owned(), columns, rules: vec![], line: 1 };
    let text = |text: &str| text.to_owned();
    Contract { path: text("c"), id: text("c"), version: text("1"), name: None, tables: vec![table] }
}
