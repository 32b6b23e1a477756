//! A local target: releases as instances on this machine, behind a proxy.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http::Method;
use tokio::runtime::Runtime;
use tollgate_engine::deliver::{Life, Sample, Split, Traffic, Workloads};
use tollgate_image::oci::layout::Layout;
use tollgate_model::{Environment, LocalTarget, ReleaseId, Smoke, Strategy};

use crate::instance::{Instance, Recipe, recipe};
use crate::proxy::{Connect, JsonPath, Proxy, Routes, Upstream};

/// How often an instance is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long one may take to answer that it is well.
const WELL: Duration = Duration::from_secs(2);
/// How often it is asked, once it serves.
const ASKED: Duration = Duration::from_secs(5);
/// After so many questions in a row without an answer it is started anew.
const SILENT: u32 = 3;
/// How long it may take to come up.
const COMES_UP: Duration = Duration::from_secs(120);
/// So many ends within [`WINDOW`] are a crash loop.
const ENDS: usize = 3;
const WINDOW: Duration = Duration::from_secs(120);
/// How long a service may take to end.
const GRACE: Duration = Duration::from_secs(10);
/// Logs beyond this are begun anew; the one before is kept.
const LOG: u64 = 16 << 20;

/// Where things are.
#[derive(Clone, Debug)]
pub struct Places {
    /// The OCI layout with the images.
    pub layout: PathBuf,
    /// Where images are kept unpacked.
    pub roots: PathBuf,
    /// Where instances have their own files; what is there from before is nobody's.
    pub scratch: PathBuf,
    /// Where they log.
    pub logs: PathBuf,
    /// The project, for the bodies of smoke tests.
    pub project: PathBuf,
}

/// The releases of one environment on this machine.
pub struct Local {
    places: Places,
    target: LocalTarget,
    health: Option<Smoke>,
    sticky: Option<String>,
    prediction: Option<Arc<JsonPath>>,
    proxy: Arc<Proxy>,
    groups: RwLock<BTreeMap<ReleaseId, Group>>,
    split: Mutex<Split>,
}

/// The instances of one release.
struct Group {
    upstream: Arc<Upstream>,
    life: Arc<Mutex<Life>>,
    stop: Arc<AtomicBool>,
    keeper: Option<JoinHandle<()>>,
}

type Slot = Arc<RwLock<Option<Arc<Instance>>>>;

