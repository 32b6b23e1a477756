//! Saying who one is. Sources: OCI Distribution Specification 1.1; Docker Registry v2
//! authentication: "Token Authentication Specification" and "OAuth2 Token Authentication".

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use ureq::http::Method;

use super::Registry;
use super::challenge::Challenge;
use super::error::RegistryError;
use super::request::{Ask, Body, Reply};
use super::secret::{Credentials, Secret};
use super::url::{Url, escaped};

const LONGEST_TOKEN: u64 = 1 << 20;

/// What was answered before, so that it need not be asked again.
#[derive(Debug, Default)]
pub(super) struct Answered {
    /// Values of `Authorization` by what they allow; the empty list allows all.
    headers: Mutex<HashMap<Vec<String>, Secret>>,
    credentials: Mutex<HashMap<String, Option<Credentials>>>,
}

#[derive(Deserialize)]
struct Given {
    token: Option<String>,
    access_token: Option<String>,
}

impl Answered {
    /// What a server says, without what it was told in confidence.
    pub(super) fn without_secrets(&self, told: String) -> String {
        let headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        let credentials = self.credentials.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = headers
            .values()
            .cloned()
            .chain(credentials.values().flatten().filter_map(Credentials::header));
        let sent = sent.filter_map(|header| Some(header.reveal().split_once(' ')?.1.to_owned()));
        let kept = credentials.values().flatten().map(|known| match known {
            Credentials::Basic { password, .. } => password.reveal().to_owned(),
            Credentials::Identity(token) => token.reveal().to_owned(),
        });
        let secrets = sent.chain(kept).filter(|secret| !secret.is_empty());
        secrets.fold(told, |told, secret| told.replace(&secret, "…"))
    }
}

impl Registry<'_> {
    /// What allowed this before.
    pub(super) fn known(&self, scopes: &[String]) -> Option<Secret> {
        let known = self.answered.headers.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(scopes).or_else(|| known.get(&[][..])).cloned()
    }

    fn remember(&self, scopes: &[String], header: &Secret) {
        let mut known = self.answered.headers.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(scopes.to_vec(), header.clone());
    }

    /// Answers a challenge: the value of an `Authorization` header; none where there is nothing to
    /// answer with.
    pub(super) fn introduce(
        &self,
        ask: &Ask<'_>,
        reply: &Reply,
    ) -> Result<Option<Secret>, RegistryError> {
        let headers = reply.headers.get_all("www-authenticate").iter();
        let Some(challenge) = Challenge::of(headers.filter_map(|value| value.to_str().ok())) else {
            return Ok(None);
        };
        let credentials = self.credentials(ask)?;
        let (scopes, header) = match challenge {
            Challenge::Basic => (Vec::new(), credentials.as_ref().and_then(Credentials::header)),
            Challenge::Bearer { realm, service, scope } => {
                let mut scopes = ask.scopes.clone();
                scopes.extend(scope.filter(|scope| !covered(scope, &ask.scopes)));
                let token =
                    self.token(&realm, service.as_deref(), &scopes, credentials.as_ref(), ask)?;
                (ask.scopes.clone(), Some(Secret::new(format!("Bearer {}", token.reveal()))))
            }
        };
        if let Some(header) = &header {
            self.remember(&scopes, header);
        }
        Ok(header)
    }

    /// That it is not allowed, and what could be done about it.
    pub(super) fn denied(&self, ask: &Ask<'_>, told: String) -> RegistryError {
        let who = match self.credentials(ask) {
            Ok(Some(Credentials::Basic { user, .. })) => format!("`{user}`"),
            Ok(Some(Credentials::Identity(_))) => "the holder of the identity token".to_owned(),
            _ => "anybody".to_owned(),
        };
        let registry = self.base.authority().to_owned();
        let (doing, looked) = (ask.doing.clone(), self.keyring.places());
        RegistryError::Denied { registry, who, doing, told, looked }
    }

    fn credentials(&self, ask: &Ask<'_>) -> Result<Option<Credentials>, RegistryError> {
        let scope = ask.scopes.first().and_then(|scope| scope.split(':').nth(1));
        let repository = scope.unwrap_or_default();
        let mut known = self.answered.credentials.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(repository) {
            return Ok(found.clone());
        }
        let found = self.keyring.find(self.base.authority(), repository)?;
        known.insert(repository.to_owned(), found.clone());
        Ok(found)
    }

    fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scopes: &[String],
        credentials: Option<&Credentials>,
        ask: &Ask<'_>,
    ) -> Result<Secret, RegistryError> {
        let wrong =
            |why: String| RegistryError::Credentials(format!("{}: {why}", self.base.authority()));
        let realm = Url::parse(realm)
            .ok_or_else(|| wrong("where tokens are given is no address".to_owned()))?;
        if credentials.is_some() && !self.may_carry_credentials(&realm) {
            let why = format!(
                "tokens are given at {}, where credentials would go in plain text; they are not sent",
                realm.shown()
            );
            return Err(wrong(why));
        }
        let service = service.map(|service| format!("service={}", escaped(service)));
        let reply = match credentials {
            Some(Credentials::Identity(token)) => {
                let mut form = vec![
                    "grant_type=refresh_token".to_owned(),
                    "client_id=tollgate".to_owned(),
                    format!("refresh_token={}", escaped(token.reveal())),
                    format!("scope={}", escaped(&scopes.join(" "))),
                ];
                form.extend(service);
                let form = form.join("&");
                let ask = Ask::new(Method::POST, realm.clone(), &*ask.doing)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(Body::Bytes(form.as_bytes()));
                self.one(&ask, &realm, None)?
            }
            other => {
                let scopes = scopes.iter().map(|scope| format!("scope={}", escaped(scope)));
                let url =
                    service.into_iter().chain(scopes).fold(realm, |url, part| url.with(&part));
                let header = other.and_then(Credentials::header);
                let ask = Ask::new(Method::GET, url.clone(), &*ask.doing);
                self.one(&ask, &url, header.as_ref())?
            }
        };
        let reply = self.fine(ask, reply, &[200])?;
        let malformed = reply.malformed("it gives no token");
        let given: Given =
            serde_json::from_slice(&reply.bytes(LONGEST_TOKEN)?).map_err(|_| malformed)?;
        let token = given.token.or(given.access_token).filter(|token| is_token(token));
        token.map(Secret::new).ok_or_else(|| wrong("who gives tokens gives none".to_owned()))
    }

    fn may_carry_credentials(&self, realm: &Url) -> bool {
        // Whoever asked for plain HTTP towards this very host knows what goes there.
        realm.is_https() || realm.is_loopback() || realm.origin() == self.base.origin()
    }
}

fn covered(scope: &str, by: &[String]) -> bool {
    by.iter().any(|own| own == scope)
}

// What can stand in a header.
fn is_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}
