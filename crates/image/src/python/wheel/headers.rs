//! Headers in the style of e-mail, as `METADATA` and `WHEEL` have them. Source: the specification
//! "Core metadata", which follows `email.parser`.

/// Names in lower case with their values, in the order of the file. What comes after the first empty
/// line, or the first one that is no header, is a description and is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Headers(Vec<(String, String)>);

/// How many there may be; a package with thousands of requirements stays below it.
const MOST: usize = 100_000;

impl Headers {
    /// Reads them; none if the first line continues nothing or there are too many.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            if line.is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                let (_, value) = headers.last_mut()?;
                value.push('\n');
                value.push_str(line.trim());
                continue;
            }
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            if headers.len() > MOST {
                return None;
            }
        }
        Some(Self(headers))
    }

    /// All values of a name that is given in lower case.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name that is not empty and not the `UNKNOWN` of old tools.
    pub(super) fn first(&self, name: &str) -> Option<String> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty() && value != "UNKNOWN")
            .map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_go_on_over_lines_and_end_at_an_empty_one() {
        let text = "Name: a\r\nLicense: MIT\n  second: line\nName:b\n\nDescription: c\n";
        let headers = Headers::read(text).unwrap();
        assert_eq!(headers.all("name").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(headers.first("license").unwrap(), "MIT\nsecond: line");
        assert_eq!(headers.first("description"), None);
    }

    #[test]
    fn what_is_no_list_of_headers_is_refused() {
        assert_eq!(Headers::read(" continues nothing\n"), None);
        assert_eq!(Headers::read("no colon\na: b\n"), Some(Headers::default()));
        assert_eq!(Headers::read(&"a: b\n".repeat(MOST + 1)), None);
    }
}
