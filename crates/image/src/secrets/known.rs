//! Values that are known and must not be there.

use aho_corasick::AhoCorasick;

use crate::layer::{LayerEntry, Node};
use crate::{ArchiveError, LayerSource, Limits};

/// The files of a layer in which one of these values stands.
///
/// # Errors
/// The layer can't be read, or is refused.
pub fn holding(
    source: &LayerSource,
    values: &[String],
    limits: &Limits,
) -> Result<Vec<String>, ArchiveError> {
    let refused = |error| ArchiveError::Unreadable {
        archive: source.name.clone(),
        source: std::io::Error::other(error),
    };
    let values = AhoCorasick::new(values).map_err(refused)?;
    let mut found = Vec::new();
    let mut reader = source.reader(limits)?;
    while let Some(entry) = reader.next_entry()? {
        let LayerEntry::Has(header) = entry else { continue };
        if !matches!(header.node, Node::File(_)) {
            continue;
        }
        let mut search = Search::new(&values);
        std::io::copy(&mut reader, &mut search).map_err(|error| reader.failure(error))?;
        if search.found {
            found.push(header.path.to_string());
        }
    }
    Ok(found)
}

/// Looks for values in what is written into it, however it is cut.
struct Search<'v> {
    values: &'v AhoCorasick,
    held: Vec<u8>,
    found: bool,
}

impl<'v> Search<'v> {
    fn new(values: &'v AhoCorasick) -> Self {
        Self { values, held: Vec::new(), found: false }
    }
}

impl std::io::Write for Search<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.found {
            return Ok(bytes.len());
        }
        self.held.extend_from_slice(bytes);
        self.found = self.values.is_match(&self.held);
        let kept = self.held.len().saturating_sub(self.values.max_pattern_len());
        self.held.drain(..kept);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_value_is_found_however_it_is_cut() {
        let values = AhoCorasick::new(["hunter2-hunter2", "other-value"]).unwrap();
        let text = b"...... hunter2-hunter2 ......";
        for size in 1..text.len() {
            let mut search = Search::new(&values);
            text.chunks(size).for_each(|piece| search.write_all(piece).unwrap());
            assert!(search.found, "{size}");
        }
        let mut search = Search::new(&values);
        search.write_all(b"hunter2-hunter and other-valu").unwrap();
        assert!(!search.found);
    }
}
