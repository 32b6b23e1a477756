//! Words that packages use for their licence, where they leave no doubt.

use super::Expression;

/// What a package says of its licence as an expression: one that SPDX lists or that refers to a
/// text, or words that name one licence. None where it can't be told.
pub(crate) fn understood(said: &str) -> Option<Expression> {
    let read: Option<Expression> = said.parse().ok();
    let told =
        |it: &Expression| it.licences().iter().all(|one| one.is_listed() || one.is_reference());
    read.filter(told).or_else(|| by_words(said)?.parse().ok())
}

/// Texts are longer than names.
const LONGEST: usize = 100;

// "BSD", "GPL" and "Apache" alone leave it open: of which version, of how many clauses?
fn by_words(said: &str) -> Option<&'static str> {
    const KNOWN: &[(&str, &str)] = &[
        ("0bsd", "0BSD"),
        ("apache 2", "Apache-2.0"),
        ("apache 2.0", "Apache-2.0"),
        ("apache software 2.0", "Apache-2.0"),
        ("boost software 1.0 bsl-1.0", "BSL-1.0"),
        ("bsd 2-clause", "BSD-2-Clause"),
        ("2-clause bsd", "BSD-2-Clause"),
        ("simplified bsd", "BSD-2-Clause"),
        ("bsd 3-clause", "BSD-3-Clause"),
        ("3-clause bsd", "BSD-3-Clause"),
        ("modified bsd", "BSD-3-Clause"),
        ("new bsd", "BSD-3-Clause"),
        ("cc0", "CC0-1.0"),
        ("cmu mit-cmu", "MIT-CMU"),
        ("expat", "MIT"),
        ("gnu affero general public 3", "AGPL-3.0-only"),
        ("gnu affero general public 3 or later agplv3+", "AGPL-3.0-or-later"),
        ("gnu general public 2 gplv2", "GPL-2.0-only"),
        ("gnu general public 2 or later gplv2+", "GPL-2.0-or-later"),
        ("gnu general public 3 gplv3", "GPL-3.0-only"),
        ("gnu general public 3 or later gplv3+", "GPL-3.0-or-later"),
        ("gnu lesser general public 2 lgplv2", "LGPL-2.0-only"),
        ("gnu lesser general public 2 or later lgplv2+", "LGPL-2.0-or-later"),
        ("gnu lesser general public 3 lgplv3", "LGPL-3.0-only"),
        ("gnu lesser general public 3 or later lgplv3+", "LGPL-3.0-or-later"),
        ("gplv2", "GPL-2.0-only"),
        ("gplv2+", "GPL-2.0-or-later"),
        ("gplv3", "GPL-3.0-only"),
        ("gplv3+", "GPL-3.0-or-later"),
        ("historical permission notice and disclaimer hpnd", "HPND"),
        ("isc iscl", "ISC"),
        ("lgplv3", "LGPL-3.0-only"),
        ("lgplv3+", "LGPL-3.0-or-later"),
        ("mit mit", "MIT"),
        ("mit", "MIT"),
        ("isc", "ISC"),
        ("unlicense", "Unlicense"),
        ("mit no attribution mit-0", "MIT-0"),
        ("mozilla public 2.0", "MPL-2.0"),
        ("mozilla public 2.0 mpl 2.0", "MPL-2.0"),
        ("mpl 2.0", "MPL-2.0"),
        ("unlicense unlicense", "Unlicense"),
        ("zlib/libpng", "Zlib"),
    ];
    if said.len() > LONGEST {
        return None;
    }
    let plain = plain(said.rsplit(" :: ").next()?);
    KNOWN.iter().find(|(words, _)| *words == plain).map(|(_, id)| *id)
}

// In lower case, without the words that say nothing.
fn plain(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words = lower.split([' ', ',', '(', ')', '\t', '\n', '"']).map(version);
    let telling = |word: &&str| !["", "the", "license", "licence", "version"].contains(word);
    words.filter(telling).collect::<Vec<_>>().join(" ")
}

// `v2` is `2`.
fn version(word: &str) -> &str {
    let number =
        word.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    number.unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_leave_no_doubt_are_understood() {
        for (said, expected) in [
            ("License :: OSI Approved :: MIT License", "MIT"),
            ("The MIT License (MIT)", "MIT"),
            ("BSD 3-Clause License", "BSD-3-Clause"),
            ("new BSD", "BSD-3-Clause"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("Apache 2.0", "Apache-2.0"),
            ("Apache License v2.0", "Apache-2.0"),
            (
                "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)",
                "GPL-3.0-or-later",
            ),
            ("License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
            ("mit OR apache-2.0", "MIT OR Apache-2.0"),
            ("LicenseRef-Ours", "LicenseRef-Ours"),
        ] {
            let found = understood(said).map(|it| it.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{said}");
        }
    }

    #[test]
    fn words_that_leave_doubt_are_not() {
        let long = format!("MIT {}", " ".repeat(LONGEST));
        for said in [
            "",
            "BSD",
            "GPL",
            "Apache",
            "BSD License; MIT License",
            "GPL-2, LGPL-2.1",
            "Dual",
            "MIT AND Own",
        ] {
            assert_eq!(understood(said), None, "{said}");
        }
        assert_eq!(understood(&format!("License {long}")), None);
    }
}
