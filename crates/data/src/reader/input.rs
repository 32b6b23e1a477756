//! A text in pieces that end where records end, cut without reading the records.

use super::encoding;
use super::split::line_ends;
use super::stream::Stream;
use crate::DataError;

/// A text, and what of it was read but not used.
pub(crate) struct Input {
    stream: Stream,
    pending: Vec<u8>,
    /// Nothing was used yet.
    first: bool,
    /// The end was reached.
    pub(super) last: bool,
    /// Why it can't be read any further.
    fault: Option<DataError>,
}

/// Whole records that follow each other.
pub(crate) struct Piece {
    pub(super) text: Vec<u8>,
    /// It ends where a record ends. Else it is too long for one, and reading it shows why.
    pub(super) whole: bool,
}

impl Input {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, pending: Vec::new(), first: true, last: false, fault: None }
    }

    /// What was left over and more of the text, about `room` bytes in all.
    pub(super) fn fill(&mut self, room: usize) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.pending);
        if self.last || self.fault.is_some() {
            return text;
        }
        let more = room.saturating_sub(text.len()).max(4);
        text.reserve(more);
        match self.stream.append(more, &mut text) {
            Ok(read) => self.last = read < more,
            Err(fault) => self.fault = Some(fault),
        }
        if std::mem::take(&mut self.first) {
            encoding::without_mark(&mut text);
        }
        text
    }

    /// Keeps what follows the used bytes for the next time, and returns the text as it was: views
    /// behind its end are found by its length.
    pub(super) fn keep(&mut self, text: Vec<u8>, used: usize) -> Vec<u8> {
        self.pending = text[used..].to_vec();
        text
    }

    /// Why nothing follows the text, where that is not its end.
    pub(super) fn fault(&mut self, text: &[u8]) -> Result<(), DataError> {
        self.fault.take().map_or(Ok(()), |fault| Err(fault.further_down(line_ends(text))))
    }

    /// The next records, about `room` bytes of them; `None` at the end. `boundary` tells where the
    /// last one ends that surely does. What stands before a fault is handed out before it.
    pub(super) fn piece(
        &mut self,
        mut room: usize,
        max_line: usize,
        boundary: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<Option<Piece>, DataError> {
        loop {
            let text = self.fill(room);
            if self.last && self.fault.is_none() {
                return Ok((!text.is_empty()).then_some(Piece { text, whole: true }));
            }
            if let Some(end) = boundary(&text) {
                let mut text = self.keep(text, end);
                text.truncate(end);
                return Ok(Some(Piece { text, whole: true }));
            }
            if text.len() > max_line {
                // Reading it ends the check, so nothing that follows it is worth the memory.
                self.last = true;
                return Ok(Some(Piece { text, whole: false }));
            }
            self.fault(&text)?;
            room = text.len() * 2;
            self.pending = text;
        }
    }
}
