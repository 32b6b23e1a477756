//! Packages that are installed: whether they are pinned, and what is left behind.

use std::collections::BTreeSet;

use super::shell::Call;
use super::{Flaw, Rule, Surroundings};
use crate::dockerfile::error::shown;
use crate::dockerfile::instruction::Instruction;
use crate::dockerfile::scope::Scope;

/// So many names are told at once.
const SHOWN: usize = 5;

/// Options of pip, uv, apt, apk and conda that are followed by a value.
const VALUED: [&str; 28] = [
    "-r",
    "--requirement",
    "--requirements",
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--trusted-host",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--python",
    "--platform",
    "--python-version",
    "--implementation",
    "--abi",
    "--timeout",
    "--retries",
    "--cert",
    "--proxy",
    "-o",
    "--repository",
    "-n",
    "--channel",
];

/// Who installs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manager {
    Pip,
    Uv,
    Apt,
    Apk,
    Conda,
}

/// What one command installs.
struct Install<'c> {
    manager: Manager,
    words: &'c [String],
}

pub(super) fn look(
    commands: &[Call],
    instruction: &Instruction,
    scope: &Scope,
    around: &Surroundings<'_>,
) -> Vec<Flaw> {
    let line = instruction.line;
    let mut flaws = Vec::new();
    if commands.iter().any(|call| call.by_sudo) {
        let hint = "leave `sudo` out, and say `USER root` before if need be";
        flaws.push(Flaw::new(Rule::Sudo, line, "`sudo` stays in the image, with rights", hint));
    }
    for install in commands.iter().filter_map(installed) {
        flaws.extend(unpinned(&install, line, around));
        flaws.extend(left(&install, commands, instruction, scope));
    }
    flaws
}

fn installed(call: &Call) -> Option<Install<'_>> {
    let program = call.program();
    let words = call.words.get(1..)?;
    let (manager, words) = match program {
        "apt" | "apt-get" | "aptitude" => (Manager::Apt, words),
        "apk" => (Manager::Apk, words),
        "conda" | "mamba" | "micromamba" => (Manager::Conda, words),
        "uv" if words.first()? == "pip" => (Manager::Uv, &words[1..]),
        _ if program.starts_with("pip") && !program.starts_with("pipx") => (Manager::Pip, words),
        _ if program.starts_with("python") => match words {
            [flag, module, rest @ ..] if flag == "-m" && module == "pip" => (Manager::Pip, rest),
            _ => return None,
        },
        _ => return None,
    };
    let verb = if manager == Manager::Apk { "add" } else { "install" };
    let at = words.iter().position(|word| !word.starts_with('-'))?;
    (words[at] == verb).then(|| Install { manager, words: &words[at + 1..] })
}

fn unpinned(install: &Install<'_>, line: usize, around: &Surroundings<'_>) -> Option<Flaw> {
    let (wanted, files) = wanted(install.words);
    let is_constrained = has(install.words, &["-c", "--constraint"]);
    let is_open = |name: &&String| !is_constrained && !is_pinned(install.manager, name);
    let mut open: Vec<String> = wanted.iter().copied().filter(is_open).cloned().collect();
    if !is_constrained {
        open.extend(files.iter().flat_map(|file| in_file(file, around)));
    }
    if open.is_empty() {
        return None;
    }
    let names: Vec<String> = open.iter().take(SHOWN).map(|name| shown(name)).collect();
    let more = match open.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if open.len() == 1 { "has" } else { "have" };
    let message = format!("{}{more} {verb} no version", names.join(", "));
    let (rule, hint) = match install.manager {
        Manager::Pip | Manager::Uv => (
            Rule::UnpinnedPackages,
            "install from a file with hashes: `pip install --require-hashes -r requirements.txt`",
        ),
        Manager::Conda => (Rule::UnpinnedPackages, "write `name=version`, or install from a lock"),
        Manager::Apt | Manager::Apk => (
            Rule::UnpinnedSystemPackages,
            "write `name=version`; a native image pins them in tollgate.lock",
        ),
    };
    Some(Flaw::new(rule, line, message, hint))
}

/// What is named, and the files that name more.
fn wanted(words: &[String]) -> (Vec<&String>, Vec<&str>) {
    let (mut named, mut files) = (Vec::new(), Vec::new());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if matches!(word.as_str(), "-r" | "--requirement" | "--requirements") {
            files.extend(rest.next().map(String::as_str));
        } else if let Some(file) =
            word.strip_prefix("--requirement=").or_else(|| word.strip_prefix("-r"))
        {
            files.push(file);
        } else if VALUED.contains(&word.as_str()) {
            rest.next();
        } else if word.starts_with(['>', '<']) || word.starts_with("2>") {
            // Where it writes to is no package.
            if word.ends_with(['>', '<']) {
                rest.next();
            }
        } else if !word.starts_with('-') {
            named.push(word);
        }
    }
    (named, files)
}

