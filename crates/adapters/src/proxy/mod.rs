//! What stands before the releases of an environment: it splits requests between two of them, copies
//! some for a third to answer unseen, and remembers how each went.

mod choose;
mod handle;
mod record;
mod upstream;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tollgate_engine::deliver::Sample;

pub use record::JsonPath;
pub use upstream::{Connect, Upstream};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Payload = UnsyncBoxBody<Bytes, BoxError>;

/// Larger requests are refused.
const LARGEST: u64 = 64 << 20;
/// So long a client may take to send the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Heads beyond this are refused.
const HEAD: usize = 64 << 10;
/// How long what is under way may take once it is to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// So many connections wait for a thread that is full.
const WAITING_ROOM: usize = 1_024;
/// So many connections at once, to each thread.
const CONNECTIONS: usize = 16_384;
/// So many samples wait to be taken; more are counted and dropped.
const WAITING: usize = 4_000_000;
/// So many copies are under way at once: a slow candidate gets no more.
const COPIES: usize = 64;

/// Who answers.
#[derive(Default)]
pub struct Routes {
    /// The release that serves.
    pub stable: Option<Arc<Upstream>>,
    /// The one that wants to.
    pub candidate: Option<Arc<Upstream>>,
    /// The candidate's part of the requests.
    pub percent: u8,
    /// Whether the candidate gets copies instead.
    pub shadow: bool,
    /// The header or cookie by which a client stays with a release.
    pub sticky: Option<String>,
    /// Where answers have predictions.
    pub prediction: Option<Arc<JsonPath>>,
}

/// How many requests came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that were answered.
    pub answered: u64,
    /// Those that were answered by an error of the server or of the proxy.
    pub failed: u64,
}

struct Shared {
    routes: RwLock<Arc<Routes>>,
    turns: AtomicU64,
    samples: Mutex<Vec<Sample>>,
    dropped: AtomicU64,
    answered: AtomicU64,
    failed: AtomicU64,
    under_way: AtomicU64,
    copies: Arc<tokio::sync::Semaphore>,
    began: (Instant, u64),
}

/// A proxy that listens until it is dropped.
pub struct Proxy {
    shared: Arc<Shared>,
    runtime: Arc<Runtime>,
    _accepting: Vec<Worker>,
    address: SocketAddr,
}

