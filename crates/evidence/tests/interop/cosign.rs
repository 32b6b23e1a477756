//! Cosign 2 reads what is put under its tags, from a layout on disk, and bundles; it refuses what
//! was changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tollgate_evidence::cosign::{Artifact, Image, attestations, bundle, signature, signatures};
use tollgate_evidence::predicate::{
    BuildDefinition, BuildMetadata, Builder, ExternalParameters, Provenance, RunDetails, TestResult,
};
use tollgate_evidence::{Digests, Envelope, Kind, Predicate, Resource, Statement};
use tollgate_model::{Timestamp, Verdict};

use super::{find, key, run};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A layout with an image, its signature and its evidence, as `cosign save` writes one.
struct Layout {
    directory: tempfile::TempDir,
    entries: Vec<Value>,
}

impl Layout {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("blobs/sha256")).unwrap();
        fs::write(directory.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)
            .unwrap();
        fs::write(directory.path().join("public"), key(1).public().to_pem()).unwrap();
        fs::write(directory.path().join("stranger"), key(2).public().to_pem()).unwrap();
        Self { directory, entries: Vec::new() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn blob(&self, bytes: &[u8]) -> (String, PathBuf) {
        let digest = Digests::of(bytes).to_string();
        let path = self.path().join("blobs").join(digest.replace(':', "/"));
        fs::write(&path, bytes).unwrap();
        (digest, path)
    }

    /// Adds a manifest and writes the index that names all so far.
    fn manifest(&mut self, bytes: &[u8], kind: &str) -> String {
        let (digest, _) = self.blob(bytes);
        let annotations = BTreeMap::from([("kind", kind)]);
        self.entries.push(json!({
            "mediaType": MANIFEST, "digest": digest, "size": bytes.len(),
            "annotations": annotations,
        }));
        let index = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": self.entries,
        });
        fs::write(self.path().join("index.json"), index.to_string()).unwrap();
        digest
    }

    fn artifact(&mut self, artifact: &Artifact, kind: &str) {
        for blob in &artifact.blobs {
            self.blob(&blob.bytes);
        }
        assert_eq!(self.manifest(&artifact.manifest, kind), artifact.digest());
    }

    /// An image without a layer, which is all that a signature needs.
    fn image(&mut self) -> Image {
        let config = br#"{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}"#;
        let (digest, _) = self.blob(config);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest, "size": config.len(),
            },
        })
        .to_string();
        let digest = self.manifest(manifest.as_bytes(), "dev.cosignproject.cosign/image");
        Image::new("registry.example/churn", &digest, MANIFEST, manifest.len() as u64).unwrap()
    }

    /// What cosign has against it: nothing where it accepts.
    fn objection(&self, cosign: &str, arguments: &[&str]) -> Option<String> {
        let rest = ["--insecure-ignore-tlog=true", "--local-image", "."];
        let output = run(cosign, &[arguments, &rest].concat(), self.path());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (!output.status.success()).then_some(said)
    }
}

#[track_caller]
fn objects(objection: Option<String>, why: &str) {
    assert!(objection.as_ref().is_some_and(|said| said.contains(why)), "{objection:?}");
}

fn about(digest: &str) -> Vec<Resource> {
    vec![Resource::new("churn", Digests::registry(digest).unwrap())]
}

fn provenance(digest: &str) -> Statement {
    let at = Timestamp::from_millis(1_700_000_000_000);
    let provenance = Provenance {
        build_definition: BuildDefinition {
            build_type: BuildDefinition::TYPE.into(),
            external_parameters: ExternalParameters {
                pipeline: "main".into(),
                step: "image".into(),
                parameters: BTreeMap::new(),
            },
            internal_parameters: BTreeMap::new(),
            resolved_dependencies: Vec::new(),
        },
        run_details: RunDetails {
            builder: Builder { id: "urn:tollgate:builder".into(), version: BTreeMap::new() },
            metadata: BuildMetadata {
                invocation_id: "run-1".into(),
                started_on: at,
                finished_on: at,
            },
        },
    };
    Statement { subjects: about(digest), predicate: Predicate::Provenance(Box::new(provenance)) }
}

fn tests(digest: &str) -> Statement {
    let result = TestResult::new("test", Verdict::Pass, None, Vec::new());
    Statement { subjects: about(digest), predicate: Predicate::Tests(result) }
}

