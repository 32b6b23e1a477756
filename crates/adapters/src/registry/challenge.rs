//! How a server asks who one is. Source: RFC 9110 §11.6.1; Docker's token authentication.

/// What a server wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A name and a password with each request.
    Basic,
    /// A token, which somebody else gives.
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

/// No server has more to say.
const LONGEST: usize = 8 << 10;

impl Challenge {
    /// The challenge to answer among those of `WWW-Authenticate`; a token goes before a password.
    pub(super) fn of<'h>(headers: impl Iterator<Item = &'h str>) -> Option<Self> {
        let mut all: Vec<Self> = headers.filter_map(one).collect();
        let bearer = all.iter().position(|challenge| matches!(challenge, Self::Bearer { .. }));
        match bearer {
            Some(at) => Some(all.swap_remove(at)),
            None => all.pop(),
        }
    }
}

fn one(header: &str) -> Option<Challenge> {
    if header.len() > LONGEST {
        return None;
    }
    let header = header.trim();
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let mut parameters = parameters(rest);
    let mut take = |name: &str| {
        let at = parameters.iter().position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(parameters.swap_remove(at).1)
    };
    Some(Challenge::Bearer {
        realm: take("realm")?,
        service: take("service"),
        scope: take("scope"),
    })
}

// `name="value with \" and ,", name=token`; what is no pair ends it.
fn parameters(mut text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while let Some((name, rest)) = text.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_owned();
        let rest = rest.trim_start();
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), &rest[end..])
            }
        };
        found.push((name, value));
        text = rest;
    }
    found
}

fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(signs.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Option<Challenge> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (service, scope) = (owned(service), owned(scope));
        Some(Challenge::Bearer { realm: realm.to_owned(), service, scope })
    }

    #[test]
    fn challenges_are_read_as_servers_write_them() {
        let of = |header: &str| Challenge::of([header].into_iter());
        let usual = r#"Bearer realm="https://a.example/token",service="r.example",scope="repository:a/b:pull,push""#;
        let scope = Some("repository:a/b:pull,push");
        assert_eq!(of(usual), bearer("https://a.example/token", Some("r.example"), scope));
        assert_eq!(of(r#"bearer  Realm = "x" "#), bearer("x", None, None));
        assert_eq!(of(r#"BEARER realm=x , service="a\"b,c""#), bearer("x", Some("a\"b,c"), None));
        assert_eq!(of("Bearer service=x"), None);
        assert_eq!(of(r#"Basic realm="r""#), Some(Challenge::Basic));
        assert_eq!(of("basic"), Some(Challenge::Basic));
        assert_eq!(of("Negotiate"), None);
        assert_eq!(of(r#"Bearer realm="cut off"#), bearer("cut off", None, None));
        let both = ["Basic realm=x", "Bearer realm=y"];
        assert_eq!(Challenge::of(both.into_iter()), bearer("y", None, None));
    }
}
