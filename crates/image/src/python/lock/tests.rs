use super::*;
use crate::python::{Libc, Machine};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

// Files that a test makes up; the directory plays no part.
struct Files(&'static [(&'static str, &'static str)]);

impl Loader for Files {
    fn load(&self, _from: &str, path: &str) -> Result<Loaded, String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        let text = |text: &str| text.replace("{A}", A).replace("{B}", B);
        let loaded =
            |(name, body): &(&str, &str)| Loaded { name: (*name).to_owned(), text: text(body) };
        found.map(loaded).ok_or_else(|| "there is none".to_owned())
    }
}

fn environment() -> TargetEnvironment {
    TargetEnvironment::linux(&"3.11.9".parse().unwrap(), Machine::X86_64)
}

fn read_in(name: &str, text: &str, environment: &TargetEnvironment) -> Result<Lock, LockError> {
    let files = Files(&[
        ("base.txt", "base==1 --hash=sha256:{A}\n"),
        ("circle.txt", "-r requirements.txt\n"),
        ("requirements.txt", ""),
    ]);
    let text = text.replace("{A}", A).replace("{B}", B);
    read_lock(name, &text, environment, &files)
}

fn requirements(text: &str) -> Result<Lock, LockError> {
    read_in("requirements.txt", text, &environment())
}

fn names(lock: &Lock) -> Vec<String> {
    lock.packages.iter().map(|one| format!("{}=={}", one.name, one.version)).collect()
}

