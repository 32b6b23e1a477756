//! Debian packages as what an image is built from.
//!
//! From APT's sources ([`Source`]) and what they offer ([`Release`], [`Archive`]) a list of wanted
//! packages becomes a closure ([`resolve()`]), the closure a lock ([`DebianLock`]), and the packages
//! of a lock ([`Deb`]) the files of an image ([`rootfs()`]). No script of a package is ever run: what
//! scripts would have done and a service needs is done by [`rootfs()`], and said.
//!
//! Nothing here fetches, and nothing here judges signatures: a [`Release`] is what `gpgv` has
//! verified, an index is what the release's hash names, a package what the index' hash names.

mod compression;
mod control;
mod copyright;
mod deb;
mod error;
mod index;
mod lock;
mod package;
mod relation;
mod release;
mod resolve;
mod rootfs;
mod sources;

pub use compression::{Compression, Unpacked};
pub use control::{Paragraph, Paragraphs};
pub use copyright::{Licences, licences};
pub use deb::{Contents, Control, Deb};
pub use error::TextError;
pub use index::{Archive, Available};
pub use lock::{DebianLock, LockedPackage};
pub(crate) use package::source_of;
pub use package::{package, release_number};
pub use relation::{Alternatives, Relation, Relations};
pub use release::{Release, ReleaseFile};
pub use resolve::{ResolveError, Resolved, resolve};
pub use rootfs::{LeaveOut, Rootfs, RootfsError, RootfsOptions, UnpackedDeb, rootfs};
pub use sources::{Source, SourceStyle, sources};