impl Local {
    /// Listens where the environment says.
    ///
    /// # Errors
    /// It can't listen there.
    pub fn open(
        environment: &Environment,
        target: &LocalTarget,
        places: Places,
        runtime: &Arc<Runtime>,
    ) -> io::Result<Self> {
        let proxy = Proxy::listen(target.listen, runtime)?;
        let _ = fs::remove_dir_all(&places.scratch);
        fs::create_dir_all(&places.logs)?;
        let sticky = match &environment.rollout.strategy {
            Strategy::Canary(canary) | Strategy::Shadow { then: Some(canary), .. } => {
                canary.sticky.clone()
            }
            _ => None,
        };
        let prediction = environment.rollout.judge.prediction.as_deref();
        Ok(Self {
            places,
            target: target.clone(),
            health: environment.smoke.iter().find(|test| test.method == "GET").cloned(),
            sticky,
            prediction: prediction.map(|path| Arc::new(JsonPath::of(path))),
            proxy: Arc::new(proxy),
            groups: RwLock::default(),
            split: Mutex::default(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.proxy.address()
    }

    fn groups(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<ReleaseId, Group>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self) {
        let split = self.split.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let groups = self.groups();
        let upstream = |release: Option<ReleaseId>| {
            release
                .and_then(|release| groups.get(&release))
                .map(|group| Arc::clone(&group.upstream))
        };
        self.proxy.route(Routes {
            stable: upstream(split.stable),
            candidate: upstream(split.candidate),
            percent: split.percent,
            shadow: split.shadow,
            sticky: self.sticky.clone(),
            prediction: self.prediction.clone(),
        });
    }

    fn begin(&self, release: ReleaseId, image: &str) -> Group {
        let slots: Vec<Slot> = (0..self.target.instances).map(|_| Slot::default()).collect();
        let connects = slots.iter().map(|slot| {
            let slot = Arc::clone(slot);
            let connect: Box<Connect> = Box::new(move || {
                let instance = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
                instance.ok_or(io::ErrorKind::NotConnected)?.connect()
            });
            connect
        });
        let upstream = Arc::new(Upstream::new(release, connects.collect()));
        let life = Arc::new(Mutex::new(Life::Starting));
        let stop = Arc::new(AtomicBool::new(false));
        let keeper = Keeper {
            places: self.places.clone(),
            name: release.digest().to_string()[..12].to_owned(),
            image: image.to_owned(),
            health: self.health.clone(),
            proxy: Arc::clone(&self.proxy),
            upstreams: slots.iter().map(|slot| own_upstream(release, slot)).collect(),
            slots,
            life: Arc::clone(&life),
            stop: Arc::clone(&stop),
        };
        let keeper = std::thread::spawn(move || keeper.keep());
        Group { upstream, life, stop, keeper: Some(keeper) }
    }
}

/// One instance by itself, for questions to it alone.
fn own_upstream(release: ReleaseId, slot: &Slot) -> Upstream {
    let slot = Arc::clone(slot);
    let connect: Box<Connect> = Box::new(move || {
        let instance = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
        instance.ok_or(io::ErrorKind::NotConnected)?.connect()
    });
    Upstream::new(release, vec![connect])
}

impl Workloads for Local {
    fn start(&self, release: ReleaseId, image: &str) {
        if self.groups().contains_key(&release) {
            return;
        }
        let group = self.begin(release, image);
        self.groups.write().unwrap_or_else(PoisonError::into_inner).insert(release, group);
        self.apply();
    }

    fn stop(&self, release: ReleaseId) {
        let group = self.groups.write().unwrap_or_else(PoisonError::into_inner).remove(&release);
        if let Some(group) = group {
            // Its instances end in their own time.
            group.stop.store(true, Ordering::Relaxed);
            self.apply();
        }
    }

    fn life(&self, release: ReleaseId) -> Life {
        let groups = self.groups();
        let life = groups.get(&release).map(|group| &group.life);
        life.map(|life| life.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .unwrap_or_default()
    }

    fn running(&self) -> Vec<ReleaseId> {
        self.groups().keys().copied().collect()
    }
}

impl Traffic for Local {
    fn split(&self, split: &Split) {
        *self.split.lock().unwrap_or_else(PoisonError::into_inner) = split.clone();
        self.apply();
    }

    fn samples(&self) -> Vec<Sample> {
        self.proxy.samples()
    }

    fn ask(&self, release: ReleaseId, test: &Smoke) -> Result<(u16, Vec<u8>), String> {
        let upstream = {
            let groups = self.groups();
            let group = groups.get(&release).ok_or("it does not run")?;
            Arc::clone(&group.upstream)
        };
        ask(&self.proxy, &upstream, test, &self.places.project)
    }

    fn knock(&self, test: Option<&Smoke>) -> bool {
        let body = test.and_then(|test| test.body.as_ref());
        let body = body.and_then(|path| fs::read(self.places.project.join(path.as_str())).ok());
        let (method, path) =
            test.map_or(("GET", "/"), |test| (test.method.as_str(), test.path.as_str()));
        knock(self.address(), method, path, &body.unwrap_or_default()).is_ok_and(|code| code < 500)
    }

    fn counts(&self) -> (u64, u64) {
        let counts = self.proxy.counts();
        (counts.answered, counts.failed)
    }

    fn has(&self, answer: &[u8], path: &str) -> bool {
        let json = serde_json::from_slice(answer);
        json.is_ok_and(|json: serde_json::Value| JsonPath::of(path).find(&json).is_some())
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let groups =
            std::mem::take(&mut *self.groups.write().unwrap_or_else(PoisonError::into_inner));
        for group in groups.values() {
            group.stop.store(true, Ordering::Relaxed);
        }
        for mut group in groups.into_values() {
            let _ = group.keeper.take().map(JoinHandle::join);
        }
    }
}

fn ask(
    proxy: &Proxy,
    upstream: &Upstream,
    test: &Smoke,
    project: &Path,
) -> Result<(u16, Vec<u8>), String> {
    let body = match &test.body {
        Some(path) => Some(
            fs::read(project.join(path.as_str())).map_err(|error| format!("{path}: {error}"))?,
        ),
        None => None,
    };
    let method = if test.method == "POST" { Method::POST } else { Method::GET };
    let (status, answer) = proxy.ask(upstream, &method, &test.path, body, test.within)?;
    Ok((status.as_u16(), answer.to_vec()))
}

/// A request as any client makes it: the status of its answer.
fn knock(to: SocketAddr, method: &str, path: &str, body: &[u8]) -> io::Result<u16> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect_timeout(&to, WELL)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Keeps the instances of one release up.
struct Keeper {
    places: Places,
    name: String,
    image: String,
    health: Option<Smoke>,
    proxy: Arc<Proxy>,
    slots: Vec<Slot>,
    upstreams: Vec<Upstream>,
    life: Arc<Mutex<Life>>,
    stop: Arc<AtomicBool>,
}

/// How one instance goes.
#[derive(Default)]
struct Course {
    began: Option<Instant>,
    well: Option<Instant>,
    silent: u32,
    ends: Vec<Instant>,
    /// Until then it is not started again.
    rests: Option<Instant>,
}

impl Keeper {
    fn keep(self) {
        let recipe = Layout::open(&self.places.layout).map_err(|error| error.to_string()).and_then(
            |layout| {
                recipe(&layout, &self.image, &self.places.roots).map_err(|error| error.to_string())
            },
        );
        match recipe {
            Ok(recipe) => self.run(&recipe),
            Err(why) => self.set(Life::Failed(why)),
        }
    }

    fn run(self, recipe: &Recipe) {
        let mut courses: Vec<Course> = self.slots.iter().map(|_| Course::default()).collect();
        while !self.stopped() {
            let mut failed = None;
            for (at, course) in courses.iter_mut().enumerate() {
                failed = self.tend(at, course, recipe).err().or(failed);
            }
            let all_well = courses.iter().all(|course| course.well.is_some());
            match failed {
                Some(why) => self.set(Life::Failed(why)),
                None if all_well => self.set(Life::Ready),
                None => {}
            }
            std::thread::sleep(LOOK);
        }
        let instances: Vec<Arc<Instance>> = self.slots.iter().filter_map(taken).collect();
        for instance in instances {
            instance.stop(GRACE);
        }
    }

    /// Starts it, asks how it is, and starts it again where it has ended.
    fn tend(&self, at: usize, course: &mut Course, recipe: &Recipe) -> Result<(), String> {
        let now = Instant::now();
        let instance = self.slots[at].read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(instance) = instance else {
            if course.rests.is_some_and(|until| now < until) {
                return self.looping(course);
            }
            let scratch = self.places.scratch.join(format!("{}-{at}", self.name));
            let log = self.places.logs.join(format!("{}-{at}.log", self.name));
            rotate(&log);
            match Instance::start(recipe, &scratch, &log) {
                Ok(instance) => {
                    *course = Course {
                        began: Some(now),
                        ends: std::mem::take(&mut course.ends),
                        ..Course::default()
                    };
                    *self.slots[at].write().unwrap_or_else(PoisonError::into_inner) =
                        Some(Arc::new(instance));
                }
                Err(error) => {
                    self.ended(at, course);
                    if course.ends.len() >= ENDS {
                        return Err(error.to_string());
                    }
                }
            }
            return Ok(());
        };
        if let Some(how) = instance.ended() {
            self.ended(at, course);
            return match course.ends.len() >= ENDS {
                true => Err(format!("it does not stay up: {how}; {}", self.last_words(at))),
                false => Ok(()),
            };
        }
        let due = course.well.is_none_or(|well| now.duration_since(well) >= ASKED);
        if !due {
            return Ok(());
        }
        if self.is_well(at) {
            course.well = Some(Instant::now());
            course.silent = 0;
        } else if course.well.is_some() {
            course.silent += 1;
            course.well = Some(Instant::now());
            if course.silent >= SILENT {
                instance.stop(GRACE);
                self.ended(at, course);
            }
        } else if course.began.is_some_and(|began| now.duration_since(began) > COMES_UP) {
            return Err(format!("it does not answer; {}", self.last_words(at)));
        }
        Ok(())
    }

    fn is_well(&self, at: usize) -> bool {
        match &self.health {
            Some(test) => {
                let test = Smoke { within: WELL, ..test.clone() };
                let answer = ask(&self.proxy, &self.upstreams[at], &test, &self.places.project);
                answer.is_ok_and(|(status, _)| status == test.status)
            }
            // Nobody said what a good answer is: any will do.
            None => {
                let get = &Method::GET;
                self.proxy.ask(&self.upstreams[at], get, "/", None, WELL).is_ok()
            }
        }
    }

    /// It is no more; the next comes after a while that doubles.
    fn ended(&self, at: usize, course: &mut Course) {
        let now = Instant::now();
        taken(&self.slots[at]);
        course.ends.retain(|end| now.duration_since(*end) < WINDOW);
        course.ends.push(now);
        course.well = None;
        let doubled = u32::try_from(course.ends.len().min(8)).unwrap_or(8);
        course.rests = Some(now + Duration::from_millis(50) * 2u32.pow(doubled));
    }

    fn looping(&self, course: &Course) -> Result<(), String> {
        match course.ends.len() >= ENDS {
            true => Err("it does not stay up".to_owned()),
            false => Ok(()),
        }
    }

    fn last_words(&self, at: usize) -> String {
        let log = self.places.logs.join(format!("{}-{at}.log", self.name));
        let text = fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let last = text.ok().and_then(|text| text.lines().last().map(str::to_owned));
        match last {
            Some(line) => format!("its last words: {line}"),
            None => "it said nothing".to_owned(),
        }
    }

    fn set(&self, life: Life) {
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = life;
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn taken(slot: &Slot) -> Option<Arc<Instance>> {
    slot.write().unwrap_or_else(PoisonError::into_inner).take()
}

fn rotate(log: &Path) {
    if fs::metadata(log).is_ok_and(|about| about.len() > LOG) {
        let _ = fs::rename(log, log.with_extension("log.1"));
    }
}
