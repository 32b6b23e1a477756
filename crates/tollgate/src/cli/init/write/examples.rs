//! What is left for a person to decide, as comments: without the `# `, each is a step.

use super::words;
use crate::cli::init::findings::Findings;

/// The comments; empty where there is nothing to say.
pub(super) fn commented(findings: &Findings) -> String {
    let mut text = String::new();
    if let Some(contract) = findings.loose_contracts.first() {
        text.push_str(&data(contract, findings));
    }
    if let Some(script) = &findings.training {
        text.push_str(&training(script, findings));
    }
    text.replace("\n#", "\n  #")
}

fn data(contract: &str, findings: &Findings) -> String {
    let name = if findings.data.is_empty() { "data" } else { "more-data" };
    let path = words::scalar(contract);
    format!(
        "\n# The data of this contract was not found: say where it is.\n\
         # {name}:\n#   data: data.csv\n#   contract: {path}\n"
    )
}

fn training(script: &str, findings: &Findings) -> String {
    let python = if findings.install.is_some() { ".venv/bin/python" } else { "python3" };
    let run = words::command(&format!("{python} {}", words::shell(script)));
    let needs = if findings.install.is_some() { "#   needs: [deps]\n" } else { "" };
    let mut inputs = findings.code.clone();
    if !inputs.iter().any(|input| script.starts_with(input.as_str())) {
        inputs.retain(|input| input != "*.py");
        inputs.push(script.to_owned());
    }
    let inputs = words::list(&inputs);
    format!(
        "\n# A model as a step, and the bar that it must meet: say what it reads and writes.\n\
         # train:\n#   run: {run}\n{needs}#   inputs: {inputs}\n\
         #   outputs: [model.pkl, metrics.json]\n\
         # quality:\n#   gate: {{ metrics: metrics.json }}\n#   needs: [train]\n\
         #   require: {{ accuracy: \">= 0.85\" }}\n"
    )
}
