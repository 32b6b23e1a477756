//! Signatures and evidence in the forms that registries hold and `cosign` reads.
//!
//! There are two. Cosign 2 looks under tags that are made of the image's digest: `sha256-….sig` for
//! signatures and `sha256-….att` for evidence, all of an image in one manifest. Cosign 3 looks for
//! referrers (OCI 1.1): a manifest for each bundle, with the image as its subject. Nothing is sent
//! from here; an [`Artifact`] is bytes, to be put as they are.
//! Source: sigstore/cosign `specs/SIGNATURE_SPEC.md` and `BUNDLE_SPEC.md`, sigstore/protobuf-specs
//! `sigstore_bundle.proto`, OCI image specification v1.1 `manifest.md`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::digests::{SHA256, hex};
use crate::{Digests, DigestsError, Envelope, Kind, PrivateKey, PublicKey};

/// A manifest and the blobs that it names, ready to be put into a registry or a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The tag under which it is looked for; none for a referrer, which is found by its subject.
    pub tag: Option<String>,
    /// The manifest's media type.
    pub media_type: &'static str,
    /// The manifest.
    pub manifest: Vec<u8>,
    /// The blobs that must be there before the manifest, the configuration first.
    pub blobs: Vec<Blob>,
}

/// A blob and what its manifest says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its media type.
    pub media_type: &'static str,
    /// What the manifest says of it besides.
    pub annotations: BTreeMap<String, String>,
    /// What it is.
    pub bytes: Vec<u8>,
}

/// The image that something is said about, as its registry knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name without tag and digest: `registry.example/churn`.
    pub name: String,
    /// The media type of its manifest.
    pub media_type: String,
    /// The bytes that its manifest has.
    pub size: u64,
    digest: String,
}

/// What a descriptor says, in the order in which the specification lists it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    media_type: &'a str,
    digest: String,
    size: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u8,
    media_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'a str>,
    config: Descriptor<'a>,
    layers: Vec<Descriptor<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Descriptor<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
/// The media type of a sigstore bundle, which is the type of its referrer too.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

impl Image {
    /// An image by name and digest (`sha256:…`).
    ///
    /// # Errors
    /// What is not a SHA-256 digest, the only one that cosign's tags are made of.
    pub fn new(
        name: &str,
        digest: &str,
        media_type: &str,
        size: u64,
    ) -> Result<Self, DigestsError> {
        if Digests::registry(digest)?.by(SHA256).is_none() {
            return Err(DigestsError::Algorithm(digest.chars().take(40).collect()));
        }
        let (name, media_type) = (name.to_owned(), media_type.to_owned());
        Ok(Self { name, media_type, size, digest: digest.to_owned() })
    }

    /// The digest of its manifest: `sha256:…`.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The tag under which something of the kind `suffix` is looked for.
    fn tag(&self, suffix: &str) -> String {
        format!("{}.{suffix}", self.digest.replace(':', "-"))
    }
}

/// The signature of `image` as `cosign verify --key` of cosign 2 reads it.
#[must_use]
pub fn signature(image: &Image, key: &PrivateKey) -> Blob {
    // What is signed are these bytes as they stand; the order is the one that cosign writes.
    let payload = format!(
        r#"{{"critical":{{"identity":{{"docker-reference":{}}},"image":{{"docker-manifest-digest":{}}},"type":"cosign container image signature"}},"optional":null}}"#,
        Value::from(image.name.as_str()),
        Value::from(image.digest.as_str()),
    );
    let signature = STANDARD.encode(key.sign(payload.as_bytes()).der());
    Blob {
        media_type: SIMPLE_SIGNING,
        annotations: annotations([(SIGNATURE, signature.as_str())]),
        bytes: payload.into_bytes(),
    }
}

/// All signatures of `image`, for its tag `sha256-….sig`.
#[must_use]
pub fn signatures(image: &Image, signatures: Vec<Blob>) -> Artifact {
    tagged(image.tag("sig"), signatures)
}

