//! Data contracts, as far as they are run: a validated Open Data Contract Standard v3 document.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Condition, RelPath, Severity};

/// What a data set must be. Source: ODCS v3.1.0, "Fundamentals" and "Schema".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// The file it was read from, relative to the project's root.
    pub path: String,
    /// `id`.
    pub id: String,
    /// `version`.
    pub version: String,
    /// `name`, where given.
    pub name: Option<String>,
    /// `schema`: the tables; at least one.
    pub tables: Vec<Table>,
}

/// One object of the schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// `name`.
    pub name: String,
    /// `properties`.
    pub columns: Vec<Column>,
    /// `quality` of the object.
    pub rules: Vec<Rule>,
    /// Line of the object in the contract's file, counted from 1.
    pub line: u32,
}

/// One property of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The name in the data: `physicalName` where given, else `name`.
    pub name: String,
    /// `logicalType`; none means any.
    pub logical_type: Option<LogicalType>,
    /// `required`: no nulls, and the column is there.
    pub required: bool,
    /// `unique`, or the only column of the primary key.
    pub unique: bool,
    /// Position in the primary key, counted from 1; none where it is no part of it.
    pub primary_key: Option<u32>,
    /// Personal or otherwise restricted (`classification`): its values are not shown in samples.
    pub masked: bool,
    /// `logicalTypeOptions`.
    pub bounds: Bounds,
    /// `quality` of the property.
    pub rules: Vec<Rule>,
    /// Line of the property in the contract's file, counted from 1.
    pub line: u32,
}

/// `logicalType` of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogicalType {
    /// Text.
    String,
    /// A calendar day.
    Date,
    /// A point in time.
    Timestamp,
    /// A time of day.
    Time,
    /// A number with or without decimals.
    Number,
    /// A whole number.
    Integer,
    /// A record.
    Object,
    /// A list.
    Array,
    /// True or false.
    Boolean,
}

/// A bound or an allowed value, as written in the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scalar {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number; finite.
    Number(f64),
    /// Text, and dates as text.
    Text(String),
}

/// `logicalTypeOptions` of a property.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Least allowed value; a number, or for dates and times a text in ISO 8601.
    pub minimum: Option<Scalar>,
    /// Greatest allowed value.
    pub maximum: Option<Scalar>,
    /// All values must be greater.
    pub exclusive_minimum: Option<Scalar>,
    /// All values must be smaller.
    pub exclusive_maximum: Option<Scalar>,
    /// A number that divides every value.
    pub multiple_of: Option<f64>,
    /// Least length of a text, in Unicode scalar values.
    pub min_length: Option<u64>,
    /// Greatest length of a text, in Unicode scalar values.
    pub max_length: Option<u64>,
    /// A regular expression that must match somewhere in every text (as in JSON Schema).
    pub pattern: Option<String>,
    /// For texts `email`, `uuid` …; for dates and times a pattern such as `yyyy-MM-dd`.
    pub format: Option<String>,
    /// Whether times say how far they are from UTC; none where either is fine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<bool>,
}

/// One entry of `quality`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// `name` or `description`, for the report.
    pub name: Option<String>,
    /// What is counted.
    pub check: Check,
    /// How many of it there may be.
    pub limit: Limit,
    /// What follows where it is broken.
    #[serde(default, skip_serializing_if = "Severity::fails")]
    pub severity: Severity,
    /// Line of the rule in the contract's file, counted from 1.
    pub line: u32,
}

/// What a quality rule counts. Source: ODCS v3.1.0, "Data Quality", library metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// `rowCount`: rows of the table.
    RowCount,
    /// `nullValues`: rows in which the column is null.
    NullValues,
    /// `missingValues`: rows whose value is one of these (null among them where listed).
    MissingValues {
        /// `arguments.missingValues`; where not given, null and the empty text.
        values: Vec<Scalar>,
    },
    /// `invalidValues`: non-null values that are not among `valid`, or don't match `pattern`.
    InvalidValues {
        /// `arguments.validValues`.
        valid: Option<Vec<Scalar>>,
        /// `arguments.pattern`.
        pattern: Option<String>,
    },
    /// `duplicateValues`: rows whose values (of the column, or of these columns) occurred before.
    DuplicateValues {
        /// `arguments.properties` on a table; empty on a column.
        columns: Vec<String>,
    },
    /// `condition` of Tollgate: rows of which it is false.
    Condition {
        /// As it was written, for the report.
        text: String,
        /// What it says, with the names of the data.
        condition: Condition,
    },
    /// `freshness` of Tollgate: how old the newest value is.
    Freshness {
        /// The column with the times, as the data names it.
        column: String,
        /// The newest may be so old.
        max_age: Duration,
    },
    /// `foreignKey` of Tollgate, and `relationships`: rows whose values (of these columns, together)
    /// are not among those of other columns. Rows with a null among them refer to nothing.
    ForeignKey {
        /// The columns, as the data names them.
        columns: Vec<String>,
        /// Where the other columns are.
        references: Reference,
    },
    /// A rule that is not run here (SQL, another engine, free text): never passed over in silence.
    NotAssessed {
        /// Why, for the report.
        why: String,
    },
}

/// The columns that a foreign key refers to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// A file of the project, or an output of a need; none where it is the same data.
    pub data: Option<RelPath>,
    /// The columns as that file names them, as many as refer to them.
    pub columns: Vec<String>,
}

/// How many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// `mustBe…`.
    pub operator: Operator,
    /// `unit`.
    pub unit: Unit,
}

/// The `mustBe…` operators. Bounds of the two ranges are inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// `mustBe`
    Be(f64),
    /// `mustNotBe`
    NotBe(f64),
    /// `mustBeGreaterThan`
    GreaterThan(f64),
    /// `mustBeGreaterOrEqualTo`
    AtLeast(f64),
    /// `mustBeLessThan`
    LessThan(f64),
    /// `mustBeLessOrEqualTo`
    AtMost(f64),
    /// `mustBeBetween`
    Between(f64, f64),
    /// `mustNotBeBetween`
    NotBetween(f64, f64),
}

/// What a limit counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Rows.
    Rows,
    /// Per cent of all rows.
    Percent,
}

impl Operator {
    /// Whether `value` is within the limit.
    #[must_use]
    pub fn allows(&self, value: f64) -> bool {
        match *self {
            Self::Be(bar) => value == bar,
            Self::NotBe(bar) => value != bar,
            Self::GreaterThan(bar) => value > bar,
            Self::AtLeast(bar) => value >= bar,
            Self::LessThan(bar) => value < bar,
            Self::AtMost(bar) => value <= bar,
            Self::Between(low, high) => value >= low && value <= high,
            Self::NotBetween(low, high) => value < low || value > high,
        }
    }
}

impl Contract {
    /// The table of that name; without a name, the only table there is.
    #[must_use]
    pub fn table(&self, name: Option<&str>) -> Option<&Table> {
        match (name, self.tables.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(name), tables) => tables.iter().find(|table| table.name == name),
        }
    }
}

impl Table {
    /// All rules, of the table and of its columns.
    pub fn all_rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().chain(self.columns.iter().flat_map(|column| &column.rules))
    }

    /// Whether the same data can be right today and wrong tomorrow.
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        self.all_rules().any(|rule| matches!(rule.check, Check::Freshness { .. }))
    }

    /// Other data that it refers to, each once, in order.
    #[must_use]
    pub fn references(&self) -> Vec<&RelPath> {
        let mut paths: Vec<&RelPath> = Vec::new();
        for rule in self.all_rules() {
            if let Check::ForeignKey { references, .. } = &rule.check {
                paths.extend(&references.data);
            }
        }
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}
