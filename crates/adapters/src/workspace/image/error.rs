//! Why an image is not built: what was asked for can't be had, or the machine fails.

use std::fmt::Display;

use tollgate_engine::{PortError, PortErrorKind};
use tollgate_image::ArchiveError;
use tollgate_image::layer::LayerError;
use tollgate_image::oci::layout::LayoutError;
use tollgate_model::{Finding, Place};

use super::SYSTEM;

/// Why no image was built.
pub(super) enum Stopped {
    /// It is in what the image is to be made of: findings of the step.
    Unfit(Vec<Finding>),
    /// The machine, or what it asks, failed.
    Failed(PortError),
}

pub(super) fn broken(doing: &str, error: &dyn Display) -> PortError {
    PortError::new(SYSTEM, PortErrorKind::Permanent, format!("{doing}: {error}"))
}

/// A finding about a file of the project.
pub(super) fn in_file(code: &str, path: &str, line: Option<u64>, message: String) -> Stopped {
    let place = Place::File { path: path.to_owned(), line };
    Stopped::Unfit(vec![Finding::new(code, place, message)])
}

impl Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unfit(findings) => {
                let messages: Vec<&str> = findings.iter().map(|it| it.message.as_str()).collect();
                f.write_str(&messages.join("; "))
            }
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl From<Finding> for Stopped {
    fn from(finding: Finding) -> Self {
        Self::Unfit(vec![finding])
    }
}

impl From<PortError> for Stopped {
    fn from(error: PortError) -> Self {
        Self::Failed(error)
    }
}

impl From<LayerError> for Stopped {
    fn from(error: LayerError) -> Self {
        Self::Failed(broken("a layer can't be put together", &error))
    }
}

impl From<LayoutError> for Stopped {
    fn from(error: LayoutError) -> Self {
        Self::Failed(broken("the image's layout", &error))
    }
}

/// An archive that is refused is the archive's doing, and names itself. `lock` is the file that
/// admits it.
pub(super) fn refused(lock: &str, error: ArchiveError) -> Stopped {
    match error {
        ArchiveError::Unreadable { .. } => Stopped::Failed(broken("image", &error)),
        refused => in_file("image.archive", lock, None, refused.to_string()),
    }
}
