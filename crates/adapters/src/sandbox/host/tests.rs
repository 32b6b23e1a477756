use std::os::unix::fs::symlink;

use super::*;

/// A home with tools and private things in it.
struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        Self { root }
    }

    fn at(&self, path: &str) -> PathBuf {
        fs::canonicalize(self.root.path()).expect("a real path").join(path)
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(path, text).expect("a file");
        self
    }

    fn view(&self, path: &[&str], env: &[(&str, &str)]) -> HostView {
        fs::create_dir_all(self.at("home")).expect("a home");
        fs::create_dir_all(self.at("project")).expect("a project");
        let path = std::env::join_paths(path.iter().map(|path| self.at(path))).expect("a path");
        let env: Vec<_> =
            env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        host_tools(&path, &self.at("home"), &self.at("project"), &env)
    }

    fn first(&self, view: &HostView) -> String {
        let first = view.path.split(':').next().expect("an entry");
        first.replace(self.at("").to_str().expect("text"), "")
    }
}

fn pyenv(machine: &Machine) {
    machine
        .file("home/.pyenv/shims/python3", "")
        .file("home/.pyenv/versions/3.10.1/bin/python3", "")
        .file("home/.pyenv/versions/3.11.7/bin/python3", "")
        .file("home/.pyenv/versions/3.11.7/lib/os.py", "")
        .file("home/.pyenv/versions/3.11.10/bin/python3", "")
        .file("home/.pyenv/version", "3.10.1\n");
}

#[test]
fn shims_become_the_version_that_pyenv_would_choose() {
    let machine = Machine::new();
    pyenv(&machine);
    let shims = ["home/.pyenv/shims"];
    let chosen = |env: &[(&str, &str)]| machine.first(&machine.view(&shims, env));
    assert_eq!(chosen(&[]), "home/.pyenv/versions/3.10.1/bin");
    machine.file("project/.python-version", "3.11 # the latest\n");
    assert_eq!(chosen(&[]), "home/.pyenv/versions/3.11.10/bin");
    let variable = [("PYENV_VERSION", "3.11.7")];
    assert_eq!(chosen(&variable), "home/.pyenv/versions/3.11.7/bin");
}

#[test]
fn a_tool_is_visible_and_the_home_is_not() {
    let machine = Machine::new();
    pyenv(&machine);
    machine.file("home/.ssh/id_ed25519", "secret");
    let view = machine.view(&["home/.pyenv/shims", "home"], &[("PYENV_VERSION", "3.11.7")]);
    assert_eq!(view.visible, [machine.at("home/.pyenv/versions/3.11.7")]);
    assert!(!view.path.contains(":home:"), "{}", view.path);
}

#[test]
fn shared_directories_show_only_their_programs() {
    let machine = Machine::new();
    machine
        .file("home/.local/bin/tool", "")
        .file("home/.local/lib/private", "")
        .file("home/.cargo/bin/cargo", "")
        .file("home/.cargo/lib/x", "")
        .file("home/.cargo/credentials.toml", "secret")
        .file("home/.rustup/settings.toml", "");
    let view = machine.view(&["home/.local/bin", "home/.cargo/bin"], &[]);
    let visible = ["home/.cargo/bin", "home/.local/bin", "home/.rustup"];
    assert_eq!(view.visible, visible.map(|path| machine.at(path)));
    assert_eq!(view.home_links[0].0, ".rustup");
}

#[test]
fn a_link_shows_the_tool_that_it_leads_to() {
    let machine = Machine::new();
    machine
        .file("home/.local/share/uv/tools/ruff/bin/ruff", "")
        .file("home/.local/share/uv/tools/ruff/pyvenv.cfg", "")
        .file("home/notes/script.sh", "")
        .file("home/.local/bin/other", "");
    let link = |to: &str, at: &str| symlink(machine.at(to), machine.at(at)).expect("a link");
    link("home/.local/share/uv/tools/ruff/bin/ruff", "home/.local/bin/ruff");
    link("home/notes/script.sh", "home/.local/bin/script");
    let view = machine.view(&["home/.local/bin"], &[]);
    let visible = ["home/.local/bin", "home/.local/share/uv/tools/ruff", "home/notes/script.sh"];
    assert_eq!(view.visible, visible.map(|path| machine.at(path)));
}

