//! The proxy, over real sockets: splits, copies, upgrades, and clients and services that misbehave.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tollgate_adapters::proxy::{Connect, JsonPath, Proxy, Routes, Upstream};
use tollgate_engine::deliver::{Role, Sample, Value};
use tollgate_model::ReleaseId;

fn runtime() -> Arc<tokio::runtime::Runtime> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    Arc::new(runtime.unwrap())
}

fn release(name: &str) -> ReleaseId {
    ReleaseId::of("demo", name, &"image".parse().unwrap(), "sha256:1")
}

/// A service that answers each request with its name, and keeps what it was sent.
struct Service {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Answers,
    /// Closes after the head of a request.
    Dies,
    /// Promises more than it sends.
    BreaksOff,
    /// Becomes an echo.
    Upgrades,
    /// Keeps each connection for one answer, without saying so.
    ClosesAfter,
}

impl Service {
    fn start(name: &'static str, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let all = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = Arc::clone(&all);
                thread::spawn(move || serve(stream, name, manner, &heard));
            }
        });
        Self { address, heard }
    }

    fn connect(&self) -> Box<Connect> {
        let address = self.address;
        Box::new(move || TcpStream::connect(address))
    }

    fn upstream(&self, name: &str) -> Arc<Upstream> {
        Arc::new(Upstream::new(release(name), vec![self.connect()]))
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, name: &str, manner: Manner, heard: &Mutex<Vec<String>>) {
    let mut kept = Vec::new();
    loop {
        let Some(request) = request(&mut stream, &mut kept) else { return };
        heard.lock().unwrap().push(request.clone());
        let body = format!("{{\"name\": \"{name}\", \"score\": {}}}", request.len() % 7);
        let length = body.len() + if manner == Manner::BreaksOff { 10 } else { 0 };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        match manner {
            Manner::Dies => return,
            Manner::Upgrades => {
                let switch = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
                stream.write_all(switch.as_bytes()).unwrap();
                let mut buffer = [0; 1024];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    stream.write_all(&buffer[..read]).unwrap();
                }
                return;
            }
            _ => {
                if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
                    return;
                }
            }
        }
        if matches!(manner, Manner::BreaksOff | Manner::ClosesAfter) {
            return;
        }
    }
}

/// One request, head and body as they came.
fn request(stream: &mut TcpStream, kept: &mut Vec<u8>) -> Option<String> {
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(kept).into_owned();
        if let Some(at) = text.find("\r\n\r\n") {
            let head = text[..at].to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
            let chunked = head.contains("transfer-encoding: chunked");
            let end = match chunked {
                true => text.find("0\r\n\r\n").map(|end| end + 5),
                false => Some(at + 4 + length).filter(|end| *end <= kept.len()),
            };
            if let Some(end) = end {
                kept.drain(..end);
                return Some(text[..end].to_owned());
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => kept.extend_from_slice(&buffer[..read]),
        }
    }
}

struct World {
    proxy: Proxy,
    stable: Service,
    candidate: Service,
}

impl World {
    fn new(stable: Manner, candidate: Manner) -> Self {
        let runtime = runtime();
        let proxy = Proxy::listen("127.0.0.1:0".parse().unwrap(), &runtime).unwrap();
        // It outlives the tests: a runtime that is dropped waits for what is under way.
        std::mem::forget(runtime);
        let (stable, candidate) =
            (Service::start("stable", stable), Service::start("candidate", candidate));
        Self { proxy, stable, candidate }
    }

    fn route(&self, percent: u8, shadow: bool, sticky: Option<&str>) {
        self.proxy.route(Routes {
            stable: Some(self.stable.upstream("stable")),
            candidate: Some(self.candidate.upstream("candidate")),
            percent,
            shadow,
            sticky: sticky.map(str::to_owned),
            prediction: Some(Arc::new(JsonPath::of("$.score"))),
        });
    }

