//! The local target: releases run as their images say, behind a proxy; what is worse is taken back.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tollgate_testkit::servers::service;

use crate::common::{Project, Running, until};
use crate::images;

const ENVIRONMENT: &str = "
pipelines:
  main: { on: push main, steps: [service], deploy: prod }
environments:
  prod:
    manifests: deploy
    target: { local: { listen: ADDRESS } }
    smoke:
      - { get: /health }
      - { post: /predict, body: request.json, json: $.probability }
    rollout: ROLLOUT
";

const CANARY: &str = "
      canary: { steps: [20%, 50%], requests: 40, time: 100ms, deadline: 5m }
      judge: { p95: \"<= 2x\", errors: \"<= +5%\", prediction: $.probability, shift: 0.2 }
";

pub(crate) struct Served {
    pub(crate) project: Project,
    pub(crate) port: u16,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Served {
    pub(crate) fn new(rollout: &str) -> Self {
        let project = images::project();
        images::base_with(&project, &[("usr/bin/service", service().to_vec())]);
        project.edit("command: [python3, -m, src.api]", "command: [/usr/bin/service]");
        let port = free_port();
        let environment = ENVIRONMENT
            .replace("ADDRESS", &format!("127.0.0.1:{port}"))
            .replace("ROLLOUT", rollout);
        let yaml = project.read("tollgate.yaml");
        project.write("tollgate.yaml", format!("{yaml}{environment}"));
        let manifest = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - { name: a, image: \"demo:v1\" }\n";
        project.write("deploy/api.yaml", manifest).write("request.json", "{\"a\": 1}");
        project.sh("git config user.name t && git config user.email t@example.org");
        Self { project, port }
    }

    /// Releases a service that behaves so: it goes to the environment by itself.
    pub(crate) fn release(&self, conf: &str) -> String {
        // A person who commits while Tollgate does has to look what came first.
        until("Git follows", || self.record()["unwritten"].is_null());
        self.project.write("src/service.conf", conf).commit();
        self.project.tollgate("run main").passes();
        let listed = self.project.tollgate("release list --json").json();
        listed[0]["release"].as_str().unwrap().to_owned()
    }

    pub(crate) fn start(&self) -> Running {
        self.project.start("serve --every 200ms")
    }

    pub(crate) fn record(&self) -> Json {
        let status = self.project.tollgate("status --json");
        // Before the first run there is no status.
        let status = if status.code == Some(2) { Vec::new() } else { status.json() };
        status.first().map(|it| it["environments"]["prod"].clone()).unwrap_or_default()
    }

    pub(crate) fn stable(&self) -> String {
        self.record()["stable"]["release"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn wait_for(&self, release: &str) {
        until(&format!("{release} serves"), || self.stable() == release);
    }

    /// The last thing of that kind that happened.
    pub(crate) fn last(&self, event: &str) -> Json {
        let log = self.project.tollgate("audit log --json").passes().json();
        let mut facts = log.into_iter().map(|entry| entry["fact"].clone());
        facts.rfind(|fact| fact["event"] == event).unwrap_or(Json::Null)
    }
}

/// One request on a connection of its own: its status and its answer.
pub(crate) fn ask(port: u16, request: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Ok((status, answer))
}

pub(crate) fn get(port: u16, path: &str) -> u16 {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    ask(port, &request).map_or(0, |(status, _)| status)
}

/// Clients that ask again and again, each on one connection, until they are dropped.
pub(crate) struct Clients {
    stop: Arc<AtomicBool>,
    pub(crate) answered: Arc<AtomicU64>,
    pub(crate) failed: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    pub(crate) fn start(port: u16, count: usize, pause: Duration) -> Self {
        let (stop, answered, failed) = (Arc::default(), Arc::default(), Arc::default());
        let threads = (0..count).map(|n| {
            let clients = (Arc::clone(&stop), Arc::clone(&answered), Arc::clone(&failed));
            std::thread::spawn(move || client(port, n, pause, &clients))
        });
        let threads = threads.collect();
        Self { stop, answered, failed, threads }
    }

    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Ordering::SeqCst)
    }

    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::SeqCst)
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn client(
    port: u16,
    n: usize,
    pause: Duration,
    (stop, answered, failed): &(Arc<AtomicBool>, Arc<AtomicU64>, Arc<AtomicU64>),
) {
    let mut stream = None;
    let mut count = n * 1_000_003;
    while !stop.load(Ordering::SeqCst) {
        count += 1;
        let body = format!("{{\"a\": {count}}}");
        let request = format!(
            "POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let status = exchange(port, &mut stream, &request).unwrap_or(0);
        let tally = if status == 200 { answered } else { failed };
        tally.fetch_add(1, Ordering::SeqCst);
        if status == 0 {
            stream = None;
        }
        std::thread::sleep(pause);
    }
}

fn exchange(port: u16, kept: &mut Option<TcpStream>, request: &str) -> std::io::Result<u16> {
    if kept.is_none() {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        *kept = Some(stream);
    }
    let Some(stream) = kept else { return Ok(0) };
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase();
        let length = length.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
            return Ok(head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0));
        }
    }
}

#[test]
fn a_release_runs_as_its_image_says_and_answers_behind_the_proxy() {
    let served = Served::new("{}");
    let first = served.release("score 0.2\n");
    let server = served.start();
    served.wait_for(&first);
    // The fact comes before the effect, by a moment.
    until("it answers", || get(served.port, "/health") == 200);
    let request =
        "POST /predict HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    let (status, answer) = ask(served.port, request).unwrap();
    assert!(status == 200 && answer.contains("probability"), "{answer}");
    assert_eq!(served.last("smoked")["verdict"], "pass");
    let logs = served.project.sh("cat .tollgate/serve/logs/prod/*.log");
    assert!(logs.contains("serving as 65532"), "{logs}");
    // Another server is told that there is one.
    served.project.tollgate("serve").exits(4).says("another `tollgate serve` hosts it");
    server.signal("TERM");
    let ended = server.wait();
    ended.passes().says("rollout of").says("rolled out");
    assert_eq!(get(served.port, "/health"), 0);
}

#[test]
fn a_slower_release_is_taken_back_and_one_that_is_not_goes_through() {
    let served = Served::new(CANARY);
    let first = served.release("delay 8\nspread 4\n");
    let _server = served.start();
    served.wait_for(&first);
    let clients = Clients::start(served.port, 8, Duration::from_millis(1));
    until("there is traffic", || clients.answered() > 500);
    let slow = served.release("delay 40\nspread 8\n");
    until("it is out", || served.last("rolled_back")["from"] == slow.as_str());
    let back = served.last("rolled_back");
    assert_eq!(back["cause"], "worse", "{back}");
    assert!(back["reason"].as_str().unwrap().contains("answers beyond"), "{back}");
    assert_eq!(served.stable(), first);
    let shifted = served.release("delay 8\nspread 4\nscore 0.6\n");
    until("it is out", || served.last("rolled_back")["from"] == shifted.as_str());
    let why = served.last("rolled_back")["reason"].as_str().unwrap().to_owned();
    assert!(why.contains("predictions"), "{why}");
    let good = served.release("delay 8\nspread 4\nscore 0.2\n# another\n");
    served.wait_for(&good);
    // What was seen is kept, so that what was decided can be decided again.
    assert!(served.last("judged")["samples"].is_string());
    assert_eq!(clients.failed(), 0);
    // The same samples come to the same verdict; another policy may say otherwise.
    let again = |words: &str| served.project.tollgate(&format!("judge replay prod --json {words}"));
    assert_eq!(again("").passes().json()[0]["verdict"], "pass");
    let slow = again(&slow).exits(1).json()[0].clone();
    assert_eq!((&slow["ended"], &slow["then"]), (&Json::from("rolled back"), &Json::from("fail")));
    let lax = served.project.read("tollgate.yaml").replace("<= 2x", "<= 100x");
    served.project.write("lax.yaml", lax);
    let all = served.project.tollgate("judge backtest prod --json --with lax.yaml").passes().json();
    let verdicts: Vec<&str> = all.iter().filter_map(|it| it["verdict"].as_str()).collect();
    assert_eq!(verdicts.len(), 4, "{all:?}");
    assert_ne!(verdicts[1], "fail", "what was slow is not, by the other policy");
    let figures = served.project.tollgate("audit figures --json").passes().json()[0].clone();
    assert_eq!((&figures["deployments"], &figures["taken_back"]), (&Json::from(2), &Json::from(2)));
    // Git agrees with what serves.
    until("Git follows", || served.record()["unwritten"].is_null());
    served.project.tollgate("audit verify").passes();
}

#[test]
fn a_release_that_fails_its_smoke_tests_or_does_not_stay_up_gets_no_traffic() {
    let served = Served::new("{}");
    let first = served.release("score 0.2\n");
    let _server = served.start();
    served.wait_for(&first);
    let clients = Clients::start(served.port, 2, Duration::from_millis(2));
    let broken = served.release("status 500\n");
    until("it is out", || served.last("rolled_back")["from"] == broken.as_str());
    assert_eq!(served.last("rolled_back")["cause"], "smoke");
    assert!(served.last("smoked")["summary"].as_str().unwrap().contains("500, expected 200"));
    let dying = served.release("die 1\n");
    until("it is out", || served.last("rolled_back")["from"] == dying.as_str());
    assert_eq!(served.stable(), first);
    assert_eq!(clients.failed(), 0);
}

#[test]
fn a_rollback_and_a_drill_under_load_fail_no_request() {
    let served = Served::new("{}");
    let first = served.release("delay 1\n");
    let _server = served.start();
    served.wait_for(&first);
    let second = served.release("delay 1\nspread 1\n");
    served.wait_for(&second);
    let clients = Clients::start(served.port, 8, Duration::from_millis(1));
    until("there is traffic", || clients.answered() > 200);
    let drill = served.project.tollgate("drill prod");
    drill.passes().says("drill passed").says("0 of");
    assert_eq!(served.stable(), second);
    served.project.tollgate("rollback prod --reason drill").passes();
    assert_eq!(served.stable(), first);
    let after = clients.answered();
    until("it goes on", || clients.answered() > after + 200);
    assert_eq!(clients.failed(), 0);
    assert_eq!(served.last("drilled")["failed"], 0);
}

/// Killed anywhere in a rollout, the next server goes on to the same end.
#[test]
fn a_server_that_is_killed_is_followed_by_one_that_goes_on() {
    let served = Served::new(CANARY);
    let first = served.release("delay 8\nspread 4\n");
    let server = served.start();
    served.wait_for(&first);
    server.signal("KILL");
    drop(server);
    let second = served.release("delay 8\nspread 4\nscore 0.2\n");
    let clients = Clients::start(served.port, 4, Duration::from_millis(1));
    let began = Instant::now();
    let mut round = 0u64;
    while served.stable() != second {
        let server = served.start();
        std::thread::sleep(Duration::from_millis(300 + 170 * round));
        server.signal("KILL");
        drop(server);
        round += 1;
        assert!(began.elapsed() < Duration::from_secs(100), "{:?}", served.record());
    }
    assert!(round > 2, "killed {round} times");
    drop(clients);
    assert_eq!(crate::common::processes("/usr/bin/service"), Vec::<String>::new());
    served.project.tollgate("audit verify").passes();
}
