//! A server that passes everything on, and fails where it is told to.

use std::fmt::Debug;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Passes bytes on to a server, counts them, and fails at a piece of an upload.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    state: Arc<Passing>,
}

#[derive(Debug)]
struct Passing {
    passed: AtomicU64,
    pieces: AtomicU64,
    failure: Mutex<Option<(u64, Failure)>>,
}

/// How it fails, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection ends before the piece.
    Before,
    /// The connection ends within the piece.
    Within,
    /// Nothing gets through any more, until whoever sends is gone.
    Silence,
}

impl Relay {
    /// A server on a free port in front of another.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (passed, pieces) = (AtomicU64::new(0), AtomicU64::new(0));
        let state = Arc::new(Passing { passed, pieces, failure: Mutex::new(None) });
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

    /// How `team/app:1` in it is called, as a text or as what is read of it.
    ///
    /// # Panics
    /// It is no such thing.
    pub fn at<T: FromStr<Err: Debug>>(&self, what: &str) -> T {
        format!("127.0.0.1:{}/{what}", self.port).parse().unwrap()
    }

    /// Fails at this piece of an upload, counted from 1.
    ///
    /// # Panics
    /// A connection's thread did.
    pub fn fail_at(&self, piece: u64, how: Failure) {
        *self.state.failure.lock().unwrap() = Some((piece, how));
    }

    /// How many bytes of clients were passed on.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.state.passed.load(Ordering::SeqCst)
    }

    /// How many pieces have been begun.
    #[must_use]
    pub fn pieces(&self) -> u64 {
        self.state.pieces.load(Ordering::SeqCst)
    }
}

fn back(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

fn forth(mut from: TcpStream, mut to: TcpStream, state: &Passing) {
    let mut buffer = vec![0; 1 << 16];
    let mut left = usize::MAX;
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        // Nobody sends a request before the last is answered, so that it begins what is read.
        if buffer.starts_with(b"PATCH ") {
            let piece = state.pieces.fetch_add(1, Ordering::SeqCst) + 1;
            match *state.failure.lock().unwrap() {
                Some((at, Failure::Before)) if at == piece => break,
                Some((at, Failure::Within)) if at == piece => left = 1 << 20,
                Some((at, Failure::Silence)) if at == piece => {
                    let _ = std::io::copy(&mut from, &mut std::io::sink());
                    break;
                }
                _ => {}
            }
        }
        if read > left {
            break;
        }
        left -= read;
        state.passed.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
