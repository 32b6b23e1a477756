//! What the checks saw, in words. Every sentence of a finding is made here.

use tollgate_model::{Extent, Finding, Limit, Passed, Place, Sample, Severity, SourceLine, Unit};

use crate::checks::{Short, Side, Tally};

mod own;
mod words;

pub(crate) use own::Own;
pub(crate) use words::{as_f64, plural, quote, shorten};
use words::{bar, inside, outside, rate};

/// What stands for a value that is not shown.
const MASK: &str = "•••";

/// Where findings come from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The data, as the caller calls it.
    pub(crate) source: String,
    /// The contract's file.
    pub(crate) contract: String,
}

/// One thing that the contract asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) origin: Origin,
    pub(crate) code: &'static str,
    /// The columns that it is about; none where it is about the table.
    pub(crate) columns: Vec<String>,
    /// Values are not to be shown.
    pub(crate) masked: bool,
    /// The line that asks for it.
    pub(crate) line: u32,
    /// What follows where it is not met.
    pub(crate) severity: Severity,
    pub(crate) demand: Demand,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Demand {
    /// Values of this kind.
    Kind(String),
    /// No nulls.
    Required,
    /// No nulls, as it is part of the primary key.
    KeyPart,
    /// No value twice.
    Unique,
    /// No combination of values twice.
    Key,
    /// A bound, as the contract writes it.
    Bound(Side, String),
    /// Whole multiples.
    Multiple(f64),
    /// A length, in words.
    Length(String),
    /// A match.
    Pattern(String),
    /// How many there may be of something.
    Limit(Counted, Limit, Option<String>),
    /// Whether texts of times say how far they are from UTC.
    Offset(bool),
    /// A rule of Tollgate's own, and its name.
    Own(Own, Option<String>),
}

/// What a limit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Rows,
    Null,
    Missing,
    Invalid,
    Duplicate,
}

/// What became of a demand.
#[derive(Debug)]
pub(crate) enum Outcome {
    Kept,
    Broken(Finding),
    NotAssessed(Finding),
}

impl Asked {
    /// The demand could not be looked at.
    pub(crate) fn not_assessed(&self, why: &str) -> Finding {
        let what = match self.columns.is_empty() {
            true => self.topic().to_owned(),
            false => format!("{} of {}", self.topic(), self.names()),
        };
        self.finding(format!("{what}: not assessed, {why}"))
    }

    pub(crate) fn fell_short(&self, of: &Short) -> Outcome {
        let why = "there are more distinct values than fit into the memory that it may use";
        let (why, hint) = match of {
            Short::Memory => (why.to_owned(), "allow more memory, or a directory for the rest"),
            Short::Disk(problem) => (
                format!("{why}, and the temporary file for the rest can't be used: {problem}"),
                "make room on that disk, or allow more memory",
            ),
        };
        Outcome::NotAssessed(self.not_assessed(&why).hint(hint))
    }

    /// What follows from the number of rows.
    pub(crate) fn of_rows(&self, rows: u64) -> Outcome {
        let Demand::Limit(Counted::Rows, limit, _) = &self.demand else {
            return Outcome::Kept;
        };
        if limit.unit == Unit::Percent {
            return Outcome::NotAssessed(self.not_assessed("a row count has no per cent"));
        }
        if limit.operator.allows(as_f64(rows)) {
            return Outcome::Kept;
        }
        let bar = bar(limit);
        let message = format!("{}, {bar}", plural(rows, "row", "rows"));
        let found = plural(rows, "row", "rows");
        Outcome::Broken(self.finding(self.titled(message)).contrast(bar, found))
    }

    /// What follows from the rows that a check counted.
    pub(crate) fn of_tally(&self, tally: Tally, rows: u64) -> Outcome {
        if let Demand::Limit(counted, limit, _) = &self.demand {
            return self.of_limit(*counted, limit, tally, rows);
        }
        if let Demand::Own(own, _) = &self.demand {
            return self.of_own(own, tally, rows);
        }
        if tally.count == 0 {
            return Outcome::Kept;
        }
        let message =
            format!("{}: {} of {rows} {}", self.names(), tally.count, self.phrase(&tally, rows));
        let finding = self.finding(message).contrast(self.expected(), self.found(&tally));
        Outcome::Broken(self.with_cases(finding, tally, rows))
    }

