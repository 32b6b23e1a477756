//! Speaking HTTP: one agent with timeouts, a proxy and authorities that are handed in.
//!
//! Nothing is tried again here: an error says whether that might help, and the caller decides.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// How the network is reached. Nothing of it is read from the environment here.
#[derive(Clone, Debug, Default)]
pub struct HttpOptions {
    /// `http://host:port` of a proxy for all requests.
    pub proxy: Option<String>,
    /// Hosts that are reached without it, separated by commas.
    pub no_proxy: Option<String>,
    /// The bytes of a file of certificates (PEM) of those who may vouch for a server; without any,
    /// no server is believed, so `https:` is refused.
    pub authorities: Vec<u8>,
}

/// A client of HTTP. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Http {
    agent: ureq::Agent,
}

/// Why there is no answer, or none that helps.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {why}")]
pub struct HttpError {
    /// What was asked for.
    pub url: String,
    /// What happened.
    pub why: String,
    /// The answer's status, where there was one.
    pub status: Option<u16>,
    /// Whether it might work later.
    pub transient: bool,
}

/// What a server answers.
pub struct Answer {
    /// Where in the file its bytes start; 0 where the server would not begin elsewhere.
    pub start: u64,
    /// How many bytes it has, if the server says so.
    pub length: Option<u64>,
    /// The bytes, at most as many as were allowed.
    pub body: Box<dyn Read + Send>,
}

const CONNECT: Duration = Duration::from_secs(20);
/// For the head of an answer, and between two reads of its body.
const SILENCE: Duration = Duration::from_secs(60);

/// Files of those who may vouch for a server, where the environment names none.
const AUTHORITIES: [&str; 2] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

impl HttpOptions {
    /// The network as these variables and this machine's certificates have it.
    #[must_use]
    pub fn of(environment: &BTreeMap<String, String>) -> Self {
        let variable = |names: &[&str]| {
            names.iter().find_map(|name| environment.get(*name)).filter(|v| !v.is_empty()).cloned()
        };
        let named = variable(&["SSL_CERT_FILE", "CURL_CA_BUNDLE"]);
        let files = named.iter().map(String::as_str).chain(AUTHORITIES);
        Self {
            proxy: variable(&["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"]),
            no_proxy: variable(&["no_proxy", "NO_PROXY"]),
            authorities: files.filter_map(|file| fs::read(file).ok()).next().unwrap_or_default(),
        }
    }
}

impl Http {
    /// A client.
    ///
    /// # Errors
    /// The proxy or the certificates can't be understood.
    pub fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        let proxy = options.proxy.as_deref().map(|proxy| self::proxy(proxy, options));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(authorities(&options.authorities)?)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = ureq::Agent::config_builder()
            .proxy(proxy.transpose()?)
            .tls_config(tls)
            .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .build();
        Ok(Self { agent: config.new_agent() })
    }

    /// What sends requests of other kinds.
    pub(crate) fn agent(&self) -> &ureq::Agent {
        &self.agent
    }

    /// Asks for the bytes of `url` from `start` on, of which it takes `limit` at most.
    ///
    /// # Errors
    /// There is no answer, or it is not one of success.
    pub fn get(&self, url: &str, start: u64, limit: u64) -> Result<Answer, HttpError> {
        let mut request = self.agent.get(url);
        if start > 0 {
            request = request.header("Range", format!("bytes={start}-"));
        }
        let answer = request.call().map_err(|error| failed(url, &error))?;
        let status = answer.status().as_u16();
        let begins = answer.headers().get("content-range").and_then(|range| range.to_str().ok());
        let begins = begins.and_then(|range| range.strip_prefix("bytes ")?.split('-').next());
        let begins = begins.and_then(|start| start.parse::<u64>().ok());
        let start = match (status, begins) {
            (200, _) => 0,
            (206, Some(begins)) if begins == start => start,
            _ => return Err(refused(url, status)),
        };
        let length = answer.body().content_length();
        let body = answer.into_body().into_with_config().limit(limit).reader();
        Ok(Answer { start, length, body: Box::new(body) })
    }
}

fn proxy(proxy: &str, options: &HttpOptions) -> Result<ureq::Proxy, HttpError> {
    let wrong = |error: ureq::Error| failed(proxy, &error);
    let known = ureq::Proxy::new(proxy).map_err(wrong)?;
    let Some(hosts) = options.no_proxy.as_deref().filter(|hosts| !hosts.is_empty()) else {
        return Ok(known);
    };
    let mut builder = ureq::Proxy::builder(known.protocol()).host(known.host()).port(known.port());
    if let (Some(name), Some(password)) = (known.username(), known.password()) {
        builder = builder.username(name).password(password);
    }
    let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
    hosts.fold(builder, |builder, host| builder.no_proxy(host)).build().map_err(wrong)
}

fn authorities(pem: &[u8]) -> Result<RootCerts, HttpError> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|e| failed("certificates", &e))? {
            found.push(certificate);
        }
    }
    Ok(RootCerts::new_with_certs(&found))
}

fn failed(url: &str, error: &ureq::Error) -> HttpError {
    use ureq::Error::{ConnectionFailed, HostNotFound, Io, Timeout};
    let transient = matches!(error, Io(_) | Timeout(_) | HostNotFound | ConnectionFailed);
    HttpError { url: url.to_owned(), why: error.to_string(), status: None, transient }
}

fn refused(url: &str, status: u16) -> HttpError {
    let transient = matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504);
    let why = format!("the server answers {status}");
    HttpError { url: url.to_owned(), why, status: Some(status), transient }
}
