//! What is fetched while an image is built, and nobody compares with anything.

use super::shell::Call;
use super::{Flaw, Rule};
use crate::dockerfile::error::shown;
use crate::dockerfile::instruction::Instruction;

/// `ADD` of an address.
pub(super) fn added(from: &[String], instruction: &Instruction) -> Vec<Flaw> {
    let is_address = |text: &&String| text.starts_with("http://") || text.starts_with("https://");
    let is_repository = |text: &&String| text.ends_with(".git") || text.contains(".git#");
    if instruction.flag("checksum").is_some() {
        return Vec::new();
    }
    let addresses = from.iter().filter(is_address).filter(|text| !is_repository(text));
    let flaw = |address: &String| {
        let message = format!("{} is another file whenever its owner wants", shown(address));
        let hint = "say what it has to be: `ADD --checksum=sha256:… `";
        Flaw::new(Rule::UnpinnedDownload, instruction.line, message, hint.trim_end())
    };
    addresses.map(flaw).collect()
}

/// `curl … | sh`.
pub(super) fn piped(commands: &[Call], line: usize) -> Option<Flaw> {
    let fetches = |call: &Call| matches!(call.program(), "curl" | "wget");
    let runs = |call: &Call| {
        matches!(call.program(), "sh" | "bash" | "dash" | "zsh")
            || call.program().starts_with("python")
    };
    let found =
        commands.windows(2).any(|pair| fetches(&pair[0]) && pair[1].is_piped && runs(&pair[1]));
    found.then(|| {
        let message = "what an address answers is run as it comes";
        let hint = "fetch it with `ADD --checksum=sha256:…`, then run it";
        Flaw::new(Rule::UnpinnedDownload, line, message, hint)
    })
}
