//! Envelopes: bytes with signatures over them.
//! Source: DSSE v1.0 (`secure-systems-lab/dsse`, `protocol.md` and `envelope.md`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::key::{KeyId, Keyring, PrivateKey, PublicKey, Signature};
use crate::{Digests, Statement, StatementError};

/// A payload with signatures over it and its type. What it says counts for nothing before
/// [`Envelope::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<(String, Signature)>,
}

/// A statement that keys which are believed have signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// What they signed.
    pub statement: Statement,
    /// Which keys: at least one.
    pub by: Vec<KeyId>,
}

/// Why an envelope is not believed.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// More bytes than any evidence takes.
    #[error("the envelope has more than {} MiB", Envelope::LARGEST >> 20)]
    TooLarge,
    /// No envelope at all.
    #[error("this is not a DSSE envelope: {0}")]
    Malformed(String),
    /// Something else than a statement.
    #[error("the envelope holds `{0}`, not an in-toto statement")]
    PayloadType(String),
    /// Nobody who is known has signed it.
    #[error("no known key has signed it (its keys: {0})")]
    UnknownKey(String),
    /// A known key is named, and has not signed this.
    #[error("the signature of key {0} is not over this content")]
    BadSignature(String),
    /// It is signed, and what is signed is no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    payload: String,
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// How many signatures are looked at: verifying costs time, and who wrote them is not known yet.
const MOST_SIGNATURES: usize = 16;

impl Envelope {
    /// How many bytes an envelope may have: those of the largest statement in Base64, and some.
    pub const LARGEST: usize = Statement::LARGEST / 3 * 4 + 64 * 1024;

    /// The type of a payload that is a statement.
    pub const PAYLOAD_TYPE: &'static str = "application/vnd.in-toto+json";

    /// The envelope of `statement`, signed with `key`.
    ///
    /// # Errors
    /// A statement that can't be written.
    pub fn sign(statement: &Statement, key: &PrivateKey) -> Result<Self, StatementError> {
        let payload = statement.to_bytes()?;
        let signature = key.sign(&pae(Self::PAYLOAD_TYPE, &payload));
        let signatures = vec![(key.public().id().to_string(), signature)];
        Ok(Self { payload_type: Self::PAYLOAD_TYPE.to_owned(), payload, signatures })
    }

    /// Reads an envelope.
    ///
    /// # Errors
    /// What is too large or no envelope.
    pub fn read(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > Self::LARGEST {
            return Err(EnvelopeError::TooLarge);
        }
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
        if wire.signatures.len() > MOST_SIGNATURES {
            return Err(malformed(&format!("it has more than {MOST_SIGNATURES} signatures")));
        }
        let decode = |text: &str| STANDARD.decode(text).map_err(|error| malformed(&error));
        let signature =
            |it: WireSignature| decode(&it.sig).map(|der| (it.keyid, Signature::from_der(der)));
        Ok(Self {
            payload: decode(&wire.payload)?,
            payload_type: wire.payload_type,
            signatures: wire.signatures.into_iter().map(signature).collect::<Result<_, _>>()?,
        })
    }

