//! The gate: what is asked of a model's quality, and whether it is so. Pure: files are read
//! elsewhere.

mod bars;
mod baseline;
mod claims;
mod compare;
mod curves;
mod difference;
mod interval;
mod repeats;
mod rows;
mod slices;

use tollgate_model::{
    BarFigure, Columns, Compare, Compared, Digest, Finding, Form, Gate, Judgement, Passed, Place,
    Predictions, Report, Requirement, SliceFigure, SourceLine, Verdict,
};
use tollgate_stats::metrics::{Better, Metric, NAMES};

pub use baseline::Chosen;
pub(crate) use baseline::choose;
pub use curves::curves;
pub use tollgate_stats::metrics::NAMES as METRICS;

use claims::Claims;
use difference::Draws;
use rows::Model;
use slices::Against;

/// What a gate looks at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// Its files of metrics: what each is called, and its bytes.
    pub metrics: &'a [(String, Vec<u8>)],
    /// Its predictions, with the columns that [`columns`] names; or why they can't be read.
    pub predictions: Option<Result<&'a Columns, &'a str>>,
    /// What it is compared with: its name, and its predictions or why they can't be had. None
    /// where there is no baseline yet.
    pub baseline: Option<(&'a str, Result<&'a Columns, &'a str>)>,
    /// Which use of the holdout this is, counted from 1; 0 where nobody counts.
    pub holdout_use: u64,
    /// On how many threads it may draw; 0 is 1.
    pub threads: usize,
}

/// The columns of the predictions that the gate needs, and in which form.
#[must_use]
pub fn columns(gate: &Gate) -> Vec<(String, Form)> {
    let metrics: Vec<Metric> = computed(gate).map(|(_, metric)| metric).collect();
    match &gate.predictions {
        Some(predictions) => rows::wanted(gate, predictions, &metrics),
        None => Vec::new(),
    }
}

/// Which holdout the predictions are of; none where nothing is compared.
///
/// # Errors
/// Keys or labels are missing or not what they should be; a sentence.
pub fn holdout(gate: &Gate, columns: &Columns) -> Result<Option<Digest>, String> {
    match (&gate.predictions, &gate.compare) {
        (Some(names), Some(_)) => rows::holdout(Model { names, columns }).map(Some),
        _ => Ok(None),
    }
}

/// The first name that must be of a metric that is computed from predictions, and is not.
#[must_use]
pub fn unknown(gate: &Gate) -> Option<&str> {
    // A file of metrics may hold any, also such as are not computed from predictions.
    let bars = gate.require.iter().filter(|_| gate.metrics.is_empty());
    let bars = bars.chain(gate.slices.iter().flat_map(|slices| &slices.require));
    let compared = gate.compare.iter().map(|compare| compare.metric.as_str());
    let mut all = bars.map(|bar| bar.metric.as_str()).chain(compared);
    all.find(|name| name.parse::<Metric>().is_err())
}

/// Whether greater values of the metric are better; false for a name that is none.
#[must_use]
pub fn greater_is_better(metric: &str) -> bool {
    metric.parse().is_ok_and(|metric: Metric| !is_loss(metric))
}

/// Judges. `config` names the file in which the bars stand.
///
/// Whatever can't be computed fails: a gate never passes on the absence of a figure. What the rows
/// can't tell is undecided.
#[must_use]
pub fn judge(gate: &Gate, evidence: &Evidence<'_>, config: &str) -> Report {
    let mut judge = Judge {
        gate,
        evidence,
        config,
        findings: Vec::new(),
        open: Vec::new(),
        told: Judgement::default(),
    };
    let claims = judge.claims();
    match claims.as_slice() {
        [] | [_] => judge.bars(claims.first()),
        several => judge.repeats(several),
    }
    judge.rows();
    judge.report()
}

/// The metrics that are computed from predictions, with the names that ask for them.
fn computed(gate: &Gate) -> impl Iterator<Item = (&str, Metric)> {
    let bars = gate.require.iter().chain(gate.slices.iter().flat_map(|slices| &slices.require));
    let names = bars.map(|bar| bar.metric.as_str());
    let compared = gate.compare.iter().map(|compare| compare.metric.as_str());
    let all = names.chain(compared).filter(|_| gate.predictions.is_some());
    all.filter_map(|name| Some((name, name.parse().ok()?)))
}

fn is_loss(metric: Metric) -> bool {
    metric.better() == Better::Less
}

struct Judge<'a> {
    gate: &'a Gate,
    evidence: &'a Evidence<'a>,
    config: &'a str,
    findings: Vec<Finding>,
    /// What is undecided.
    open: Vec<Finding>,
    told: Judgement,
}

