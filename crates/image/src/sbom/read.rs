//! What others tell of an image: CycloneDX 1.4 to 1.6 and SPDX 2.3, as JSON.

mod carried;
mod cyclonedx;
mod spdx;

use serde::Deserialize;

use crate::Inventory;

/// Real documents of large images have a few megabytes; read, one takes up to twenty times as much.
const LARGEST: usize = 32 << 20;
/// As many components and relationships as no image has.
const MOST: usize = 500_000;

/// What a document tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The Python and Debian packages in it.
    pub inventory: Inventory,
    /// All else, with why nothing can be said of it.
    pub left_out: Vec<LeftOut>,
}

/// A component that no inventory has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Its package URL, or its name where it has none.
    pub name: String,
    /// Why it was left out, in half a sentence.
    pub why: String,
}

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is larger than any is.
    #[error("the document has more than {LARGEST} bytes")]
    Large,
    /// It has more components than any image.
    #[error("the document has more than {MOST} components or relationships")]
    Many,
    /// It is not JSON, or not of the shape that its form has.
    #[error("the document can't be read: {0}")]
    Shape(#[from] serde_json::Error),
    /// It is of a form that is not read here.
    #[error("{0}; CycloneDX 1.4 to 1.6 and SPDX 2.3 are read, as JSON")]
    Form(String),
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "bomFormat")]
    form: Option<String>,
    #[serde(rename = "specVersion")]
    version: Option<String>,
    #[serde(rename = "spdxVersion")]
    spdx: Option<String>,
}

/// The packages that a document tells of.
///
/// # Errors
/// The document is too large, no JSON, or of another form or version.
pub fn read(bytes: &[u8]) -> Result<Received, ReadError> {
    if bytes.len() > LARGEST {
        return Err(ReadError::Large);
    }
    let head: Head = serde_json::from_slice(bytes)?;
    let told = match (head.form.as_deref(), head.version.as_deref(), head.spdx.as_deref()) {
        (Some("CycloneDX"), Some("1.4" | "1.5" | "1.6"), _) => cyclonedx::read(bytes)?,
        (_, _, Some("SPDX-2.3")) => spdx::read(bytes)?,
        (Some(form), version, _) => {
            let version = version.unwrap_or("without a version");
            return Err(ReadError::Form(format!("it is {} {}", short(form), short(version))));
        }
        (_, _, Some(version)) => return Err(ReadError::Form(format!("it is {}", short(version)))),
        _ => return Err(ReadError::Form("it is no bill of materials".to_owned())),
    };
    Ok(carried::carry(told))
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

fn few(count: usize) -> Result<(), ReadError> {
    if count > MOST { Err(ReadError::Many) } else { Ok(()) }
}