fn has(words: &[String], options: &[&str]) -> bool {
    words.iter().any(|word| {
        let name = word.split('=').next().unwrap_or(word);
        options.contains(&name)
    })
}

// What a variable stands for is not known here, and is not told as if it were.
fn is_pinned(manager: Manager, name: &str) -> bool {
    if name.contains('$') {
        return true;
    }
    match manager {
        Manager::Pip | Manager::Uv => is_pinned_requirement(name),
        Manager::Conda => name.contains('=') || name.ends_with(".conda"),
        Manager::Apt => name.contains('=') || name.starts_with("./") || name.ends_with(".deb"),
        Manager::Apk => name.contains('=') || name.starts_with('.') || name.ends_with(".apk"),
    }
}

fn is_pinned_requirement(text: &str) -> bool {
    let without_marker = text.split(';').next().unwrap_or(text).trim();
    if let Some((_, version)) = without_marker.split_once("==") {
        return !version.contains('*');
    }
    if without_marker.contains("git+") {
        let commit = without_marker.rsplit('@').next().unwrap_or_default();
        let commit = commit.split('#').next().unwrap_or_default();
        return commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
    }
    let archives = [".whl", ".tar.gz", ".zip"];
    let is_archive = archives.iter().any(|ending| without_marker.ends_with(ending));
    let is_local = without_marker.starts_with(['.', '/']) || without_marker.starts_with("file:");
    is_local || is_archive || without_marker.contains("#sha256=")
}

/// The open requirements of a file of the context.
fn in_file(file: &str, around: &Surroundings<'_>) -> Vec<String> {
    // Where it was copied to is not followed: its name is what the context knows it by.
    let inside = file.trim_start_matches(['/', '.']);
    let name = file.rsplit('/').next().unwrap_or(file);
    let Some(text) = (around.read)(inside).or_else(|| (around.read)(name)) else {
        return Vec::new();
    };
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or(line).trim());
    let wanted = lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '-']));
    let open: BTreeSet<String> = wanted
        .map(|line| line.trim_end_matches('\\').trim())
        .filter(|line| !line.is_empty() && !is_pinned_requirement(line))
        .map(|line| format!("{name}: {line}"))
        .collect();
    open.into_iter().collect()
}

/// What stays in the layer.
fn left(
    install: &Install<'_>,
    commands: &[Call],
    instruction: &Instruction,
    scope: &Scope,
) -> Option<Flaw> {
    let mounts_cache = instruction.flags.iter().any(|flag| {
        flag.name == "mount" && flag.value.as_deref().is_some_and(|v| v.contains("type=cache"))
    });
    if mounts_cache {
        return None;
    }
    let is_set = |name: &str| {
        scope
            .variable(name)
            .and_then(|value| value.known())
            .is_some_and(|text| !text.is_empty() && text != "0")
    };
    let removes = |path: &str| {
        commands
            .iter()
            .any(|call| call.program() == "rm" && call.words.iter().any(|word| word.contains(path)))
    };
    let cleans = |program: &str, verb: &str| {
        commands.iter().any(|call| {
            call.program().starts_with(program) && call.words.iter().any(|word| word == verb)
        })
    };
    let (is_clean, remedy) = match install.manager {
        Manager::Pip => (
            has(install.words, &["--no-cache-dir"])
                || is_set("PIP_NO_CACHE_DIR")
                || removes(".cache")
                || cleans("pip", "purge"),
            "`pip install --no-cache-dir`, or a cache that is mounted: `RUN --mount=type=cache,target=…`",
        ),
        Manager::Uv => (
            has(install.words, &["--no-cache"]) || is_set("UV_NO_CACHE") || removes(".cache"),
            "`uv pip install --no-cache`, or a cache that is mounted: `RUN --mount=type=cache,target=…`",
        ),
        Manager::Apt => (
            removes("/var/lib/apt/lists") || removes("/var/lib/apt"),
            "`&& rm -rf /var/lib/apt/lists/*` in the same `RUN`",
        ),
        Manager::Apk => (
            has(install.words, &["--no-cache"]) || removes("/var/cache/apk"),
            "`apk add --no-cache`",
        ),
        Manager::Conda => {
            (cleans("conda", "clean") || cleans("m", "clean"), "`&& conda clean -afy`")
        }
    };
    (!is_clean).then(|| {
        let message = "what the package manager keeps for later stays in the layer";
        Flaw::new(Rule::CacheLeft, instruction.line, message, remedy)
    })
}
