//! Software bills of materials: what is in an image, told in the two forms that others read, and
//! read from what others tell.
//!
//! The same image, model and time give the same bytes. No time is taken from anywhere: who wants one
//! in the document hands it in.

mod about;
mod cyclonedx;
mod model;
mod packages;
mod purl;
mod read;
mod spdx;

#[cfg(test)]
mod tests;

pub use about::Subject;
pub use cyclonedx::cyclonedx;
pub use model::{Approach, Dataset, Metric, Model};
pub use read::{LeftOut, ReadError, Received, read};
pub use spdx::spdx;
