//! Secrets in what an image consists of.

use std::io::{self, Read as _};

use super::{Leak, search};
use crate::archive::{ArchiveError, Limits};
use crate::entry::{Entry, EntryKind};
use crate::layer::{LayerEntry, Node};
use crate::oci::ImageConfig;
use crate::tree::LayerSource;

/// So much of a file is looked at, as no file that people write is longer; a model may be.
const LONGEST: u64 = 64 << 20;

/// What was found in a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// The secrets.
    pub leaks: Vec<Leak>,
    /// Files that were looked at only as far as they are no longer than 64 MiB.
    pub cut: Vec<String>,
}

/// Looks through all files of a layer, those too that a higher one hides: they are there for
/// whoever has the image.
///
/// # Errors
/// The layer is not what it should be.
pub fn layer(source: &LayerSource, limits: &Limits) -> Result<Searched, ArchiveError> {
    let mut searched = Searched::default();
    let mut reader = source.reader(limits)?;
    while let Some(entry) = reader.next_entry()? {
        let LayerEntry::Has(header) = entry else { continue };
        let Node::File(size) = header.node else { continue };
        let mut bytes = Vec::new();
        let read = (&mut reader).take(LONGEST).read_to_end(&mut bytes);
        read.map_err(|error| reader.failure(error))?;
        let path = format!("/{}", header.path);
        searched.leaks.extend(search(&path, &bytes));
        if size > LONGEST {
            searched.cut.push(path);
        }
    }
    Ok(searched)
}

/// Looks through files before they are a layer.
///
/// # Errors
/// One of them can't be read.
pub fn entries(entries: &[Entry]) -> io::Result<Searched> {
    let mut searched = Searched::default();
    for entry in entries {
        let EntryKind::File(content) = &entry.kind else { continue };
        let mut bytes = Vec::new();
        content.open()?.take(LONGEST).read_to_end(&mut bytes)?;
        let path = format!("/{}", entry.path);
        searched.leaks.extend(search(&path, &bytes));
        if content.size() > LONGEST {
            searched.cut.push(path);
        }
    }
    Ok(searched)
}

/// Looks through what an image says of itself: variables, labels, commands, how layers came about.
#[must_use]
pub fn settings(config: &ImageConfig) -> Vec<Leak> {
    let run = &config.config;
    let mut said: Vec<(String, String)> = Vec::new();
    for pair in &run.env {
        let name = pair.split('=').next().unwrap_or_default();
        // As a file of variables has it, so that a name that tells of a secret is seen.
        let quoted = pair.replacen('=', "=\"", 1);
        said.push((format!("variable {name}"), format!("{quoted}\"")));
    }
    for (name, value) in &run.labels {
        said.push((format!("label {name}"), format!("{name}=\"{value}\"")));
    }
    let commands = run.entrypoint.iter().chain(&run.cmd).flatten();
    said.push(("the command".to_owned(), commands.cloned().collect::<Vec<_>>().join(" ")));
    let health = run.healthcheck.iter().flat_map(|check| check.test.clone());
    said.push(("the health check".to_owned(), health.collect::<Vec<_>>().join(" ")));
    for (at, history) in config.history.iter().enumerate() {
        let told = [&history.created_by, &history.comment];
        let text = told.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        said.push((format!("history {}", at + 1), text));
    }
    said.iter().flat_map(|(place, text)| search(place, text.as_bytes())).collect()
}
