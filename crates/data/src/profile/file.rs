//! Profiles as files.

use serde::{Deserialize, Serialize};

use super::{Profile, VERSION, schema};

/// Larger files are no profiles.
const LARGEST: usize = 256 << 20;

/// Why profiles can't be read or put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The text is no profile.
    #[error("`{path}` is no profile: {why}; make it with `tollgate data profile`")]
    Malformed {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// The profile is of a later version.
    #[error("`{path}` is a profile of version {version}, expected {VERSION}; make it again")]
    Version {
        /// The file.
        path: String,
        /// The version.
        version: u32,
    },
    /// The profiles are of different columns.
    #[error("`{first}` and `{second}` can't be put together: {why}")]
    Unlike {
        /// One profile's source.
        first: String,
        /// The other's.
        second: String,
        /// In what they differ.
        why: String,
    },
}

impl Profile {
    /// Whether a file of that name is a profile, where a profile or data may stand: its name ends
    /// in `.json`.
    #[must_use]
    pub fn is_called(path: &str) -> bool {
        std::path::Path::new(path).extension().is_some_and(|ext| ext.eq_ignore_ascii_case("json"))
    }

    /// As JSON with sorted keys and a line for each column, so that two versions of it compare
    /// well.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Plain structures with text for keys and finite numbers: writing them can't fail.
        let columns: Vec<_> = self.columns.iter().map(json).collect();
        format!(
            "{{\n\"columns\": [\n{}\n],\n\"profile\": {},\n\"rows\": {},\n\"schema\": {},\n\
             \"source\": {},\n\"unread\": {}\n}}\n",
            columns.join(",\n"),
            self.profile,
            self.rows,
            json(&self.schema),
            json(&self.source),
            json(&self.unread),
        )
    }

    /// Reads what [`Profile::to_json`] wrote. `shown_as` is what errors call it.
    ///
    /// # Errors
    /// It is no profile, or one of another version.
    pub fn from_json(text: &str, shown_as: &str) -> Result<Self, ProfileError> {
        let malformed = |why: String| ProfileError::Malformed { path: shown_as.to_owned(), why };
        if text.len() > LARGEST {
            return Err(malformed(format!("it has more than {LARGEST} bytes")));
        }
        let version: Version =
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if version.profile != VERSION {
            let (path, version) = (shown_as.to_owned(), version.profile);
            return Err(ProfileError::Version { path, version });
        }
        let profile: Self =
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        match profile.columns.iter().find(|column| !column.is_sound() || column.rows > profile.rows)
        {
            Some(column) => Err(malformed(format!("the figures of `{}` contradict", column.name))),
            None if profile.schema != schema(&profile.columns) => {
                Err(malformed("its `schema` is not that of its columns".to_owned()))
            }
            None => Ok(profile),
        }
    }
}

/// One line, with sorted keys.
fn json(value: &impl Serialize) -> String {
    serde_json::to_value(value).map(|value| value.to_string()).unwrap_or_default()
}

#[derive(Deserialize)]
struct Version {
    profile: u32,
}
