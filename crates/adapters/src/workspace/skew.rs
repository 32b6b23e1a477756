//! Whether the data of a step agrees with the other sources of its features.

use tollgate_data::{DataError, DataSet, DriftLimits, FeatureSource, Options, consistency};
use tollgate_engine::Job;
use tollgate_model::{Counterpart, DataCheck, Report, Table};

use super::LocalWorkspace;
use super::check::{data_set, limits, place, together, unreadable};

/// What the data and the others disagree in; nothing where the step names no others. A
/// source that can't be read is a finding, and the others are compared all the same.
pub(super) fn report(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    check: &DataCheck,
    data: &DataSet,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<Report>, DataError> {
    if check.consistent_with.is_empty() {
        return Ok(None);
    }
    let reading = Reading { host, job, table: table(check), options, cancelled };
    let mut sources = vec![reading.data(data, None)?];
    let mut unread = Report::new(Vec::new(), Vec::new());
    for other in &check.consistent_with {
        match reading.source(other, &sources[0]) {
            Ok(source) => sources.push(source),
            Err(error @ DataError::Cancelled { .. }) => return Err(error),
            Err(error) => unread = together(unread, unreadable(other.path(), &error.to_string())),
        }
    }
    let limits = check.drift.as_ref().map_or_else(DriftLimits::default, limits);
    Ok(Some(together(unread, consistency(&sources, &limits))))
}

fn table(check: &DataCheck) -> Option<&Table> {
    check.contract.table(check.table.as_deref())
}

struct Reading<'a> {
    host: &'a LocalWorkspace<'a>,
    job: &'a Job<'a>,
    table: Option<&'a Table>,
    options: &'a Options,
    cancelled: &'a dyn Fn() -> bool,
}

impl Reading<'_> {
    fn source(&self, of: &Counterpart, like: &FeatureSource) -> Result<FeatureSource, DataError> {
        let path = match of {
            Counterpart::Registry(registry) => return Ok(FeatureSource::of_registry(registry)),
            Counterpart::File(path) => path,
        };
        let Some(place) = place(self.host, self.job, path) else {
            let source = std::io::Error::other("it leads out of what the needed step left");
            return Err(DataError::Unreadable { path: path.to_string(), source });
        };
        match FeatureSource::defined_in(&place, path.as_str())? {
            Some(defined) => Ok(defined),
            None => self.data(&data_set(&place, self.job, path)?, Some(like)),
        }
    }

    fn data(
        &self,
        set: &DataSet,
        like: Option<&FeatureSource>,
    ) -> Result<FeatureSource, DataError> {
        FeatureSource::of_data(set, self.table, like, self.options, self.cancelled)
    }
}
