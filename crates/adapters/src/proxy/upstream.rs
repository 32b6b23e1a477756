//! The instances of one release, and the connections to them.

use std::cell::Cell;
use std::io;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tollgate_model::ReleaseId;

use super::Payload;

/// More threads than these share their idle connections.
const WORKERS: usize = 64;

thread_local! {
    static WORKER: Cell<usize> = const { Cell::new(WORKERS - 1) };
}

/// Says which of the proxy's threads this is.
pub(super) fn this_is_worker(at: usize) {
    WORKER.set(at);
}

/// So many idle connections are kept to an instance, by each thread.
const IDLE: usize = 256;

pub(super) type Sender = SendRequest<Payload>;

/// Opens a connection, without waiting for it to be there.
pub type Connect = dyn Fn() -> io::Result<TcpStream> + Send + Sync;

/// The instances of one release.
pub struct Upstream {
    /// Which release.
    pub release: ReleaseId,
    backends: Vec<Arc<Backend>>,
    next: AtomicUsize,
}

/// One instance.
pub(super) struct Backend {
    connect: Box<Connect>,
    /// By the thread that drives them: a connection is used where it lives.
    idle: Vec<Mutex<Vec<Sender>>>,
}

/// A request that got no answer.
pub(super) struct Unanswered {
    pub(super) why: String,
    /// The request, where none of it was sent.
    pub(super) unsent: Option<Box<Request<Payload>>>,
    /// Whether it is the client's doing: its body broke off, or is none.
    pub(super) by_client: bool,
}

impl Unanswered {
    fn unsent(why: String, request: Request<Payload>) -> Self {
        Self { why, unsent: Some(Box::new(request)), by_client: false }
    }
}

impl Upstream {
    /// Of a release, whose instances are connected to so.
    #[must_use]
    pub fn new(release: ReleaseId, instances: Vec<Box<Connect>>) -> Self {
        let idle = || (0..WORKERS).map(|_| Mutex::default()).collect();
        let backend = |connect| Arc::new(Backend { connect, idle: idle() });
        let backends = instances.into_iter().map(backend).collect();
        Self { release, backends, next: AtomicUsize::new(0) }
    }

    /// Sends a request to each instance in turn until one takes it.
    pub(super) async fn send(
        &self,
        mut request: Request<Payload>,
    ) -> Result<(Response<Incoming>, Arc<Backend>, Sender), Unanswered> {
        let mut why = "it has no instance".to_owned();
        // One more than there are: a connection that has just been closed is no dead instance.
        for _ in 0..=self.backends.len() {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(backend) = self.backends.get(turn % self.backends.len().max(1)) else { break };
            match backend.send(request).await {
                Ok((response, sender)) => return Ok((response, Arc::clone(backend), sender)),
                Err(Unanswered { why: reason, unsent: Some(unsent), .. }) => {
                    why = reason;
                    request = *unsent;
                }
                Err(unanswered) => return Err(unanswered),
            }
        }
        Err(Unanswered::unsent(why, request))
    }

    /// Asks the first instance something small, on a connection of its own.
    pub(super) async fn ask(
        &self,
        request: Request<Payload>,
    ) -> Result<Response<Incoming>, String> {
        let backend = self.backends.first().ok_or("it has no instance")?;
        let mut sender = backend.open().await.map_err(|error| error.to_string())?;
        sender.send_request(request).await.map_err(|error| error.to_string())
    }
}

impl Backend {
    async fn send(
        &self,
        mut request: Request<Payload>,
    ) -> Result<(Response<Incoming>, Sender), Unanswered> {
        loop {
            let kept = self.idle().pop();
            let is_kept = kept.is_some();
            let mut sender = match kept {
                Some(sender) => sender,
                None => match self.open().await {
                    Ok(sender) => sender,
                    Err(error) => {
                        return Err(Unanswered::unsent(error.to_string(), request));
                    }
                },
            };
            if sender.ready().await.is_err() {
                if is_kept {
                    continue;
                }
                let why = "the connection was closed".to_owned();
                return Err(Unanswered::unsent(why, request));
            }
            match sender.try_send_request(request).await {
                Ok(response) => return Ok((response, sender)),
                Err(mut error) => match error.take_message() {
                    // A kept connection may have been closed meanwhile: none of it was sent.
                    Some(unsent) if is_kept => request = unsent,
                    unsent => {
                        let why = error.error().to_string();
                        let by_client = error.error().is_user();
                        return Err(Unanswered { why, unsent: unsent.map(Box::new), by_client });
                    }
                },
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Sender>> {
        let worker = WORKER.get() % WORKERS;
        self.idle[worker].lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self) -> io::Result<Sender> {
        let stream = (self.connect)()?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let stream = tokio::net::TcpStream::from_std(stream)?;
        stream.writable().await?;
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        let (sender, connection) =
            handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(connection.with_upgrades());
        Ok(sender)
    }

    pub(super) fn keep(&self, sender: Sender) {
        if sender.is_closed() {
            return;
        }
        let mut idle = self.idle();
        if idle.len() < IDLE {
            idle.push(sender);
        }
    }
}

/// A body that is all there.
pub(super) fn whole(bytes: Bytes) -> Payload {
    use http_body_util::BodyExt as _;
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
