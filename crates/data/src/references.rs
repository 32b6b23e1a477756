//! Other data that foreign keys refer to: read before the pass, its values held in memory.

use tollgate_model::{Check as Metric, Column, Reference, Severity, Table};

use crate::checks::{Budget, Check, KeySet, Known};
use crate::domain::Domain;
use crate::fit::Fit;
use crate::parse::cell::Reading;
use crate::plan::{Plan, reading};
use crate::reader::{Kind, Opening, Source, SourceColumn, Wanted};
use crate::report::{Asked, Demand, Origin, quote};
use crate::{DataError, DataSet, Options, pass};

/// All that the table refers to, and the memory that is left for the rest.
pub(crate) struct References {
    pub(crate) budget: Budget,
    found: Vec<Found>,
}

struct Found {
    columns: Vec<String>,
    reference: Reference,
    /// The values, or why there are none.
    known: Result<Known, String>,
}

impl References {
    /// Where nothing is referred to.
    pub(crate) fn none(options: &Options) -> Self {
        Self { budget: Budget::new(options), found: Vec::new() }
    }

    /// Reads the data that the table's foreign keys refer to. `own` is the data that is checked; it
    /// is none where that can be read only once. What can't be read is no error: the
    /// rule is then not assessed.
    pub(crate) fn read(
        table: &Table,
        own: Option<&DataSet>,
        source: &[SourceColumn],
        options: &Options,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, DataError> {
        let mut all = Self::none(options);
        for rule in table.all_rules() {
            let Metric::ForeignKey { columns, references } = &rule.check else { continue };
            if all.of(columns, references).is_some() {
                continue;
            }
            let reader = Reader { table, own, source, options, cancelled, budget: &all.budget };
            let known = match reader.known(columns, references) {
                Ok(known) => Ok(known),
                Err(Fault::Why(why)) => Err(why),
                Err(Fault::Cancelled(error)) => return Err(error),
            };
            let (columns, reference) = (columns.clone(), references.clone());
            all.found.push(Found { columns, reference, known });
        }
        Ok(all)
    }

    /// The values to which these columns refer; `None` where nobody asked before.
    pub(crate) fn of(
        &self,
        columns: &[String],
        reference: &Reference,
    ) -> Option<&Result<Known, String>> {
        let is_it = |found: &&Found| found.columns == columns && found.reference == *reference;
        self.found.iter().find(is_it).map(|found| &found.known)
    }
}

/// Why there are no values.
enum Fault {
    Why(String),
    Cancelled(DataError),
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Self::Why(why)
    }
}

struct Reader<'a> {
    table: &'a Table,
    own: Option<&'a DataSet>,
    source: &'a [SourceColumn],
    options: &'a Options,
    cancelled: &'a dyn Fn() -> bool,
    budget: &'a Budget,
}

