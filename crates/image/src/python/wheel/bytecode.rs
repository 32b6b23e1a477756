//! Compiled modules as entries. Compiling is a Python's work; where the result belongs is said here.

use crate::path::ImagePath;
use crate::{Content, Entry};

/// PEP 552's header: the magic number of the Python, flags, and eight bytes of a source's hash.
const HEADER: usize = 16;
/// Bit 0: by hash, not by time. Bit 1 unset: the hash is not compared when the module is imported.
const UNCHECKED_HASH: [u8; 4] = [1, 0, 0, 0];

/// Why bytes are no compiled module of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BytecodeError {
    /// The source is none.
    #[error("`{0}` is no Python module")]
    NoModule(ImagePath),
    /// It would be compared with a source's time, which an image has not, or is cut off.
    #[error("the bytecode of `{0}` is not of the kind `unchecked-hash` (PEP 552)")]
    OtherKind(ImagePath),
}

/// The entries of compiled modules: each source's path with its bytecode. `tag` is the
/// interpreter's cache tag, such as `cpython-311`. They are valid whatever the times of the sources
/// are, so they can be a segment of their own.
///
/// # Errors
/// A path is no module, or its bytecode would be thrown away by the interpreter.
pub fn bytecode(
    tag: &str,
    compiled: impl IntoIterator<Item = (ImagePath, Vec<u8>)>,
) -> Result<Vec<Entry>, BytecodeError> {
    let mut entries: Vec<Entry> = compiled
        .into_iter()
        .map(|(source, bytes)| one(tag, source, bytes))
        .collect::<Result<_, _>>()?;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

fn one(tag: &str, source: ImagePath, bytes: Vec<u8>) -> Result<Entry, BytecodeError> {
    if bytes.len() < HEADER || bytes[4..8] != UNCHECKED_HASH {
        return Err(BytecodeError::OtherKind(source));
    }
    let module = source.name().strip_suffix(".py").filter(|module| !module.is_empty());
    let path = module.and_then(|module| {
        let file = format!("__pycache__/{module}.{tag}.pyc");
        match source.parent() {
            Some(directory) => directory.join(&file).ok(),
            None => file.parse().ok(),
        }
    });
    let path = path.ok_or(BytecodeError::NoModule(source))?;
    Ok(Entry::file(path, Content::Bytes(bytes), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(path: &str, flags: u8) -> Result<Vec<Entry>, BytecodeError> {
        let bytes = [&[0; 4][..], &[flags, 0, 0, 0], &[0; 9]].concat();
        bytecode("cpython-311", [(path.parse().unwrap(), bytes)])
    }

    #[test]
    fn bytecode_stands_beside_its_source() {
        let entries = compiled("lib/a/b.py", 1).unwrap();
        assert_eq!(entries[0].path.as_str(), "lib/a/__pycache__/b.cpython-311.pyc");
        assert_eq!(compiled("b.py", 1).unwrap()[0].path.as_str(), "__pycache__/b.cpython-311.pyc");
    }

    #[test]
    fn what_an_interpreter_would_compile_again_is_refused() {
        assert!(compiled("a.py", 0).is_err() && compiled("a.py", 3).is_err());
        assert!(compiled("a.so", 1).is_err() && compiled(".py", 1).is_err());
        assert!(bytecode("cpython-311", [("a.py".parse().unwrap(), vec![0; 3])]).is_err());
    }
}
