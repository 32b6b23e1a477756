//! Where files of packages go, and which stay away.

use super::{LeaveOut, RootfsError};
use crate::path::ImagePath;

/// Directories of the root that are links in a Debian of today: `/bin` is `/usr/bin`.
pub(super) const MERGED: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// Old names of directories, which `base-files` still brings and its script makes links.
pub(super) const MOVED: [(&str, &str); 2] = [("var/run", "run"), ("var/lock", "run/lock")];

/// Where a path of a package is in the image.
pub(super) fn place(path: &ImagePath) -> Result<ImagePath, RootfsError> {
    let text = path.as_str();
    let top = text.split('/').next().unwrap_or_default();
    let moved = MOVED.iter().find_map(|(old, new)| {
        let rest = text.strip_prefix(old)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{new}{rest}"))
    });
    let placed = match moved {
        Some(moved) => moved.parse(),
        None if MERGED.contains(&top) => format!("usr/{text}").parse(),
        None => return Ok(path.clone()),
    };
    let why = |error: crate::path::ImagePathError| error.to_string();
    placed.map_err(|error| RootfsError::Moved { path: path.clone(), why: why(error) })
}

/// Whether a service can do without it.
pub(super) fn stays_away(path: &ImagePath, leave_out: LeaveOut) -> bool {
    const DOCUMENTATION: [&str; 8] = [
        "usr/share/bug/",
        "usr/share/doc-base/",
        "usr/share/doc/",
        "usr/share/groff/",
        "usr/share/info/",
        "usr/share/linda/",
        "usr/share/lintian/",
        "usr/share/man/",
    ];
    const LOCALES: [&str; 2] = ["usr/share/i18n/", "usr/share/locale/"];
    // A directory itself too.
    let text = format!("{path}/");
    let within = |directories: &[&str]| directories.iter().any(|d| text.starts_with(d));
    // The licence asks for its text to go with what is under it.
    let copyright = text.starts_with("usr/share/doc/") && path.name() == "copyright";
    let documentation = leave_out.documentation && !copyright && within(&DOCUMENTATION);
    documentation || leave_out.locales && within(&LOCALES)
}