    /// The envelope as JSON, the same bytes each time.
    ///
    /// # Panics
    /// Never: text can always be written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let signature = |(keyid, signature): &(String, Signature)| WireSignature {
            keyid: keyid.clone(),
            sig: STANDARD.encode(signature.der()),
        };
        let wire = Wire {
            payload: STANDARD.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: self.signatures.iter().map(signature).collect(),
        };
        serde_json::to_vec(&wire).expect("text can be written")
    }

    /// The digest of the payload: which statement it is, whoever signed it.
    #[must_use]
    pub fn digest(&self) -> Digests {
        Digests::of(&self.payload)
    }

    /// The bytes that are signed together with their type. They count for nothing yet.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signature that is there under a key's name, whether or not it is its own.
    #[must_use]
    pub fn signature_of(&self, key: &KeyId) -> Option<&Signature> {
        let mut signatures = self.signatures.iter();
        signatures.find(|(id, _)| id == key.as_str()).map(|(_, signature)| signature)
    }

    /// Adds `key`'s signature, where it is not there already.
    pub fn countersign(&mut self, key: &PrivateKey) {
        let id = key.public().id().to_string();
        if self.signatures.iter().all(|(signer, _)| *signer != id) {
            self.signatures.push((id, key.sign(&self.signed())));
        }
    }

    /// The statement, if a key of `keys` has signed it. A signature that names a key of `keys` and
    /// is not its own refuses the whole, whatever else is there; one that names an unknown key
    /// counts for nothing; one that names none (as cosign's) is tried with each.
    ///
    /// # Errors
    /// See [`EnvelopeError`].
    pub fn verify(&self, keys: &Keyring) -> Result<Verified, EnvelopeError> {
        if self.payload_type != Self::PAYLOAD_TYPE {
            let shown = self.payload_type.chars().take(80).collect();
            return Err(EnvelopeError::PayloadType(shown));
        }
        let by = self.signers(keys)?;
        if by.is_empty() {
            return Err(EnvelopeError::UnknownKey(self.named()));
        }
        Ok(Verified { statement: Statement::read(&self.payload)?, by })
    }

    fn signers(&self, keys: &Keyring) -> Result<Vec<KeyId>, EnvelopeError> {
        let message = self.signed();
        let mut by = Vec::new();
        for (keyid, signature) in &self.signatures {
            let is_its_own = |key: &&PublicKey| key.verifies(&message, signature);
            let signer = if keyid.is_empty() {
                keys.iter().find(is_its_own)
            } else {
                let named = keys.get(keyid);
                if named.is_some_and(|key| !is_its_own(&key)) {
                    return Err(EnvelopeError::BadSignature(keyid.clone()));
                }
                named
            };
            by.extend(signer.map(|key| key.id().clone()));
        }
        by.sort();
        by.dedup();
        Ok(by)
    }

    fn signed(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    fn named(&self) -> String {
        let short =
            |id: &str| if id.is_empty() { "unnamed".into() } else { id.chars().take(64).collect() };
        let names: Vec<String> = self.signatures.iter().map(|(id, _)| short(id)).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

fn malformed(error: &dyn ToString) -> EnvelopeError {
    EnvelopeError::Malformed(error.to_string())
}

/// The bytes that are signed: type and payload, each framed by its length, so that no two pairs
/// run together. Source: DSSE `protocol.md`, "Signature Definition".
fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::statement::samples;

    fn key(first: u8) -> PrivateKey {
        PrivateKey::from_random(&Zeroizing::new([first; 32])).unwrap()
    }

    fn envelope() -> Envelope {
        Envelope::sign(&samples::gate(), &key(1)).unwrap()
    }

    fn ring(keys: &[u8]) -> Keyring {
        Keyring::new(keys.iter().map(|first| key(*first).public()))
    }

    /// Source: DSSE `protocol.md`, "Test Vectors".
    #[test]
    fn what_is_signed_is_as_the_specification_shows() {
        let encoded = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_eq!(pae("é", b""), "DSSEv1 2 é 0 ".as_bytes());
    }

    #[test]
    fn it_survives_its_text_form_and_is_the_same_each_time() {
        let (one, again) = (envelope(), envelope());
        assert_eq!(one.to_bytes(), again.to_bytes());
        let read = Envelope::read(&one.to_bytes()).unwrap();
        let verified = read.verify(&ring(&[2, 1])).unwrap();
        assert_eq!(verified.statement, samples::gate());
        assert_eq!(verified.by, [key(1).public().id().clone()]);
    }

    #[test]
    fn an_unknown_key_counts_for_nothing() {
        assert!(matches!(envelope().verify(&ring(&[2])), Err(EnvelopeError::UnknownKey(_))));
        assert!(matches!(envelope().verify(&ring(&[])), Err(EnvelopeError::UnknownKey(_))));
    }

    #[test]
    fn another_payload_or_type_is_refused() {
        let mut other = envelope();
        other.payload[20] ^= 1;
        assert!(matches!(other.verify(&ring(&[1])), Err(EnvelopeError::BadSignature(_))));
        let mut other = envelope();
        other.payload_type = "text/plain".to_owned();
        assert!(matches!(other.verify(&ring(&[1])), Err(EnvelopeError::PayloadType(_))));
    }

    #[test]
    fn a_signature_under_another_keys_name_is_refused() {
        let mut swapped = envelope();
        swapped.signatures[0].0 = key(2).public().id().to_string();
        assert!(matches!(swapped.verify(&ring(&[1, 2])), Err(EnvelopeError::BadSignature(_))));
    }

    #[test]
    fn a_signature_without_a_name_is_tried_with_each_key() {
        let mut unnamed = envelope();
        unnamed.signatures[0].0.clear();
        assert!(unnamed.verify(&ring(&[2, 1])).is_ok());
        assert!(matches!(unnamed.verify(&ring(&[2])), Err(EnvelopeError::UnknownKey(_))));
    }

    #[test]
    fn two_may_sign_and_either_is_enough() {
        let mut both = envelope();
        both.countersign(&key(2));
        both.countersign(&key(2));
        assert_eq!(both.signatures.len(), 2);
        assert_eq!(both.verify(&ring(&[1, 2])).unwrap().by.len(), 2);
        assert_eq!(both.verify(&ring(&[2])).unwrap().by, [key(2).public().id().clone()]);
    }

    #[test]
    fn hostile_envelopes_are_refused() {
        let many = vec![r#"{"sig":""}"#; MOST_SIGNATURES + 1].join(",");
        let many = format!(r#"{{"payload":"","payloadType":"","signatures":[{many}]}}"#);
        for text in ["", "{}", "[]", r#"{"payload":"!","payloadType":"","signatures":[]}"#, &many] {
            assert!(matches!(Envelope::read(text.as_bytes()), Err(EnvelopeError::Malformed(_))));
        }
        let large = vec![b' '; Envelope::LARGEST + 1];
        assert!(matches!(Envelope::read(&large), Err(EnvelopeError::TooLarge)));
    }
}
