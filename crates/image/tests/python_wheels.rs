//! Real wheels, which are not kept here: every one of a folder is installed below another.
//!
//! ```sh
//! TOLLGATE_TEST_WHEELS=wheels TOLLGATE_TEST_INTO=root cargo test --release -p tollgate-image \
//!   --test python_wheels -- --ignored
//! ```

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tollgate_image::python::wheel::{LeaveOut, Scheme, Wheel};
use tollgate_image::{Entry, EntryKind, Limits};

#[expect(clippy::disallowed_methods, reason = "which wheels there are is the machine's")]
fn folder(variable: &str) -> PathBuf {
    PathBuf::from(std::env::var_os(variable).expect(variable))
}

fn written(root: &Path, entry: &Entry) {
    let EntryKind::File(content) = &entry.kind else { panic!("wheels have files") };
    let path = root.join(entry.path.as_str());
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = std::fs::File::create_new(&path).unwrap();
    std::io::copy(&mut content.open().unwrap(), &mut file).unwrap();
    file.set_permissions(std::fs::Permissions::from_mode(entry.mode)).unwrap();
}

#[test]
#[ignore = "needs wheels: see above"]
fn real_wheels_are_installed() {
    let scheme = Scheme {
        site_packages: "lib/python3.11/site-packages".parse().unwrap(),
        scripts: "bin".parse().unwrap(),
        data: "data".parse().unwrap(),
        headers: "include/python3.11".parse().unwrap(),
        python: "/usr/bin/python3.11".to_owned(),
    };
    let into = std::env::temp_dir();
    let spill = tempfile::tempdir_in(into).unwrap();
    let files: Vec<PathBuf> = std::fs::read_dir(folder("TOLLGATE_TEST_WHEELS"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .collect();
    let install = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let wheel = Wheel::open(file, &name, &Limits::default()).unwrap();
        wheel.install(&scheme, &LeaveOut::nothing(), spill.path()).unwrap()
    };
    // Two at a time, as a build does it.
    let (left, right) = files.split_at(files.len() / 2);
    let entries: Vec<Entry> = std::thread::scope(|scope| {
        let other =
            scope.spawn(|| right.iter().flat_map(|f| install(f).entries).collect::<Vec<_>>());
        let mut all: Vec<Entry> = left.iter().flat_map(|f| install(f).entries).collect();
        all.extend(other.join().unwrap());
        all
    });
    assert!(!entries.is_empty());
    #[expect(clippy::disallowed_methods, reason = "where to is the machine's, if anywhere")]
    if let Some(root) = std::env::var_os("TOLLGATE_TEST_INTO") {
        entries.iter().for_each(|entry| written(Path::new(&root), entry));
    }
}
