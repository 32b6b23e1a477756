//! Blobs: in by streaming, out when they are proven.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{LayoutError, io as failed};
use super::{LONGEST_DOCUMENT, Layout, unfinished};
use crate::oci::{Descriptor, Sha256, Sha256Writer};

/// A blob that is being written. Dropped before it is kept, it is gone.
#[derive(Debug)]
pub struct BlobWriter {
    file: NamedTempFile,
    dir: PathBuf,
}

impl Layout {
    /// Where the blob of a digest is, or would be. What is read there is not proven.
    #[must_use]
    pub fn blob_path(&self, digest: &Sha256) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// Whether a blob is there in its full size.
    #[must_use]
    pub fn has(&self, blob: &Descriptor) -> bool {
        let found = fs::symlink_metadata(self.blob_path(&blob.digest));
        found.is_ok_and(|found| found.is_file() && found.len() == blob.size)
    }

    /// Puts these bytes in.
    ///
    /// # Errors
    /// The disk fails.
    pub fn put_bytes(&self, media_type: &str, bytes: &[u8]) -> Result<Descriptor, LayoutError> {
        let blob = Descriptor::of(media_type, bytes);
        self.put(&blob, bytes)?;
        Ok(blob)
    }

    /// Puts in what `from` has, which must be `blob` to the byte. Not more than its size is taken.
    ///
    /// # Errors
    /// It is something else, or the disk fails.
    pub fn put(&self, blob: &Descriptor, from: impl Read) -> Result<(), LayoutError> {
        if self.has(blob) {
            return Ok(());
        }
        let path = self.blob_path(&blob.digest);
        let mut to = Sha256Writer::new(self.writer()?);
        // One byte more than expected shows that there is more.
        io::copy(&mut from.take(blob.size.saturating_add(1)), &mut to).map_err(failed(&path))?;
        let (found, found_size, to) = to.finish();
        if (found, found_size) != (blob.digest, blob.size) {
            let (digest, size) = (blob.digest, blob.size);
            return Err(LayoutError::Unexpected { digest, size, found, found_size });
        }
        to.keep(blob)
    }

    /// A new blob of which the digest is not known yet. Whoever writes it takes the digest.
    ///
    /// # Errors
    /// The disk fails.
    pub fn writer(&self) -> Result<BlobWriter, LayoutError> {
        let dir = self.blobs();
        let file = unfinished(&dir).map_err(failed(&dir))?;
        Ok(BlobWriter { file, dir })
    }

    /// The bytes of a document: a manifest, an index, a configuration.
    ///
    /// # Errors
    /// It is missing, damaged, or longer than documents are.
    pub fn document(&self, blob: &Descriptor) -> Result<Vec<u8>, LayoutError> {
        if blob.size > LONGEST_DOCUMENT {
            let what = format!("the document {} has {} bytes", blob.digest, blob.size);
            return Err(LayoutError::TooMuch { what });
        }
        let mut bytes = Vec::new();
        let file = self.file(blob)?;
        let path = self.blob_path(&blob.digest);
        file.take(blob.size + 1).read_to_end(&mut bytes).map_err(failed(&path))?;
        match Sha256::of(&bytes) == blob.digest {
            true => Ok(bytes),
            false => Err(self.damaged(blob, "its digest is another".to_owned())),
        }
    }

    /// A blob to be read, which has been read once already to prove it.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub fn proven(&self, blob: &Descriptor) -> Result<File, LayoutError> {
        let path = self.blob_path(&blob.digest);
        let mut file = self.file(blob)?;
        let mut hash = Sha256Writer::new(io::sink());
        io::copy(&mut file, &mut hash).map_err(failed(&path))?;
        if hash.finish().0 != blob.digest {
            return Err(self.damaged(blob, "its digest is another".to_owned()));
        }
        file.rewind().map_err(failed(&path))?;
        Ok(file)
    }

    fn file(&self, blob: &Descriptor) -> Result<File, LayoutError> {
        let path = self.blob_path(&blob.digest);
        let found = fs::symlink_metadata(&path);
        if !found.as_ref().is_ok_and(fs::Metadata::is_file) {
            return Err(LayoutError::Missing { digest: blob.digest });
        }
        let file = File::open(&path).map_err(failed(&path))?;
        let size = file.metadata().map_err(failed(&path))?.len();
        if size != blob.size {
            let why = format!("it has {size} bytes rather than {}", blob.size);
            return Err(self.damaged(blob, why));
        }
        Ok(file)
    }

    /// A damaged blob is removed, so that it is put in again. One that was only said to have
    /// another size is as good as before.
    fn damaged(&self, blob: &Descriptor, why: String) -> LayoutError {
        let path = self.blob_path(&blob.digest);
        let mut hash = Sha256Writer::new(io::sink());
        let read = File::open(&path).and_then(|mut file| io::copy(&mut file, &mut hash));
        if read.is_ok() && hash.finish().0 != blob.digest {
            // Whether it goes or not, it is not used.
            let _ = fs::remove_file(&path);
        }
        LayoutError::Damaged { digest: blob.digest, why }
    }
}

impl BlobWriter {
    /// Gives the blob its name. Its bytes must be those of `blob`: whoever wrote them has taken
    /// their digest; the size is compared.
    ///
    /// # Errors
    /// The size is another, or the disk fails.
    pub fn keep(self, blob: &Descriptor) -> Result<(), LayoutError> {
        let path = self.dir.join(blob.digest.hex());
        let size = self.file.as_file().metadata().map_err(failed(&path))?.len();
        if size != blob.size {
            let why = format!("{size} bytes were written rather than {}", blob.size);
            return Err(LayoutError::Damaged { digest: blob.digest, why });
        }
        self.file.persist(&path).map_err(|error| failed(&path)(error.error))?;
        Ok(())
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A small file of the layout itself.
pub(super) fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it has more than {limit} bytes")));
    }
    Ok(bytes)
}