impl Reader<'_> {
    fn known(&self, columns: &[String], reference: &Reference) -> Result<Known, Fault> {
        let set = self.place(reference)?;
        let shown = set.shown();
        let Some(first) = set.parts().first() else {
            return Err(Fault::Why(format!("{} has no files", quote(shown))));
        };
        let opening = Opening { options: self.options, names: &reference.columns };
        let open = Source::open(first, set.is_several(), &opening);
        let other = open.map_err(|error| error.to_string())?;
        let theirs = other.columns().to_vec();
        let readings = columns.iter().map(|name| self.reading(name));
        let readings = readings.collect::<Result<Vec<_>, _>>()?;
        let wanted = reference.columns.iter().zip(&readings);
        let wanted = wanted
            .map(|(name, own)| self.wanted(name, own, &theirs, reference, shown))
            .collect::<Result<Vec<_>, _>>()?;
        let plan = || self.plan(&wanted, shown);
        let fit = |plan: &Plan| Fit::of(reference.columns.iter(), &theirs, plan);
        let (plan, seen) = match pass::over(set, other, fit, &plan, &opening, self.cancelled) {
            Ok(read) => read,
            Err(error @ DataError::Cancelled { .. }) => return Err(Fault::Cancelled(error)),
            Err(error) => return Err(Fault::Why(error.to_string())),
        };
        // Values could be among those of the part that was not read.
        if let Some((part, why)) = seen.unlike.first() {
            return Err(Fault::Why(format!("{} is unlike the other parts: {why}", quote(part))));
        }
        // Of JSON only its rows tell which columns there are.
        let is_told = |name: &&String| seen.rows == 0 || seen.names.contains(*name);
        let mut json = reference.columns.iter().filter(|name| is_json(&theirs, name));
        if let Some(name) = json.find(|name| !is_told(name)) {
            return Err(Fault::Why(format!("{} has no column {}", quote(shown), quote(name))));
        }
        let known = plan.checks.into_iter().next().and_then(Check::collected);
        known.ok_or_else(|| {
            let why = "has more distinct values than fit into the memory that may be used";
            Fault::Why(format!("{} {why}", quote(shown)))
        })
    }

    fn place(&self, reference: &Reference) -> Result<&DataSet, String> {
        let Some(data) = &reference.data else {
            let once = || "the data refers to itself, and can be read only once".to_owned();
            return self.own.ok_or_else(once);
        };
        let set = self.options.references.get(data.as_str());
        set.ok_or_else(|| format!("{} is not at hand", quote(data.as_str())))
    }

    /// How the cells of the column that refers are read.
    fn reading(&self, name: &str) -> Result<Reading, String> {
        let column = self.column(name).ok_or_else(|| missing(name))?;
        let found = self.source.iter().find(|source| source.name == name);
        let kind = &found.ok_or_else(|| missing(name))?.kind;
        reading(column, kind)
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.table.columns.iter().find(|column| column.name == name)
    }

    /// The column that is referred to, read so that its values can be compared.
    fn wanted(
        &self,
        name: &str,
        own: &Reading,
        columns: &[SourceColumn],
        reference: &Reference,
        shown: &str,
    ) -> Result<Wanted, String> {
        let index = columns.iter().position(|column| column.name == *name);
        let index =
            index.ok_or_else(|| format!("{} has no column {}", quote(shown), quote(name)))?;
        let declared = self.column(name).filter(|_| reference.data.is_none());
        let reading = match (&columns[index].kind, declared) {
            (kind, Some(column)) => reading(column, kind)?,
            (Kind::Untyped | Kind::Json, None) if !matches!(own.domain, Domain::Decimal { .. }) => {
                own.clone()
            }
            (Kind::Typed(domain), None) => Reading { domain: *domain, pattern: None, any: false },
            _ => return Err(format!("{} of {} is not read", quote(name), quote(shown))),
        };
        match comparable(own.domain, reading.domain) {
            true => Ok(Wanted { index, reading }),
            false => {
                let (ours, theirs) = (own.domain.noun(), reading.domain.noun());
                Err(format!("it holds {ours}, and {} of {} {theirs}", quote(name), quote(shown)))
            }
        }
    }

    fn plan(&self, wanted: &[Wanted], shown: &str) -> Plan {
        let origin = Origin { source: shown.to_owned(), contract: String::new() };
        let (severity, demand) = (Severity::Error, Demand::Key);
        let (code, columns) = ("data.foreign-key", Vec::new());
        let asked = Asked { origin, code, columns, masked: true, line: 0, severity, demand };
        let keys = KeySet::new((0..wanted.len()).collect(), self.budget.clone());
        Plan {
            wanted: wanted.to_vec(),
            checks: vec![Check::collect(asked, keys)],
            findings: Vec::new(),
            not_assessed: Vec::new(),
            unexpected: 0,
            unread: Vec::new(),
        }
    }
}

fn is_json(columns: &[SourceColumn], name: &str) -> bool {
    columns.iter().any(|column| column.name == name && column.kind == Kind::Json)
}

fn missing(name: &str) -> String {
    format!("there is no column {}", quote(name))
}

/// Whether equal values of both have equal keys.
fn comparable(one: Domain, other: Domain) -> bool {
    let whole = |domain| matches!(domain, Domain::Integer | Domain::Decimal { scale: 0 });
    let number = |domain| matches!(domain, Domain::Number { single: false }) || whole(domain);
    one == other || (number(one) && number(other))
}