    /// All of what comes back on one connection for these bytes.
    fn raw(&self, bytes: &str) -> String {
        let mut stream = TcpStream::connect(self.proxy.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let _ = stream.write_all(bytes.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, headers: &str) -> String {
        self.raw(&format!("GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n"))
    }

    fn samples(&self, count: usize) -> Vec<Sample> {
        let began = Instant::now();
        let mut all = Vec::new();
        while all.len() < count && began.elapsed() < Duration::from_secs(10) {
            all.extend(self.proxy.samples());
            thread::sleep(Duration::from_millis(5));
        }
        all
    }
}

#[test]
fn nobody_serves_until_there_are_routes() {
    let world = World::new(Manner::Answers, Manner::Answers);
    assert!(world.get("").starts_with("HTTP/1.1 503"));
    world.route(0, true, None);
    assert!(world.get("").contains("stable"));
}

#[test]
fn weights_are_exact_and_every_request_is_remembered() {
    let world = World::new(Manner::Answers, Manner::Answers);
    for (percent, expected) in [(0, 0), (5, 2), (25, 10), (50, 20), (100, 40)] {
        world.route(percent, false, None);
        let answers: Vec<String> = (0..40).map(|_| world.get("")).collect();
        let those = answers.iter().filter(|answer| answer.contains("candidate")).count();
        assert!(those.abs_diff(expected) <= 1, "{those} at {percent} %");
        let samples = world.samples(40);
        assert_eq!(samples.len(), 40);
        let told = samples.iter().filter(|sample| sample.role == Role::Candidate).count();
        assert_eq!(told, those);
        assert!(samples.iter().all(|sample| sample.weight == percent && sample.status == 200));
        assert!(samples.iter().all(|sample| matches!(sample.prediction, Some(Value::Score(_)))));
    }
}

#[test]
fn a_client_stays_with_its_release_while_the_weight_grows() {
    let world = World::new(Manner::Answers, Manner::Answers);
    let with = |percent| {
        world.route(percent, false, Some("customer-id"));
        let one = |n: usize| match n % 2 {
            0 => world.get(&format!("customer-id: c{n}\r\n")),
            _ => world.get(&format!("cookie: a=1; customer-id=c{n}\r\n")),
        };
        (0..60).filter(|n| one(*n).contains("candidate")).collect::<Vec<_>>()
    };
    let (few, some, most) = (with(10), with(40), with(90));
    assert!(few.iter().all(|n| some.contains(n)) && some.iter().all(|n| most.contains(n)));
    assert!(few.len() < some.len() && some.len() < most.len());
}

#[test]
fn a_shadow_answers_copies_that_nobody_sees() {
    let world = World::new(Manner::Answers, Manner::Answers);
    world.route(0, true, None);
    let post = "POST /predict HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 7\r\n\r\n{\"a\":1}";
    assert!(world.raw(post).contains("stable"));
    let samples = world.samples(2);
    let shadow = samples.iter().find(|sample| sample.role == Role::Shadow).unwrap();
    assert_eq!(shadow.disagrees, Some(false));
    let (first, copy) = (world.stable.heard(), world.candidate.heard());
    assert_eq!(first, copy, "the same request, to the byte");
    assert_eq!(world.proxy.counts().answered, 1);
    // One that is dead is the caller's affair in no way.
    let world = World::new(Manner::Answers, Manner::Dies);
    world.route(0, true, None);
    assert!(world.raw(post).contains("stable"));
    assert_eq!(
        world.samples(2).iter().filter(|it| it.role == Role::Shadow && it.is_error()).count(),
        1
    );
}

#[test]
fn a_dead_release_is_stood_in_for_and_judged_by_nobody() {
    let world = World::new(Manner::Answers, Manner::Answers);
    let nobody: Box<Connect> = Box::new(|| Err(std::io::ErrorKind::ConnectionRefused.into()));
    world.proxy.route(Routes {
        stable: Some(world.stable.upstream("stable")),
        candidate: Some(Arc::new(Upstream::new(release("candidate"), vec![nobody]))),
        percent: 50,
        ..Routes::default()
    });
    assert!((0..10).all(|_| world.get("").contains("stable")));
    let roles: Vec<Role> = world.samples(10).iter().map(|sample| sample.role).collect();
    assert_eq!(roles.iter().filter(|role| **role == Role::Instead).count(), 5);
}

#[test]
fn a_kept_connection_that_was_closed_loses_no_request() {
    let world = World::new(Manner::ClosesAfter, Manner::Answers);
    world.route(0, true, None);
    for n in 0..50 {
        let answer = world.get("");
        assert!(answer.contains("stable"), "request {n}: {answer}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_an_error_and_one_that_never_comes_too() {
    let world = World::new(Manner::BreaksOff, Manner::Answers);
    world.route(0, false, None);
    let _ = world.get("");
    assert_eq!(world.samples(1)[0].status, 599);
    let world = World::new(Manner::Dies, Manner::Answers);
    world.route(0, false, None);
    assert!(world.get("").starts_with("HTTP/1.1 502"));
    assert_eq!(world.proxy.counts().failed, 1);
}

#[test]
fn another_protocol_is_passed_through() {
    let world = World::new(Manner::Upgrades, Manner::Answers);
    world.route(0, true, None);
    let mut stream = TcpStream::connect(world.proxy.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let ask = "GET /ws HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n";
    stream.write_all(ask.as_bytes()).unwrap();
    let mut buffer = [0; 1024];
    let read = stream.read(&mut buffer).unwrap();
    let head = String::from_utf8_lossy(&buffer[..read]).into_owned();
    assert!(head.starts_with("HTTP/1.1 101") && head.contains("upgrade: echo"), "{head}");
    stream.write_all(b"ping").unwrap();
    let read = stream.read(&mut buffer).unwrap();
    assert_eq!(&buffer[..read], b"ping");
}

/// What two servers could understand as two things never reaches the second.
#[test]
fn nothing_is_smuggled() {
    let world = World::new(Manner::Answers, Manner::Answers);
    world.route(0, false, None);
    let probes = [
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5, 6\r\n\r\nhello!",
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5;\nbad\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\nx y: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost : a\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET / HTTP/9.9\r\nhost: a\r\n\r\n",
        "nonsense\r\n\r\n",
    ];
    for probe in probes {
        let answer = world.raw(probe);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{probe:?}: {answer}");
    }
    // Both a length and chunks: the chunks count, and only one framing is passed on.
    let both = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nhost: a\r\n\r\n";
    let _ = world.raw(both);
    let heard = world.stable.heard();
    for request in &heard {
        let head = request.to_lowercase();
        let framings =
            head.matches("content-length:").count() + head.matches("transfer-encoding:").count();
        assert!(framings <= 1, "{request}");
    }
    // What `Connection` names belongs to one connection.
    let _ = world.get("x-secret: 1\r\nconnection: x-secret\r\n");
    let last = world.stable.heard().pop().unwrap().to_lowercase();
    assert!(!last.contains("x-secret") && last.contains("x-forwarded-for: 127.0.0.1"), "{last}");
}

#[test]
fn floods_are_refused() {
    let world = World::new(Manner::Answers, Manner::Answers);
    world.route(0, false, None);
    let many: String = (0..2_000).map(|n| format!("x-{n}: y\r\n")).collect();
    assert!(world.get(&many).starts_with("HTTP/1.1 431"));
    let long = format!("x: {}\r\n", "y".repeat(200_000));
    let answer = world.get(&long);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{}", answer.len());
    let large = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999\r\n\r\n";
    assert!(world.raw(large).starts_with("HTTP/1.1 413"));
    assert!(world.stable.heard().is_empty());
}

/// Hundreds of clients that say nothing keep nobody else waiting, and are let go.
#[test]
fn slow_clients_keep_nobody_waiting() {
    let world = World::new(Manner::Answers, Manner::Answers);
    world.route(0, false, None);
    let slow: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = TcpStream::connect(world.proxy.address()).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nho").unwrap();
            stream
        })
        .collect();
    let began = Instant::now();
    assert!((0..50).all(|_| world.get("").contains("stable")));
    assert!(began.elapsed() < Duration::from_secs(5));
    let ended = AtomicUsize::new(0);
    for mut stream in slow.into_iter().take(5) {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut answer = Vec::new();
        if stream.read_to_end(&mut answer).is_ok() {
            ended.fetch_add(1, Ordering::SeqCst);
        }
    }
    assert_eq!(ended.load(Ordering::SeqCst), 5);
}

/// A client that has said all it has to say, and listens.
#[test]
fn large_bodies_go_through_in_both_framings() {
    let world = World::new(Manner::Answers, Manner::Answers);
    world.route(0, false, None);
    let body = "z".repeat(300_000);
    let plain = format!(
        "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    assert!(world.raw(&plain).contains("stable"));
    let chunked = format!(
        "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    assert!(world.raw(&chunked).contains("stable"));
    assert!(world.stable.heard().iter().all(|request| request.contains(&body[..1000])));
}
