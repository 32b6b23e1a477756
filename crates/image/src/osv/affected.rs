//! Whether a version has a vulnerability. Source: OSV schema, "Evaluation".

use std::str::FromStr;

use super::{Advisory, Event, Range};
use crate::Ecosystem;
use crate::version::{DebianVersion, PythonVersion};

/// What an advisory says of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Affected {
    /// It does not have it.
    No,
    /// It has it; the first versions after it that don't, as far as they are told.
    Yes {
        /// One for each range that the version is in.
        fixed: Vec<String>,
    },
}

/// A version that is none of its ecosystem's: nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version that can be compared")]
pub struct Unreadable(pub String);

impl Advisory {
    /// What it says of a version of its package.
    ///
    /// # Errors
    /// The version, or one that decides, can't be read.
    pub fn affects(&self, ecosystem: &Ecosystem, version: &str) -> Result<Affected, Unreadable> {
        match ecosystem {
            Ecosystem::PyPi => self.with::<PythonVersion>(version),
            Ecosystem::Debian(_) => self.with::<DebianVersion>(version),
        }
    }

    fn with<V: FromStr + Ord>(&self, version: &str) -> Result<Affected, Unreadable> {
        let own = read::<V>(version)?;
        let listed = self.versions.iter().any(|other| {
            other == version
                || (may_be_same(other, version) && other.parse::<V>().is_ok_and(|it| it == own))
        });
        let mut inside = listed;
        let mut fixed = Vec::new();
        for range in &self.ranges {
            match range.holds(&own) {
                Ok(true) => inside = true,
                Ok(false) if listed => {}
                Ok(false) => continue,
                // What is listed needs no range.
                Err(_) if listed => continue,
                Err(unreadable) => return Err(unreadable),
            }
            fixed.extend(range.first_fixed(&own));
        }
        fixed.dedup();
        Ok(if inside { Affected::Yes { fixed } } else { Affected::No })
    }
}

impl Range {
    fn holds<V: FromStr + Ord>(&self, own: &V) -> Result<bool, Unreadable> {
        let mut events = Vec::new();
        let (mut limited, mut below) = (false, false);
        for event in &self.events {
            match event {
                Event::Introduced(version) if version == "0" => events.push((None, event)),
                Event::Introduced(version)
                | Event::Fixed(version)
                | Event::LastAffected(version) => {
                    events.push((Some(read::<V>(version)?), event));
                }
                Event::Limit(version) if version == "*" => (limited, below) = (true, true),
                Event::Limit(version) => {
                    limited = true;
                    below |= *own < read::<V>(version)?;
                }
            }
        }
        if limited && !below {
            return Ok(false);
        }
        events.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut has = false;
        for (at, event) in &events {
            let since = at.as_ref().is_none_or(|at| own >= at);
            let after = at.as_ref().is_none_or(|at| own > at);
            match event {
                Event::Introduced(_) if since => has = true,
                Event::Fixed(_) if since => has = false,
                Event::LastAffected(_) if after => has = false,
                _ => {}
            }
        }
        Ok(has)
    }

    fn first_fixed<V: FromStr + Ord>(&self, own: &V) -> Option<String> {
        let fixed = self.events.iter().filter_map(|event| match event {
            Event::Fixed(text) => Some((text.parse::<V>().ok()?, text)),
            _ => None,
        });
        let later = fixed.filter(|(version, _)| version > own);
        later.min_by(|one, other| one.0.cmp(&other.0)).map(|(_, text)| text.clone())
    }
}

/// Whether two versions begin with the same number, or with what could be one: most are told apart
/// so, and advisories list thousands.
fn may_be_same(one: &str, other: &str) -> bool {
    let begin = |text: &str| -> Option<String> {
        let text = text.trim_start().trim_start_matches(['v', 'V']);
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let epoch = text.contains(['!', ':']);
        (!epoch).then(|| text[..text.len() - rest.len()].trim_start_matches('0').to_owned())
    };
    begin(one).is_none_or(|one| begin(other).is_none_or(|other| one == other))
}

fn read<V: FromStr>(text: &str) -> Result<V, Unreadable> {
    text.parse().map_err(|_| Unreadable(text.chars().take(100).collect()))
}
