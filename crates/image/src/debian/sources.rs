//! Where a machine gets its packages from. Source: `sources.list(5)`, both styles.

use super::{Paragraphs, TextError};

/// One suite of one archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The archive's root, without a `/` at its end.
    pub uri: String,
    /// `bookworm-security`; ends with `/` where the archive is flat.
    pub suite: String,
    /// `main`; none where the archive is flat.
    pub components: Vec<String>,
    /// The architectures that it is for; all where none is named.
    pub architectures: Vec<String>,
    /// Keyrings' paths, fingerprints, or a key itself, as written; all keys that the machine trusts
    /// where there is none.
    pub signed_by: Option<String>,
    /// Whether it is to be trusted without a signature. It is read so that it can be refused.
    pub trusted: bool,
    /// The file and line that say so.
    pub place: String,
}

/// How a list of sources is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceStyle {
    /// A `.list`: one line for each source.
    OneLine,
    /// A `.sources`: one paragraph for each.
    Paragraphs,
}

/// The sources of binary packages in `text` that are not switched off; errors call it `file`.
///
/// # Errors
/// What is said can't be understood.
pub fn sources(text: &str, style: SourceStyle, file: &str) -> Result<Vec<Source>, TextError> {
    match style {
        SourceStyle::OneLine => one_line(text, file),
        SourceStyle::Paragraphs => paragraphs(text, file),
    }
}

fn one_line(text: &str, file: &str) -> Result<Vec<Source>, TextError> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            found.extend(one_source(line, file, at + 1)?);
        }
    }
    Ok(found)
}

