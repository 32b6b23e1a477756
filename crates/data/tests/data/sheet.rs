//! The contract that testkit's sheet keeps, and the forms in which it can be written.

use tollgate_model::{Check, Column, Contract, LogicalType, Operator, Scalar, Unit};
use tollgate_testkit::sheet::{COLUMNS, Sheet};

use crate::arrow_file;
use crate::common::{Demands, column, contract, int, rule, text};
use crate::parquet_file::{Cells, write_groups};

/// What the table keeps.
pub(crate) fn demands() -> Contract {
    use LogicalType::{Boolean, Date, Integer, Number, String, Timestamp};
    let zero = |check| move |column: Column| column.rule(check, Operator::Be(0.0), Unit::Rows);
    let plans = ["basic", "plus", "pro"].map(text).to_vec();
    let format = |name, format: &str| {
        column(name).of(String).bounds(|bounds| bounds.format = Some(format.to_owned()))
    };
    let part = |name, logical, at| column(name).of(logical).with(|c| c.primary_key = Some(at));
    let columns = vec![
        column("id").of(String).required().unique().bounds(|b| {
            b.pattern = Some("^C-[0-9]{5}$".into());
        }),
        column("age")
            .of(Integer)
            .required()
            .bounds(|b| (b.minimum, b.maximum) = (int(18), int(100))),
        column("spend").of(Number).bounds(|b| {
            (b.minimum, b.exclusive_maximum, b.multiple_of) = (int(0), int(10_000), Some(0.05));
        }),
        zero(Check::InvalidValues { valid: Some(plans), pattern: None })(column("plan").of(String)),
        column("country").of(String).bounds(|b| (b.min_length, b.max_length) = (Some(2), Some(2))),
        format("email", "email"),
        format("token", "uuid"),
        column("signup").of(Date).bounds(|b| {
            (b.minimum, b.maximum) = (Some(text("2020-01-01")), Some(text("2024-12-31")));
        }),
        column("seen").of(Timestamp).bounds(|b| {
            b.exclusive_minimum = Some(text("2020-01-01T00:00:00Z"));
        }),
        column("active").of(Boolean).required(),
        part("region", String, 1),
        part("seq", Integer, 2),
        column("note").of(String).rule(Check::NullValues, Operator::AtMost(10.0), Unit::Percent),
        column("nick").of(String).rule(
            Check::MissingValues { values: vec![text("-"), Scalar::Null] },
            Operator::LessThan(3.0),
            Unit::Rows,
        ),
        zero(Check::DuplicateValues { columns: vec![] })(column("serial").of(Integer)),
        column("born").of(Date).bounds(|b| b.format = Some("dd.MM.yyyy".into())),
        format("ip", "ipv4"),
        format("host", "hostname"),
        column("score").of(Number).bounds(|b| b.minimum = Some(Scalar::Number(0.1))),
        column("level").of(Integer).bounds(|b| b.format = Some("i8".into())),
    ];
    contract(columns, vec![rule(Check::RowCount, Operator::Between(100.0, 300.0), Unit::Rows)])
}

/// The forms of a file.
pub(crate) trait Forms {
    fn csv(&self) -> Vec<u8>;
    /// As JSON lines; what is no number where there should be one is a text.
    fn json(&self) -> Vec<u8>;
    /// In two row groups.
    fn parquet(&self) -> Vec<u8>;
    /// In two record batches.
    fn arrow(&self) -> Vec<u8>;

    /// In every form; the last two have types of their own.
    fn files(&self) -> [(&'static str, Vec<u8>); 4] {
        let json = ("t.jsonl", self.json());
        [("t.csv", self.csv()), json, ("t.parquet", self.parquet()), ("t.arrow", self.arrow())]
    }
}

impl Forms for Sheet {
    fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header).unwrap();
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or(""))).unwrap();
        }
        writer.into_inner().unwrap()
    }

    fn json(&self) -> Vec<u8> {
        let mut lines = String::new();
        for row in &self.rows {
            let cells = row.iter().enumerate().filter_map(|(at, cell)| {
                let is_text = COLUMNS[at].1.starts_with("BYTE") || COLUMNS[at].1.contains('(');
                let cell = cell.as_deref()?;
                let bare = !is_text && serde_json::from_str::<serde_json::Number>(cell).is_ok();
                let bare =
                    bare || COLUMNS[at].1.starts_with("BOOL") && ["true", "false"].contains(&cell);
                let value =
                    if bare { cell.to_owned() } else { serde_json::to_string(cell).unwrap() };
                Some(format!("{:?}:{value}", self.header[at]))
            });
            lines.push_str(&format!("{{{}}}\n", cells.collect::<Vec<_>>().join(",")));
        }
        lines.into_bytes()
    }

    fn arrow(&self) -> Vec<u8> {
        let half = |rows: &[Vec<Option<String>>]| {
            let column = |at: usize| {
                let cells: Vec<_> = rows.iter().map(|row| row[at].as_deref()).collect();
                (&*self.header[at], arrow_file::array(COLUMNS[at].1, &cells))
            };
            arrow_file::batch((0..self.header.len()).map(column).collect())
        };
        let batches =
            [half(&self.rows[..self.rows.len() / 2]), half(&self.rows[self.rows.len() / 2..])];
        arrow_file::write(&batches, arrow_file::FORMS[4])
    }

    fn parquet(&self) -> Vec<u8> {
        let schema = |name: &String| {
            let kind =
                COLUMNS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).unwrap().1;
            format!("OPTIONAL {};", kind.replacen(&name.to_lowercase(), name, 1))
        };
        let schema: Vec<_> = self.header.iter().map(schema).collect();
        let half = self.rows.len() / 2;
        let group = |rows: &[Vec<Option<String>>]| {
            let column = |at: usize| cells(&schema[at], rows.iter().map(|row| row[at].as_deref()));
            (0..self.header.len()).map(column).collect::<Vec<_>>()
        };
        let (first, second) = (group(&self.rows[..half]), group(&self.rows[half..]));
        write_groups(&schema.concat(), &[&first, &second])
    }
}

fn cells<'a>(schema: &str, cells: impl Iterator<Item = Option<&'a str>>) -> Cells {
    let days = |text: &str| {
        let ordered: Vec<_> = text.split('.').rev().collect();
        let date: jiff::civil::Date = ordered.join("-").parse().unwrap();
        jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days()
    };
    let micros = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    match schema.split(' ').nth(1).unwrap() {
        "BOOLEAN" => Cells::Bool(cells.map(|c| c.map(|text| text == "true")).collect()),
        "INT32" if schema.contains("DATE") => Cells::Int32(cells.map(|c| c.map(days)).collect()),
        "INT64" if schema.contains("TIME") => Cells::Int64(cells.map(|c| c.map(micros)).collect()),
        "INT32" => Cells::Int32(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        "INT64" => Cells::Int64(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        "FLOAT" => Cells::Float(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        "DOUBLE" => Cells::Double(cells.map(|c| c.map(|text| text.parse().unwrap())).collect()),
        _ => Cells::Bytes(cells.map(|c| c.map(|text| text.as_bytes().to_vec())).collect()),
    }
}
