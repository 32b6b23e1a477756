//! Parts of the data that miss their bars, or are worse than the baseline.

use tollgate_model::{BarFigure, Finding, Requirement, Severity, SliceFigure, Verdict};
use tollgate_stats::metrics::Metric;

use super::Judge;
use crate::gate::model::Model;
use crate::gate::slices::{self, Against};
use crate::gate::{bars, claims};

impl<'a> Judge<'a> {
    pub(super) fn slices(&mut self, model: Model<'a>, against: Option<&Against<'a>>) {
        let Some(asked) = &self.gate.slices else { return };
        let mut bars = Vec::new();
        for bar in &asked.require {
            match bar.metric.parse() {
                Ok(metric) => bars.push((bar, metric)),
                Err(_) => self.unknown(bar),
            }
        }
        match slices::measure_all(asked, &bars, model, against, self.draws()) {
            Ok((figures, small)) => {
                for slice in &figures {
                    self.slice(slice, &bars, asked.margin);
                }
                self.told.slices = figures;
                self.too_small(&small, asked.min_rows);
            }
            Err(why) => {
                let found = self.about_rows("gate.slices", why);
                self.findings.push(found);
            }
        }
    }

    /// Slices that are not judged, which is nobody's failure, and is said.
    fn too_small(&mut self, small: &[(String, u64)], least: u64) {
        let Some((largest, rows)) = small.iter().max_by_key(|(_, rows)| *rows) else { return };
        let count = match small.len() {
            1 => "1 slice is".to_owned(),
            several => format!("{several} slices are"),
        };
        let message = format!(
            "{count} not judged, with fewer than {least} rows; the largest is {largest} ({rows} rows)"
        );
        let found = self.about_rows("gate.slices", message);
        self.findings.push(Finding { severity: Severity::Info, ..found });
    }

    fn slice(&mut self, slice: &SliceFigure, bars: &[(&Requirement, Metric)], margin: Option<f64>) {
        for figure in slice.bars.iter().filter(|figure| figure.verdict != Verdict::Pass) {
            if let Some((bar, _)) = bars.iter().find(|(bar, _)| bar.metric == figure.metric) {
                self.missed(slice, figure, bar);
            }
        }
        match (slice.gain, margin) {
            (Some(gain), Some(margin)) if gain.2 < -margin => self.worse(slice, gain, margin),
            _ => {}
        }
    }

    fn missed(&mut self, slice: &SliceFigure, figure: &BarFigure, bar: &Requirement) {
        let (name, rows, shown) = (&slice.slice, slice.rows, bars::shown(figure, bar));
        let chance = match figure.verdict {
            Verdict::Undecided => "; with so few rows that may be chance",
            _ => "",
        };
        let message = format!(
            "`{}` is {shown} where {name} ({rows} rows), must be {}{chance}",
            bar.metric, bar.threshold
        );
        let found = claims::finding("gate.slice", self.source(), bar, self.config, message);
        let expected = format!("{} {}", bar.metric, bar.threshold);
        let found = found.contrast(expected, claims::number(figure.value)).about(name);
        match figure.verdict {
            Verdict::Undecided => self.open.push(found),
            _ => self.findings.push(found),
        }
    }

    fn worse(&mut self, slice: &SliceFigure, (gain, low, high): (f64, f64, f64), margin: f64) {
        let message = format!(
            "worse than the baseline where {} ({} rows): {gain:+.4} ({low:+.4} to {high:+.4}), \
             allowed is -{margin}",
            slice.slice, slice.rows
        );
        let found = self.about_rows("gate.slice", message).about(&slice.slice);
        self.findings.push(found);
    }
}
