//! Bars: on what files of metrics claim, on what the rows say, and on the mean of several trainings.

use tollgate_model::{BarFigure, Predictions, Requirement, Verdict};
use tollgate_stats::metrics::{Metric, NAMES};

use super::Judge;
use crate::gate::claims::{self, Claims};
use crate::gate::model::Model;
use crate::gate::{bars, repeats};

impl<'a> Judge<'a> {
    pub(super) fn claims(&mut self) -> Vec<Claims<'a>> {
        let mut read = Vec::new();
        for (source, bytes) in self.evidence.metrics {
            match Claims::read(bytes, source) {
                Ok(claims) => read.push(claims),
                Err(finding) => self.findings.push(*finding),
            }
        }
        // Half of the repeats is another question.
        if read.len() < self.evidence.metrics.len() { Vec::new() } else { read }
    }

    /// Bars on what one file claims. Where there are predictions, they have the last word.
    pub(super) fn bars(&mut self, claims: Option<&Claims<'a>>) {
        for bar in &self.gate.require {
            let metric = bar.metric.parse::<Metric>().ok();
            match (&self.gate.predictions, metric, claims) {
                (Some(predictions), Some(metric), claims) => {
                    self.computed_bar(bar, metric, predictions, claims);
                }
                (_, _, Some(claims)) => self.claimed_bar(bar, claims),
                (Some(_), None, None) if self.gate.metrics.is_empty() => self.unknown(bar),
                // The file could not be read, which was told.
                _ => {}
            }
        }
    }

    fn claimed_bar(&mut self, bar: &'a Requirement, claims: &Claims<'a>) {
        let finding = claims.check(bar, self.config);
        if let Some(value) = claims.number(&bar.metric) {
            let verdict = if finding.is_none() { Verdict::Pass } else { Verdict::Fail };
            let (metric, bar) = (bar.metric.clone(), bar.threshold.to_string());
            self.told.bars.push(BarFigure { metric, bar, value, interval: None, verdict });
        }
        self.findings.extend(finding);
    }

    fn computed_bar(
        &mut self,
        bar: &'a Requirement,
        metric: Metric,
        names: &'a Predictions,
        claims: Option<&Claims<'a>>,
    ) {
        let source = names.path.as_str();
        // Why the predictions can't be read is told once, for all.
        let Some(Ok(columns)) = self.evidence.predictions else { return };
        let all: Vec<usize> = (0..columns.rows).collect();
        match bars::measure(bar, metric, Model { names, columns }, &all, self.draws()) {
            Ok(figure) => {
                self.against_claim(bar, &figure, claims, source);
                self.against_bar(bar, &figure, source);
                self.told.bars.push(figure);
            }
            Err(why) => {
                let message = format!("`{}` can't be computed: {why}", bar.metric);
                let found = claims::finding("gate.undefined", source, bar, self.config, message);
                self.findings.push(found);
            }
        }
    }

    /// A claim that is no number fails its bar; one that nobody makes is none.
    fn against_claim(
        &mut self,
        bar: &Requirement,
        figure: &BarFigure,
        claims: Option<&Claims<'a>>,
        source: &str,
    ) {
        let Some(claims) = claims else { return };
        match claims.number(&bar.metric) {
            Some(claim) => self.compare_claim(bar, claim, figure, source),
            None if claims.names(&bar.metric) => {
                self.findings.extend(claims.check(bar, self.config));
            }
            None => {}
        }
    }

    fn against_bar(&mut self, bar: &Requirement, figure: &BarFigure, source: &str) {
        if figure.verdict == Verdict::Pass {
            return;
        }
        let shown = bars::shown(figure, bar);
        let message = format!("`{}` is {shown}, must be {}", bar.metric, bar.threshold);
        let found = claims::finding("gate.threshold", source, bar, self.config, message);
        let expected = format!("{} {}", bar.metric, bar.threshold);
        self.findings.push(found.contrast(expected, claims::number(figure.value)));
    }

    fn compare_claim(&mut self, bar: &Requirement, claim: f64, figure: &BarFigure, source: &str) {
        let apart = (claim - figure.value).abs();
        // A NaN is apart from everything.
        if apart <= self.gate.tolerance {
            return;
        }
        let claimant = self.evidence.metrics.first().map_or("", |(name, _)| name);
        let message = format!(
            "{claimant} claims that `{}` is {claim}, and {source} says {:.6}",
            bar.metric, figure.value
        );
        let found = claims::finding("gate.claim", claimant, bar, self.config, message);
        let expected = format!("{:.6}, give or take {}", figure.value, self.gate.tolerance);
        let hint = "both must come from the same model and the same rows";
        self.findings.push(found.contrast(expected, claim.to_string()).hint(hint));
    }

    pub(super) fn unknown(&mut self, bar: &Requirement) {
        let source = self.source();
        let message = format!("`{}` is no metric that is computed from predictions", bar.metric);
        let found = claims::finding("gate.unknown-metric", source, bar, self.config, message);
        self.findings.push(found.contrast(NAMES.join(", "), bar.metric.clone()));
    }

    /// Bars on the mean of several trainings.
    pub(super) fn repeats(&mut self, files: &[Claims<'a>]) {
        let names: Vec<&str> =
            self.evidence.metrics.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(", ");
        for bar in &self.gate.require {
            match repeats::measure(bar, files, &names, self.config) {
                Ok((figure, unmet)) => {
                    match figure.verdict {
                        Verdict::Undecided => self.open.extend(unmet),
                        _ => self.findings.extend(unmet),
                    }
                    self.told.bars.push(figure);
                }
                Err(finding) => self.findings.push(*finding),
            }
        }
    }
}