#[test]
fn the_project_s_own_environment_gives_way_to_its_interpreter() {
    let machine = Machine::new();
    machine
        .file("python/bin/python3.11", "")
        .file("python/lib/os.py", "")
        .file("project/.venv/bin/activate", "");
    symlink(machine.at("python/bin/python3.11"), machine.at("project/.venv/bin/python3"))
        .expect("a link");
    let view = machine.view(&["project/.venv/bin"], &[]);
    assert_eq!(machine.first(&view), "python/bin");
    assert_eq!(view.visible, [machine.at("python")]);
}

#[test]
fn an_environment_elsewhere_shows_its_base_too() {
    let machine = Machine::new();
    machine
        .file("python/bin/python3.11", "")
        .file("python/lib/os.py", "")
        .file("home/venvs/ml/pyvenv.cfg", "home = /nowhere/bin\n")
        .file("home/venvs/ml/bin/activate", "");
    symlink(machine.at("python/bin/python3.11"), machine.at("home/venvs/ml/bin/python3"))
        .expect("a link");
    let view = machine.view(&["home/venvs/ml/bin"], &[]);
    assert!(view.visible.contains(&machine.at("home/venvs/ml")));
    assert!(view.visible.contains(&machine.at("python")));
}

#[test]
fn the_network_brings_settings_and_nothing_else() {
    let machine = Machine::new();
    machine.file("wheels/a.whl", "").file("home/.config/pip/pip.conf", "");
    let wheels = machine.at("wheels");
    let env = [
        ("PIP_FIND_LINKS", wheels.to_str().expect("text")),
        ("PIP_TARGET", "/x"),
        ("https_proxy", "http://proxy"),
        ("UV_INDEX_INTERNAL_PASSWORD", "granted"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let network = machine.view(&[], &env).network;
    let names: Vec<_> = network.env.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["PIP_FIND_LINKS", "https_proxy", "UV_INDEX_INTERNAL_PASSWORD"]);
    assert_eq!(network.visible, [wheels]);
    assert_eq!(network.home_files[0].0, ".config/pip/pip.conf");
}

#[test]
fn what_chooses_packages_is_told_from_how_they_are_reached() {
    let machine = Machine::new();
    machine.file("home/.config/pip/pip.conf", "index-url = https://me:filepass@one/");
    let identity = |env: &[(&str, &str)]| machine.view(&[], env).network.identity();
    let plain = identity(&[("PIP_INDEX_URL", "https://me:first-pass@index.example/simple")]);
    assert!(plain.contains("PIP_INDEX_URL=https://index.example/simple\n"), "{plain}");
    let other = [
        ("PIP_INDEX_URL", "https://you:second-pass@index.example/simple"),
        ("https_proxy", "http://me:proxypass@proxy"),
        ("PIP_RETRIES", "7"),
    ];
    assert_eq!(identity(&other), plain, "how it is reached can't change what comes");
    machine.file("home/.config/pip/pip.conf", "index-url = https://me:another@one/");
    assert_eq!(identity(&other), plain, "nor can who asks");
    assert_ne!(identity(&[("PIP_INDEX_URL", "https://other.example/simple")]), plain);
    machine.file("home/.config/pip/pip.conf", "index-url = https://me:another@two/");
    assert_ne!(identity(&other), plain, "the index in a file counts too");
}

#[test]
fn credentials_of_the_network_are_known() {
    let machine = Machine::new();
    machine.file("home/.config/pip/pip.conf", "index-url = https://me:filepass@one/");
    let env = [
        ("PIP_INDEX_URL", "https://me:indexpass@index.example/simple"),
        ("HTTPS_PROXY", "me:proxypass@proxy:3128"),
        ("UV_INDEX_INTERNAL_USERNAME", "me"),
        ("UV_INDEX_INTERNAL_PASSWORD", "uvpass"),
        ("UNRELATED", "https://me:unrelated@h/"),
    ];
    let mut secrets = machine.view(&[], &env).network.secrets();
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets, ["filepass", "indexpass", "proxypass", "uvpass"]);
}
