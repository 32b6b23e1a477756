//! Addresses, as far as a registry needs them: who is asked, and what may be told of it.

use std::net::{Ipv4Addr, Ipv6Addr};

use ureq::http::Uri;

/// An absolute address of HTTP without a user in it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Url {
    https: bool,
    /// Host and, where one was written, port; in lower case.
    authority: String,
    /// From the slash on, with the query.
    path: String,
}

impl Url {
    pub(super) fn new(https: bool, authority: &str, path: &str) -> Self {
        Self { https, authority: authority.to_ascii_lowercase(), path: path.to_owned() }
    }

    /// What a server writes; none where it is no address that is gone to.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?.as_str();
        if authority.contains('@') || uri.host()?.is_empty() {
            return None;
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Some(Self::new(https, authority, path))
    }

    /// Where a `Location` of this address leads. Source: RFC 3986 §5.2, without dot segments.
    pub(super) fn join(&self, location: &str) -> Option<Self> {
        if location.contains("://") && !location.starts_with(['/', '?']) {
            return Self::parse(location);
        }
        if let Some(elsewhere) = location.strip_prefix("//") {
            let scheme = if self.https { "https" } else { "http" };
            return Self::parse(&format!("{scheme}://{elsewhere}"));
        }
        let before = self.path.split('?').next().unwrap_or_default();
        let path = match location.chars().next()? {
            '/' => location.to_owned(),
            '?' => format!("{before}{location}"),
            _ => format!("{}/{location}", before.rsplit_once('/').map_or("", |(dir, _)| dir)),
        };
        Self::parse(&Self { path, ..self.clone() }.text())
    }

    /// With one more parameter in its query.
    pub(super) fn with(&self, parameter: &str) -> Self {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        Self { path: format!("{}{sign}{parameter}", self.path), ..self.clone() }
    }

    /// All of it, to be asked.
    pub(super) fn text(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority, self.path)
    }

    /// What may be told: queries can hold signatures.
    pub(super) fn shown(&self) -> String {
        let text = self.text();
        text.split('?').next().unwrap_or_default().to_owned()
    }

    pub(super) fn is_https(&self) -> bool {
        self.https
    }

    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Scheme, host and port: who is asked.
    pub(super) fn origin(&self) -> (bool, String, u16) {
        let (host, port) = split(&self.authority);
        let usual = if self.https { 443 } else { 80 };
        (self.https, host.to_owned(), port.unwrap_or(usual))
    }

    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.authority)
    }
}

/// What may be told, no more.
impl std::fmt::Debug for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

/// Whether a host, with or without a port, is this machine.
pub(crate) fn is_loopback(authority: &str) -> bool {
    let (host, _) = split(authority);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

fn split(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        // The colons within an address of IPv6 are none before a port.
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
        _ => (authority, None),
    }
}

/// A value for a query or a form. Source: RFC 3986 §2.3.
pub(super) fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::with_capacity(text.len()), |mut all, byte| {
        match plain(byte) {
            true => all.push(char::from(byte)),
            false => {
                let _ = write!(all, "%{byte:02X}");
            }
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_lead_where_they_say() {
        let here = Url::parse("https://r.example:5000/v2/a/blobs/uploads/?x=1").unwrap();
        for (location, there) in [
            ("/v2/b?state=s", "https://r.example:5000/v2/b?state=s"),
            ("b", "https://r.example:5000/v2/a/blobs/uploads/b"),
            ("?y=2", "https://r.example:5000/v2/a/blobs/uploads/?y=2"),
            ("//Other.example/x", "https://other.example/x"),
            ("http://other.example", "http://other.example/"),
        ] {
            assert_eq!(here.join(location).unwrap().text(), there);
        }
        for location in ["", "ftp://x/", "https://me:pw@r.example/", "http://", "/a b", "file:///x"]
        {
            assert_eq!(here.join(location), None, "{location}");
        }
        assert_eq!(here.shown(), "https://r.example:5000/v2/a/blobs/uploads/");
        assert_eq!(format!("{here:?}"), here.shown());
        assert_eq!(here.with("digest=d").text(), here.text() + "&digest=d");
    }

    #[test]
    fn who_is_asked_is_scheme_host_and_port() {
        let origin = |text: &str| Url::parse(text).unwrap().origin();
        assert_eq!(origin("https://r.example/a"), origin("https://R.example:443/b"));
        assert_ne!(origin("https://r.example/"), origin("http://r.example/"));
        assert_ne!(origin("https://r.example/"), origin("https://r.example:444/"));
        for host in ["localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]:5000", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "128.0.0.1", "127.0.0.1.example:80", "[::2]:1"] {
            assert!(!is_loopback(host), "{host}");
        }
        assert_eq!(escaped("repository:a/b:pull,push"), "repository%3Aa%2Fb%3Apull%2Cpush");
    }
}
