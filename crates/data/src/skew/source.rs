//! What a source knows of its features.

use std::collections::HashMap;

use tollgate_model::{Bounds, FeatureType, LogicalType, Registry, Table};

use crate::domain::Domain;
use crate::profile::{ColumnProfile, ColumnType, Profile, Watched, guess, logical, plain, profile};
use crate::reader::{Kind, Opening};
use crate::run::open;
use crate::{DataError, DataSet, Options};

/// One of several sources of the same features.
#[derive(Clone, Debug)]
pub struct FeatureSource {
    shown: String,
    registry: bool,
    rows: Option<u64>,
    columns: Vec<Column>,
    places: HashMap<String, usize>,
}

/// A feature, as one source has it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) values: Values,
    pub(super) written: Written,
    /// Whether the source says that there are no nulls.
    pub(super) required: bool,
    /// Whether a registry has it beside the features, so that data may lack it.
    pub(super) optional: bool,
    /// Whether its values tell rows apart, and so are others in each sample.
    pub(super) identifies: bool,
    /// What its values are like, where the source has any.
    pub(super) profile: Option<ColumnProfile>,
}

/// What the values of a feature are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    Of(FeatureType),
    /// Records, lists and what else is not looked into.
    Composed,
    /// Of several kinds at once.
    Mixed,
    /// There are none, or the source does not tell.
    Unknown,
}

/// How values say what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// By a type of the column.
    Typed,
    /// Each by itself, or by its looks: as JSON and CSV do, which have neither times nor widths.
    Loose,
}

impl FeatureSource {
    /// The features of data. Texts are read as the types that the table of a contract tells, else
    /// as those of the source that it is to be compared with; and the table tells which columns
    /// are masked.
    ///
    /// # Errors
    /// If the data can't be read to its end, its files differ in their columns, or `cancelled`
    /// says so.
    pub fn of_data(
        set: &DataSet,
        table: Option<&Table>,
        like: Option<&Self>,
        options: &Options,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, DataError> {
        let own = guess(set, options, cancelled)?;
        let names: Vec<_> = own.columns.iter().map(|column| column.name.clone()).collect();
        let stored = open(set, &Opening { options, names: &names })?.columns().to_vec();
        let asked = asked(&own, table, like);
        let taken = profile(set, Some(&asked), &Watched::default(), options, cancelled)?;
        let read = own.columns.iter().zip(&asked.columns).zip(&stored);
        let columns = read.map(|((guessed, asked), stored)| {
            let profile = taken.column(&guessed.name);
            let types = (guessed.logical_type, asked.logical_type);
            let (values, written) = values(&stored.kind, types, profile);
            let told = table.and_then(|table| find(table, &guessed.name));
            let key = told.is_some_and(|told| told.unique || told.primary_key.is_some());
            let identifies = key || profile.is_some_and(counts_rows);
            let profile = profile.cloned();
            Column { profile, identifies, ..Column::new(&guessed.name, values, written) }
        });
        Ok(Self::new(set.shown(), Some(taken.rows()), columns.collect()))
    }

    /// The features of data of which a profile was taken. It does not tell how they were stored.
    #[must_use]
    pub fn of_profile(profile: &Profile) -> Self {
        let columns = profile.columns().iter().map(|column| {
            let values = match column.nulls() == column.rows() {
                true => Values::Unknown,
                false => Values::Of(feature_type(column.kind())),
            };
            let (profile, identifies) = (Some(column.clone()), counts_rows(column));
            Column { profile, identifies, ..Column::new(column.name(), values, Written::Loose) }
        });
        Self::new(profile.source(), Some(profile.rows()), columns.collect())
    }

    /// The features that a registry lists.
    #[must_use]
    pub fn of_registry(registry: &Registry) -> Self {
        let columns = registry.features.iter().map(|feature| {
            let values = feature.kind.map_or(Values::Unknown, Values::Of);
            let (required, optional) = (feature.required, feature.optional);
            Column { required, optional, ..Column::new(&feature.name, values, Written::Typed) }
        });
        Self { registry: true, ..Self::new(&registry.path, None, columns.collect()) }
    }

    /// What findings call it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The same, called otherwise.
    #[must_use]
    pub fn called(self, shown: &str) -> Self {
        Self { shown: shown.to_owned(), ..self }
    }

    fn new(shown: &str, rows: Option<u64>, columns: Vec<Column>) -> Self {
        let places = columns.iter().enumerate().rev();
        let places = places.map(|(at, column)| (column.name.clone(), at)).collect();
        Self { shown: shown.to_owned(), registry: false, rows, columns, places }
    }

    pub(super) fn is_registry(&self) -> bool {
        self.registry
    }

    /// Whether it is data without a row: that says nothing about its features.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == Some(0)
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.places.get(name).map(|at| &self.columns[*at])
    }
}