    /// So many rows in the unit of the limit, which does not allow them; else what follows.
    fn beyond(&self, limit: &Limit, count: u64, rows: u64) -> Result<f64, Box<Outcome>> {
        let percent = limit.unit == Unit::Percent;
        if percent && rows == 0 {
            let why = "there are no rows to take a rate of";
            return Err(Box::new(Outcome::NotAssessed(self.not_assessed(why))));
        }
        let value = as_f64(count) * if percent { 100.0 / as_f64(rows) } else { 1.0 };
        if limit.operator.allows(value) { Err(Box::new(Outcome::Kept)) } else { Ok(value) }
    }

    fn of_limit(&self, counted: Counted, limit: &Limit, tally: Tally, rows: u64) -> Outcome {
        let percent = limit.unit == Unit::Percent;
        let value = match self.beyond(limit, tally.count, rows) {
            Ok(value) => value,
            Err(outcome) => return *outcome,
        };
        let bar = bar(limit);
        let found =
            if percent { rate(value, limit.operator) } else { plural(tally.count, "row", "rows") };
        let message = match percent {
            true => format!("{} rate of {} is {found}, {bar}", counted.word(), self.names()),
            false => {
                let verb = if tally.count == 1 { "is" } else { "are" };
                let (count, names, word) = (tally.count, self.names(), counted.word());
                format!("{names}: {count} of {rows} rows {verb} {word}, {bar}")
            }
        };
        let finding = self.finding(self.titled(message)).contrast(bar, found);
        Outcome::Broken(self.with_cases(finding, tally, rows))
    }

    /// "rows are empty, but the column is required".
    fn phrase(&self, tally: &Tally, of: u64) -> String {
        let rows = if of == 1 { "row" } else { "rows" };
        let (is, does) = if tally.count == 1 { ("is", "does") } else { ("are", "do") };
        let (repeat, says) = if tally.count == 1 { ("repeats", "says") } else { ("repeat", "say") };
        match &self.demand {
            Demand::Kind(noun) => format!("{rows} {is} not {noun}"),
            Demand::Required => format!("{rows} {is} empty, but the column is required"),
            Demand::KeyPart => {
                format!("{rows} {is} empty, but the column is part of the primary key")
            }
            Demand::Unique => format!("{rows} {repeat} an earlier value, but the column is unique"),
            Demand::Key => format!("{rows} {repeat} the primary key of an earlier row"),
            Demand::Bound(side, bound) => {
                format!("{rows} {is} {} {bound}{}", outside(*side), self.farthest(tally))
            }
            Demand::Multiple(of) => format!("{rows} {is} not a multiple of {of}"),
            Demand::Length(length) => format!("{rows} {is} not {length} long"),
            Demand::Pattern(pattern) => format!("{rows} {does} not match `{pattern}`"),
            Demand::Offset(true) => format!("{rows} {does} not say how far from UTC"),
            Demand::Offset(false) => format!("{rows} {says} how far from UTC"),
            Demand::Limit(..) | Demand::Own(..) => String::new(),
        }
    }

    fn expected(&self) -> String {
        match &self.demand {
            Demand::Kind(noun) => noun.clone(),
            Demand::Required | Demand::KeyPart => "a value in every row".to_owned(),
            Demand::Unique | Demand::Key => "no value twice".to_owned(),
            Demand::Bound(side, bound) => format!("{} {bound}", inside(*side)),
            Demand::Multiple(of) => format!("a multiple of {of}"),
            Demand::Length(length) => length.clone(),
            Demand::Pattern(pattern) => format!("a match of `{pattern}`"),
            Demand::Limit(_, limit, _) => bar(limit),
            Demand::Offset(true) => "times with an offset from UTC".to_owned(),
            Demand::Offset(false) => "times without an offset from UTC".to_owned(),
            Demand::Own(own, _) => own.expected(),
        }
    }

