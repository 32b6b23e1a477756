//! Servers of a few lines: one that answers as it is told, and one that passes everything on.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tollgate_image::oci::Reference;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `GET /v2/`.
    pub(crate) line: String,
    /// In lower case: `name: value`.
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let all = self.headers.iter().filter_map(|header| header.split_once(": "));
        all.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// What an answer is: bytes as they are sent, after which the connection ends. Nothing at all is
/// silence.
pub(crate) type Script = dyn Fn(&Asked) -> Option<Vec<u8>> + Send + Sync;

/// A server that answers as a function says.
pub(crate) struct Server {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn start(
        script: impl Fn(&Asked) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (heard, script) = (Arc::clone(&asked), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (heard, script) = (Arc::clone(&heard), Arc::clone(&script));
                std::thread::spawn(move || serve(stream.unwrap(), &heard, &*script));
            }
        });
        Self { port, asked }
    }

    pub(crate) fn at(&self, what: &str) -> Reference {
        format!("127.0.0.1:{}/{what}", self.port).parse().unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, heard: &Mutex<Vec<Asked>>, script: &Script) {
    let Some(asked) = read(&stream) else { return };
    heard.lock().unwrap().push(asked.clone());
    match script(&asked) {
        Some(answer) => {
            let _ = stream.write_all(&answer);
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Until whoever asked has gone.
        None => drop(stream.read(&mut [0])),
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok()?;
        let line = String::from_utf8(line).ok()?;
        match line.trim() {
            "" if lines.is_empty() => return None,
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let line = lines.remove(0).rsplit_once(' ')?.0.to_owned();
    let mut asked = Asked { line, headers: lines, body: Vec::new() };
    let length = asked.header("content-length").and_then(|length| length.parse().ok());
    asked.body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

/// An answer with these headers (each ends with `\r\n`) and this body.
pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Option<Vec<u8>> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n");
    Some([head.as_bytes(), headers.as_bytes(), b"\r\n", body].concat())
}

/// Passes bytes on to a server, counts them, and cuts a connection between two pieces of an upload.
/// Within one there would be nothing to go on with: Distribution gives up what does not end where it
/// last said.
pub(crate) struct Relay {
    port: u16,
    state: Arc<Passing>,
}

struct Passing {
    passed: AtomicU64,
    pieces: AtomicU64,
    cut_at: AtomicU64,
}

impl Relay {
    pub(crate) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (passed, pieces) = (AtomicU64::new(0), AtomicU64::new(0));
        let state = Arc::new(Passing { passed, pieces, cut_at: AtomicU64::new(u64::MAX) });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || back(from, to));
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || forth(client, server, &shared));
            }
        });
        Self { port, state }
    }

    pub(crate) fn at(&self, what: &str) -> Reference {
        format!("127.0.0.1:{}/{what}", self.port).parse().unwrap()
    }

    /// Ends the connection on which this piece of an upload is about to come, counted from 1.
    pub(crate) fn cut_at(&self, piece: u64) {
        self.state.cut_at.store(piece, Ordering::SeqCst);
    }

    /// How many bytes have come from clients.
    pub(crate) fn passed(&self) -> u64 {
        self.state.passed.load(Ordering::SeqCst)
    }

    /// How many pieces have been begun.
    pub(crate) fn pieces(&self) -> u64 {
        self.state.pieces.load(Ordering::SeqCst)
    }
}

fn back(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

fn forth(mut from: TcpStream, mut to: TcpStream, state: &Passing) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        // Nobody sends a request before the last is answered, so that it begins what is read.
        if buffer.starts_with(b"PATCH ") {
            let piece = state.pieces.fetch_add(1, Ordering::SeqCst) + 1;
            if piece == state.cut_at.load(Ordering::SeqCst) {
                break;
            }
        }
        state.passed.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
