//! Under which licences a package is. Source: Debian's machine-readable copyright format 1.0
//! ("DEP-5"), §7.2 for the short names.

use std::collections::BTreeSet;

use super::Paragraphs;

/// What a package's `copyright` file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licences {
    /// All of them as one SPDX expression, where every one could be told.
    pub expression: Option<String>,
    /// All names as the file has them, sorted; of a file in free form those of the common licences
    /// that it refers to.
    pub names: Vec<String>,
}

impl Licences {
    /// The expression, or else the names.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let names = || (!self.names.is_empty()).then(|| self.names.join(", "));
        self.expression.clone().or_else(names)
    }
}

/// More files have more paragraphs, but nobody has read them.
const MOST_PARAGRAPHS: usize = 10_000;

/// Reads a `copyright` file, in Debian's format or in any.
#[must_use]
pub fn licences(text: &str) -> Licences {
    let first = text.lines().take(10);
    let formatted = first.into_iter().any(|line| line.starts_with("Format"));
    let names = formatted.then(|| named(text)).flatten();
    let Some(names) = names.filter(|names| !names.is_empty()) else {
        return Licences { expression: None, names: referred(text) };
    };
    let parts: Option<BTreeSet<String>> = names.iter().map(|name| expression(name)).collect();
    let expression = parts.map(|parts| match parts.len() {
        1 => parts.into_iter().collect(),
        _ => parts.iter().map(|part| within(part)).collect::<Vec<_>>().join(" AND "),
    });
    Licences { expression, names: names.into_iter().collect() }
}

fn within(part: &str) -> String {
    if part.contains(" OR ") { format!("({part})") } else { part.to_owned() }
}

// The licences of all paragraphs that are about files; none where it is not in the format after all.
fn named(text: &str) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for paragraph in Paragraphs::new(text.as_bytes(), "copyright").take(MOST_PARAGRAPHS) {
        let paragraph = paragraph.ok()?;
        let about = paragraph.get("Files").is_some() || paragraph.get("Format").is_some();
        let licence = paragraph.get("License").filter(|_| about);
        let name = licence.and_then(|text| text.lines().next()).map(str::trim);
        names.extend(name.filter(|name| !name.is_empty()).map(str::to_owned));
    }
    Some(names)
}

fn referred(text: &str) -> Vec<String> {
    let after = text.split("/usr/share/common-licenses/").skip(1);
    let names = after.map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-.+".contains(c)));
        rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', '-'])
    });
    let names: BTreeSet<_> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    names.into_iter().collect()
}

// `GPL-2+ or Expat`: commas bind in ways that are better not guessed.
fn expression(name: &str) -> Option<String> {
    if name.contains(',') {
        return None;
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let mixed = words.contains(&"and") && words.contains(&"or");
    if words.len().is_multiple_of(2) || mixed {
        return None;
    }
    let parts = words.iter().enumerate().map(|(at, word)| match (at % 2, *word) {
        (0, word) => spdx(word).map(str::to_owned),
        (_, "and") => Some("AND".to_owned()),
        (_, "or") => Some("OR".to_owned()),
        _ => None,
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join(" "))
}

// Debian's short names that mean one licence of SPDX' list, whose names are taken as they are.
fn spdx(name: &str) -> Option<&'static str> {
    const NAMES: &[(&str, &str)] = &[
        ("AGPL-3", "AGPL-3.0-only"),
        ("AGPL-3+", "AGPL-3.0-or-later"),
        ("Apache-2.0", "Apache-2.0"),
        ("Artistic", "Artistic-1.0-Perl"),
        ("Artistic-2.0", "Artistic-2.0"),
        ("BSD-2-clause", "BSD-2-Clause"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("BSD-4-clause", "BSD-4-Clause"),
        ("BSL-1.0", "BSL-1.0"),
        ("CC0-1.0", "CC0-1.0"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("Expat", "MIT"),
        ("GFDL-1.2", "GFDL-1.2-only"),
        ("GFDL-1.2+", "GFDL-1.2-or-later"),
        ("GFDL-1.3", "GFDL-1.3-only"),
        ("GFDL-1.3+", "GFDL-1.3-or-later"),
        ("GPL-1", "GPL-1.0-only"),
        ("GPL-1+", "GPL-1.0-or-later"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-3", "GPL-3.0-only"),
        ("GPL-3+", "GPL-3.0-or-later"),
        ("ISC", "ISC"),
        ("LGPL-2", "LGPL-2.0-only"),
        ("LGPL-2+", "LGPL-2.0-or-later"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("LGPL-3", "LGPL-3.0-only"),
        ("LGPL-3+", "LGPL-3.0-or-later"),
        ("MIT", "MIT"),
        ("MPL-1.1", "MPL-1.1"),
        ("MPL-2.0", "MPL-2.0"),
        ("OpenSSL", "OpenSSL"),
        ("PSF-2", "PSF-2.0"),
        ("Unlicense", "Unlicense"),
        ("X11", "X11"),
        ("Zlib", "Zlib"),
    ];
    // `GPL-2.0+` is written too, and `.0` says nothing.
    let plain = name.replacen(".0+", "+", 1);
    let short = plain.strip_suffix(".0").unwrap_or(&plain);
    let same = |known: &str| [name, &plain, short].iter().any(|n| known.eq_ignore_ascii_case(n));
    NAMES.iter().find(|(known, spdx)| same(known) || *spdx == name).map(|(_, spdx)| *spdx)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: &str =
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";

    #[test]
    fn what_can_be_told_is_an_expression() {
        let told = |rest: &str| licences(&format!("{FORMAT}\n{rest}")).expression;
        assert_eq!(told("Files: *\nLicense: Expat\n text\n").as_deref(), Some("MIT"));
        let several = "Files: *\nLicense: GPL-2+\n\nFiles: debian/*\nLicense: LGPL-2.1 or GPL-3.0+\n\n\
             License: GPL-2+\n On Debian systems …\n";
        let expected = "(LGPL-2.1-only OR GPL-3.0-or-later) AND GPL-2.0-or-later";
        let mut parts: Vec<_> = told(several).unwrap().split(" AND ").map(str::to_owned).collect();
        parts.sort();
        assert_eq!(parts.join(" AND "), expected);
    }

    #[test]
    fn what_can_t_be_told_is_named() {
        let text = format!(
            "{FORMAT}\nFiles: *\nLicense: GPL-2+ with OpenSSL exception\n\nFiles: a\nLicense: public-domain\n"
        );
        let found = licences(&text);
        assert_eq!(found.expression, None);
        assert_eq!(found.told().unwrap(), "GPL-2+ with OpenSSL exception, public-domain");
        let free = "It is under the GPL; see `/usr/share/common-licenses/GPL-2'.\n\
             And /usr/share/common-licenses/LGPL-2.1.\n";
        assert_eq!(licences(free).names, ["GPL-2", "LGPL-2.1"]);
        assert_eq!(licences("").told(), None);
    }
}