    fn found(&self, tally: &Tally) -> String {
        let cases = plural(tally.count, "row", "rows");
        match &self.demand {
            Demand::Required | Demand::KeyPart => format!("{cases} without a value"),
            Demand::Unique | Demand::Key => format!("{cases} with an earlier value"),
            _ => match tally.samples.first().and_then(|sample| sample.value.as_deref()) {
                Some(value) => format!("{cases}, the first with `{}`", self.shown(value)),
                None => cases,
            },
        }
    }

    /// " (greatest: 190)".
    fn farthest(&self, tally: &Tally) -> String {
        let Some(worst) = tally.worst.filter(|_| !self.masked) else {
            return String::new();
        };
        let which = if worst.side.is_lower() { "least" } else { "greatest" };
        format!(" ({which}: {})", shorten(&worst.domain.show(worst.value)))
    }

    fn topic(&self) -> &'static str {
        match &self.demand {
            Demand::Kind(_) => "the type",
            Demand::Required | Demand::KeyPart => "the absence of nulls",
            Demand::Unique => "the uniqueness",
            Demand::Key => "the primary key",
            Demand::Bound(..) => "a bound",
            Demand::Multiple(_) => "the multiple",
            Demand::Length(_) => "the length",
            Demand::Pattern(_) => "the pattern",
            Demand::Limit(Counted::Rows, ..) => "the row count",
            Demand::Limit(..) => "a quality rule",
            Demand::Offset(_) => "the offset from UTC",
            Demand::Own(own, _) => own.topic(),
        }
    }

    /// The rule's own name before the message, where it has one.
    fn titled(&self, message: String) -> String {
        match &self.demand {
            Demand::Limit(_, _, Some(name)) | Demand::Own(_, Some(name)) => {
                format!("{message} ({})", shorten(name))
            }
            _ => message,
        }
    }

    fn with_cases(&self, mut finding: Finding, tally: Tally, rows: u64) -> Finding {
        finding.extent = Some(Extent { count: tally.count, of: rows });
        let shown = |sample: Sample| Sample {
            value: sample.value.map(|value| self.shown(&value)),
            ..sample
        };
        finding.samples = tally.samples.into_iter().map(shown).collect();
        finding
    }

    fn shown(&self, value: &str) -> String {
        if self.masked { MASK.to_owned() } else { shorten(value) }
    }

    fn names(&self) -> String {
        let quoted: Vec<_> = self.columns.iter().map(|name| quote(name)).collect();
        quoted.join(", ")
    }

    pub(crate) fn finding(&self, message: String) -> Finding {
        let (rule, severity) = (Some(self.rule()), self.severity);
        let subject = match &self.demand {
            Demand::Own(own, name) => Some(name.clone().unwrap_or_else(|| own.expected())),
            _ => None,
        };
        Finding { rule, severity, subject, ..Finding::new(self.code, self.place(), message) }
    }

    /// What is told where it is met.
    pub(crate) fn passed(&self) -> Passed {
        let expected = match &self.demand {
            Demand::Limit(Counted::Rows, limit, _) => format!("the row count: {}", bar(limit)),
            Demand::Limit(counted, limit, _) => format!("{} rows: {}", counted.word(), bar(limit)),
            _ => self.expected(),
        };
        let (code, rule) = (self.code.to_owned(), Some(self.rule()));
        Passed { code, place: self.place(), expected, rule }
    }

    fn place(&self) -> Place {
        let column = (!self.columns.is_empty()).then(|| self.columns.join(", "));
        Place::Data { source: self.origin.source.clone(), column }
    }

    fn rule(&self) -> SourceLine {
        SourceLine { path: self.origin.contract.clone(), line: self.line }
    }
}

impl Counted {
    fn word(self) -> &'static str {
        match self {
            Self::Rows => "row",
            Self::Null => "null",
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Duplicate => "duplicate",
        }
    }
}
