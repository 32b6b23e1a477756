//! Evidence: signed statements about digests, and whether a release is what they say it is.
//!
//! A [`Statement`] (in-toto v1) is what a step found out about digests. [`Envelope`] (DSSE) signs
//! it with a [`PrivateKey`] (ECDSA P-256), and a [`Keyring`] says whether to believe one. [`cosign`]
//! puts both into the form that registries hold and that `cosign` reads.
//!
//! Absent from here: a clock, files, the network, and randomness, which is handed in where a key is
//! made and needed nowhere else, since signatures are deterministic. Same key and same statement,
//! same bytes.

mod card;
pub mod cosign;
mod digests;
mod dsse;
mod key;
pub mod predicate;
mod statement;

pub use card::{About, card};
pub use digests::{Digests, DigestsError};
pub use dsse::{Envelope, EnvelopeError, Verified};
pub use key::{KeyError, KeyId, Keyring, PrivateKey, PublicKey, Signature};
pub use statement::{Kind, Predicate, Resource, Statement, StatementError};
