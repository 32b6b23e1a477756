//! Files that define features, or tell of them, without being data.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{FeatureSource, feast};
use crate::{DataError, Profile};

/// Larger files are data: neither a registry nor a profile has so much to say.
const LARGEST: u64 = 64 << 20;

impl FeatureSource {
    /// What a `.json` file tells of features: a profile, or the output of `feast registry-dump`.
    /// Nothing where the file is data: of another name, or with an object on its first line and
    /// more behind it, or with keys of neither.
    ///
    /// # Errors
    /// If it can't be read, is JSON that is cut off, or a registry or a profile that can't be used.
    pub fn defined_in(path: &Path, shown: &str) -> Result<Option<Self>, DataError> {
        if !Profile::is_called(shown) {
            return Ok(None);
        }
        let unreadable = |source| DataError::Unreadable { path: shown.to_owned(), source };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        match bytes.len() as u64 > LARGEST {
            true => Ok(None),
            false => Self::defined_by(&bytes, shown),
        }
    }

    fn defined_by(bytes: &[u8], shown: &str) -> Result<Option<Self>, DataError> {
        let refused = |why: String| DataError::NoRegistry { path: shown.to_owned(), why };
        let keys: Keys = match serde_json::from_slice(bytes) {
            Ok(keys) => keys,
            Err(_) if is_lines(bytes) => return Ok(None),
            Err(error) => return Err(refused(error.to_string())),
        };
        if keys.profile.is_some() && keys.columns.is_some() {
            let text = String::from_utf8_lossy(bytes);
            let profile = Profile::from_json(&text, shown).map_err(DataError::NoProfile)?;
            return Ok(Some(Self::of_profile(&profile).called(shown)));
        }
        match keys.feature_views.or(keys.stream_feature_views).or(keys.entities) {
            None => Ok(None),
            Some(_) => Ok(Some(Self::of_registry(&feast::read(bytes, shown).map_err(refused)?))),
        }
    }
}

/// Whether the first line that is not blank is JSON by itself, or there is none.
fn is_lines(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty());
    first.is_none_or(|line| serde_json::from_slice::<IgnoredAny>(line).is_ok())
}

/// By which of these a file has it is known what it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    profile: Option<IgnoredAny>,
    columns: Option<IgnoredAny>,
    feature_views: Option<IgnoredAny>,
    stream_feature_views: Option<IgnoredAny>,
    entities: Option<IgnoredAny>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<bool, String> {
        let told = FeatureSource::defined_by(text.as_bytes(), "f.json");
        told.map(|source| source.is_some()).map_err(|error| error.to_string())
    }

    #[test]
    fn data_and_definitions_are_told_apart() {
        assert_eq!(told(r#"{"featureViews": []}"#), Ok(true));
        assert_eq!(told("{\"age\": 1}\n{\"age\": 2}\n"), Ok(false));
        assert_eq!(told("{\"age\": 1}\n"), Ok(false));
        assert_eq!(told(""), Ok(false));
        let cut = told("{\n  \"featureViews\": [").unwrap_err();
        assert!(cut.contains("`f.json` is neither a feature registry nor JSON lines"), "{cut}");
        let claims = told(r#"{"profile": 1, "columns": []}"#).unwrap_err();
        assert!(claims.contains("is no profile"), "{claims}");
    }
}