/// All evidence about `image`, each envelope with its kind, for its tag `sha256-….att`, as
/// `cosign verify-attestation --key` of cosign 2 reads it.
#[must_use]
pub fn attestations(image: &Image, envelopes: &[(Kind, &Envelope)]) -> Artifact {
    let blob = |(kind, envelope): &(Kind, &Envelope)| Blob {
        media_type: DSSE,
        // Cosign asks for the name, and takes the signature from the envelope.
        annotations: annotations([(SIGNATURE, ""), ("predicateType", kind.uri())]),
        bytes: envelope.to_bytes(),
    };
    tagged(image.tag("att"), envelopes.iter().map(blob).collect())
}

/// The sigstore bundle (v0.3) of an envelope that `key` has signed. None where it has not.
#[must_use]
pub fn bundle(envelope: &Envelope, key: &PublicKey) -> Option<Vec<u8>> {
    let signature = envelope.signature_of(key.id())?;
    let bundle = json!({
        "mediaType": BUNDLE,
        "verificationMaterial": {
            // How sigstore names keys: the digest in Base64 instead of hexadecimal.
            "publicKey": { "hint": STANDARD.encode(Sha256::digest(key.der())) },
        },
        "dsseEnvelope": {
            "payload": STANDARD.encode(envelope.payload()),
            "payloadType": Envelope::PAYLOAD_TYPE,
            // A bundle's envelope has exactly one signature.
            "signatures": [{ "sig": STANDARD.encode(signature.der()) }],
        },
    });
    Some(bundle.to_string().into_bytes())
}

/// The referrer of `image` that carries a `bundle` about a statement of `kind`, as cosign 3 looks
/// for it.
#[must_use]
pub fn referrer(image: &Image, kind: Kind, bundle: Vec<u8>) -> Artifact {
    let config = Blob { media_type: EMPTY, annotations: BTreeMap::new(), bytes: b"{}".to_vec() };
    let layer = Blob { media_type: BUNDLE, annotations: BTreeMap::new(), bytes: bundle };
    let subject = Descriptor {
        media_type: &image.media_type,
        digest: image.digest.clone(),
        size: image.size,
        annotations: BTreeMap::new(),
    };
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST,
        artifact_type: Some(BUNDLE),
        config: describe(&config),
        layers: vec![describe(&layer)],
        subject: Some(subject),
        annotations: annotations([
            ("dev.sigstore.bundle.content", "dsse-envelope"),
            ("dev.sigstore.bundle.predicateType", kind.uri()),
        ]),
    };
    let manifest = bytes(&manifest);
    Artifact { tag: None, media_type: MANIFEST, manifest, blobs: vec![config, layer] }
}

fn tagged(tag: String, layers: Vec<Blob>) -> Artifact {
    let diff_ids: Vec<String> = layers.iter().map(|layer| sha256(&layer.bytes)).collect();
    let config = json!({
        "architecture": "", "os": "", "config": {},
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    });
    let config = Blob {
        media_type: CONFIG,
        annotations: BTreeMap::new(),
        bytes: config.to_string().into_bytes(),
    };
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST,
        artifact_type: None,
        config: describe(&config),
        layers: layers.iter().map(describe).collect(),
        subject: None,
        annotations: BTreeMap::new(),
    };
    let manifest = bytes(&manifest);
    let blobs = std::iter::once(config).chain(layers).collect();
    Artifact { tag: Some(tag), media_type: MANIFEST, manifest, blobs }
}

impl Artifact {
    /// The manifest's digest as registries write it.
    #[must_use]
    pub fn digest(&self) -> String {
        sha256(&self.manifest)
    }
}

impl Blob {
    /// Its digest as registries write it.
    #[must_use]
    pub fn digest(&self) -> String {
        sha256(&self.bytes)
    }
}

fn describe(blob: &Blob) -> Descriptor<'_> {
    Descriptor {
        media_type: blob.media_type,
        digest: blob.digest(),
        size: blob.bytes.len() as u64,
        annotations: blob.annotations.clone(),
    }
}

