//! A gate's verdict: what was measured, told as findings.

mod bars;
mod comparison;
mod passed;
mod slices;

use tollgate_model::{Finding, Gate, Judgement, Place, Report};

use super::Evidence;
use super::difference::Draws;
use super::model::Model;
use passed::passed;

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
    if judge.has_no_rows() {
        return judge.report();
    }
    let claims = judge.claims();
    match claims.as_slice() {
        [] | [_] => judge.bars(claims.first()),
        several => judge.repeats(several),
    }
    judge.rows();
    judge.report()
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
    /// Of no rows nothing can be told, and it is told once.
    fn has_no_rows(&mut self) -> bool {
        let empty = matches!(self.evidence.predictions, Some(Ok(columns)) if columns.rows == 0);
        if empty {
            let message = "there are no rows in the predictions, so nothing was judged";
            let found = self.about_rows("gate.no-rows", message.to_owned());
            self.open.push(found.hint("does the step that writes them find its holdout?"));
        }
        empty
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
