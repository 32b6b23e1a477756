//! `tollgate init` on real repositories: what it writes passes, and the second run runs nothing.
//! The dependencies are real too, so the package index must be reachable; where it is not, the
//! tests say so and fail.

#[path = "init/repo.rs"]
mod repo;

use repo::Repo;

#[test]
fn requirements_a_src_layout_and_a_linter() {
    let repo = Repo::new(&[
        ("requirements.txt", "idna\n"),
        ("requirements-dev.txt", "-r requirements.txt\npytest\nflake8\n"),
        (".flake8", "[flake8]\nmax-line-length = 100\n"),
        ("setup.cfg", "[tool:pytest]\naddopts = --strict-markers\n"),
        ("data/hosts.txt", "bücher.example\n"),
        (
            "src/hosts/names.py",
            "from idna import encode\n\n\ndef ascii(name):\n    return encode(name).decode()\n",
        ),
        (
            "tests/test_names.py",
            "from pathlib import Path\n\nfrom hosts.names import ascii\n\n\n\
             def test_ascii():\n    path = Path(__file__).parent.parent / \"data\" / \"hosts.txt\"\n    \
             assert ascii(path.read_text().strip()) == \"xn--bcher-kva.example\"\n",
        ),
    ]);
    // What lies about on a developer's machine is neither seen nor in the way.
    repo.write(".venv/pyvenv.cfg", "home = /nowhere\n");
    repo.write(".gitignore", ".venv/\n");
    repo.init();
    repo.passes_and_then_knows(&["deps", "lint", "test"]);
}

#[test]
fn a_package_that_uv_has_locked() {
    let repo = Repo::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"greeter\"\nversion = \"0.1.0\"\nreadme = \"README.md\"\n\
             requires-python = \">=3.9\"\ndependencies = [\"idna\"]\n\n\
             [dependency-groups]\ndev = [\"pytest\"]\n\n\
             [build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n",
        ),
        ("README.md", "# Greeter\n"),
        ("src/greeter/__init__.py", ""),
        ("src/greeter/hello.py", "import idna\n\nPACKAGE = idna.__name__\n"),
        (
            "tests/test_hello.py",
            "from importlib.metadata import version\n\nfrom greeter.hello import PACKAGE\n\n\n\
             def test_it_is_installed():\n    assert PACKAGE == \"idna\"\n    \
             assert version(\"greeter\") == \"0.1.0\"\n",
        ),
    ]);
    repo.lock_with_uv();
    repo.init();
    repo.passes_and_then_knows(&["deps", "test"]);
    // The environment points at the code; it does not hold it.
    repo.write("src/greeter/hello.py", "import idna\n\nPACKAGE = idna.__name__  # changed\n");
    let ran = repo.run();
    assert_eq!(ran["deps"], "cached", "{ran:?}");
    assert_eq!(ran["test"], "passed", "{ran:?}");
}

#[test]
fn scripts_without_tests() {
    let repo = Repo::new(&[
        ("prepare.py", "print('prepare')\n"),
        ("steps/train model.py", "print('train')\n"),
    ]);
    repo.init();
    repo.passes_and_then_knows(&["compile"]);
    repo.write("prepare.py", "print('prepare'\n");
    assert_eq!(repo.run()["compile"], "failed");
}

#[test]
fn a_file_that_is_there_is_kept() {
    let repo = Repo::new(&[("a.py", "x = 1\n"), ("tollgate.yaml", "mine\n")]);
    assert_eq!(repo.tollgate(&["init"]).status.code(), Some(4));
    assert_eq!(repo.read("tollgate.yaml"), "mine\n");
    let shown = repo.tollgate(&["init", "--dry-run"]);
    assert_eq!(shown.status.code(), Some(0));
    assert_eq!(repo.read("tollgate.yaml"), "mine\n");
    let told = repo.tollgate(&["init", "--force", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!(told["written"], "tollgate.yaml");
    assert_eq!(told["found"]["code"], serde_json::json!(["*.py"]));
    assert_eq!(repo.read("tollgate.yaml"), String::from_utf8_lossy(&shown.stdout));
}
