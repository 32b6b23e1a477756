//! Credentials in addresses: `https://NAME:PASSWORD@index.example/simple`. They go to the command
//! that reaches for the address, and nowhere else.

/// Shorter passwords are common words; they are hidden only together with their name.
const SHORTEST: usize = 4;
/// Names of this length are tokens: some servers take one in the place of a name.
const TOKEN: usize = 16;

/// Where the credentials of a text are: each range ends before the `@`.
fn userinfo(text: &str) -> Vec<std::ops::Range<usize>> {
    let ends = |c: char| c.is_whitespace() || "/?#'\"<>".contains(c);
    let starts = text.match_indices("://").map(|(at, mark)| at + mark.len());
    let found = starts.filter_map(|start| {
        let rest = &text[start..];
        let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
        // A password may hold an `@` that should have been escaped.
        Some(start..start + authority.rfind('@')?)
    });
    found.collect()
}

/// The text without the credentials in its addresses.
pub(crate) fn without(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut from = 0;
    for found in userinfo(text) {
        // The `@` goes too.
        left.push_str(&text[from..found.start]);
        from = found.end + 1;
    }
    left.push_str(&text[from..]);
    left
}

/// What of the addresses in a text must not be shown, as it is written and as it is meant.
pub(crate) fn in_text(text: &str) -> Vec<String> {
    userinfo(text).into_iter().flat_map(|at| of_userinfo(&text[at])).collect()
}

/// The same for a proxy's address, which may lack its scheme.
pub(crate) fn in_proxy(value: &str) -> Vec<String> {
    if value.contains("://") { in_text(value) } else { in_text(&format!("http://{value}")) }
}

fn of_userinfo(userinfo: &str) -> Vec<String> {
    let (name, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let mut secrets = Vec::new();
    if !password.is_empty() && password.len() < SHORTEST {
        secrets.push(userinfo.to_owned());
    }
    if password.len() >= SHORTEST {
        secrets.push(password.to_owned());
    }
    if name.len() >= TOKEN {
        secrets.push(name.to_owned());
    }
    let meant: Vec<String> = secrets.iter().map(|secret| unescaped(secret)).collect();
    secrets.extend(meant);
    secrets
}

/// Without percent-encoding.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut meant = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|_| bytes[at] == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                meant.push(byte);
                at += 3;
            }
            None => {
                meant.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&meant).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_left_without_their_credentials() {
        for (text, left) in [
            ("https://index.example/simple", "https://index.example/simple"),
            ("https://me:pass@index.example/a@b", "https://index.example/a@b"),
            ("a=https://me:p@ss@h/ b=http://t@g:1?x", "a=https://h/ b=http://g:1?x"),
            ("index-url = 'https://me:pass@h'\nmail me@h", "index-url = 'https://h'\nmail me@h"),
            ("://@", "://"),
            ("://://é@", "://://"),
            ("", ""),
        ] {
            assert_eq!(without(text), left, "{text}");
        }
    }

    #[test]
    fn passwords_and_tokens_are_found_as_written_and_as_meant() {
        let found = |text: &str| {
            let mut found = in_text(text);
            found.sort();
            found.dedup();
            found
        };
        assert_eq!(found("https://me:p%40ss%2@h/"), ["p%40ss%2", "p@ss%2"]);
        assert_eq!(found("https://me:abc@h https://u@h"), ["me:abc"]);
        assert_eq!(found("https://0123456789abcdef@h/"), ["0123456789abcdef"]);
        assert_eq!(found("https://h/ me:pass@h"), Vec::<String>::new());
        assert_eq!(in_proxy("me:secret@proxy:3128"), ["secret", "secret"]);
    }
}
