//! What must never be shown.

use std::fmt;

/// A password or a token. It can be sent, and not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret of this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be sent to whom it is meant for.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who one is towards a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// A name and a password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token that is exchanged for others: what `docker login` keeps where a registry gives one.
    Identity(Secret),
}

impl Credentials {
    /// The value of an `Authorization` header; none where a token has to be exchanged first.
    pub(super) fn header(&self) -> Option<Secret> {
        use base64::Engine as _;
        let Self::Basic { user, password } = self else { return None };
        let pair = format!("{user}:{}", password.reveal());
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        Some(Secret::new(format!("Basic {pair}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let password = Secret::new("open sesame");
        let who = Credentials::Basic { user: "ann".to_owned(), password };
        let shown = format!("{who:?} {:?}", Credentials::Identity(Secret::new("open sesame")));
        assert!(!shown.contains("sesame") && shown.contains("ann"), "{shown}");
        assert_eq!(who.header().unwrap().reveal(), "Basic YW5uOm9wZW4gc2VzYW1l");
    }
}
