//! A step as it is written.

use super::words;
use crate::cli::init::findings::{DataCheck, Findings};

/// A comment stands in this column where the text before it leaves room.
const COMMENTS: usize = 34;

/// A step. What is empty is not written.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) comment: Option<&'static str>,
    /// Commands, one a line.
    pub(super) run: Vec<String>,
    pub(super) data: Option<DataCheck>,
    pub(super) needs_deps: bool,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) env: Vec<String>,
    /// Why it has the network.
    pub(super) network: Option<&'static str>,
    pub(super) junit: bool,
    pub(super) asks_python: bool,
}

impl Step {
    /// A command that runs in the environment, if there is one.
    pub(super) fn run(name: &str, command: &str, findings: &Findings) -> Self {
        let needs_deps = findings.install.is_some();
        Self {
            name: name.to_owned(),
            run: vec![command.to_owned()],
            needs_deps,
            asks_python: !needs_deps && command.starts_with("python3"),
            ..Self::default()
        }
    }

    /// A check of data.
    pub(super) fn data(name: String, check: &DataCheck) -> Self {
        Self { name, data: Some(check.clone()), ..Self::default() }
    }

    /// As an entry of `steps`.
    pub(super) fn to_yaml(&self) -> String {
        let mut text = String::new();
        if let Some(comment) = self.comment {
            text.push_str(&format!("  # {comment}\n"));
        }
        text.push_str(&format!("  {}:\n{}", self.name, self.command()));
        for (key, value, comment) in self.keys() {
            let line = format!("    {key}: {value}");
            match comment {
                Some(comment) => text.push_str(&format!("{line:COMMENTS$}# {comment}\n")),
                None => text.push_str(&format!("{line}\n")),
            }
        }
        text
    }

    fn command(&self) -> String {
        match self.run.as_slice() {
            [] => String::new(),
            [one] => format!("    run: {}\n", words::command(one)),
            several => {
                let lines = several.iter().map(|line| format!("      {line}\n"));
                format!("    run: |\n{}", lines.collect::<String>())
            }
        }
    }

    fn keys(&self) -> Vec<(&'static str, String, Option<&'static str>)> {
        let list = |items: &[String]| (!items.is_empty()).then(|| words::list(items));
        let data = self.data.as_ref();
        let all = [
            ("data", data.map(|data| words::scalar(&data.data)), None),
            ("contract", data.map(|data| words::scalar(&data.contract)), None),
            ("table", data.and_then(|d| Some(words::scalar(d.table.as_ref()?))), None),
            ("needs", self.needs_deps.then(|| "[deps]".to_owned()), None),
            ("inputs", list(&self.inputs), None),
            ("outputs", list(&self.outputs), Some("handed to the steps that need this one")),
            ("env", list(&self.env), None),
            ("network", self.network.map(|_| "true".to_owned()), self.network),
            ("tools", self.asks_python.then(python), Some("another Python: run it again")),
            ("junit", self.junit.then(|| "report.xml".to_owned()), Some("names the failed test")),
        ];
        let given = all.into_iter().filter_map(|(key, value, why)| Some((key, value?, why)));
        given.collect()
    }
}

fn python() -> String {
    "[python3 --version]".to_owned()
}
