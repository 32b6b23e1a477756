//! From a release to an environment.
//!
//! Pure: texts and facts go in, texts and reasons come out. What an environment says to a release
//! ([`policy`]), what people sign ([`approval`]), and the edit of a promotion, which is a commit: the
//! image's digest is put into the manifests of an environment, and not a byte beside it is another
//! ([`manifest`]).

pub mod approval;
pub mod manifest;
pub mod policy;
