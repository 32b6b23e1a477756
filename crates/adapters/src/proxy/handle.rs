//! One request.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{Request, Response, StatusCode, Uri, Version};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tollgate_engine::deliver::{Role, Sample};

use super::record::{Entry, Recorded};
use super::upstream::{Unanswered, Upstream, whole};
use super::{BoxError, LARGEST, Payload, Routes, Shared, choose};

/// So long a release may take to begin an answer.
const ANSWER: Duration = Duration::from_secs(60);
/// Smaller bodies are read before they are sent on, so that they can be sent again, or copied.
const SMALL: u64 = 64 << 10;

/// Headers of one connection, which say nothing to the next.
const HOP_BY_HOP: [HeaderName; 5] = [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];
const KEEP_ALIVE: [&str; 2] = ["keep-alive", "proxy-connection"];

pub(super) async fn handle(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<Payload>, Infallible> {
    let began = Instant::now();
    let _under_way = UnderWay::begin(&shared);
    let routes = shared.routes();
    let choice = Choice::of(&shared, &routes, request.headers());
    let Some(upstream) = choice.upstream.clone() else {
        let answer = told(StatusCode::SERVICE_UNAVAILABLE, "nothing serves here yet");
        failed(&shared, &choice, began, StatusCode::SERVICE_UNAVAILABLE);
        return Ok(answer);
    };
    if length(request.headers()).is_some_and(|length| length > LARGEST) {
        return Ok(told(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large"));
    }
    let answer = match upgrades(&request) {
        true => switch(&shared, &choice, &upstream, request, peer, began).await,
        false => forward(&shared, &routes, &choice, &upstream, request, peer, began).await,
    };
    Ok(answer.unwrap_or_else(|status| {
        failed(&shared, &choice, began, status);
        told(status, "the service did not answer")
    }))
}

/// Counts a request until its answer has begun.
struct UnderWay(Arc<Shared>);

impl UnderWay {
    fn begin(shared: &Arc<Shared>) -> Self {
        shared.under_way.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(shared))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Who answers, and in which role.
struct Choice {
    upstream: Option<Arc<Upstream>>,
    role: Role,
    weight: u8,
}

impl Choice {
    fn of(shared: &Shared, routes: &Routes, headers: &HeaderMap) -> Self {
        let stable = || routes.stable.clone();
        let none = |upstream| Self { upstream, role: Role::Stable, weight: 0 };
        let Some(candidate) = routes.candidate.as_ref().filter(|_| !routes.shadow) else {
            return none(stable());
        };
        if routes.stable.is_none() {
            // Better the candidate than nobody; it is compared with nothing then.
            return Self { upstream: Some(candidate.clone()), role: Role::Alone, weight: 100 };
        }
        let client = routes.sticky.as_deref().and_then(|name| client(headers, name));
        let its = match client {
            Some(client) => choose::is_candidates(client, routes.percent),
            None => {
                choose::takes_turn(shared.turns.fetch_add(1, Ordering::Relaxed), routes.percent)
            }
        };
        let weight = routes.percent;
        match its {
            true => Self { upstream: Some(candidate.clone()), role: Role::Candidate, weight },
            false => Self { upstream: stable(), role: Role::Stable, weight },
        }
    }
}

/// By what a client is known: a header, or a cookie.
fn client<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let header = headers.get(name).and_then(|value| value.to_str().ok());
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    header.or_else(|| cookies.into_iter().find_map(|cookies| choose::cookie(cookies, name)))
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn upgrades(request: &Request<Incoming>) -> bool {
    request.version() == Version::HTTP_11 && request.headers().contains_key(UPGRADE)
}

async fn forward(
    shared: &Arc<Shared>,
    routes: &Routes,
    choice: &Choice,
    upstream: &Upstream,
    request: Request<Incoming>,
    peer: SocketAddr,
    began: Instant,
) -> Result<Response<Payload>, StatusCode> {
    let (mut parts, body) = request.into_parts();
    let small = length(&parts.headers).is_some_and(|length| length <= SMALL);
    let bodiless = http_body::Body::is_end_stream(&body);
    let (body, copy) = if bodiless {
        (whole(Bytes::new()), Some(Bytes::new()))
    } else if small {
        let read = body.collect().await.map_err(|_| StatusCode::BAD_REQUEST)?.to_bytes();
        (whole(read.clone()), Some(read))
    } else {
        let limited = Limited::new(body, usize::try_from(LARGEST).unwrap_or(usize::MAX));
        (limited.boxed_unsync(), None)
    };
    clean(&mut parts.headers);
    address(&mut parts, peer)?;
    let twin = match (&routes.candidate, copy) {
        (Some(candidate), Some(copy)) if routes.shadow => {
            shadow(shared, routes, candidate, &parts, copy)
        }
        _ => None,
    };
    let request = Request::from_parts(parts, body);
    let sent = tokio::time::timeout(ANSWER, send(routes, choice, upstream, request)).await;
    let (answer, backend, sender, role) = sent.map_err(|_| StatusCode::GATEWAY_TIMEOUT)??;
    let (mut parts, body) = answer.into_parts();
    clean(&mut parts.headers);
    parts.version = Version::HTTP_11;
    let is_json = parts.headers.get("content-type").and_then(|value| value.to_str().ok());
    let path = routes.prediction.clone().filter(|_| is_json.is_some_and(|it| it.contains("json")));
    let entry = Entry {
        shared: Arc::clone(shared),
        backend,
        sender: Some(sender),
        began,
        role,
        weight: choice.weight,
        status: parts.status.as_u16(),
        path,
        seen: Vec::new(),
        twin,
    };
    Ok(Response::from_parts(parts, Recorded::new(body, entry).boxed_unsync()))
}

type Sent = (Response<Incoming>, Arc<super::upstream::Backend>, super::upstream::Sender, Role);

/// To who was chosen; where nobody of them takes it, to the other release.
async fn send(
    routes: &Routes,
    choice: &Choice,
    upstream: &Upstream,
    request: Request<Payload>,
) -> Result<Sent, StatusCode> {
    let other = match choice.role {
        Role::Candidate => routes.stable.as_ref(),
        _ => routes.candidate.as_ref().filter(|_| !routes.shadow && routes.percent > 0),
    };
    match upstream.send(request).await {
        Ok((answer, backend, sender)) => Ok((answer, backend, sender, choice.role)),
        Err(Unanswered { by_client: true, .. }) => Err(StatusCode::BAD_REQUEST),
        Err(Unanswered { unsent: Some(unsent), .. }) => {
            let other = other.ok_or(StatusCode::BAD_GATEWAY)?;
            let sent = other.send(*unsent).await;
            let (answer, backend, sender) = sent.map_err(|_| StatusCode::BAD_GATEWAY)?;
            Ok((answer, backend, sender, Role::Instead))
        }
        Err(_) => Err(StatusCode::BAD_GATEWAY),
    }
}

/// A copy of a request for the candidate, whose answer nobody sees. Where it is too slow for the
/// traffic, it gets fewer; the caller never waits for it.
fn shadow(
    shared: &Arc<Shared>,
    routes: &Routes,
    candidate: &Arc<Upstream>,
    parts: &http::request::Parts,
    body: Bytes,
) -> Option<tokio::sync::oneshot::Sender<Option<tollgate_engine::deliver::Value>>> {
    let place = Arc::clone(&shared.copies).try_acquire_owned().ok()?;
    let (twin, stable) = tokio::sync::oneshot::channel();
    let (shared, candidate) = (Arc::clone(shared), Arc::clone(candidate));
    let path = routes.prediction.clone();
    let request = Request::from_parts(parts.clone(), whole(body));
    tokio::spawn(async move {
        let began = Instant::now();
        let answered = tokio::time::timeout(ANSWER, candidate.send(request)).await;
        let Ok(Ok((answer, backend, sender))) = answered else {
            let status = StatusCode::BAD_GATEWAY.as_u16();
            shared.note(Sample::failed(shared.now(), Role::Shadow, 0, micros(began), status));
            return;
        };
        let status = answer.status().as_u16();
        let read = Limited::new(answer.into_body(), 1 << 20).collect().await;
        let took = micros(began);
        let read = read.map(|read| read.to_bytes());
        if read.is_ok() {
            backend.keep(sender);
        }
        let prediction = read.ok().and_then(|read| path.as_ref()?.value(&read));
        let other = tokio::time::timeout(ANSWER, stable).await.ok().and_then(Result::ok).flatten();
        let disagrees = prediction.as_ref().zip(other.as_ref()).map(|(a, b)| a.differs(b));
        let failed = Sample::failed(shared.now(), Role::Shadow, 0, took, status);
        shared.note(Sample { prediction, disagrees, ..failed });
        drop(place);
    });
    Some(twin)
}

/// Takes out what belongs to one connection: the headers that are always so, and those that
/// `Connection` names.
fn clean(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    named.iter().chain(&HOP_BY_HOP).for_each(|name| {
        headers.remove(name);
    });
    KEEP_ALIVE.iter().for_each(|name| {
        headers.remove(*name);
    });
}

/// The request as an HTTP/1.1 server expects it, with the client's address.
fn address(parts: &mut http::request::Parts, peer: SocketAddr) -> Result<(), StatusCode> {
    let host = parts.uri.authority().map(|authority| authority.as_str().to_owned());
    if let Some(host) = host {
        let host = HeaderValue::from_str(&host).map_err(|_| StatusCode::BAD_REQUEST)?;
        parts.headers.insert(HOST, host);
    }
    if parts.headers.get_all(HOST).iter().count() > 1 {
        return Err(StatusCode::BAD_REQUEST);
    }
    if parts.uri.authority().is_some() {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        parts.uri = path.parse::<Uri>().map_err(|_| StatusCode::BAD_REQUEST)?;
    }
    parts.version = Version::HTTP_11;
    let before = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let chain = before.map_or_else(|| peer.ip().to_string(), |it| format!("{it}, {}", peer.ip()));
    let chain = HeaderValue::from_str(&chain).map_err(|_| StatusCode::BAD_REQUEST)?;
    parts.headers.insert("x-forwarded-for", chain);
    Ok(())
}

/// A connection that becomes another protocol, such as WebSocket: from then on bytes go both ways.
async fn switch(
    shared: &Arc<Shared>,
    choice: &Choice,
    upstream: &Upstream,
    mut request: Request<Incoming>,
    peer: SocketAddr,
    began: Instant,
) -> Result<Response<Payload>, StatusCode> {
    let wanted = request.headers().get(UPGRADE).cloned();
    let client = hyper::upgrade::on(&mut request);
    let (mut parts, _) = request.into_parts();
    clean(&mut parts.headers);
    address(&mut parts, peer)?;
    if let Some(wanted) = wanted {
        parts.headers.insert(UPGRADE, wanted);
        parts.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    }
    let request = Request::from_parts(parts, whole(Bytes::new()));
    let sent = tokio::time::timeout(ANSWER, upstream.send(request)).await;
    let sent = sent.map_err(|_| StatusCode::GATEWAY_TIMEOUT)?;
    let (mut answer, _, sender) = sent.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let status = answer.status();
    shared.note(Sample::failed(
        shared.now(),
        choice.role,
        choice.weight,
        micros(began),
        status.as_u16(),
    ));
    if status != StatusCode::SWITCHING_PROTOCOLS {
        clean(answer.headers_mut());
        let (parts, body) = answer.into_parts();
        return Ok(Response::from_parts(parts, body.map_err(BoxError::from).boxed_unsync()));
    }
    let service = hyper::upgrade::on(&mut answer);
    tokio::spawn(async move {
        let _sender = sender;
        if let (Ok(client), Ok(service)) = (client.await, service.await) {
            let (mut client, mut service) = (TokioIo::new(client), TokioIo::new(service));
            let _ = tokio::io::copy_bidirectional(&mut client, &mut service).await;
        }
    });
    let (parts, _) = answer.into_parts();
    Ok(Response::from_parts(parts, whole(Bytes::new())))
}

fn micros(began: Instant) -> u32 {
    u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX)
}

fn failed(shared: &Shared, choice: &Choice, began: Instant, status: StatusCode) {
    let (role, weight) = (choice.role, choice.weight);
    shared.note(Sample::failed(shared.now(), role, weight, micros(began), status.as_u16()));
}

fn told(status: StatusCode, text: &'static str) -> Response<Payload> {
    let mut answer = Response::new(whole(Bytes::from_static(text.as_bytes())));
    *answer.status_mut() = status;
    answer.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
    answer
}
