//! What a `RUN` does, where a native build does the same in another way.

use super::carry::Carrier;
use crate::dockerfile::error::shown;
use crate::dockerfile::instruction::{Command, Instruction};
use crate::dockerfile::lint::shell::{self, Call};

/// Programs that only prepare or tidy what a native build has in order anyway.
const NEEDLESS: [&str; 14] = [
    "rm", "mkdir", "chown", "chmod", "useradd", "adduser", "groupadd", "addgroup", "set", "true",
    "echo", "cd", "export", "ldconfig",
];

pub(super) fn carry(carrier: &mut Carrier<'_>, command: &Command, instruction: &Instruction) {
    for call in shell::commands(command, instruction) {
        one(carrier, &call, instruction.line);
    }
}

fn one(carrier: &mut Carrier<'_>, call: &Call, line: usize) {
    let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
    let program = call.program();
    match program {
        "apt-get" | "apt" => apt(carrier, &words, line),
        _ if program.starts_with("pip") => pip(carrier, &words[1..], line),
        "uv" if words.get(1) == Some(&"pip") => pip(carrier, &words[2..], line),
        _ if program.starts_with("python") && words.get(1..3) == Some(&["-m", "pip"]) => {
            pip(carrier, &words[3..], line);
        }
        "useradd" | "adduser" => {
            carrier.note(line, "no user is made: a number needs no name");
        }
        _ if NEEDLESS.contains(&program) => {}
        _ => {
            let what = format!(
                "{} is not run: do it in a step, and copy what it leaves behind",
                shown(&call.words.join(" "))
            );
            carrier.note(line, what);
        }
    }
}

fn apt(carrier: &mut Carrier<'_>, words: &[&str], line: usize) {
    let mut rest = words[1..].iter().filter(|word| !word.starts_with('-'));
    if rest.next() != Some(&"install") {
        return;
    }
    let packages: Vec<String> =
        rest.map(|word| word.split('=').next().unwrap_or(word).to_owned()).collect();
    if carrier.image.base.is_some() {
        let all = packages.join(", ");
        let what = format!(
            "{} of Debian: a native build installs nothing on a base: choose one that has it, or `base: {{ debian: […] }}`",
            shown(&all)
        );
        return carrier.note(line, what);
    }
    for package in packages {
        if !carrier.image.debian.contains(&package) {
            carrier.image.debian.push(package);
        }
    }
    carrier.note(
        line,
        "Debian's packages are pinned by `tollgate image lock`; their scripts are not run",
    );
}

fn pip(carrier: &mut Carrier<'_>, words: &[&str], line: usize) {
    let mut rest = words.iter().copied().skip_while(|word| word.starts_with('-'));
    if rest.next() != Some("install") {
        return;
    }
    let mut named = Vec::new();
    while let Some(word) = rest.next() {
        match word {
            "-r" | "--requirement" => {
                if let Some(file) = rest.next() {
                    requirements(carrier, file, line);
                }
            }
            "-c" | "--constraint" | "-i" | "--index-url" | "--extra-index-url" | "-t"
            | "--target" => {
                rest.next();
            }
            _ if word.starts_with('-') => {}
            _ => named.push(word),
        }
    }
    let tools = ["pip", "setuptools", "wheel", "uv"];
    named.retain(|name| !tools.contains(&name.split(['=', '<', '>', '[']).next().unwrap_or(name)));
    if named.iter().any(|name| *name == "." || *name == "-e") {
        carrier.note(
            line,
            "the project itself is not installed: copy its package, or lock a wheel of it",
        );
        named.retain(|name| *name != "." && *name != "-e");
    }
    if !named.is_empty() {
        let what =
            format!("{}: add to the file of requirements, with hashes", shown(&named.join(", ")));
        carrier.note(line, what);
    }
}

fn requirements(carrier: &mut Carrier<'_>, file: &str, line: usize) {
    let name = file.rsplit('/').next().unwrap_or(file);
    let inside = file.trim_start_matches(['.', '/']);
    let copied = carrier.image.copy.iter().find(|(from, _)| from == inside || from.ends_with(name));
    let found = copied.map_or(inside.to_owned(), |(from, _)| from.clone());
    if let Some(other) = carrier.image.requirements.as_ref().filter(|other| **other != found) {
        let what =
            format!("{} is a second file of requirements: put it into {other}", shown(&found));
        return carrier.note(line, what);
    }
    let text = (carrier.context.read)(&found);
    if text.is_some_and(|text| !text.contains("--hash=")) {
        let what = format!(
            "{found} has no hashes: `uv pip compile --generate-hashes {found} -o requirements.lock.txt`, and \
             name that file"
        );
        carrier.note(line, what);
    }
    carrier.image.requirements = Some(found);
}