impl Proxy {
    /// Listens at `address`. Until there are routes, it answers that nobody serves.
    ///
    /// # Errors
    /// It can't listen there.
    pub fn listen(address: SocketAddr, runtime: &Arc<Runtime>) -> io::Result<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let shared = Arc::new(Shared {
            routes: RwLock::default(),
            turns: AtomicU64::new(0),
            samples: Mutex::default(),
            dropped: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            copies: Arc::new(tokio::sync::Semaphore::new(COPIES)),
            began: (Instant::now(), u64::try_from(since.as_micros()).unwrap_or(0)),
        });
        let listener = std::net::TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        // A connection stays on one thread with all that it leads to: handing a request from one
        // processor to another costs more than the request. They are dealt out in turn.
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let (hands, dealt): (Vec<_>, Vec<_>) =
            (0..workers).map(|_| tokio::sync::mpsc::channel(WAITING_ROOM)).unzip();
        let mut listener = Some((listener, hands));
        let accepting = dealt.into_iter().enumerate().map(|(at, dealt)| {
            let (stop, stopped) = tokio::sync::oneshot::channel();
            let shared = Arc::clone(&shared);
            let accepts = listener.take();
            let worker = std::thread::Builder::new().name(format!("proxy-{at}"));
            let thread = worker.spawn(move || work(at, accepts, dealt, &shared, stopped))?;
            Ok(Worker { stop: Some(stop), thread: Some(thread) })
        });
        let accepting = accepting.collect::<io::Result<Vec<Worker>>>()?;
        Ok(Self { shared, runtime: Arc::clone(runtime), _accepting: accepting, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets who answers, for every request from now on. Those that are under way end where they are.
    pub fn route(&self, routes: Routes) {
        *self.shared.routes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(routes);
    }

    /// What was remembered since the last time.
    #[must_use]
    pub fn samples(&self) -> Vec<Sample> {
        std::mem::take(&mut *self.shared.samples.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many requests came to what, since it listens.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            answered: self.shared.answered.load(Ordering::Relaxed),
            failed: self.shared.failed.load(Ordering::Relaxed),
        }
    }

    /// Asks an instance of a release directly, past the routes: status and body.
    ///
    /// # Errors
    /// There is no answer in that time.
    pub fn ask(
        &self,
        upstream: &Upstream,
        method: &Method,
        path: &str,
        body: Option<Vec<u8>>,
        within: Duration,
    ) -> Result<(StatusCode, Bytes), String> {
        let mut request = Request::builder().method(method).uri(path).header("host", "tollgate");
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = upstream::whole(Bytes::from(body.unwrap_or_default()));
        let request = request.body(body).map_err(|error| error.to_string())?;
        let asked = async {
            let answer = upstream.ask(request).await?;
            let status = answer.status();
            let body = http_body_util::Limited::new(answer.into_body(), 1 << 20).collect().await;
            body.map(|body| (status, body.to_bytes())).map_err(|error| error.to_string())
        };
        self.runtime.block_on(async {
            let late = |_| format!("no answer within {} ms", within.as_millis());
            tokio::time::timeout(within, asked).await.map_err(late)?
        })
    }
}

/// A thread that accepts connections and answers on them.
struct Worker {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

type Dealt = (std::net::TcpStream, SocketAddr);

fn work(
    at: usize,
    accepts: Option<(std::net::TcpListener, Vec<tokio::sync::mpsc::Sender<Dealt>>)>,
    mut dealt: tokio::sync::mpsc::Receiver<Dealt>,
    shared: &Arc<Shared>,
    stopped: tokio::sync::oneshot::Receiver<()>,
) {
    upstream::this_is_worker(at);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let accepting = accepts.map(|(listener, hands)| tokio::spawn(accept(listener, hands)));
        let room = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS));
        let own = Arc::clone(shared);
        let serving = tokio::spawn(async move {
            while let Some((stream, peer)) = dealt.recv().await {
                let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
                tokio::spawn(serve(stream, peer, Arc::clone(&own), place));
            }
        });
        let _ = stopped.await;
        accepting.iter().for_each(tokio::task::JoinHandle::abort);
        serving.abort();
        // What is under way is answered, as far as it takes no longer than this.
        let until = Instant::now() + DRAIN;
        while shared.under_way.load(Ordering::Relaxed) > 0 && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
}

impl Shared {
    fn now(&self) -> u64 {
        let (began, since) = self.began;
        since + u64::try_from(began.elapsed().as_micros()).unwrap_or(0)
    }

    fn routes(&self) -> Arc<Routes> {
        Arc::clone(&self.routes.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, sample: Sample) {
        if sample.role.is_seen() {
            self.answered.fetch_add(1, Ordering::Relaxed);
            if sample.status >= 500 {
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() < WAITING {
            samples.push(sample);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Deals connections out in turn. One that is full keeps nobody else waiting.
async fn accept(listener: std::net::TcpListener, hands: Vec<tokio::sync::mpsc::Sender<Dealt>>) {
    let ready = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
    let Ok(listener) = ready else { return };
    let mut turn = 0;
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of descriptors, most likely: some will come back.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let Ok(stream) = stream.into_std() else { continue };
        turn += 1;
        // Where there is no room, the connection is closed.
        let _ = hands[turn % hands.len()].try_send((stream, peer));
    }
}

async fn serve(
    stream: std::net::TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared>,
    place: tokio::sync::OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = tokio::net::TcpStream::from_std(stream) else { return };
    let service = hyper::service::service_fn(move |request| {
        handle::handle(Arc::clone(&shared), request, peer)
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD)
        .half_close(false);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX))
        .max_concurrent_streams(256)
        .keep_alive_interval(PATIENCE);
    // What a client does wrong is its own affair.
    let _ = server.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
    drop(place);
}
