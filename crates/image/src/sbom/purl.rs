//! Package URLs of others. Source: the purl specification.

/// `pkg:type/namespace/name@version?qualifiers#subpath`, taken apart and decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Purl {
    pub(super) kind: String,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) version: Option<String>,
    qualifiers: Vec<(String, String)>,
}

impl Purl {
    pub(super) fn of(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("pkg:")?.trim_start_matches('/');
        let rest = rest.split('#').next()?;
        let (path, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        let (kind, path) = path.split_once('/')?;
        let (path, version) = match path.rsplit_once('@') {
            // An `@` before the last `/` belongs to a namespace.
            Some((path, version)) if !version.contains('/') => (path, Some(version)),
            _ => (path, None),
        };
        let (namespace, name) = match path.trim_matches('/').rsplit_once('/') {
            Some((namespace, name)) => (Some(decoded(namespace)?), name),
            None => (None, path),
        };
        let name = decoded(name.trim_matches('/')).filter(|name| !name.is_empty())?;
        let version = version.map(decoded).map_or(Some(None), |it| it.map(Some))?;
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=')?;
            Some((key.to_ascii_lowercase(), decoded(value)?))
        };
        let qualifiers = qualifiers.split('&').filter_map(pair).collect();
        let version = version.filter(|version| !version.is_empty());
        Some(Self { kind: kind.to_ascii_lowercase(), namespace, name, version, qualifiers })
    }

    pub(super) fn qualifier(&self, key: &str) -> Option<&str> {
        let found = self.qualifiers.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        };
        bytes.push(decoded);
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_are_taken_apart() {
        let purl =
            Purl::of("pkg:deb/debian/libstdc%2B%2B6@1:12-1?arch=amd64&distro=debian-12").unwrap();
        assert_eq!((purl.kind.as_str(), purl.namespace.as_deref()), ("deb", Some("debian")));
        assert_eq!((purl.name.as_str(), purl.version.as_deref()), ("libstdc++6", Some("1:12-1")));
        assert_eq!(purl.qualifier("arch"), Some("amd64"));
        assert_eq!(purl.qualifier("none"), None);
        let purl = Purl::of("pkg:npm/%40scope/a#sub/path").unwrap();
        assert_eq!((purl.namespace.as_deref(), purl.version), (Some("@scope"), None));
        assert_eq!(Purl::of("pkg:npm/@scope/a").unwrap().name, "a");
    }

    #[test]
    fn what_is_no_package_url_is_none() {
        for text in [
            "",
            "pkg:",
            "pkg:pypi",
            "pkg:pypi/",
            "pkg:pypi/a%",
            "pkg:pypi/a%zz",
            "pkg:pypi/%ff",
            "a/b",
        ] {
            assert_eq!(Purl::of(text), None, "{text}");
        }
        assert_eq!(Purl::of("pkg:pypi/a%0a@1"), None, "a line in a name");
    }
}
