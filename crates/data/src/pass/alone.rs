//! One file by one thread, in the order of its rows.

use super::parts::Reading;
use super::text::Look;
use super::{Part, arrow};
use crate::DataError;
use crate::batch::Batch;
use crate::reader::parquet::ParquetReader;
use crate::reader::{Source, Wanted};

/// Hands out what is seen of the file, until that is not wanted any more.
pub(super) fn read(
    source: &mut Source,
    wanted: &[Wanted],
    reading: &Reading<'_>,
    take: &mut dyn FnMut(Part) -> bool,
) -> Result<(), DataError> {
    match source {
        Source::Parquet(reader) => parquet(reader, wanted, reading, take),
        Source::Arrow(reader) => arrow::alone(reader, wanted, &reading.eyes, take),
        Source::Text(reader) => {
            let rules = reader.rules();
            let mut lines = reader.lines_before();
            let look = Look { rules, wanted: wanted.to_vec(), eyes: &reading.eyes };
            loop {
                let further = |error: DataError| error.further_down(lines);
                let Some(piece) = reader.piece().map_err(further)? else {
                    return Ok(());
                };
                let (part, more) = look.at(piece).map_err(further)?;
                lines += more;
                if !take(part) {
                    return Ok(());
                }
            }
        }
    }
}

/// Row group by row group, without the columns that its footer proves.
fn parquet(
    reader: &ParquetReader,
    wanted: &[Wanted],
    reading: &Reading<'_>,
    take: &mut dyn FnMut(Part) -> bool,
) -> Result<(), DataError> {
    let groups = reader.groups()?.len();
    for group in 0..groups {
        let (mut slots, mut nulls) = (Vec::new(), vec![0; wanted.len()]);
        for (slot, column) in wanted.iter().enumerate() {
            let facts = reader.facts(group, column).filter(|_| !reading.opening.options.paranoid);
            match facts.filter(|facts| reading.eyes.iter().all(|eye| eye.is_kept(slot, facts))) {
                Some(facts) => nulls[slot] = facts.nulls,
                None => slots.push(slot),
            }
        }
        if !take(Part { batch: Batch::nothing(), sights: Vec::new(), nulls }) {
            return Ok(());
        }
        let mut stream = reader.stream(wanted, slots.clone(), group..group + 1, 0);
        while let Some(batch) = stream.next()? {
            // Rows are numbered from where the batch begins, as those of text are.
            let batch = batch.numbered_from(1);
            if !take(Part::of_slots(batch, &reading.eyes, &slots)) {
                return Ok(());
            }
        }
    }
    Ok(())
}
