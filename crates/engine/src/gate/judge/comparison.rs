//! The comparison with the baseline.

use tollgate_model::{Columns, Compare, Compared, Finding, SourceLine, Verdict};
use tollgate_stats::metrics::{Metric, NAMES};

use super::Judge;
use crate::gate::compare::{self, Duel};
use crate::gate::model::Model;
use crate::gate::pairs::pairs;
use crate::gate::slices::Against;

impl<'a> Judge<'a> {
    /// Compares with the baseline, and hands on what slices are compared with.
    pub(super) fn compare(
        &mut self,
        asked: &'a Compare,
        challenger: Model<'a>,
    ) -> Option<Against<'a>> {
        let (name, columns) = self.evidence.baseline?;
        match self.duel(asked, challenger, name, columns) {
            Ok((compared, against)) => {
                self.tell(asked, compared);
                Some(against)
            }
            Err(why) => {
                self.tell_why_not(asked, name, &why);
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
    ) -> Result<(Compared, Against<'a>), String> {
        let metric: Metric = asked.metric.parse().map_err(|_| {
            format!("`{}` is no metric: there are {}", asked.metric, NAMES.join(", "))
        })?;
        let baseline = Model { names: challenger.names, columns: columns? };
        let pairs = pairs(challenger, baseline)?;
        if pairs.challenger.is_empty() {
            let key = challenger.names.key.as_deref().unwrap_or_default();
            return Err(format!(
                "they have no example in common by `{key}`: its values must be written the same way \
                 in both (5 and 5.0 are two)"
            ));
        }
        let duel = Duel {
            asked,
            metric,
            challenger,
            baseline,
            name,
            pairs: &pairs,
            holdout_use: self.evidence.holdout_use,
            draws: self.draws(),
        };
        let compared = duel.fight()?;
        let confidence = compared.met_confidence;
        Ok((compared, Against { metric, baseline, pairs, confidence }))
    }

    fn tell(&mut self, asked: &Compare, compared: Compared) {
        let told = || compare::finding(&compared, self.source(), asked.line, self.config);
        match compared.verdict {
            Verdict::Pass => {}
            Verdict::Fail => self.findings.push(told()),
            Verdict::Undecided => self.open.push(told()),
        }
        self.told.compared = Some(compared);
    }

    fn tell_why_not(&mut self, asked: &Compare, name: &str, why: &str) {
        let message = format!("can't be compared with {name}: {why}");
        let rule = SourceLine { path: self.config.to_owned(), line: asked.line };
        let rule = (asked.line > 0).then_some(rule);
        let found = self.about_rows("gate.not-comparable", message);
        self.open.push(Finding { rule, ..found });
    }
}