fn one_source(line: &str, file: &str, at: usize) -> Result<Option<Source>, TextError> {
    let wrong = |why: &str| TextError::new(file, at, why);
    let (kind, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match kind {
        "deb" => {}
        "deb-src" => return Ok(None),
        _ => return Err(wrong("`deb [options] URI suite component …` is expected")),
    }
    let rest = rest.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or_else(|| wrong("the `[` is never closed"))?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let (Some(uri), Some(suite)) = (words.next(), words.next()) else {
        return Err(wrong("a URI and a suite are expected after `deb`"));
    };
    let mut source = Source {
        uri: uri.trim_end_matches('/').to_owned(),
        suite: suite.to_owned(),
        components: words.map(str::to_owned).collect(),
        architectures: Vec::new(),
        signed_by: None,
        trusted: false,
        place: format!("{file}:{at}"),
    };
    for option in options.split_whitespace() {
        let option = option.split_once('=');
        let (name, value) = option.ok_or_else(|| wrong("`name=value` is expected within `[]`"))?;
        match name.trim_end_matches(['+', '-']) {
            "arch" => source.architectures = value.split(',').map(str::to_owned).collect(),
            "signed-by" => source.signed_by = Some(value.replace(',', " ")),
            "trusted" => source.trusted = value == "yes",
            _ => {}
        }
    }
    whole(source, file, at).map(Some)
}

fn paragraphs(text: &str, file: &str) -> Result<Vec<Source>, TextError> {
    let mut found = Vec::new();
    for paragraph in Paragraphs::new(text.as_bytes(), file) {
        let paragraph = paragraph?;
        let off = paragraph.get("Enabled").is_some_and(|value| value == "no");
        paragraph.require("Types", file)?;
        if off || !paragraph.words("Types").any(|kind| kind == "deb") {
            continue;
        }
        paragraph.require("URIs", file)?;
        paragraph.require("Suites", file)?;
        let owned = |name: &str| paragraph.words(name).map(str::to_owned).collect::<Vec<_>>();
        for uri in paragraph.words("URIs") {
            for suite in paragraph.words("Suites") {
                let source = Source {
                    uri: uri.trim_end_matches('/').to_owned(),
                    suite: suite.to_owned(),
                    components: owned("Components"),
                    architectures: owned("Architectures"),
                    signed_by: paragraph.get("Signed-By").map(str::to_owned),
                    trusted: paragraph.get("Trusted").is_some_and(|value| value == "yes"),
                    place: format!("{file}:{}", paragraph.line),
                };
                found.push(whole(source, file, paragraph.line)?);
            }
        }
    }
    Ok(found)
}

// A source that names its packages: components in a suite, or a directory without them.
fn whole(source: Source, file: &str, at: usize) -> Result<Source, TextError> {
    let wrong = |why: String| Err(TextError::new(file, at, why));
    let words = || source.components.iter().chain([&source.suite]);
    if words().any(|word| word.split('/').any(|part| part == "..") || word.starts_with('/')) {
        return wrong(format!("suite `{}` or its components lead elsewhere", source.suite));
    }
    match (source.suite.ends_with('/'), source.components.is_empty()) {
        (true, false) => {
            wrong(format!("`{}` is a directory, which has no components", source.suite))
        }
        (false, true) => {
            wrong(format!("suite `{}` needs a component, such as `main`", source.suite))
        }
        (true, true) | (false, false) => Ok(source),
    }
}

impl Source {
    /// Where the files of the suite are: release and indexes.
    #[must_use]
    pub fn dists(&self) -> String {
        match self.suite.strip_suffix('/') {
            Some("." | "") => self.uri.clone(),
            Some(directory) => format!("{}/{}", self.uri, directory.trim_start_matches("./")),
            None => format!("{}/dists/{}", self.uri, self.suite),
        }
    }

    /// Whether it has packages for `architecture`.
    #[must_use]
    pub fn is_for(&self, architecture: &str) -> bool {
        self.architectures.is_empty() || self.architectures.iter().any(|a| a == architecture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_style_is_read() {
        let text = "# from the installer\n\
            deb [ arch=amd64,arm64 signed-by=/k/a.gpg,/k/b.gpg ] http://d.example/debian/ bookworm main contrib # why\n\
            deb-src http://d.example/debian bookworm main\n\
            deb [trusted=yes] file:/srv/flat ./\n";
        let found = sources(text, SourceStyle::OneLine, "sources.list").unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].uri, "http://d.example/debian");
        assert_eq!(found[0].components, ["main", "contrib"]);
        assert_eq!(found[0].signed_by.as_deref(), Some("/k/a.gpg /k/b.gpg"));
        assert!(found[0].is_for("arm64") && !found[0].is_for("i386"));
        assert_eq!(found[0].dists(), "http://d.example/debian/dists/bookworm");
        assert!(found[1].trusted && found[1].is_for("i386"));
        assert_eq!(
            (found[1].dists().as_str(), found[1].place.as_str()),
            ("file:/srv/flat", "sources.list:4")
        );
    }

    #[test]
    fn paragraph_style_is_read() {
        let text = "Types: deb deb-src\nURIs: http://a.example http://b.example\n\
            Suites: bookworm bookworm-updates\nComponents: main\nSigned-By:\n -----BEGIN\n .\n\n\
            Types: deb\nEnabled: no\nURIs: x\nSuites: y\n\nTypes: deb-src\n";
        let found = sources(text, SourceStyle::Paragraphs, "debian.sources").unwrap();
        let named: Vec<_> = found.iter().map(|s| format!("{} {}", s.uri, s.suite)).collect();
        let (a, b) = ("http://a.example", "http://b.example");
        let expected = [(a, ""), (a, "-updates"), (b, ""), (b, "-updates")];
        assert_eq!(named, expected.map(|(uri, end)| format!("{uri} bookworm{end}")));
        assert_eq!(found[0].signed_by.as_deref(), Some("\n-----BEGIN\n."));
    }

    #[test]
    fn what_is_no_source_is_refused_with_its_line() {
        let wrong = [
            ("rpm http://d x main", "s:1: `deb [options] URI suite component …` is expected"),
            ("\ndeb http://d", "s:2: a URI and a suite are expected after `deb`"),
            ("deb [a=b http://d x main", "s:1: the `[` is never closed"),
            ("deb [a] http://d x main", "s:1: `name=value` is expected within `[]`"),
            ("deb http://d x", "s:1: suite `x` needs a component, such as `main`"),
            ("deb http://d x/ main", "s:1: `x/` is a directory, which has no components"),
            ("deb file:/srv ../x main", "s:1: suite `../x` or its components lead elsewhere"),
        ];
        for (text, why) in wrong {
            let error = sources(text, SourceStyle::OneLine, "s").unwrap_err();
            assert_eq!(error.to_string(), why);
        }
        let error = sources("Types: deb\nURIs: x\n", SourceStyle::Paragraphs, "s").unwrap_err();
        assert_eq!(error.to_string(), "s:1: there is no `Suites:`");
    }
}
