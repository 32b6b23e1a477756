//! The unpacked bytes of segments, several of which are unpacked at once.

use std::io::{self, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Scope};

use super::error::{LayerError, io as failed};
use super::segment::Segment;
use super::tape::PIECE;
use crate::oci::{Sha256, Sha256Writer};

/// Pieces of one segment that wait to be taken: 16 MiB, so that most wheels wait whole.
const WAITING: usize = 64;

type Pieces = Receiver<Result<Vec<u8>, LayerError>>;
type Job<'s> = (&'s Segment, SyncSender<Result<Vec<u8>, LayerError>>);

/// The unpacked bytes of a segment. They are not proven to be what was packed.
pub(super) fn reader(segment: &Segment) -> Result<Box<dyn Read + Send + '_>, LayerError> {
    let owner = &segment.record.owner;
    let packed = segment.content.open().map_err(failed(format!("{owner} can't be read")))?;
    let packed = BufReader::with_capacity(PIECE, packed);
    segment.record.packing.compression.decoder(packed).map_err(failed(owner.as_str()))
}

/// The SHA-256 of the unpacked bytes of `segments` one after the other, between `before` and
/// `after`. SHA-256 can only be taken in order, so unpacking is what is shared among `threads`.
/// That every segment is what its record says is proven on the way.
///
/// # Errors
/// A segment can't be read, or is not what was packed.
pub(super) fn digest(
    before: &[u8],
    segments: &[Segment],
    after: &[u8],
    threads: usize,
) -> Result<Sha256, LayerError> {
    let mut hash = Sha256Writer::new(io::sink());
    let mut add = |bytes: &[u8]| hash.write_all(bytes).map_err(failed("the digest of a layer"));
    add(before)?;
    thread::scope(|scope| {
        // A worker that waits for room is released when the receivers are dropped.
        for pieces in unpack(scope, segments, threads.max(1)) {
            for piece in pieces {
                add(&piece?)?;
            }
        }
        Ok::<(), LayerError>(())
    })?;
    add(after)?;
    Ok(hash.finish().0)
}

/// Starts to unpack all segments; what comes of each is in the receiver of its place.
fn unpack<'s, 'e>(
    scope: &'s Scope<'s, 'e>,
    segments: &'e [Segment],
    threads: usize,
) -> Vec<Pieces> {
    let (jobs, pieces): (Vec<Job<'e>>, Vec<Pieces>) = segments
        .iter()
        .map(|segment| {
            let (to, pieces) = sync_channel(WAITING);
            ((segment, to), pieces)
        })
        .unzip();
    let jobs = std::sync::Arc::new(Mutex::new(jobs.into_iter()));
    for _ in 0..threads.min(segments.len()) {
        let jobs = std::sync::Arc::clone(&jobs);
        scope.spawn(move || {
            let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some((segment, to)) = next() {
                if let Err(error) = proven(segment, &to) {
                    // Whoever would hear of it has gone if this fails.
                    let _ = to.send(Err(error));
                }
            }
        });
    }
    pieces
}

/// Sends the unpacked bytes of a segment, and fails if the packed ones are not as recorded.
fn proven(
    segment: &Segment,
    to: &SyncSender<Result<Vec<u8>, LayerError>>,
) -> Result<(), LayerError> {
    let record = &segment.record;
    let owner = &record.owner;
    let packed = segment.content.open().map_err(failed(format!("{owner} can't be read")))?;
    let mut tee = Tee { from: packed, seen: Sha256Writer::new(io::sink()) };
    let packed = BufReader::with_capacity(PIECE, &mut tee);
    let compression = record.packing.compression;
    let mut plain = compression.decoder(packed).map_err(failed(owner.as_str()))?;
    let mut left = record.plain_size;
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut plain).take(PIECE as u64).read_to_end(&mut piece);
        let read = read.map_err(|error| LayerError::changed(owner, error.to_string()))? as u64;
        if read > left || (read == 0 && left > 0) {
            return Err(LayerError::changed(owner, "it is unpacked to another size"));
        }
        if read == 0 {
            break;
        }
        left -= read;
        if to.send(Ok(piece)).is_err() {
            return Ok(()); // Somebody else failed.
        }
    }
    drop(plain);
    let (digest, size, _) = tee.seen.finish();
    if (digest, size) == (record.digest, record.size) {
        return Ok(());
    }
    Err(LayerError::changed(owner, format!("it is {digest} rather than {}", record.digest)))
}

/// Passes bytes on and takes their digest.
struct Tee<R> {
    from: R,
    seen: Sha256Writer<io::Sink>,
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(piece)?;
        self.seen.write_all(&piece[..read])?;
        Ok(read)
    }
}
