//! Asking: redirects, credentials, and trying again what may work later.

use std::time::{Duration, Instant};

use ureq::http::{Method, Request};
use ureq::{AsSendBody, SendBody};

use super::Registry;
use super::error::{RegistryError, may_pass, told};
use super::request::{Ask, Body, Reply};
use super::secret::Secret;
use super::url::Url;

const MOST_REDIRECTS: usize = 5;
/// Of an error's text.
const LONGEST_ERROR: u64 = 64 << 10;
/// A registry reads a large blob once more before it says that it has it.
const WHOLE: u32 = 10;

/// How often, and how long apart, it is tried again what may work later.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often at most, the first time among them.
    pub attempts: u32,
    /// Before the second attempt; before each further one twice as long.
    pub first: Duration,
    /// However long a registry asks to wait.
    pub longest: Duration,
    /// How long it may say nothing.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            silence: Duration::from_secs(60),
        }
    }
}

impl Registry<'_> {
    /// Asks, and asks again where it may help. The answer may be one of failure.
    pub(super) fn ask(&self, ask: &Ask<'_>) -> Result<Reply, RegistryError> {
        let mut attempt = 1;
        loop {
            let last = attempt >= self.patience.attempts;
            let wait = match self.ask_once(ask) {
                Ok(reply) if may_pass(reply.status) && !last => retry_after(&reply),
                Err(error) if error.is_transient() && !last => error.after(),
                done => return done,
            };
            self.pause(attempt, wait)?;
            attempt += 1;
        }
    }

    /// Asks until it answers with one of these statuses.
    pub(super) fn expect(&self, ask: &Ask<'_>, fine: &[u16]) -> Result<Reply, RegistryError> {
        let reply = self.ask(ask)?;
        self.fine(ask, reply, fine)
    }

    /// The answer, if it has one of these statuses.
    pub(super) fn fine(
        &self,
        ask: &Ask<'_>,
        reply: Reply,
        fine: &[u16],
    ) -> Result<Reply, RegistryError> {
        if fine.contains(&reply.status) {
            return Ok(reply);
        }
        let (status, url, after) = (reply.status, reply.url.shown(), retry_after(&reply));
        // What can't be read of an error is nothing that it says.
        let told = told(&reply.bytes(LONGEST_ERROR).unwrap_or_default());
        let told = self.answered.without_secrets(told);
        Err(match status {
            401 | 403 => self.denied(ask, told),
            _ => RegistryError::Refused { url, status, told, after },
        })
    }

    /// Waits before another attempt; `asked` is how long the registry wants.
    pub(super) fn pause(&self, attempt: u32, asked: Option<Duration>) -> Result<(), RegistryError> {
        let grown = self.patience.first.saturating_mul(1 << (attempt - 1).min(16));
        let wait = asked.unwrap_or(grown).min(self.patience.longest);
        let until = Instant::now() + wait;
        loop {
            if (self.stopped)() {
                return Err(RegistryError::Stopped);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }

    /// Asks once, as whoever the registry wants.
    pub(super) fn ask_once(&self, ask: &Ask<'_>) -> Result<Reply, RegistryError> {
        let known = self.known(&ask.scopes);
        let reply = self.follow(ask, known.as_ref())?;
        // What somebody else asks for is nothing that this registry's credentials are for.
        if reply.status != 401 || reply.url.origin() != self.base.origin() {
            return Ok(reply);
        }
        match self.introduce(ask, &reply)? {
            Some(fresh) => self.follow(ask, Some(&fresh)),
            None => Ok(reply),
        }
    }

    fn follow(
        &self,
        ask: &Ask<'_>,
        authorization: Option<&Secret>,
    ) -> Result<Reply, RegistryError> {
        let mut url = ask.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            // Credentials are for the registry, not for where it leads.
            let own = url.origin() == self.base.origin();
            let reply = self.one(ask, &url, authorization.filter(|_| own))?;
            let leads_on = matches!(reply.status, 301 | 302 | 303 | 307 | 308);
            if !leads_on || !matches!(ask.method, Method::GET | Method::HEAD) {
                return Ok(reply);
            }
            url = reply.location()?;
        }
        let why = format!("it leads on more than {MOST_REDIRECTS} times");
        Err(RegistryError::Malformed { what: ask.url.shown(), why })
    }

    /// One request and its answer, whoever is asked.
    pub(super) fn one(
        &self,
        ask: &Ask<'_>,
        url: &Url,
        authorization: Option<&Secret>,
    ) -> Result<Reply, RegistryError> {
        match &ask.body {
            Body::None if ask.method == Method::POST || ask.method == Method::PUT => {
                self.run(ask, url, authorization, &[][..])
            }
            Body::None => self.run(ask, url, authorization, ()),
            Body::Bytes(bytes) => self.run(ask, url, authorization, *bytes),
            Body::Part(part) => {
                let mut reader = part.reader();
                self.run(ask, url, authorization, SendBody::from_reader(&mut reader))
            }
        }
    }

    fn run(
        &self,
        ask: &Ask<'_>,
        url: &Url,
        authorization: Option<&Secret>,
        body: impl AsSendBody,
    ) -> Result<Reply, RegistryError> {
        if (self.stopped)() {
            return Err(RegistryError::Stopped);
        }
        let mut request = Request::builder().method(ask.method.clone()).uri(url.text());
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        if let Body::Part(part) = &ask.body {
            request = request.header("content-length", part.length);
        }
        if let Some(value) = authorization {
            request = request.header("authorization", value.reveal());
        }
        // The library's words on a header that can't be sent don't repeat it.
        let request = request.body(body).map_err(|error| RegistryError::Unreachable {
            url: url.shown(),
            why: error.to_string(),
            transient: false,
        })?;
        let ends = ask.method == Method::PUT;
        let silence = self.patience.silence * if ends { WHOLE } else { 1 };
        let agent = self.http.agent();
        let request = agent
            .configure_request(request)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_recv_response(Some(silence))
            .timeout_per_read(Some(silence))
            .timeout_per_write(Some(self.patience.silence))
            .build();
        let answer = agent.run(request).map_err(|error| self.no_answer(url, &error))?;
        let (head, body) = answer.into_parts();
        let status = head.status.as_u16();
        Ok(Reply { url: url.clone(), status, headers: head.headers, body })
    }

    fn no_answer(&self, url: &Url, error: &ureq::Error) -> RegistryError {
        if (self.stopped)() {
            return RegistryError::Stopped;
        }
        let (why, transient) = match tls(error) {
            Some(rustls::Error::InvalidCertificate(why)) => (
                format!(
                    "nobody whom this machine trusts vouches for it ({why}); whose certificate \
                     vouches for others is named by SSL_CERT_FILE or lies in certs.d/{}/ca.crt",
                    url.authority()
                ),
                false,
            ),
            Some(why) => (format!("it does not speak TLS as it should: {why}"), false),
            None => {
                use ureq::Error::{ConnectionFailed, HostNotFound, Io, Protocol, Timeout};
                let passing = matches!(
                    error,
                    Io(_) | Timeout(_) | HostNotFound | ConnectionFailed | Protocol(_)
                );
                (error.to_string(), passing)
            }
        };
        RegistryError::Unreachable { url: url.shown(), why, transient }
    }
}

/// What is wrong with TLS, if that is it.
pub(super) fn tls(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

// A date, which is allowed too, is taken for nothing said.
fn retry_after(reply: &Reply) -> Option<Duration> {
    reply.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}
