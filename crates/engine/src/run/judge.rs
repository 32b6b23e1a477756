//! A gate's attempt: its files are read, and it is judged.

use tollgate_model::{
    Baseline, Columns, Digest, Finding, Gate, Judged, Place, RelPath, Report, Sketch, StepEnd,
};

use super::inputs::{self, Needs};
use super::work::Task;
use crate::gate::{self, Evidence};
use crate::{Performed, PortError, PortErrorKind, Ports, Scan};

/// Where a gate's files come from.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    pub(super) needs: &'a Needs,
    pub(super) scan: &'a Scan,
    pub(super) ports: Ports<'a>,
}

impl Files<'_> {
    /// The bytes of a file; none where the needed step left a directory without it.
    fn read(&self, path: &RelPath) -> Result<Option<Vec<u8>>, PortError> {
        match inputs::find(path, self.needs) {
            Some((tree, Some(file))) => match self.ports.store.get_in(&tree.digest, &file) {
                Err(error)
                    if error.kind == PortErrorKind::NotFound && self.ports.store.has(tree) =>
                {
                    Ok(None)
                }
                bytes => bytes.map(Some),
            },
            Some((output, None)) => self.ports.store.get(&output.digest).map(Some),
            None => {
                let why = format!("{path} is not there");
                let missing = || PortError::new("project", PortErrorKind::NotFound, why);
                self.ports.workspace.read(self.scan.get(path).ok_or_else(missing)?).map(Some)
            }
        }
    }

    /// The store's digest of a file, which is put there if it comes from elsewhere; none as in
    /// [`Self::read`].
    pub(super) fn stored(&self, path: &RelPath) -> Result<Option<Digest>, PortError> {
        if let Some((output, None)) = inputs::find(path, self.needs) {
            return Ok(Some(output.digest));
        }
        let bytes = self.read(path)?;
        bytes.map(|bytes| self.ports.store.put(&bytes)).transpose()
    }
}

/// Predictions that can't be had are the finding of a gate; what breaks on the way is not.
type Read = Result<Columns, String>;

impl Task<'_> {
    /// Reads the gate's files and judges.
    pub(super) fn judge(
        &self,
        gate: &Gate,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Performed, PortError> {
        let files = Files { needs: &self.needs, scan: self.scan, ports: self.ports };
        let mut metrics = Vec::new();
        for path in &gate.metrics {
            match files.read(path)? {
                Some(bytes) => metrics.push((path.to_string(), bytes)),
                None => return Ok(assessed(missing(path))),
            }
        }
        let Some(names) = &gate.predictions else {
            let evidence = Evidence { metrics: &metrics, ..Evidence::default() };
            return Ok(assessed(gate::judge(gate, &evidence, CONFIG)));
        };
        let Some(stored) = files.stored(&names.path)? else {
            return Ok(assessed(missing(&names.path)));
        };
        let predictions = self.columns(gate, &names.path.to_string(), &stored, cancelled)?;
        let baseline = self.baseline(gate, files, cancelled)?;
        if cancelled() {
            return Ok(Performed::ended(StepEnd::Cancelled));
        }
        // Keys that are missing or repeated are told by the comparison.
        let columns = predictions.as_ref().ok();
        let holdout = columns.and_then(|columns| gate::holdout(gate, columns).ok().flatten());
        let compared = holdout.filter(|_| baseline.is_some());
        let evidence = Evidence {
            metrics: &metrics,
            predictions: Some(as_ref(&predictions)),
            baseline: baseline.as_ref().map(|(name, read)| (name.as_str(), as_ref(read))),
            holdout_use: compared.map_or(0, |holdout| self.use_of(&holdout, &stored)),
            threads: self.step.resources.cpus as usize,
        };
        let report = gate::judge(gate, &evidence, CONFIG);
        let figures = report.figures.clone();
        let judged = Judged { predictions: stored, holdout: compared, figures };
        let curves = gate::curves(gate, &evidence);
        let sketch = (!curves.is_empty()).then_some(Sketch::Curves(curves));
        Ok(Performed { judged: Some(judged), sketch, ..assessed(report) })
    }

    fn columns(
        &self,
        gate: &Gate,
        name: &str,
        stored: &Digest,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Read, PortError> {
        let system = "store";
        if let Some(damage) = self.ports.store.verify(stored)? {
            return Err(PortError::new(system, PortErrorKind::Permanent, damage));
        }
        self.ports.workspace.columns(stored, name, &gate::columns(gate), cancelled)
    }

    /// What it is compared with, and by which name.
    fn baseline(
        &self,
        gate: &Gate,
        files: Files<'_>,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<(String, Read)>, PortError> {
        let Some(asked) = &gate.compare else { return Ok(None) };
        let (name, stored) = match (&asked.baseline, &self.baseline) {
            (Baseline::File(path), _) => (path.to_string(), files.stored(path)?),
            (_, Some(chosen)) => (chosen.name.clone(), Some(chosen.predictions)),
            (Baseline::Run(run), None) => (run.to_string(), None),
            (_, None) => return Ok(None),
        };
        let gone = || {
            format!("its predictions are not to be had: {name} left none, or they were collected")
        };
        let read = match stored {
            Some(stored) => match self.columns(gate, &name, &stored, cancelled) {
                Err(error) if error.kind == PortErrorKind::NotFound => Err(gone()),
                read => read?,
            },
            None => Err(gone()),
        };
        Ok(Some((name, read)))
    }

    /// Which use of the holdout it is: the same predictions again are the same use.
    fn use_of(&self, holdout: &Digest, predictions: &Digest) -> u64 {
        let before = self.uses.get(holdout).map_or(&[][..], Vec::as_slice);
        let known = before.iter().position(|used| used == predictions);
        known.unwrap_or(before.len()) as u64 + 1
    }
}

const CONFIG: &str = "tollgate.yaml";

fn as_ref(read: &Read) -> Result<&Columns, &str> {
    read.as_ref().map_err(String::as_str)
}

fn assessed(report: Report) -> Performed {
    Performed { report: Some(report), ..Performed::ended(StepEnd::Assessed) }
}

// The directory is there as the needed step left it, so that step is to blame.
fn missing(path: &RelPath) -> Report {
    let place = Place::File { path: path.to_string(), line: None };
    let message = format!("{path} is not in the directory that the needed step left");
    Report::new(vec![Finding::new("gate.missing", place, message)], Vec::new())
}
