//! Which glibc the modules in C of a wheel ask for. One that was built for others says so in its tags;
//! one that was built here asks for what this machine has.

use super::Wheel;
use crate::ArchiveError;

/// A library above it is not looked at.
const LONGEST_LIBRARY: u64 = 1 << 30;

impl Wheel {
    /// The newest glibc 2.N that a library of it wants symbols of; none where none wants any.
    ///
    /// # Errors
    /// A library can't be read.
    pub fn wants_glibc(&self) -> Result<Option<u32>, ArchiveError> {
        let mut newest = None;
        for member in self.archive.members() {
            let name = member.path.name();
            if name.ends_with(".so") || name.contains(".so.") {
                newest = newest.max(wanted(&self.archive.read(member, LONGEST_LIBRARY)?));
            }
        }
        Ok(newest)
    }
}

// The names of versions stand in a library's table of strings, each between two zeroes (ELF's
// `.gnu.version_r`, Linux Standard Base, "Symbol Versioning").
fn wanted(library: &[u8]) -> Option<u32> {
    const BEFORE: &[u8] = b"GLIBC_2.";
    let strings = library.split(|byte| *byte == 0);
    let minor = |text: &[u8]| {
        let text = std::str::from_utf8(text.strip_prefix(BEFORE)?).ok()?;
        text.split('.').next()?.parse().ok()
    };
    strings.filter_map(minor).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_of_a_symbol_counts() {
        assert_eq!(wanted(b"\x7fELF\0GLIBC_2.2.5\0libc.so.6\0GLIBC_2.34\0GLIBC_2.17\0"), Some(34));
        assert_eq!(wanted(b"\0GLIBC_2.x\0GLIBCXX_3.4.30\0 GLIBC_2.99\0GLIBC_PRIVATE"), None);
    }
}
