//! The real notary and the fake one keep the same contract.

use std::collections::BTreeMap;
use std::fs;

use tollgate_engine::Store;
use tollgate_evidence::{Digests, Envelope, Keyring, PublicKey};
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{Descriptor, Manifest, media};
use tollgate_model::{
    BuiltImage, Commit, Digest, OutputKind, Plan, ReleaseId, RunId, RunStarted, StepEnd,
    StepResult, Verdict,
};
use tollgate_testkit::{FakeNotary, MemoryStore, contracts, image_step, plan, run_step};

use super::*;

const COMMIT: &str = "cccccccccccccccccccccccccccccccccccccccc";

struct Place {
    folder: tempfile::TempDir,
    store: DiskStore,
    plan: Plan,
    started: RunStarted,
    results: Vec<StepResult>,
}

fn result(store: &dyn Store, outputs: &[(&str, &[u8])]) -> StepResult {
    let output = |(path, bytes): &(&str, &[u8])| {
        let digest = store.put(bytes).unwrap();
        let bytes = bytes.len() as u64;
        let output = tollgate_model::OutputRef { kind: OutputKind::File, digest, bytes, files: 1 };
        (path.parse().unwrap(), output)
    };
    StepResult {
        verdict: Verdict::Pass,
        end: StepEnd::Exited(0),
        attempts: 1,
        outputs: outputs.iter().map(output).collect::<BTreeMap<_, _>>(),
        log: None,
        report: None,
        sketch: None,
        tests: None,
        judged: None,
        image: None,
        summary: String::new(),
        millis: 1,
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join(".tollgate");
        let store = DiskStore::open(&state.join("store")).unwrap();
        let layout = Layout::create(&state.join("oci")).unwrap();
        let config = layout.put_bytes(media::CONFIG, b"{}").unwrap();
        let manifest = Manifest::image(config, Vec::new()).to_bytes();
        let image: Descriptor = layout.put_bytes(media::MANIFEST, &manifest).unwrap();
        layout.tag("image", &image).unwrap();
        let train = run_step("train", "make", &[], &["data.csv"], &["model.bin"]);
        let plan = plan([train, image_step("image", &["train"], &["model.bin"])]);
        let built = BuiltImage {
            digest: image.digest.to_string(),
            packed: 1,
            unpacked: 2,
            layers: 0,
            inventory: store.put(br#"{"packages":[]}"#).unwrap(),
            scan: None,
        };
        let built = StepResult { image: Some(Box::new(built)), ..result(&store, &[]) };
        let commit = Commit { sha: COMMIT.to_owned(), branch: None, dirty: false };
        let started = RunStarted {
            run: RunId(7),
            project: "churn".to_owned(),
            pipeline: Some("main".to_owned()),
            steps: vec!["train".parse().unwrap(), "image".parse().unwrap()],
            commit: Some(commit),
            plan: Digest::of(b"plan"),
            trigger: "test".to_owned(),
        };
        let results = vec![result(&store, &[("model.bin", b"a model")]), built];
        Self { folder, store, plan, started, results }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join(".tollgate")
    }

    fn notary(&self) -> LocalNotary<'_> {
        let keys = Keys::new(&self.state(), &BTreeMap::new());
        LocalNotary::new(self.folder.path(), &self.state(), &self.store, keys)
    }

    fn case(&self) -> Case<'_> {
        let image = self.results[1].image.as_deref().unwrap();
        let step = &self.started.steps[1];
        let shown = |(step, result)| tollgate_engine::Shown {
            step,
            key: Digest::of(b"key"),
            result,
            run: RunId(7),
            at: Timestamp::from_millis(9),
            inputs: &[],
        };
        Case {
            plan: &self.plan,
            started: &self.started,
            started_at: Timestamp::from_millis(1),
            release: ReleaseId::of("churn", COMMIT, step, &image.digest),
            commit: COMMIT,
            step,
            image,
            steps: self.started.steps.iter().zip(&self.results).map(shown).collect(),
        }
    }

    fn key(&self) -> PublicKey {
        Keys::new(&self.state(), &BTreeMap::new()).signing().unwrap().public()
    }
}

#[test]
fn both_keep_the_contract() {
    let place = Place::new();
    contracts::notary(&place.notary(), &place.store, &place.case());
    let store = MemoryStore::default();
    contracts::notary(&FakeNotary(&store), &store, &place.case());
}

