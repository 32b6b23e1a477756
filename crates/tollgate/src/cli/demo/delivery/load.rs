//! Customers of the story, who ask all the time.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const CLIENTS: u64 = 3;
const PAUSE: Duration = Duration::from_millis(15);

/// Requests from several clients until it is dropped.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub(super) fn start(to: SocketAddr) -> Self {
        let (stop, answered, failed) = (
            Arc::<AtomicBool>::default(),
            Arc::<AtomicU64>::default(),
            Arc::<AtomicU64>::default(),
        );
        let clients = (0..CLIENTS).map(|client| {
            let (stop, answered, failed) =
                (Arc::clone(&stop), Arc::clone(&answered), Arc::clone(&failed));
            std::thread::spawn(move || {
                let mut number = (client + 1) * 10_000_000;
                while !stop.load(Ordering::Relaxed) {
                    number += 1;
                    let well = ask(to, number).is_ok_and(|status| status == 200);
                    if well { &answered } else { &failed }.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(PAUSE);
                }
            })
        });
        let clients = clients.collect();
        Self { stop, answered, failed, clients }
    }

    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.drain(..).for_each(|client| drop(client.join()));
    }
}

/// A customer who differs from the one before.
fn ask(to: SocketAddr, number: u64) -> io::Result<u16> {
    let (age, calls) = (18 + number % 70, number % 9);
    let plan = ["basic", "standard", "premium"][usize::try_from(number % 3).unwrap_or(0)];
    let (months, spend, idle) = (number % 60, 10 + number % 70, number % 90);
    let body = format!(
        "{{\"customer_id\":\"C{number}\",\"age\":{age},\"plan\":\"{plan}\",\"tenure_months\":{months},\
         \"monthly_spend\":{spend},\"support_calls\":{calls},\"last_active_days\":{idle}}}"
    );
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(
        stream,
        "POST /predict HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}