fn problem(result: Result<Lock, LockError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_requirements_file_with_hashes_is_a_lock() {
    let lock = requirements(
        "# by a tool\n--index-url https://user:secret@example.com/simple\n\n\
         Foo_Bar[x]==1.0 ; python_version >= '3.9' \\\n    --hash=sha256:{A} \\\n    --hash sha256:{B}\n    # via x\n\
         win==1 ; sys_platform == 'win32' --hash=sha256:{A}\n-rbase.txt\n\
         wheel @ https://example.com/wheel-2.0-py3-none-any.whl#sha256={B}\n",
    )
    .unwrap();
    assert_eq!(names(&lock), ["base==1", "foo-bar==1.0", "wheel==2.0"]);
    let foo = &lock.packages[1];
    assert_eq!((foo.files.len(), foo.line, foo.file.as_str()), (2, 4, "requirements.txt"));
    assert_eq!(lock.packages[0].file, "base.txt");
    assert_eq!(lock.packages[2].files[0].filename.as_deref(), Some("wheel-2.0-py3-none-any.whl"));
    assert_eq!(lock.notes.len(), 1);
    assert!(!lock.notes[0].what.contains("secret"));
}

#[test]
fn what_is_held_to_no_digest_is_refused_with_the_remedy() {
    for (text, found) in [
        ("a==1", "`a==1` has no SHA-256"),
        ("a>=1 --hash=sha256:{A}", "is no single version"),
        ("a==1 --hash=sha256:12", "is no SHA-256"),
        ("a==1 --hash=md5:12", "is no digest that pip takes"),
        ("a==1 --hash=sha512:12", "has no SHA-256"),
        ("a==1 --global-option=x", "is no option of a package"),
        ("-e .", "editable"),
        ("--no-binary :all:", "build from source"),
        ("--frobnicate", "is no option of a requirements file"),
        ("git+https://example.com/a.git --hash=sha256:{A}", "without a build"),
        ("./a --hash=sha256:{A}", "without a build"),
        ("https://example.com/a-1.tar.gz --hash=sha256:{A}", "without a build"),
        ("https://example.com/a-1-py3-none-any.whl", "has no SHA-256"),
        ("b @ https://example.com/a-1-py3-none-any.whl --hash=sha256:{A}", "one name"),
        ("a==${V} --hash=sha256:{A}", "a variable of the environment"),
        ("a==1 --hash=sha256:{A}\na==2 --hash=sha256:{A}", "is pinned to 2 here and to 1"),
        ("a==1 --hash=sha256:{A}\na==1 --hash=sha256:{B}", "has other digests here"),
        ("-r nowhere.txt", "can't be read: there is none"),
        ("-r circle.txt", "names a file that it is named by"),
        ("a b c", "no condition on versions"),
    ] {
        let told = problem(requirements(text));
        assert!(told.contains(found), "{text}: {told}");
        assert!(told.starts_with("requirements.txt:") || told.starts_with("circle.txt:"), "{told}");
    }
    assert!(problem(requirements("\n\na==1")).starts_with("requirements.txt:3:"));
    assert!(problem(requirements("a==1")).contains("uv pip compile --generate-hashes"));
    assert_eq!(requirements("a==1\nb==1\n").unwrap_err().problems.len(), 2);
}

#[test]
fn the_worked_example_is_a_lock() {
    let text = include_str!("../../../../../examples/churn/requirements.txt");
    let lock = requirements(text).unwrap();
    assert!(lock.packages.len() > 20 && lock.packages.iter().all(|one| !one.files.is_empty()));
}

const UV: &str = r#"version = 1
requires-python = ">=3.11"
[[package]]
name = "a"
version = "1"
source = { registry = "https://example.com/simple" }
dependencies = [{ name = "forked", version = "1", marker = "python_full_version < '3.12'" }, { name = "forked", version = "2", marker = "python_full_version >= '3.12'" }]
sdist = { url = "https://example.com/a-1.tar.gz", hash = "sha256:{A}", size = 1 }
wheels = [
  { url = "https://example.com/a-1-py3-none-any.whl", hash = "sha256:{A}", size = 7, upload-time = "2026-01-01T00:00:00Z" },
  { url = "https://example.com/a-1%2B-cp311-cp311-manylinux_2_17_x86_64.whl", hash = "sha256:{B}", size = 7 },
  { url = "https://example.com/a-1-cp311-cp311-manylinux_2_17_x86_64.whl", hash = "sha256:{B}", size = 7 },
]
[package.optional-dependencies]
x = [{ name = "extra" }]
[[package]]
name = "extra"
version = "3"
source = { registry = "https://example.com/simple" }
wheels = [{ url = "https://example.com/extra-3-py3-none-any.whl", hash = "sha256:{A}" }]
[[package]]
name = "forked"
version = "1"
source = { registry = "https://example.com/simple" }
wheels = [{ url = "https://example.com/forked-1-py3-none-any.whl", hash = "sha256:{A}" }]
[[package]]
name = "forked"
version = "2"
source = { registry = "https://example.com/simple" }
wheels = [{ url = "https://example.com/forked-2-py3-none-any.whl", hash = "sha256:{A}" }]
[[package]]
name = "sourceonly"
version = "2"
source = { git = "https://example.com/a.git" }
[[package]]
name = "project"
version = "0.1"
source = { virtual = "." }
dependencies = [{ name = "a", extra = ["x"] }]
[package.optional-dependencies]
plot = [{ name = "sourceonly" }]
[package.dev-dependencies]
dev = [{ name = "forked", version = "2" }]
"#;

#[test]
fn uv_s_lock_gives_what_is_reached_in_the_environment() {
    let lock = read_in("uv.lock", UV, &environment()).unwrap();
    assert_eq!(names(&lock), ["a==1", "extra==3", "forked==1"]);
    let a = &lock.packages[0];
    let requires: Vec<&str> = a.requires.iter().flatten().map(PackageName::as_str).collect();
    assert_eq!((requires, a.line), (vec!["extra", "forked"], 3));
    let tags = CompatibleTags::cpython(11, Machine::X86_64, Libc::Gnu(36));
    let (name, file) = a.best_wheel(&tags).unwrap();
    assert_eq!(name.tags[0].to_string(), "cp311-cp311-manylinux_2_17_x86_64");
    assert_eq!(file.size, Some(7));
    assert!(a.admits(&Sha256::from_hex(B).unwrap()));
    let newer = TargetEnvironment::linux(&"3.12.1".parse().unwrap(), Machine::X86_64);
    assert_eq!(names(&read_in("uv.lock", UV, &newer).unwrap())[2], "forked==2");
}

#[test]
fn uv_s_lock_is_refused_where_it_has_no_wheel_or_is_for_another_python() {
    let plot = problem(read_in("uv.lock", UV, &environment().with_extras(["plot"])));
    assert!(plot.contains("uv.lock:31") && plot.contains("Git repository"), "{plot}");
    let dev = problem(read_in("uv.lock", UV, &environment().with_groups(["dev"])));
    assert!(dev.contains("`forked` is reached twice"), "{dev}");
    let old = TargetEnvironment::linux(&"3.9".parse().unwrap(), Machine::X86_64);
    assert!(problem(read_in("uv.lock", UV, &old)).contains("made for Python >=3.11"));
    let unhashed = UV.replace(", hash = \"sha256:{A}\" }]", " }]");
    assert!(problem(read_in("uv.lock", &unhashed, &environment())).contains("no SHA-256"));
    let two = UV.replace("version = 1\nreq", "version = 2\nreq");
    assert!(problem(read_in("uv.lock", &two, &environment())).contains("version 2"));
    let rootless = UV.replace("virtual", "registry");
    assert!(problem(read_in("uv.lock", &rootless, &environment())).contains("no project"));
    let broken = UV.replace("[[package]]\nname = \"extra\"", "[[package]]\nname = 3");
    let broken = problem(read_in("uv.lock", &broken, &environment()));
    assert!(broken.starts_with("uv.lock:17: invalid type"), "{broken}");
    let lost = UV.replace("name = \"extra\" }", "name = \"lost\" }");
    assert!(problem(read_in("uv.lock", &lost, &environment())).contains("is there 0 times"));
}

const PYLOCK: &str = r#"lock-version = "1.0"
environments = ["sys_platform == 'linux'"]
requires-python = ">=3.11"
default-groups = ["main"]
[[packages]]
name = "b"
version = "1"
dependencies = [{ name = "c" }, { name = "w" }]
wheels = [{ url = "https://example.com/b-1-py3-none-any.whl", upload-time = 2026-01-01T00:00:00Z, size = 9, hashes = { sha256 = "{A}" } }]
[[packages]]
name = "w"
version = "1"
marker = "sys_platform == 'win32'"
wheels = []
[[packages]]
name = "c"
version = "1"
marker = "'main' in dependency_groups"
archive = { url = "https://example.com/c-1-py3-none-any.whl", hashes = { sha256 = "{B}" } }
[[packages]]
name = "d"
version = "1"
marker = "'x' in extras"
sdist = { url = "https://example.com/d-1.tar.gz", hashes = { sha256 = "{B}" } }
"#;

#[test]
fn the_standard_lock_gives_what_its_markers_admit() {
    let lock = read_in("pylock.toml", PYLOCK, &environment()).unwrap();
    assert_eq!(names(&lock), ["b==1", "c==1"]);
    let requires = lock.packages[0].requires.as_ref().unwrap();
    assert_eq!(requires.iter().map(PackageName::as_str).collect::<Vec<_>>(), ["c"]);
    assert_eq!(lock.packages[0].files[0].size, Some(9));
    let extra = problem(read_in("pylock.toml", PYLOCK, &environment().with_extras(["x"])));
    assert!(extra.contains("pylock.toml:20") && extra.contains("`d` has no wheel"), "{extra}");
    let elsewhere = PYLOCK.replace("'linux'", "'darwin'");
    assert!(problem(read_in("pylock.toml", &elsewhere, &environment())).contains("`environments`"));
    let two = PYLOCK.replace("\"1.0\"", "\"2.0\"");
    assert!(problem(read_in("pylock.toml", &two, &environment())).contains("version 2.0"));
}

#[test]
fn the_format_is_told_by_name_and_checked_by_content() {
    assert_eq!(LockFormat::of("a/uv.lock", UV), Ok(LockFormat::Uv));
    assert_eq!(LockFormat::of("pylock.prod.toml", PYLOCK), Ok(LockFormat::Pylock));
    assert_eq!(LockFormat::of("requirements-prod.txt", ""), Ok(LockFormat::Requirements));
    assert!(LockFormat::of("requirements.txt", UV).is_err());
    assert!(LockFormat::of("uv.lock", PYLOCK).is_err());
    assert!(LockFormat::of("Pipfile.lock", "{}").is_err());
}