impl Column {
    fn new(name: &str, values: Values, written: Written) -> Self {
        let (required, optional, identifies, profile) = (false, false, false, None);
        Self { name: name.to_owned(), values, written, required, optional, identifies, profile }
    }
}

/// Whether each row has a whole number of its own.
fn counts_rows(column: &ColumnProfile) -> bool {
    let own = column.distinct().is_some_and(|(kinds, _)| kinds >= column.valid());
    own && column.kind() == ColumnType::Integer
}

fn find<'a>(table: &'a Table, name: &str) -> Option<&'a tollgate_model::Column> {
    table.columns.iter().find(|column| column.name == name)
}

/// As what the columns are read, so that those of several sources can be compared.
fn asked(own: &Table, table: Option<&Table>, like: Option<&FeatureSource>) -> Table {
    let mut asked = own.clone();
    for column in &mut asked.columns {
        let told = table.and_then(|table| find(table, &column.name));
        let theirs = || like?.column(&column.name)?.profile.as_ref();
        let kind = told.map_or_else(
            || theirs().map(|theirs| logical(theirs.kind())),
            |told| told.logical_type,
        );
        // `5.0` is no whole number, and `1.5` all the less: as such they would be lost.
        let decimals = column.logical_type == Some(LogicalType::Number);
        if let Some(kind) = kind.filter(|kind| !(decimals && *kind == LogicalType::Integer)) {
            let format = told.and_then(|told| told.bounds.format.clone());
            let own = column.bounds.format.clone().filter(|_| column.logical_type == Some(kind));
            column.bounds = Bounds { format: format.or(own), ..Bounds::default() };
            column.logical_type = Some(kind);
        }
        *column = tollgate_model::Column {
            logical_type: column.logical_type,
            masked: told.is_some_and(|told| told.masked)
                || theirs().is_some_and(ColumnProfile::is_masked),
            bounds: column.bounds.clone(),
            ..plain(&column.name)
        };
    }
    asked
}

/// What a column has by its stored type; else by the type that was asked for, where all texts are
/// of it, or by their looks.
fn values(
    stored: &Kind,
    (guessed, asked): (Option<LogicalType>, Option<LogicalType>),
    profile: Option<&ColumnProfile>,
) -> (Values, Written) {
    let written = match stored {
        Kind::Typed(domain) => return (Values::Of(of_domain(*domain)), Written::Typed),
        Kind::Record | Kind::List | Kind::Unsupported(_) => {
            return (Values::Composed, Written::Typed);
        }
        Kind::Json | Kind::Untyped => Written::Loose,
    };
    let Some(profile) = profile.filter(|profile| profile.nulls() < profile.rows()) else {
        return (Values::Unknown, written);
    };
    let read = asked.filter(|_| profile.invalid() == 0).or(guessed);
    let values = match read {
        Some(LogicalType::Object | LogicalType::Array) => Values::Composed,
        Some(_) => Values::Of(of_domain(Domain::of(read))),
        None => Values::Mixed,
    };
    (values, written)
}

fn of_domain(domain: Domain) -> FeatureType {
    match domain {
        Domain::Number { single: true } => FeatureType::Float32,
        other => feature_type(other.into()),
    }
}

fn feature_type(kind: ColumnType) -> FeatureType {
    match kind {
        ColumnType::Boolean => FeatureType::Boolean,
        ColumnType::Date => FeatureType::Date,
        ColumnType::Integer => FeatureType::Integer,
        ColumnType::Number => FeatureType::Number,
        ColumnType::Text => FeatureType::Text,
        ColumnType::Time => FeatureType::Time,
        ColumnType::Timestamp => FeatureType::Timestamp,
    }
}
