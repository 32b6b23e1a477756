//! What is installed in an image that others made, as its own records tell it.

mod debian;
mod python;
mod wanted;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::Read as _;

use serde::{Deserialize, Serialize};

use crate::archive::{ArchiveError, Limits};
use crate::layer::LayerEntry;
use crate::path::ImagePath;
use crate::tree::{Kind, LayerSource, Stored, Tree};
use crate::{Inventory, Package};
use wanted::{Record, wanted};

/// The packages of an image that others made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// What its records tell.
    pub inventory: Inventory,
    /// What they don't, each as a sentence: nothing is known of it.
    pub gaps: Vec<String>,
}

/// Reads the records of packages in an image: dpkg's and those of Python's installers.
///
/// # Errors
/// A layer is not what it should be, or more than the limits allow.
pub fn installed(
    layers: &[LayerSource],
    tree: &Tree,
    limits: &Limits,
) -> Result<Installed, ArchiveError> {
    let records = records(layers, tree, limits)?;
    let mut packages: Vec<Package> = Vec::new();
    let mut gaps = Vec::new();
    debian::packages(&records, &mut packages, &mut gaps);
    python::packages(&records, &mut packages, &mut gaps);
    gaps.extend(wanted::foreign(tree));
    if packages.is_empty() && gaps.is_empty() && tree.iter().next().is_some() {
        gaps.push("no record tells what packages are in it".to_owned());
    }
    Ok(Installed { inventory: Inventory::of(packages), gaps })
}

/// The contents of the records, by path.
type Records = BTreeMap<ImagePath, (Record, Vec<u8>)>;

/// Each layer is read once, as far as there is a record in it that no other hides.
fn records(layers: &[LayerSource], tree: &Tree, limits: &Limits) -> Result<Records, ArchiveError> {
    let mut places: BTreeMap<(usize, &ImagePath), Vec<(&ImagePath, Record)>> = BTreeMap::new();
    for (path, placed) in tree.iter() {
        if let (Some(record), Kind::File(Stored { layer, path: at, .. })) =
            (wanted(path), &placed.kind)
        {
            places.entry((*layer, at)).or_default().push((path, record));
        }
    }
    let mut records = Records::new();
    let mut left = limits.metadata;
    for (number, layer) in layers.iter().enumerate() {
        let mut open = places.keys().filter(|(layer, _)| *layer == number).count();
        if open == 0 {
            continue;
        }
        let mut reader = layer.reader(limits)?;
        while open > 0 {
            let Some(entry) = reader.next_entry()? else { break };
            let LayerEntry::Has(header) = entry else { continue };
            let Some(paths) = places.get(&(number, &header.path)) else { continue };
            let mut bytes = Vec::new();
            let read = (&mut reader).take(left + 1).read_to_end(&mut bytes);
            read.map_err(|error| reader.failure(error))?;
            left = left.checked_sub(bytes.len() as u64).ok_or_else(|| ArchiveError::TooMuch {
                archive: layer.name.clone(),
                what: format!("{} bytes of records of packages", limits.metadata),
            })?;
            for (path, record) in paths {
                records.insert((*path).clone(), (*record, bytes.clone()));
            }
            open -= 1;
        }
    }
    Ok(records)
}
