//! A table of columns of all types, made from a seed, the contract that it keeps, and the forms in
//! which it can be written.

use tollgate_model::{Check, Column, Contract, LogicalType, Operator, Scalar, Unit};

use crate::arrow_file;
use crate::common::{Demands, column, contract, int, rule, text};
use crate::parquet_file::{Cells, write_groups};

pub(crate) const ROWS: usize = 200;

/// Name, and the type in Parquet.
pub(crate) const COLUMNS: [(&str, &str); 20] = [
    ("id", "BYTE_ARRAY id (STRING)"),
    ("age", "INT32 age"),
    ("spend", "DOUBLE spend"),
    ("plan", "BYTE_ARRAY plan (STRING)"),
    ("country", "BYTE_ARRAY country (STRING)"),
    ("email", "BYTE_ARRAY email (STRING)"),
    ("token", "BYTE_ARRAY token (STRING)"),
    ("signup", "INT32 signup (DATE)"),
    ("seen", "INT64 seen (TIMESTAMP(MICROS,true))"),
    ("active", "BOOLEAN active"),
    ("region", "BYTE_ARRAY region (STRING)"),
    ("seq", "INT64 seq"),
    ("note", "BYTE_ARRAY note (STRING)"),
    ("nick", "BYTE_ARRAY nick (STRING)"),
    ("serial", "INT64 serial"),
    ("born", "INT32 born (DATE)"),
    ("ip", "BYTE_ARRAY ip (STRING)"),
    ("host", "BYTE_ARRAY host (STRING)"),
    ("score", "FLOAT score"),
    ("level", "INT32 level"),
];

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

/// A generator of numbers that look random: Marsaglia's xorshift.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[derive(Clone)]
pub(crate) struct Sheet {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

pub(crate) fn row(at: usize, random: &mut Random) -> Vec<Option<String>> {
    let (year, month, day) = (random.below(5), random.below(12) + 1, random.below(28) + 1);
    let cents = random.below(100_000) * 5;
    let cells = [
        format!("C-{at:05}"),
        (18 + random.below(83)).to_string(),
        format!("{}.{:02}", cents / 100, cents % 100),
        ["basic", "plus", "pro"][usize::try_from(random.below(3)).unwrap()].to_owned(),
        ["DE", "FR", "ÅÄ"][at % 3].to_owned(),
        format!("u{at}@example.org"),
        format!("123e4567-e89b-12d3-a456-{:012x}", random.below(1 << 40)),
        format!("{}-{month:02}-{day:02}", 2020 + year),
        format!("{}-{month:02}-{day:02}T12:30:{:02}Z", 2021 + year, at % 60),
        at.is_multiple_of(2).to_string(),
        format!("r{}", at % 4),
        (at / 4).to_string(),
        if at.is_multiple_of(20) { String::new() } else { format!("a \"note\",\n{at}") },
        if at == 7 { "-".to_owned() } else { format!("n{at}") },
        (9_007_199_254_740_992 + at).to_string(),
        format!("{day:02}.{month:02}.{}", 1960 + year),
        format!("192.0.2.{}", at % 256),
        format!("h{at}.example"),
        ["0.1", "0.5", "7"][at % 3].to_owned(),
        (at % 128).to_string(),
    ];
    cells.map(|cell| (!cell.is_empty()).then_some(cell)).to_vec()
}

/// A table without a fault; seeds are odd numbers.
pub(crate) fn sound(seed: u64) -> Sheet {
    let mut random = Random(seed);
    let rows = (0..ROWS).map(|at| row(at, &mut random)).collect();
    Sheet { header: COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect(), rows }
}

impl Sheet {
    fn at(&self, column: &str) -> usize {
        self.header.iter().position(|name| name == column).unwrap()
    }

    pub(crate) fn set(&mut self, row: usize, column: &str, value: &str) {
        let at = self.at(column);
        self.rows[row][at] = (!value.is_empty()).then(|| value.to_owned());
    }

    pub(crate) fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header).unwrap();
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or(""))).unwrap();
        }
        writer.into_inner().unwrap()
    }

    /// As JSON lines; what is no number where there should be one is a text.
    pub(crate) fn json(&self) -> Vec<u8> {
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

    /// In every form; the last two have types of their own.
    pub(crate) fn files(&self) -> [(&'static str, Vec<u8>); 4] {
        let json = ("t.jsonl", self.json());
        [("t.csv", self.csv()), json, ("t.parquet", self.parquet()), ("t.arrow", self.arrow())]
    }

    /// In two record batches.
    pub(crate) fn arrow(&self) -> Vec<u8> {
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

    /// In two row groups.
    pub(crate) fn parquet(&self) -> Vec<u8> {
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
