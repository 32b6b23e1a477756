//! Statements: something said about digests. Source: in-toto `Statement/v1`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tollgate_model::Verdict;

use crate::Digests;
use crate::predicate::{Assessment, Notes, Provenance, Scan, TestResult};

/// Something said about digests.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it is about: at least one thing.
    pub subjects: Vec<Resource>,
    /// What is said.
    pub predicate: Predicate,
}

/// A thing by its digest; the parts of in-toto's `ResourceDescriptor` that are used here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// What it is called here.
    pub name: String,
    /// Where it is to be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// What identifies it.
    pub digest: Digests,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// How it was made.
    Provenance(Box<Provenance>),
    /// What tests or a command came to.
    Tests(TestResult),
    /// What a check of data came to.
    Data(Box<Assessment>),
    /// What a gate came to.
    Gate(Box<Assessment>),
    /// What is known against it.
    Scan(Scan),
    /// What its authors say of it.
    Notes(Notes),
    /// What is in it, as a CycloneDX document.
    CycloneDx(Value),
    /// What is in it, as an SPDX document.
    Spdx(Value),
    /// That its maker stands by it, and no more: what newer versions of cosign call a signature.
    Signature,
}

/// Which kind of predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// See [`Predicate::Provenance`].
    Provenance,
    /// See [`Predicate::Tests`].
    Tests,
    /// See [`Predicate::Data`].
    Data,
    /// See [`Predicate::Gate`].
    Gate,
    /// See [`Predicate::Scan`].
    Scan,
    /// See [`Predicate::Notes`].
    Notes,
    /// See [`Predicate::CycloneDx`].
    CycloneDx,
    /// See [`Predicate::Spdx`].
    Spdx,
    /// See [`Predicate::Signature`].
    Signature,
}

/// Why something is no statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// More bytes than are read.
    #[error("the statement has more than {} MiB", Statement::LARGEST >> 20)]
    TooLarge,
    /// No statement, or one whose predicate is not as its type has it.
    #[error("this is not a statement that can be read here: {0}")]
    Malformed(String),
    /// A predicate that nothing here knows.
    #[error("nothing here knows statements of the type `{0}`")]
    UnknownKind(String),
    /// A statement about nothing.
    #[error("the statement is about nothing: it has no subject")]
    NoSubject,
    /// The same words in other bytes: a name twice, other spelling, other order.
    #[error("the statement is not in the one form in which statements are written")]
    NotCanonical,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    #[serde(rename = "_type")]
    kind: String,
    predicate: Value,
    predicate_type: String,
    subject: Vec<Resource>,
}

const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// Kinds by their URI. Those of others are others' names; ours resolve to nothing and claim no
/// domain.
const KINDS: [(Kind, &str); 9] = [
    (Kind::Provenance, "https://slsa.dev/provenance/v1"),
    (Kind::Tests, "https://in-toto.io/attestation/test-result/v0.1"),
    (Kind::Data, "urn:tollgate:predicate:data:v1"),
    (Kind::Gate, "urn:tollgate:predicate:gate:v1"),
    (Kind::Scan, "https://in-toto.io/attestation/vulns/v0.2"),
    (Kind::Notes, "urn:tollgate:predicate:notes:v1"),
    (Kind::CycloneDx, "https://cyclonedx.org/bom"),
    (Kind::Spdx, "https://spdx.dev/Document"),
    (Kind::Signature, "https://sigstore.dev/cosign/sign/v1"),
];

impl Statement {
    /// How many bytes a statement may have: a bill of materials of some ten thousand packages.
    pub const LARGEST: usize = 24 << 20;

    /// The statement as JSON in its one form: names in order, no space. The same statement gives
    /// the same bytes.
    ///
    /// # Errors
    /// What could not be read back as the same: no subject, a figure that is not finite, too many
    /// bytes, too deep a document.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StatementError> {
        let bytes = self.written()?;
        let same = Self::read(&bytes)? == *self;
        same.then_some(bytes).ok_or(StatementError::NotCanonical)
    }

    /// Reads what [`Statement::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// See [`StatementError`].
    pub fn read(bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > Self::LARGEST {
            return Err(StatementError::TooLarge);
        }
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
        if wire.kind != STATEMENT {
            return Err(malformed(&format!("its `_type` is not {STATEMENT}")));
        }
        if wire.subject.is_empty() {
            return Err(StatementError::NoSubject);
        }
        let predicate = Predicate::from_json(&wire.predicate_type, wire.predicate)?;
        let statement = Self { subjects: wire.subject, predicate };
        // Readers disagree about names that are there twice; there is one form, so none can.
        let same = statement.written()? == bytes;
        same.then_some(statement).ok_or(StatementError::NotCanonical)
    }

    /// Whether it is about what `digests` identify.
    #[must_use]
    pub fn is_about(&self, digests: &Digests) -> bool {
        self.subjects.iter().any(|subject| subject.digest.agrees(digests))
    }

    fn written(&self) -> Result<Vec<u8>, StatementError> {
        let wire = Wire {
            kind: STATEMENT.to_owned(),
            predicate: self.predicate.to_json().map_err(|error| malformed(&error))?,
            predicate_type: self.predicate.kind().uri().to_owned(),
            subject: self.subjects.clone(),
        };
        let mut value = serde_json::to_value(&wire).map_err(|error| malformed(&error))?;
        value.sort_all_objects();
        serde_json::to_vec(&value).map_err(|error| malformed(&error))
    }
}

