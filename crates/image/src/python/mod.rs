//! Python packages: what a lock pins, which wheel of several fits, and what is in a wheel.
//!
//! Nothing is resolved here and nothing is built from source. A lock names each package with the
//! digests of its files; of those the wheel is taken that pip would take; and a wheel is installed
//! as the specification of binary distributions says, into entries of an image.

pub mod lock;
mod marker;
mod name;
mod package;
mod requirement;
mod specifier;
mod tag;
mod target;
pub mod wheel;

pub use marker::{Marker, MarkerError};
pub use name::{PackageName, PackageNameError};
pub(crate) use package::licence;
pub use package::package;
pub use requirement::{Requirement, RequirementError};
pub use specifier::{Specifiers, SpecifiersError};
pub use tag::{CompatibleTags, Tag, WheelName, WheelNameError};
pub use target::{Libc, Machine, TargetEnvironment};
