//! What was found out, in a form that every surface can show.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Judgement, Verdict};

/// One thing that is wrong: a code, a place, what was expected, what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The check that found it, such as `data.required`; stable, for machines and waivers.
    pub code: String,
    /// How bad it is.
    #[serde(default, skip_serializing_if = "Severity::fails")]
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What it is about, where code and place are the same for several: an advisory's name, a
    /// test's, a slice's. The same in every run, so that a finding is known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What was expected, where that can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was found instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// How much of the whole is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
    /// A few of the cases; never all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// The line of the user's file that asks for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<SourceLine>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How bad a finding is, as the rule says that it breaks. Source: ODCS v3.1.0, `severity`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It fails the whole.
    #[default]
    Error,
    /// Somebody should look at it; nothing waits for that.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// Whether such a finding fails the whole.
    #[must_use]
    pub fn fails(&self) -> bool {
        *self == Self::Error
    }
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In a file of the project.
    File {
        /// Relative to the project's root.
        path: String,
        /// Counted from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
    },
    /// In a data set.
    Data {
        /// The file or files.
        source: String,
        /// The column, where one is concerned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<String>,
    },
    /// In a set of metrics.
    Metric {
        /// The file.
        source: String,
        /// The metric.
        name: String,
    },
    /// In a package of an image.
    Package {
        /// Its name.
        package: String,
        /// Its version.
        version: String,
    },
    /// In what a step did.
    Step {
        /// The step's name.
        step: String,
    },
}

/// How many rows (or bytes, tests …) of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// How many are concerned.
    pub count: u64,
    /// How many there are.
    pub of: u64,
}

/// One case of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The file that the row is in, where the data is several files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The row (of that file, if there is one), counted from 1 without the header.
    pub row: u64,
    /// The value as text; `null` where there is none.
    pub value: Option<String>,
}

/// A line of a file that a person wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    /// Relative to the project's root.
    pub path: String,
    /// Counted from 1.
    pub line: u32,
}

/// One thing that was looked at and is as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The check, as in [`Finding::code`].
    pub code: String,
    /// Where it looked.
    pub place: Place,
    /// What was expected, and is so.
    pub expected: String,
    /// The line of the user's file that asks for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<SourceLine>,
}

/// The outcome of looking at something: a verdict, what is wrong, and what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What follows from the findings.
    pub verdict: Verdict,
    /// What is wrong, most important first.
    pub findings: Vec<Finding>,
    /// What could not be assessed, each with its reason. Any of it makes a pass undecided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_assessed: Vec<Finding>,
    /// What was looked at and is as it should be, where the checks say so one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
    /// What was measured, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
    /// What a gate measured, part by part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Box<Judgement>>,
}

impl Finding {
    /// A finding with only what every finding has.
    #[must_use]
    pub fn new(code: &str, place: Place, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity: Severity::Error,
            place,
            subject: None,
            message: message.into(),
            expected: None,
            found: None,
            extent: None,
            samples: Vec::new(),
            rule: None,
            hint: None,
        }
    }

    /// The same with what was expected, and what was found instead.
    #[must_use]
    pub fn contrast(mut self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.found = Some(found.into());
        self
    }

    /// The same with what it is about.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Report {
    /// The report whose verdict follows from what was found and what could not be assessed. What
    /// would not fail if it were broken (a warning) leaves nothing undecided either.
    #[must_use]
    pub fn new(findings: Vec<Finding>, not_assessed: Vec<Finding>) -> Self {
        let counts = |findings: &[Finding]| findings.iter().any(|f| f.severity.fails());
        let verdict = match (counts(&findings), counts(&not_assessed)) {
            (true, _) => Verdict::Fail,
            (false, true) => Verdict::Undecided,
            (false, false) => Verdict::Pass,
        };
        let (passed, figures) = (Vec::new(), BTreeMap::new());
        Self { verdict, findings, not_assessed, passed, figures, judgement: None }
    }

    /// The same with a measured figure more.
    #[must_use]
    pub fn figure(mut self, name: impl Into<String>, value: f64) -> Self {
        self.figures.insert(name.into(), value);
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(f, "{path}:{line}"),
            Self::File { path, line: None } => f.write_str(path),
            Self::Data { source, column: Some(column) } => write!(f, "{source}, column {column}"),
            Self::Data { source, column: None } => f.write_str(source),
            Self::Metric { source, name } => write!(f, "{source}, metric {name}"),
            Self::Package { package, version } => write!(f, "{package} {version}"),
            Self::Step { step } => write!(f, "step {step}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_assessed_is_undecided_and_a_finding_fails() {
        let finding =
            || Finding::new("data.x", Place::Step { step: "data".into() }, "something is off");
        assert_eq!(Report::new(vec![], vec![]).verdict, Verdict::Pass);
        assert_eq!(Report::new(vec![], vec![finding()]).verdict, Verdict::Undecided);
        assert_eq!(Report::new(vec![finding()], vec![finding()]).verdict, Verdict::Fail);
    }

    #[test]
    fn a_warning_neither_fails_nor_leaves_anything_undecided() {
        let place = Place::Step { step: "data".into() };
        let warning = Finding {
            severity: Severity::Warning,
            ..Finding::new("data.x", place.clone(), "something is off")
        };
        let error = Finding::new("data.y", place, "and this is worse");
        let both = |more: Vec<Finding>| [vec![warning.clone()], more].concat();
        assert_eq!(Report::new(both(vec![]), both(vec![])).verdict, Verdict::Pass);
        assert_eq!(Report::new(both(vec![error.clone()]), vec![]).verdict, Verdict::Fail);
        assert_eq!(Report::new(vec![], both(vec![error.clone()])).verdict, Verdict::Undecided);
        let text = serde_json::to_string(&warning).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), warning);
        let text = serde_json::to_string(&error).unwrap();
        assert!(!text.contains("severity"), "as it was written before: {text}");
        assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), error);
    }
}