impl Predicate {
    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Provenance(_) => Kind::Provenance,
            Self::Tests(_) => Kind::Tests,
            Self::Data(_) => Kind::Data,
            Self::Gate(_) => Kind::Gate,
            Self::Scan(_) => Kind::Scan,
            Self::Notes(_) => Kind::Notes,
            Self::CycloneDx(_) => Kind::CycloneDx,
            Self::Spdx(_) => Kind::Spdx,
            Self::Signature => Kind::Signature,
        }
    }

    /// The step that it is about, where it is about one.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::Provenance(it) => Some(&it.build_definition.external_parameters.step),
            Self::Tests(it) => Some(&it.step),
            Self::Data(it) | Self::Gate(it) => Some(&it.step),
            Self::Scan(it) => Some(&it.step),
            Self::Notes(_) | Self::CycloneDx(_) | Self::Spdx(_) | Self::Signature => None,
        }
    }

    /// The verdict that it states, where it states one.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Tests(it) => Some(it.verdict()),
            Self::Data(it) | Self::Gate(it) => Some(it.verdict),
            Self::Scan(it) => Some(it.verdict),
            Self::Provenance(_)
            | Self::Notes(_)
            | Self::CycloneDx(_)
            | Self::Spdx(_)
            | Self::Signature => None,
        }
    }

    fn to_json(&self) -> serde_json::Result<Value> {
        match self {
            Self::Provenance(it) => serde_json::to_value(it),
            Self::Tests(it) => serde_json::to_value(it),
            Self::Data(it) | Self::Gate(it) => serde_json::to_value(it),
            Self::Scan(it) => serde_json::to_value(it),
            Self::Notes(it) => serde_json::to_value(it),
            Self::CycloneDx(document) | Self::Spdx(document) => Ok(document.clone()),
            Self::Signature => Ok(Value::Object(serde_json::Map::new())),
        }
    }

    fn from_json(uri: &str, json: Value) -> Result<Self, StatementError> {
        let Some(kind) = Kind::of(uri) else {
            return Err(StatementError::UnknownKind(uri.chars().take(120).collect()));
        };
        match kind {
            Kind::Provenance => read(json).map(Self::Provenance),
            Kind::Tests => read(json).map(Self::Tests),
            Kind::Data => read(json).map(Self::Data),
            Kind::Gate => read(json).map(Self::Gate),
            Kind::Scan => read(json).map(Self::Scan),
            Kind::Notes => read(json).map(Self::Notes),
            Kind::CycloneDx => document(json).map(Self::CycloneDx),
            Kind::Spdx => document(json).map(Self::Spdx),
            // Anything more than nothing is not in the one form, which shows afterwards.
            Kind::Signature => Ok(Self::Signature),
        }
    }
}

impl Kind {
    /// The URI that names it in statements.
    #[must_use]
    pub fn uri(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// What it is called where there is no room for a URI.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Provenance => "provenance",
            Self::Tests => "tests",
            Self::Data => "data",
            Self::Gate => "gate",
            Self::Scan => "scan",
            Self::Notes => "notes",
            Self::CycloneDx => "cyclonedx",
            Self::Spdx => "spdx",
            Self::Signature => "signature",
        }
    }

    /// The kind that a URI names.
    #[must_use]
    pub fn of(uri: &str) -> Option<Self> {
        KINDS.iter().find(|(_, known)| *known == uri).map(|(kind, _)| *kind)
    }
}

impl Resource {
    /// A thing by name and digest.
    #[must_use]
    pub fn new(name: impl Into<String>, digest: Digests) -> Self {
        Self { name: name.into(), uri: None, digest }
    }
}

fn read<T: serde::de::DeserializeOwned>(json: Value) -> Result<T, StatementError> {
    serde_json::from_value(json).map_err(|error| malformed(&error))
}

fn document(json: Value) -> Result<Value, StatementError> {
    if json.is_object() { Ok(json) } else { Err(malformed(&"the document is not an object")) }
}

fn malformed(error: &dyn ToString) -> StatementError {
    StatementError::Malformed(error.to_string())
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
