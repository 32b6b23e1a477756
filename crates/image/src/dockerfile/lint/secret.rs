//! Secrets that everybody who has the image, or its Dockerfile, can read.

use super::{Flaw, Rule};
use crate::dockerfile::error::shown;
use crate::dockerfile::instruction::{Declared, Pair};
use crate::dockerfile::parse::Dockerfile;
use crate::secrets;

const MOUNT: &str = "give it to the `RUN` that needs it: `RUN --mount=type=secret,id=NAME …`, and name \
                     its source in `image.secrets`";

/// Parts of names that tell of a secret.
const TELLING: [&str; 9] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "CREDENTIAL",
    "CREDENTIALS",
    "APIKEY",
];

/// What makes a secret of the `KEY` that follows it.
const KEYS: [&str; 6] = ["API", "PRIVATE", "ACCESS", "SIGNING", "ENCRYPTION", "AUTH"];

/// Names that end so tell where a secret is, or something about it.
const ABOUT: [&str; 9] = ["FILE", "PATH", "DIR", "URL", "NAME", "TTL", "LENGTH", "TIMEOUT", "TYPE"];

/// Files that hold secrets wherever they are.
const FILES: [&str; 12] = [
    ".env",
    ".netrc",
    ".pypirc",
    ".pgpass",
    ".npmrc",
    ".ssh",
    ".aws",
    ".kube",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
];

/// Before the first stage.
pub(super) fn arguments(file: &Dockerfile) -> Vec<Flaw> {
    let each = file.arguments.iter().zip(&file.argument_lines);
    each.flat_map(|(declared, line)| self::declared(std::slice::from_ref(declared), *line))
        .collect()
}

/// The values of arguments stand in the image's history.
pub(super) fn declared(declared: &[Declared], line: usize) -> Vec<Flaw> {
    let telling = declared.iter().filter(|it| tells(&it.name));
    let telling = telling.filter(|it| it.default.as_deref().is_none_or(|text| !is_switch(text)));
    telling
        .map(|it| {
            let message = format!("the value of {} stands in the image's history", shown(&it.name));
            Flaw::new(Rule::Secret, line, message, MOUNT)
        })
        .collect()
}

/// The values of variables stand in the image's configuration.
pub(super) fn set(pairs: &[Pair], line: usize) -> Vec<Flaw> {
    let telling = pairs.iter().filter(|pair| tells(&pair.name) && !is_switch(&pair.value));
    telling
        .map(|pair| {
            let message =
                format!("the value of {} is in the image for everybody", shown(&pair.name));
            let hint = "leave it out: whoever runs the image gives it";
            Flaw::new(Rule::Secret, line, message, hint)
        })
        .collect()
}

/// Files that are copied.
pub(super) fn copied(from: &[String], line: usize) -> Vec<Flaw> {
    let holds = |path: &&String| {
        path.split('/').any(|part| FILES.contains(&part) || part.starts_with(".env."))
            && !path.ends_with(".example")
            && !path.ends_with(".sample")
    };
    let flaw = |path: &String| {
        let message =
            format!("{} holds secrets, and stays in a layer even if it is removed", shown(path));
        Flaw::new(Rule::Secret, line, message, MOUNT)
    };
    from.iter().filter(holds).map(flaw).collect()
}

/// What says, on the line above, that what looks like a secret is none. A Dockerfile has comments only
/// on lines of their own.
const ALLOWED_BELOW: &str = "# tollgate: allow-secret";

/// Whatever looks like one.
pub(super) fn text(text: &str) -> Vec<Flaw> {
    let lines: Vec<&str> = text.lines().collect();
    let is_allowed = |leak: &secrets::Leak| {
        let above =
            usize::try_from(leak.line).ok().and_then(|line| lines.get(line.checked_sub(2)?));
        above.is_some_and(|line| line.trim_start().starts_with(ALLOWED_BELOW))
    };
    let flaw = |leak: secrets::Leak| {
        let message = format!("{} in the text: {}", leak.what, leak.shown);
        let line = usize::try_from(leak.line).unwrap_or(1);
        Flaw::new(Rule::Secret, line, message, MOUNT)
    };
    let leaks = secrets::search("Dockerfile", text.as_bytes()).into_iter();
    leaks.filter(|leak| !is_allowed(leak)).map(flaw).collect()
}

fn tells(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let parts: Vec<&str> = upper.split('_').collect();
    if parts.last().is_some_and(|last| ABOUT.contains(last)) {
        return false;
    }
    let is_key = |pair: &[&str]| KEYS.contains(&pair[0]) && pair[1] == "KEY";
    parts.iter().any(|part| TELLING.contains(part)) || parts.windows(2).any(is_key)
}

// Nothing, a number, or yes and no.
fn is_switch(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    let known = ["", "true", "false", "yes", "no", "on", "off", "none"];
    known.iter().any(|word| value.eq_ignore_ascii_case(word)) || value.parse::<u16>().is_ok()
}
