//! From a release to an environment.
//!
//! Pure: texts go in, texts and reasons come out. What is here so far is the edit of a promotion, which is
//! a commit: the image's digest is put into the manifests of an environment, and not a byte beside it is
//! another.

pub mod manifest;