fn bytes(manifest: &Manifest<'_>) -> Vec<u8> {
    serde_json::to_vec(manifest).expect("text and numbers can be written")
}

fn sha256(bytes: &[u8]) -> String {
    format!("{SHA256}:{}", hex(&Sha256::digest(bytes)))
}

fn annotations<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::Signature;
    use crate::statement::samples;

    fn key() -> PrivateKey {
        PrivateKey::from_random(&Zeroizing::new([1; 32])).unwrap()
    }

    fn image() -> Image {
        Image::new("registry.example/churn", samples::IMAGE, MANIFEST, 400).unwrap()
    }

    fn json(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn a_signature_is_over_the_payload_and_names_the_image() {
        let signed = signature(&image(), &key());
        let payload = json(&signed.bytes);
        assert_eq!(payload["critical"]["image"]["docker-manifest-digest"], samples::IMAGE);
        let der = STANDARD.decode(&signed.annotations[SIGNATURE]).unwrap();
        assert!(key().public().verifies(&signed.bytes, &Signature::from_der(der)));
    }

    #[test]
    fn tags_are_made_of_the_digest_and_manifests_name_their_blobs() {
        let artifact = signatures(&image(), vec![signature(&image(), &key())]);
        let tag = format!("{}.sig", samples::IMAGE.replace(':', "-"));
        assert_eq!(artifact.tag, Some(tag));
        let manifest = json(&artifact.manifest);
        assert_eq!(manifest["config"]["digest"], artifact.blobs[0].digest());
        assert_eq!(manifest["layers"][0]["digest"], artifact.blobs[1].digest());
        assert_eq!(manifest["layers"][0]["size"], artifact.blobs[1].bytes.len());
    }

    #[test]
    fn evidence_is_told_apart_by_its_kind() {
        let envelopes: Vec<_> =
            samples::all().iter().map(|it| Envelope::sign(it, &key()).unwrap()).collect();
        let kinds = samples::all().into_iter().map(|it| it.predicate.kind());
        let pairs: Vec<_> = kinds.zip(&envelopes).collect();
        let artifact = attestations(&image(), &pairs);
        let manifest = json(&artifact.manifest);
        for (at, (kind, envelope)) in pairs.iter().enumerate() {
            assert_eq!(manifest["layers"][at]["annotations"]["predicateType"], kind.uri());
            assert_eq!(artifact.blobs[at + 1].bytes, envelope.to_bytes());
        }
    }

    #[test]
    fn a_bundle_has_the_one_signature_of_its_key() {
        let other = PrivateKey::from_random(&Zeroizing::new([2; 32])).unwrap();
        let mut envelope = Envelope::sign(&samples::gate(), &other).unwrap();
        assert_eq!(bundle(&envelope, &key().public()), None);
        envelope.countersign(&key());
        let bundle = json(&bundle(&envelope, &key().public()).unwrap());
        let signatures = bundle["dsseEnvelope"]["signatures"].as_array().unwrap();
        let expected = STANDARD.encode(envelope.signature_of(key().public().id()).unwrap().der());
        assert_eq!(signatures.len(), 1);
        assert_eq!(signatures[0]["sig"], expected);
    }

    #[test]
    fn a_referrer_names_its_subject() {
        let artifact = referrer(&image(), Kind::Gate, b"{}".to_vec());
        let manifest = json(&artifact.manifest);
        assert_eq!(artifact.tag, None);
        assert_eq!(manifest["subject"]["digest"], samples::IMAGE);
        assert_eq!(manifest["artifactType"], BUNDLE);
        assert_eq!(manifest["annotations"]["dev.sigstore.bundle.predicateType"], Kind::Gate.uri());
    }

    #[test]
    fn only_sha256_names_an_image() {
        assert!(Image::new("a", &format!("blake3:{}", "1".repeat(64)), MANIFEST, 1).is_err());
        assert!(Image::new("a", "sha256:../..", MANIFEST, 1).is_err());
    }
}
