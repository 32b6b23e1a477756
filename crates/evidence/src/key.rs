//! Keys of machines: ECDSA over P-256 with SHA-256, which OpenSSL and cosign read.

use std::fmt;

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use p256::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding,
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::digests::hex;

/// A key that signs. It is wiped from memory when it is dropped, and no message shows it.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

/// A key that verifies.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    der: Vec<u8>,
    id: KeyId,
}

/// Which key: the SHA-256 of the public key (SPKI, DER), in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

/// A signature as OpenSSL and cosign write it: ASN.1 DER of two numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(Vec<u8>);

/// The public keys that are believed.
#[derive(Clone, Debug, Default)]
pub struct Keyring(Vec<PublicKey>);

/// What is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Random bytes that are no number of the curve's group: one in four thousand million are not.
    #[error("these random bytes make no P-256 key; draw others")]
    Unusable,
    /// A private key behind a password.
    #[error("the private key is encrypted; give it without a password, in PKCS#8")]
    Encrypted,
    /// Text that is no such key.
    #[error("this is not a P-256 {0} in PEM")]
    Malformed(&'static str),
}

/// How long a key's text may be: many times what one takes.
const LONGEST: usize = 16 * 1024;

impl PrivateKey {
    /// The key of 32 random bytes, which nobody else may ever see.
    ///
    /// # Errors
    /// Bytes that are no number of the curve's group: draw again.
    pub fn from_random(bytes: &Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        SigningKey::from_slice(&bytes[..]).map(Self).map_err(|_| KeyError::Unusable)
    }

    /// Reads PKCS#8 in PEM (`-----BEGIN PRIVATE KEY-----`), as `openssl genpkey` writes it.
    ///
    /// # Errors
    /// Text that is no such key, one of another curve, and one behind a password.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if text.contains("-----BEGIN ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        let malformed = KeyError::Malformed("private key (PKCS#8)");
        if text.len() > LONGEST {
            return Err(malformed);
        }
        SigningKey::from_pkcs8_pem(text.trim()).map(Self).map_err(|_| malformed)
    }

    /// PKCS#8 in PEM.
    ///
    /// # Panics
    /// Never: a key of this curve can always be written.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        self.0.to_pkcs8_pem(LineEnding::LF).expect("a P-256 key can be written")
    }

    /// What verifies its signatures.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::new(*self.0.verifying_key())
    }

    /// Signs the SHA-256 of `message`. The same message gives the same signature (RFC 6979).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        let signature: DerSignature = self.0.sign(message);
        Signature(signature.as_bytes().to_vec())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(of {})", self.public().id)
    }
}

impl PublicKey {
    /// Reads SPKI in PEM (`-----BEGIN PUBLIC KEY-----`), as `openssl pkey -pubout` and cosign
    /// write it.
    ///
    /// # Errors
    /// Text that is no such key, and one of another curve.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let malformed = KeyError::Malformed("public key (SPKI)");
        if text.len() > LONGEST {
            return Err(malformed);
        }
        VerifyingKey::from_public_key_pem(text.trim()).map(Self::new).map_err(|_| malformed)
    }

    /// SPKI in PEM.
    ///
    /// # Panics
    /// Never: a key of this curve can always be written.
    #[must_use]
    pub fn to_pem(&self) -> String {
        self.key.to_public_key_pem(LineEnding::LF).expect("a P-256 key can be written")
    }

    /// SPKI in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Which key it is.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Whether `signature` is this key's, of `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        DerSignature::from_bytes(&signature.0)
            .is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }

    fn new(key: VerifyingKey) -> Self {
        let document = key.to_public_key_der().expect("a P-256 key can be written");
        let der = document.as_bytes().to_vec();
        let id = KeyId(hex(&Sha256::digest(&der)));
        Self { key, der, id }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}

impl KeyId {
    /// The 64 hexadecimal characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Signature {
    /// A signature that somebody handed over. Whether it is one shows when it is verified.
    #[must_use]
    pub fn from_der(der: Vec<u8>) -> Self {
        Self(der)
    }

    /// ASN.1 DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0
    }
}

impl Keyring {
    /// Believes `keys`, each once.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let mut ring = Self::default();
        for key in keys {
            if ring.get(key.id.as_str()).is_none() {
                ring.0.push(key);
            }
        }
        ring
    }

    /// The key by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.id.as_str() == id)
    }

    /// All keys.
    pub fn iter(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8) -> PrivateKey {
        let mut bytes = Zeroizing::new([7; 32]);
        bytes[0] = first;
        PrivateKey::from_random(&bytes).unwrap()
    }

    /// Source: RFC 6979 appendix A.2.5.
    #[test]
    fn signatures_are_those_of_the_rfc() {
        let x = bytes("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
        let key = PrivateKey::from_random(&Zeroizing::new(x)).unwrap();
        let cases = [
            (
                "sample",
                "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
                "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
            ),
            (
                "test",
                "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
                "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
            ),
        ];
        for (message, r, s) in cases {
            let expected =
                p256::ecdsa::Signature::from_scalars(bytes(r), bytes(s)).unwrap().to_der();
            let signed = key.sign(message.as_bytes());
            assert_eq!(signed.der(), expected.as_bytes(), "{message}");
            assert!(key.public().verifies(message.as_bytes(), &signed));
        }
    }

    fn bytes(hex: &str) -> [u8; 32] {
        let digit = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        std::array::from_fn(digit)
    }

    #[test]
    fn keys_survive_their_text_form() {
        let key = key(1);
        let again = PrivateKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(PublicKey::from_pem(&key.public().to_pem()).unwrap(), key.public());
        assert!(key.to_pem().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    }

    #[test]
    fn debug_shows_which_key_it_is_and_nothing_of_it() {
        let key = key(1);
        assert_eq!(format!("{key:?}"), format!("PrivateKey(of {})", key.public().id()));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let none = Zeroizing::new([0; 32]);
        assert_eq!(PrivateKey::from_random(&none).unwrap_err(), KeyError::Unusable);
        let beyond = Zeroizing::new([255; 32]);
        assert_eq!(PrivateKey::from_random(&beyond).unwrap_err(), KeyError::Unusable);
        let encrypted = "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n";
        assert_eq!(PrivateKey::from_pem(encrypted).unwrap_err(), KeyError::Encrypted);
        assert!(PrivateKey::from_pem(&key(1).public().to_pem()).is_err());
        assert!(PublicKey::from_pem(&key(1).to_pem()).is_err());
        assert!(PublicKey::from_pem(&"x".repeat(LONGEST + 1)).is_err());
    }

    #[test]
    fn a_signature_is_of_one_key_and_one_message() {
        let signed = key(1).sign(b"message");
        assert!(key(1).public().verifies(b"message", &signed));
        assert!(!key(1).public().verifies(b"messagf", &signed));
        assert!(!key(2).public().verifies(b"message", &signed));
        let mut cut = signed.der().to_vec();
        cut.pop();
        assert!(!key(1).public().verifies(b"message", &Signature::from_der(cut)));
        assert!(!key(1).public().verifies(b"message", &Signature::from_der(Vec::new())));
    }

    #[test]
    fn a_ring_has_each_key_once() {
        let ring = Keyring::new([key(1).public(), key(2).public(), key(1).public()]);
        assert_eq!(ring.iter().count(), 2);
    }
}
