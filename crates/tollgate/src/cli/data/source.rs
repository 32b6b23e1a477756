//! Data that a verb reads, perhaps more than once.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::NamedTempFile;
use tollgate_data::{DataError, DataSet, FeatureSource, Options, Profile, Watched};
use tollgate_model::Table;

use super::{data_set, delimiter, refuse};
use crate::cli::{Context, run};
use crate::error::CliError;

/// Bytes that are taken from standard input at a time.
const PIECE: usize = 64 << 10;

/// How data is read.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Reading {
    /// What stands between the fields of CSV: one character, or `tab`. Without it the header shows.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
}

/// A file, a directory or a glob, or what standard input gave.
pub(super) struct Source {
    pub(super) set: DataSet,
    pub(super) options: Options,
    stop: Arc<AtomicBool>,
    /// Standard input can't be read twice. The file is gone once nobody needs it.
    _kept: Option<NamedTempFile>,
}

impl Source {
    pub(super) fn find(path: &Path, how: &Reading, context: &Context) -> Result<Self, CliError> {
        let stop = run::stop_on_signals()?;
        let options = Options {
            delimiter: how.delimiter,
            spill_to: Some(std::env::temp_dir()),
            ..Options::default()
        };
        let (set, kept) = if path == Path::new("-") {
            let kept = keep(&mut std::io::stdin().lock(), &options, &stop).map_err(refuse)?;
            (DataSet::file(kept.path(), "stdin"), Some(kept))
        } else {
            let shown = path.display().to_string();
            (data_set(path, &shown, context).map_err(refuse)?, None)
        };
        Ok(Self { set, options, stop, _kept: kept })
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) fn profile(
        &self,
        table: Option<&Table>,
        watched: &Watched<'_>,
    ) -> Result<Profile, CliError> {
        tollgate_data::profile(&self.set, table, watched, &self.options, &|| self.is_stopped())
            .map_err(refuse)
    }

    pub(super) fn features(
        &self,
        table: Option<&Table>,
        like: Option<&FeatureSource>,
    ) -> Result<FeatureSource, CliError> {
        let stopped = || self.is_stopped();
        FeatureSource::of_data(&self.set, table, like, &self.options, &stopped).map_err(refuse)
    }
}

/// All of the input, in a file without a name that tells of a format. It is as large as any other
/// temporary file may become.
fn keep(
    input: &mut impl Read,
    options: &Options,
    stop: &AtomicBool,
) -> Result<NamedTempFile, DataError> {
    let unreadable = |source| DataError::Unreadable { path: "stdin".to_owned(), source };
    let mut file = NamedTempFile::new().map_err(unreadable)?;
    let (mut piece, mut left) = (vec![0; PIECE], options.max_spill);
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(DataError::Cancelled { path: "stdin".to_owned() });
        }
        let count = match input.read(&mut piece) {
            Ok(0) => return Ok(file),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(error)),
        };
        let too_large = || std::io::Error::new(ErrorKind::FileTooLarge, "it is too large to keep");
        left = left.checked_sub(count as u64).ok_or_else(too_large).map_err(unreadable)?;
        file.write_all(&piece[..count]).map_err(unreadable)?;
    }
}

/// What stands for the data in a file name.
pub(super) fn stem(path: &Path) -> String {
    let name = match path.to_str() {
        Some("-") => Some("data"),
        _ => path.file_name().and_then(|name| name.to_str()),
    };
    let stem = name.unwrap_or("data").split(['.', '*', '?', '[', '{']).next();
    stem.filter(|stem| !stem.is_empty()).unwrap_or("data").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_kept_as_it_is_up_to_a_limit() {
        let (stop, options) = (AtomicBool::new(false), Options::default());
        let text = "a,b\n1,2\n".repeat(20_000);
        let kept = keep(&mut text.as_bytes(), &options, &stop).unwrap();
        assert_eq!(std::fs::read_to_string(kept.path()).unwrap(), text);
        let options = Options { max_spill: 1_000, ..options };
        assert!(keep(&mut text.as_bytes(), &options, &stop).is_err());
        stop.store(true, Ordering::Relaxed);
        let stopped = keep(&mut "a".as_bytes(), &options, &stop);
        assert!(matches!(stopped, Err(DataError::Cancelled { .. })));
    }
}