fn evidence(image: &Image, statements: &[Statement]) -> Artifact {
    let sign = |it: &Statement| (it.predicate.kind(), Envelope::sign(it, &key(1)).unwrap());
    let envelopes: Vec<_> = statements.iter().map(sign).collect();
    let pairs: Vec<_> = envelopes.iter().map(|(kind, envelope)| (*kind, envelope)).collect();
    attestations(image, &pairs)
}

const VERIFY: [&str; 3] = ["verify", "--key", "public"];
const PROVENANCE: [&str; 5] =
    ["verify-attestation", "--key", "public", "--type", "slsaprovenance1"];
const TESTS: [&str; 5] = [
    "verify-attestation",
    "--key",
    "public",
    "--type",
    "https://in-toto.io/attestation/test-result/v0.1",
];

const SIGNATURES: &str = "dev.cosignproject.cosign/sigs";
const EVIDENCE: &str = "dev.cosignproject.cosign/atts";

#[test]
fn cosign_believes_our_signature_and_our_evidence() {
    let Some(cosign) = find("cosign", "COSIGN") else { return };
    let mut layout = Layout::new();
    let image = layout.image();
    let signed = signatures(&image, vec![signature(&image, &key(1))]);
    layout.artifact(&signed, SIGNATURES);
    let said = [provenance(image.digest()), tests(image.digest())];
    layout.artifact(&evidence(&image, &said), EVIDENCE);

    for arguments in [&VERIFY[..], &PROVENANCE[..], &TESTS[..]] {
        assert_eq!(layout.objection(&cosign, arguments), None);
    }
    objects(layout.objection(&cosign, &["verify", "--key", "stranger"]), "invalid signature");
}

#[test]
fn cosign_refuses_a_signature_over_something_else() {
    let Some(cosign) = find("cosign", "COSIGN") else { return };
    let mut layout = Layout::new();
    let image = layout.image();
    let mut forged = signature(&image, &key(1));
    forged.bytes = String::from_utf8(forged.bytes).unwrap().replace("churn", "other").into();
    layout.artifact(&signatures(&image, vec![forged]), SIGNATURES);
    objects(layout.objection(&cosign, &VERIFY), "invalid signature");
}

#[test]
fn cosign_refuses_evidence_of_a_stranger_under_our_name() {
    let Some(cosign) = find("cosign", "COSIGN") else { return };
    let mut layout = Layout::new();
    let image = layout.image();
    let name = |number| key(number).public().id().to_string();
    let forged = Envelope::sign(&tests(image.digest()), &key(2)).unwrap().to_bytes();
    let forged = String::from_utf8(forged).unwrap().replace(&name(2), &name(1));
    let forged = Envelope::read(forged.as_bytes()).unwrap();
    layout.artifact(&attestations(&image, &[(Kind::Tests, &forged)]), EVIDENCE);
    objects(layout.objection(&cosign, &TESTS), "signature");
}

#[test]
fn cosign_refuses_evidence_about_another_image() {
    let Some(cosign) = find("cosign", "COSIGN") else { return };
    let mut layout = Layout::new();
    let image = layout.image();
    let other = Digests::of(b"another image").to_string();
    layout.artifact(&evidence(&image, &[tests(&other)]), EVIDENCE);
    objects(layout.objection(&cosign, &TESTS), "no matching subject digest");
}

#[test]
fn cosign_believes_a_bundle_and_refuses_it_for_something_else() {
    let Some(cosign) = find("cosign", "COSIGN") else { return };
    let layout = Layout::new();
    let said = tests(&Digests::of(b"content").to_string());
    let envelope = Envelope::sign(&said, &key(1)).unwrap();
    fs::write(layout.path().join("bundle"), bundle(&envelope, &key(1).public()).unwrap()).unwrap();
    // Nobody but the key is to be believed, so cosign need not ask the network whom to believe.
    let nobody = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
    fs::write(layout.path().join("nobody"), nobody).unwrap();
    let believes = |content: &[u8], key: &str| {
        fs::write(layout.path().join("content"), content).unwrap();
        let read = ["verify-blob-attestation", "--bundle", "bundle", "--new-bundle-format"];
        let whose = ["--key", key, "--type", Kind::Tests.uri(), "--insecure-ignore-tlog=true"];
        let output = run(
            &cosign,
            &[&read[..], &whose, &["--trusted-root", "nobody", "content"]].concat(),
            layout.path(),
        );
        let objection = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(objection) }
    };
    assert_eq!(believes(b"content", "public"), Ok(()));
    objects(believes(b"other content", "public").err(), "digest");
    objects(believes(b"content", "stranger").err(), "signature");
}
