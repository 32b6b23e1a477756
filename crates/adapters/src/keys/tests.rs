use std::os::unix::fs::PermissionsExt as _;

use super::*;

struct Place {
    _folder: tempfile::TempDir,
    state: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join(".tollgate");
        Self { _folder: folder, state, environment: BTreeMap::new() }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(format!("TOLLGATE_SIGNING_KEY{name}"), value.to_owned());
    }

    fn keys(&self) -> Keys {
        Keys::new(&self.state, &self.environment)
    }

    fn file(&self) -> PathBuf {
        self.state.join("keys/signing.pem")
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_key_is_made_once_and_nobody_else_can_read_it() {
    let place = Place::new();
    assert_eq!(place.keys().believed().unwrap().iter().count(), 0);
    let id = place.keys().signing().unwrap().public().id().clone();
    assert_eq!(place.keys().signing().unwrap().public().id(), &id);
    assert_eq!(mode(&place.file()), 0o600);
    assert_eq!(mode(&place.state.join("keys")), 0o700);
    assert!(place.keys().believed().unwrap().get(id.as_str()).is_some());
    assert!(!format!("{:?}", place.keys()).contains("PRIVATE"));
}

#[test]
fn two_that_make_a_key_at_once_get_the_same() {
    let place = Place::new();
    let id = || place.keys().signing().unwrap().public().id().clone();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(id)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[test]
fn a_key_that_others_can_read_signs_nothing() {
    let place = Place::new();
    place.keys().signing().unwrap();
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = place.keys().signing().unwrap_err();
    assert!(matches!(refused, KeysError::Open { mode: 0o644, .. }), "{refused}");
}

#[test]
fn what_the_old_key_signed_is_believed_after_another_took_its_place() {
    let place = Place::new();
    let old = place.keys().signing().unwrap().public();
    let new = place.keys().rotate().unwrap();
    assert_ne!(old.id(), new.id());
    assert_eq!(place.keys().signing().unwrap().public().id(), new.id());
    let believed = place.keys().believed().unwrap();
    assert!([&old, &new].iter().all(|key| believed.get(key.id().as_str()).is_some()));
    assert_eq!(mode(&place.file()), 0o600);
}

#[test]
fn the_environment_says_where_else_the_key_is() {
    let other = Place::new();
    let key = other.keys().signing().unwrap();
    let (pem, file) = (key.to_pem(), other.file());
    for (name, value) in [
        ("", pem.to_string()),
        ("_FILE", file.display().to_string()),
        ("_COMMAND", format!("cat {}", file.display())),
    ] {
        let mut place = Place::new();
        place.set(name, &value);
        assert_eq!(place.keys().signing().unwrap().public().id(), key.public().id(), "{name}");
        assert!(!place.file().exists());
        assert!(matches!(place.keys().rotate(), Err(KeysError::NotOurs(_))), "{name}");
        place.set("_FILE", "elsewhere");
        place.set("", &pem);
        assert!(matches!(place.keys().signing(), Err(KeysError::Several(_, _))));
    }
}

#[test]
fn what_is_no_key_is_named_by_where_it_is_and_not_repeated() {
    for (name, value, why) in [
        ("", "sesame", "TOLLGATE_SIGNING_KEY: this is not a P-256 private key"),
        ("_FILE", "/nowhere/key.pem", "/nowhere/key.pem"),
        ("_COMMAND", "echo sesame", "TOLLGATE_SIGNING_KEY_COMMAND: this is not"),
        ("_COMMAND", "exit 3", "it failed: exit status: 3"),
    ] {
        let mut place = Place::new();
        place.set(name, value);
        let error = place.keys().signing().unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("sesame"), "{error}");
    }
}
