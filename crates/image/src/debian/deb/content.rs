//! Where the bytes of unpacked files are kept.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::Content;
use crate::oci::Sha256Writer;

/// What is at most this large stays in memory, as long as there is room.
const SMALL: u64 = 32 << 10;

/// Small contents in memory, within a budget; all others in a directory, by their digest.
pub(super) struct ContentStore {
    directory: PathBuf,
    budget: u64,
}

impl ContentStore {
    pub(super) fn new(directory: &Path, budget: u64) -> Self {
        Self { directory: directory.to_owned(), budget }
    }

    /// Takes `size` bytes from `from`, which must have them.
    pub(super) fn take(&mut self, from: &mut dyn Read, size: u64) -> io::Result<Content> {
        if size > SMALL || size > self.budget {
            return self.to_disk(from, size);
        }
        self.budget -= size;
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        from.read_to_end(&mut bytes)?;
        whole(bytes.len() as u64, size)?;
        Ok(Content::Bytes(bytes))
    }

    fn to_disk(&self, from: &mut dyn Read, size: u64) -> io::Result<Content> {
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        let mut writer = Sha256Writer::new(io::BufWriter::new(file.as_file_mut()));
        io::copy(from, &mut writer)?;
        let (digest, written, mut buffer) = writer.finish();
        buffer.flush()?;
        drop(buffer);
        whole(written, size)?;
        let path = self.directory.join(digest.hex());
        file.persist(&path).map_err(|error| error.error)?;
        Ok(Content::Disk { path, size })
    }
}

fn whole(read: u64, size: u64) -> io::Result<()> {
    if read == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