impl<'a> Judge<'a> {
    fn claims(&mut self) -> Vec<Claims<'a>> {
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
    fn bars(&mut self, claims: Option<&Claims<'a>>) {
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
        let model = Model { names, columns };
        let figure = match bars::measure(bar, metric, model, &all, self.draws()) {
            Ok(figure) => figure,
            Err(why) => {
                let message = format!("`{}` can't be computed: {why}", bar.metric);
                let found = claims::finding("gate.undefined", source, bar, self.config, message);
                return self.findings.push(found);
            }
        };
        match claims.map(|claims| (claims.number(&bar.metric), claims)) {
            Some((Some(claim), _)) => self.compare_claim(bar, claim, &figure, source),
            Some((None, claims)) if claims.names(&bar.metric) => {
                self.findings.extend(claims.check(bar, self.config));
            }
            _ => {}
        }
        if figure.verdict != Verdict::Pass {
            let shown = bars::shown(&figure, bar);
            let message = format!("`{}` is {shown}, must be {}", bar.metric, bar.threshold);
            let found = claims::finding("gate.threshold", source, bar, self.config, message);
            let expected = format!("{} {}", bar.metric, bar.threshold);
            self.findings.push(found.contrast(expected, figure.value.to_string()));
        }
        self.told.bars.push(figure);
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

    fn unknown(&mut self, bar: &Requirement) {
        let source = self.source();
        let message = format!("`{}` is no metric that is computed from predictions", bar.metric);
        let found = claims::finding("gate.unknown-metric", source, bar, self.config, message);
        self.findings.push(found.contrast(NAMES.join(", "), bar.metric.clone()));
    }

    /// Bars on the mean of several trainings.
    fn repeats(&mut self, files: &[Claims<'a>]) {
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

    /// What only the rows can tell: the comparison and the slices.
    fn rows(&mut self) {
        let Some(names) = &self.gate.predictions else { return };
        let columns = match self.evidence.predictions {
            Some(Ok(columns)) => columns,
            Some(Err(why)) => {
                let found = self.about_rows("gate.unreadable", why.to_owned());
                return self.findings.push(found);
            }
            None => return,
        };
        let model = Model { names, columns };
        let against = self.gate.compare.as_ref().and_then(|asked| self.compare(asked, model));
        self.slices(model, against.as_ref());
    }

    /// Compares with the baseline, and hands on what slices are compared with.
    fn compare(&mut self, asked: &'a Compare, challenger: Model<'a>) -> Option<Duelled<'a>> {
        let (name, columns) = self.evidence.baseline?;
        let found = self.duel(asked, challenger, name, columns);
        match found {
            Ok((compared, duelled)) => {
                let line = asked.line;
                let told = || compare::finding(&compared, self.source(), line, self.config);
                match compared.verdict {
                    Verdict::Pass => {}
                    Verdict::Fail => self.findings.push(told()),
                    Verdict::Undecided => self.open.push(told()),
                }
                self.told.compared = Some(compared);
                Some(duelled)
            }
            Err(why) => {
                let message = format!("can't be compared with {name}: {why}");
                let rule = SourceLine { path: self.config.to_owned(), line: asked.line };
                let found = self.about_rows("gate.not-comparable", message);
                let rule = (asked.line > 0).then_some(rule);
                self.open.push(Finding { rule, ..found });
                None
            }
        }
    }

    fn duel(
        &self,
        asked: &'a Compare,
        challenger: Model<'a>,
        name: &'a str,
        columns: Result<&'a Columns, &'a str>,
    ) -> Result<(Compared, Duelled<'a>), String> {
        let metric: Metric = asked.metric.parse().map_err(|_| {
            format!("`{}` is no metric: there are {}", asked.metric, NAMES.join(", "))
        })?;
        let baseline = Model { names: challenger.names, columns: columns? };
        let pairs = rows::pairs(challenger, baseline)?;
        if pairs.challenger.is_empty() {
            return Err("they have no example in common".to_owned());
        }
        let (holdout_use, draws) = (self.evidence.holdout_use, self.draws());
        let duel = compare::Duel {
            asked,
            metric,
            challenger,
            baseline,
            name,
            pairs: &pairs,
            holdout_use,
            draws,
        };
        let compared = duel.fight()?;
        let confidence = compared.met_confidence;
        Ok((compared, Duelled { metric, baseline, pairs, confidence }))
    }

    fn slices(&mut self, model: Model<'a>, against: Option<&Duelled<'a>>) {
        let Some(asked) = &self.gate.slices else { return };
        let mut bars = Vec::new();
        for bar in &asked.require {
            match bar.metric.parse() {
                Ok(metric) => bars.push((bar, metric)),
                Err(_) => self.unknown(bar),
            }
        }
        let against = against.map(|it| Against {
            metric: it.metric,
            baseline: it.baseline,
            pairs: &it.pairs,
            confidence: it.confidence,
        });
        match slices::measure_all(asked, &bars, model, against.as_ref(), self.draws()) {
            Ok(figures) => {
                for slice in &figures {
                    self.slice(slice, &bars, asked.margin);
                }
                self.told.slices = figures;
            }
            Err(why) => {
                let found = self.about_rows("gate.slices", why);
                self.findings.push(found);
            }
        }
    }

    fn slice(&mut self, slice: &SliceFigure, bars: &[(&Requirement, Metric)], margin: Option<f64>) {
        for figure in slice.bars.iter().filter(|figure| figure.verdict != Verdict::Pass) {
            let asked = bars.iter().find(|(bar, _)| bar.metric == figure.metric);
            let Some((bar, _)) = asked else { continue };
            let shown = bars::shown(figure, bar);
            let (name, rows) = (&slice.slice, slice.rows);
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
            let found = found.contrast(expected, figure.value.to_string());
            match figure.verdict {
                Verdict::Undecided => self.open.push(found),
                _ => self.findings.push(found),
            }
        }
        let (Some((gain, low, high)), Some(margin)) = (slice.gain, margin) else { return };
        if high < -margin {
            let message = format!(
                "worse than the baseline where {} ({} rows): {gain:+.4} ({low:+.4} to {high:+.4}), \
                 allowed is -{margin}",
                slice.slice, slice.rows
            );
            let found = self.about_rows("gate.slice", message);
            self.findings.push(found);
        }
    }

    fn about_rows(&self, code: &str, message: String) -> Finding {
        let place = Place::Data { source: self.source().to_owned(), column: None };
        Finding::new(code, place, message)
    }

    fn source(&self) -> &'a str {
        self.gate.predictions.as_ref().map_or("", |rows| rows.path.as_str())
    }

    /// The same rows are drawn the same way each time.
    fn draws(&self) -> Draws {
        Draws { seed: 0x746f_6c6c_6761_7465, threads: self.evidence.threads.max(1) }
    }

    fn report(self) -> Report {
        let mut report = Report::new(self.findings, self.open);
        for bar in &self.told.bars {
            report = report.figure(bar.metric.clone(), bar.value);
        }
        if let Some(compared) = &self.told.compared {
            report = report.figure(compared.metric.clone(), compared.is);
        }
        report.passed = passed(self.gate, &self.told, self.config);
        report.judgement = Some(Box::new(self.told));
        report
    }
}

/// What was asked for, and is so.
fn passed(gate: &Gate, told: &Judgement, config: &str) -> Vec<Passed> {
    let rows = gate.predictions.as_ref().map(|rows| &rows.path);
    let source = rows.or(gate.metrics.first()).map(ToString::to_string).unwrap_or_default();
    let kept = |code: &str, name: String, expected: String, line: u32| Passed {
        code: code.to_owned(),
        place: Place::Metric { source: source.clone(), name },
        expected,
        rule: (line > 0).then(|| SourceLine { path: config.to_owned(), line }),
    };
    let line = |bars: &[Requirement], metric: &str| {
        bars.iter().find(|bar| bar.metric == metric).map_or(0, |bar| bar.line)
    };
    let bars = told.bars.iter().filter(|bar| bar.verdict.passed()).map(|bar| {
        let line = line(&gate.require, &bar.metric);
        kept("gate.threshold", bar.metric.clone(), bar.bar.clone(), line)
    });
    let compared = told.compared.iter().filter(|compared| compared.verdict.passed());
    let compared = compared.map(|compared| {
        let line = gate.compare.as_ref().map_or(0, |asked| asked.line);
        kept("gate.compare", compared.metric.clone(), sentence(compared), line)
    });
    let slices = told.slices.iter().filter(|slice| slice.verdict.passed()).map(|slice| {
        let bars: Vec<_> =
            slice.bars.iter().map(|bar| format!("{} {}", bar.metric, bar.bar)).collect();
        let line = gate.slices.as_ref().map_or(0, |asked| asked.line);
        kept("gate.slice", slice.slice.clone(), bars.join(", "), line)
    });
    bars.chain(compared).chain(slices).collect()
}

/// What slices are compared with once the whole was.
struct Duelled<'a> {
    metric: Metric,
    baseline: Model<'a>,
    pairs: rows::Pairs,
    confidence: f64,
}

/// What came of a comparison, in a sentence.
#[must_use]
pub fn sentence(compared: &Compared) -> String {
    compare::sentence(compared)
}

#[cfg(test)]
mod tests;