#[test]
fn evidence_is_signed_and_about_the_image_and_lies_beside_it() {
    let place = Place::new();
    fs::write(place.folder.path().join("MODEL_CARD.md"), "Not for prices.").unwrap();
    let certificate = place.notary().certify(&place.case()).unwrap();
    let keys = Keyring::new([place.key()]);
    let digest = place.case().image.digest.clone();
    let image = Digests::registry(&digest).unwrap();
    let mut kinds = Vec::new();
    for said in &certificate.evidence {
        let bytes = place.store.get(&said.envelope).unwrap();
        let verified = Envelope::read(&bytes).unwrap().verify(&keys).unwrap();
        assert!(verified.statement.is_about(&image));
        kinds.push(verified.statement.predicate.kind().word());
    }
    assert_eq!(kinds, ["provenance", "tests", "tests", "cyclonedx", "notes", "signature"]);
    let layout = Layout::open(&place.state().join("oci")).unwrap();
    let companions = layout.companions(&digest.parse().unwrap()).unwrap();
    let names: Vec<&str> = companions.iter().map(|(name, _)| &name[name.len() - 3..]).collect();
    assert_eq!(names, ["att", "sig"]);
    let names: Vec<String> = layout.images().unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["image"], "what is about an image is none");
    let referrers = layout.index().unwrap().manifests;
    let cards = referrers.iter().filter(|it| it.artifact_type.as_deref() == Some("text/markdown"));
    assert_eq!(cards.count(), 1);
    // The image by name and by itself, two tags, the bundles, and the card.
    assert_eq!(referrers.len(), 2 + 2 + certificate.evidence.len() + 1);
}

#[test]
fn without_a_key_there_is_no_release_and_the_reason_is_told() {
    let place = Place::new();
    let environment = BTreeMap::from([("TOLLGATE_SIGNING_KEY".to_owned(), "sesame".to_owned())]);
    let keys = Keys::new(&place.state(), &environment);
    let notary = LocalNotary::new(place.folder.path(), &place.state(), &place.store, keys);
    let error = notary.certify(&place.case()).unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unfit);
    assert!(error.message.contains("TOLLGATE_SIGNING_KEY") && !error.message.contains("sesame"));
}

#[test]
fn what_a_scan_found_is_said_with_the_age_of_what_it_knew() {
    let mut place = Place::new();
    let known = serde_json::json!({
        "vulnerabilities": [{
            "ids": ["CVE-2019-10906", "GHSA-462w-v97r-4m45"], "summary": "a way out of the sandbox",
            "rating": "high", "score": 8.6, "packages": ["jinja2"], "version": "2.10",
            "ecosystem": "PyPI", "fixed": ["2.10.1"], "purls": ["pkg:pypi/jinja2@2.10"], "path": [],
            "counts": { "waived": { "reason": "no templates of users", "until": Timestamp::from_millis(99) } },
        }],
        "coverage": [{
            "ecosystem": "PyPI", "advisories": 7, "newest": Timestamp::from_millis(5),
            "imported": Timestamp::from_millis(6), "source": "ab",
        }],
    });
    let known = place.store.put(known.to_string().as_bytes()).unwrap();
    let report = tollgate_model::Report::new(Vec::new(), Vec::new());
    let report = place.store.put(&serde_json::to_vec(&report).unwrap()).unwrap();
    place.results[1].image.as_mut().unwrap().scan = Some(known);
    place.results[1].report = Some(report);
    contracts::notary(&place.notary(), &place.store, &place.case());
    let certificate = place.notary().certify(&place.case()).unwrap();
    let said = certificate.evidence.iter().find(|it| it.predicate.contains("vulns")).unwrap();
    let bytes = place.store.get(&said.envelope).unwrap();
    let verified = Envelope::read(&bytes).unwrap().verify(&Keyring::new([place.key()])).unwrap();
    let tollgate_evidence::Predicate::Scan(scan) = verified.statement.predicate else { panic!() };
    assert_eq!(scan.scanner.db.last_update, Timestamp::from_millis(5));
    let [found] = scan.scanner.result.as_slice() else { panic!("{scan:?}") };
    assert_eq!((found.id.as_str(), found.severity[0].score.as_str()), ("CVE-2019-10906", "8.6"));
    let about = &found.annotations[0];
    assert_eq!((about["package"].as_str(), about["fixed"].as_str()), ("jinja2", "2.10.1"));
    assert!(about["waived"].contains("no templates of users"));
}
