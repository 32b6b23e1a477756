//! A Python base from the machine's own sources, put into a directory where it can be run.

use std::fs::{self, File};
use std::io::copy;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tollgate_adapters::apt::{Apt, Gpgv, configured};
use tollgate_adapters::http::{Http, HttpOptions};
use tollgate_image::debian::{
    Deb, DebianLock, LeaveOut, Rootfs, RootfsOptions, UnpackedDeb, rootfs,
};
use tollgate_image::{Entry, EntryKind, Limits};

const WANTED: [&str; 8] = [
    "base-files",
    "ca-certificates",
    "libgomp1",
    "libstdc++6",
    "media-types",
    "netbase",
    "python3.11",
    "tzdata",
];

#[test]
#[ignore = "needs a Debian 12 and its mirror; TOLLGATE_TEST_DEBIAN names a directory to work in"]
fn a_python_base_comes_from_this_machine_s_sources() {
    let work = PathBuf::from(std::env::var_os("TOLLGATE_TEST_DEBIAN").expect("a directory"));
    let root = Path::new("/");
    let gpgv = Gpgv { program: "gpgv".into(), root: root.to_owned() };
    let apt = Apt {
        sources: configured(root).unwrap(),
        architecture: "amd64".to_owned(),
        cache: work.join("cache"),
        http: Http::new(&HttpOptions::default()).unwrap(),
        signatures: &gpgv,
        threads: 8,
    };
    let names = std::env::var("TOLLGATE_TEST_PACKAGES").ok();
    let names = names.map(|names| names.split_whitespace().map(str::to_owned).collect());
    let wanted: Vec<String> = names.unwrap_or_else(|| WANTED.map(str::to_owned).to_vec());
    let mut times = Vec::new();
    let mut begun = Instant::now();
    let mut lap = |what: &str| {
        times.push(format!("{what} {:?}", begun.elapsed()));
        begun = Instant::now();
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let lock = apt.lock(&wanted, i64::try_from(now).unwrap(), &|_| {}).unwrap();
    lap("lock");
    let written = DebianLock::written(std::slice::from_ref(&lock));
    let read = DebianLock::parse(&written, "tollgate.lock").unwrap();
    assert_eq!(read, std::slice::from_ref(&lock));
    let files = apt.packages(&lock, &|_| {}).unwrap();
    lap("download");
    let found = put_together(&lock, &files, &work.join("contents"));
    lap("unpack");
    write(&found, &work.join("root"));
    lap("write");
    let size: u64 = found.entries.iter().map(Entry::size).sum();
    let names: Vec<_> = lock.packages.iter().map(|package| package.name.as_str()).collect();
    let told = format!(
        "{} packages, {} entries, {size} bytes\n{}\n{}\n{}\nnot run: {:?}\n",
        names.len(),
        found.entries.len(),
        times.join("\n"),
        names.join(" "),
        found.made.join("\n"),
        found.not_run
    );
    fs::write(work.join("told"), told).unwrap();
    fs::write(work.join("tollgate.lock"), lock.to_string()).unwrap();
    assert_eq!(found.inventory.packages.len(), lock.packages.len());
    let packages = found.inventory.packages.iter();
    let silent: Vec<_> = packages.filter(|p| p.licence.is_none()).map(|p| &p.name).collect();
    // Some copyright files are in free form, and refer to no common licence.
    assert!(silent.len() * 10 < lock.packages.len(), "no licence is told of {silent:?}");
}

fn put_together(lock: &DebianLock, files: &[PathBuf], contents: &Path) -> Rootfs {
    fs::create_dir_all(contents).unwrap();
    let packages = lock.packages.iter().zip(files).map(|(locked, file)| {
        let deb = Deb::open(file, &locked.name, Limits::default()).unwrap();
        let (control, contents) = (deb.control().unwrap(), deb.unpack(contents).unwrap());
        UnpackedDeb { control, contents, sha256: locked.sha256 }
    });
    let packages: Vec<_> = packages.collect();
    let options = RootfsOptions { release: lock.release.clone(), leave_out: LeaveOut::default() };
    rootfs(&packages, &options).unwrap()
}

// Into a directory that was empty, by an order in which parents come first.
fn write(found: &Rootfs, root: &Path) {
    fs::create_dir(root).unwrap();
    for entry in &found.entries {
        let path = root.join(entry.path.as_str());
        match &entry.kind {
            EntryKind::Directory => fs::create_dir(&path).unwrap(),
            EntryKind::Symlink(target) => symlink(target, &path).unwrap(),
            EntryKind::File(content) => {
                copy(&mut content.open().unwrap(), &mut File::create_new(&path).unwrap()).unwrap();
                fs::set_permissions(&path, PermissionsExt::from_mode(entry.mode)).unwrap();
            }
            EntryKind::Hardlink(_) => {}
        }
    }
    let links = found.entries.iter().filter_map(|entry| match &entry.kind {
        EntryKind::Hardlink(target) => Some((target, &entry.path)),
        _ => None,
    });
    for (target, path) in links {
        fs::hard_link(root.join(target.as_str()), root.join(path.as_str())).unwrap();
    }
}
