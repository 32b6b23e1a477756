//! A run that passes at a commit makes a release: signed evidence that anybody can check, and that
//! tells when something is not as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value as Json;
use tollgate_testkit::servers::{Distribution, Wanted};

use crate::common::{Project, Ran};
use crate::images;

const GATE: &str = r#"
  quality:
    gate: { metrics: metrics.json, predictions: { path: rows.csv, label: left, score: score } }
    require: { accuracy: ">= 0.5" }
"#;

fn project() -> Project {
    let project = images::project();
    project.edit("  service:\n", &format!("{}  service:\n", &GATE[1..]));
    project.edit("needs: [train]", "needs: [train, quality]");
    let rows: String = (0..40).map(|at| format!("{},0.{}\n", at % 2, 2 + at % 2 * 6)).collect();
    project.write("rows.csv", format!("left,score\n{rows}"));
    project.write("metrics.json", r#"{"accuracy": 1.0}"#);
    project.write("MODEL_CARD.md", "Says who leaves.\n\n# Limits\nNot for prices.\n");
    project.commit();
    project
}

fn verified(project: &Project, words: &str) -> Ran {
    project.tollgate(&format!("release verify --json {words}"))
}

/// What was looked at with that verdict.
fn found(ran: &Ran, verdict: &str) -> Vec<String> {
    let checks = ran.json()[0]["checks"].as_array().unwrap().clone();
    let wanted = checks.into_iter().filter(|check| check["verdict"] == verdict);
    wanted.map(|check| format!("{}: {}", text(&check["what"]), text(&check["found"]))).collect()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

#[test]
fn a_run_that_passes_at_a_commit_makes_a_release_that_can_be_verified() {
    let project = project();
    project.tollgate("release list").exits(2).says("nothing has run here yet");
    project.tollgate("run").passes().says("of `service`: ").says("statements about sha256:");
    let listed = project.tollgate("release list --json").passes().json();
    assert_eq!(listed.len(), 1);
    assert_eq!(text(&listed[0]["commit"]), project.sh("git rev-parse HEAD").trim());
    verified(&project, "").passes();
    let id = &text(&listed[0]["release"])[..8];
    for name in [id, &text(&listed[0]["commit"])[..7], &text(&listed[0]["image"])[..20]] {
        project.tollgate(&format!("release show {name}")).passes().says("gate").says("quality");
    }
    project.tollgate("release show ffffff").exits(2).says("there is no release `ffffff`");
    // Nothing ran, so nothing is new.
    project.tollgate("run").passes();
    assert_eq!(project.tollgate("release list --json").json().len(), 1);
    let mode = fs::metadata(project.path(".tollgate/keys/signing.pem")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    project.tollgate("audit verify").passes();
}

#[test]
fn what_no_commit_says_is_no_release() {
    let project = project();
    project.write("src/api.py", "print(2)\n");
    project.tollgate("run").passes();
    project.tollgate("release list").passes().says("no release yet");
    project.tollgate("release verify").exits(2).says("there is no release yet");
}

#[test]
fn the_card_is_made_from_the_evidence() {
    let project = project();
    project.tollgate("run").passes();
    project.tollgate("release card -o CARD.md").passes();
    let card = project.read("CARD.md");
    for said in
        ["type: \"accuracy\"", "| quality | accuracy | 1 |", "Not for prices.", "### Limits"]
    {
        assert!(card.contains(said), "{said} in {card}");
    }
    let model = project.tollgate("release show --statement cyclonedx").passes().stdout.clone();
    assert!(model.contains("machine-learning-model") && model.contains("accuracy"), "{model}");
}

#[test]
fn whatever_is_changed_is_told_and_what_is_missing_is_undecided() {
    let project = project();
    project.tollgate("run").passes();
    let shown = project.tollgate("release show --json").json()[0].clone();
    let envelope = |at: usize| {
        let digest = text(&shown["evidence"][at]["envelope"]);
        project.path(&format!(".tollgate/store/blobs/{}/{}", &digest[..2], &digest[2..]))
    };
    let image = text(&shown["image"]).replace("sha256:", "");
    let blob = project.path(&format!(".tollgate/oci/blobs/sha256/{image}"));
    for path in [envelope(0), blob] {
        let whole = fs::read(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        fs::write(&path, changed).unwrap();
        let ran = verified(&project, "");
        ran.exits(1);
        assert!(!found(&ran, "fail").is_empty(), "{ran}");
        // A damaged blob of an image is gone already: what built it puts it there anew.
        let _ = fs::remove_file(&path);
        let ran = verified(&project, "");
        ran.exits(3);
        assert!(found(&ran, "fail").is_empty(), "{:?}", found(&ran, "fail"));
        fs::write(&path, whole).unwrap();
        fs::set_permissions(&path, mode).unwrap();
        verified(&project, "").passes();
    }
}

#[test]
fn only_keys_that_are_believed_count_and_the_old_one_still_does() {
    let project = project();
    project.tollgate("run").passes();
    let old = project.tollgate("key show --json").json()[0].clone();
    project.write("old.pub", text(&old["pem"]));
    project.tollgate("key rotate").passes();
    let new = project.tollgate("key show --json").json()[0].clone();
    assert_ne!(old["id"], new["id"]);
    project.write("new.pub", text(&new["pem"]));
    verified(&project, "").passes();
    verified(&project, "--key old.pub").passes();
    let ran = verified(&project, "--key new.pub");
    ran.exits(1);
    assert!(found(&ran, "fail")[0].contains("no known key has signed it"));
    project.tollgate("release card").passes();
    project.write("no.pub", "none");
    project.tollgate("key add no.pub").exits(2).says("no.pub: this is not a P-256 public key");
}

#[test]
fn a_key_that_can_not_sign_leaves_no_release_and_says_why() {
    let project = project();
    project.env("TOLLGATE_SIGNING_KEY", "sesame");
    let ran = project.tollgate("run");
    ran.says("TOLLGATE_SIGNING_KEY: this is not a P-256 private key").keeps_quiet_of("sesame");
    assert_ne!(ran.code, Some(0));
    project.tollgate("release list").passes().says("no release yet");
    project.env("TOLLGATE_SIGNING_KEY", "");
    project.tollgate("run").passes();
    verified(&project, "").passes();
}

#[test]
fn a_release_is_whole_after_the_next_one_took_the_name_of_its_image() {
    let project = project();
    project.tollgate("run").passes();
    let first = text(&project.tollgate("release show --json").json()[0]["release"]);
    project.write("src/api.py", "print(2)\n").commit();
    project.tollgate("run").passes();
    assert_eq!(project.tollgate("release list --json").json().len(), 2);
    verified(&project, &first).passes();
    verified(&project, "").passes();
}

#[test]
fn evidence_outlives_everything_else_in_the_store() {
    let project = project();
    project.tollgate("run").passes();
    project.tollgate("store gc --max-size 1B").passes();
    verified(&project, "").passes();
}

#[test]
fn evidence_goes_to_the_registry_with_its_image() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let to: String = server.at("team/service:1");
    let project = project();
    project.tollgate("run").passes();
    project.tollgate(&format!("image push service {to}")).passes();
    let tags = format!("http://{}/v2/team/service/tags/list", to.split('/').next().unwrap());
    let ask = format!("import urllib.request as u; print(u.urlopen('{tags}').read())");
    let told = project.sh(&format!("python3 -c \"{ask}\""));
    for kind in [".sig", ".att"] {
        assert!(told.contains(kind), "{told}");
    }
}
