//! A server of a few lines that answers as it is told.

use std::fmt::Debug;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::str::FromStr;
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /v2/`.
    pub line: String,
    /// In lower case: `name: value`.
    pub headers: Vec<String>,
    /// As long as it says.
    pub body: Vec<u8>,
}

impl Asked {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.headers.iter().filter_map(|header| header.split_once(": "));
        all.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// What an answer is: bytes as they are sent, after which the connection ends. None is silence.
type Script = dyn Fn(&Asked) -> Option<Vec<u8>> + Send + Sync;

/// A server that answers as a function says, for as long as the process lives.
#[derive(Debug)]
pub struct Server {
    /// Where it listens on this machine.
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// A server on a free port.
    ///
    /// # Panics
    /// There is none.
    pub fn start(script: impl Fn(&Asked) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
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

    /// How `team/app:1` in it is called, as a text or as what is read of it.
    ///
    /// # Panics
    /// It is no such thing.
    pub fn at<T: FromStr<Err: Debug>>(&self, what: &str) -> T {
        format!("127.0.0.1:{}/{what}", self.port).parse().unwrap()
    }

    /// What it was asked until now.
    ///
    /// # Panics
    /// A connection's thread did.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
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
#[must_use]
pub fn answer(status: u16, headers: &str, body: &[u8]) -> Option<Vec<u8>> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n");
    Some([head.as_bytes(), headers.as_bytes(), b"\r\n", body].concat())
}
