//! Images of registries on which others stand, pinned: a part of `tollgate.lock`.

use std::fmt;

use serde::Deserialize;

use super::{Descriptor, Platform, Reference, Sha256};
use crate::debian::TextError;

/// The images that are pinned, sorted by what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageLock {
    /// Each base and platform at most once.
    pub images: Vec<PinnedImage>,
}

/// What a tag stood for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedImage {
    /// What was asked for, as it was written.
    pub base: String,
    /// For which machines.
    pub platform: Platform,
    /// The manifest of that platform.
    pub manifest: Descriptor,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    image: Vec<toml::Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    base: String,
    platform: String,
    digest: String,
    size: u64,
    #[serde(rename = "type")]
    media_type: String,
}

impl ImageLock {
    /// The lock of these images.
    #[must_use]
    pub fn of(mut images: Vec<PinnedImage>) -> Self {
        images.sort_by(|a, b| (&a.base, &a.platform).cmp(&(&b.base, &b.platform)));
        images.dedup_by(|a, b| (&a.base, &a.platform) == (&b.base, &b.platform));
        Self { images }
    }

    /// Reads the `image` tables of a lock, which errors call `file`. Tables of others are left
    /// alone.
    ///
    /// # Errors
    /// It is not TOML, or not a lock; the error names the line.
    pub fn parse(text: &str, file: &str) -> Result<Self, TextError> {
        let line = |at: usize| text.get(..at).map_or(1, |before| 1 + before.matches('\n').count());
        let parsed: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            TextError::new(file, line(at), error.message())
        })?;
        let images = parsed.image.into_iter().map(|row| {
            let at = line(row.span().start);
            row.into_inner().judged().map_err(|why| TextError::new(file, at, why))
        });
        Ok(Self { images: images.collect::<Result<_, _>>()? })
    }

    /// What is pinned for this base on this kind of machine.
    #[must_use]
    pub fn find(&self, base: &str, platform: &Platform) -> Option<&PinnedImage> {
        self.images.iter().find(|image| image.base == base && image.platform == *platform)
    }
}

impl Row {
    fn judged(self) -> Result<PinnedImage, String> {
        self.base.parse::<Reference>().map_err(|error| error.to_string())?;
        let digest = self.digest.parse::<Sha256>().map_err(|error| error.to_string())?;
        Ok(PinnedImage {
            platform: self.platform.parse()?,
            manifest: Descriptor::new(&self.media_type, digest, self.size),
            base: self.base,
        })
    }
}

impl fmt::Display for ImageLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A TOML string: JSON's escapes are a part of TOML's.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        for (at, image) in self.images.iter().enumerate() {
            let gap = if at == 0 { "" } else { "\n" };
            writeln!(f, "{gap}[[image]]")?;
            writeln!(f, "base = {}", quoted(&image.base))?;
            writeln!(f, "platform = {}", quoted(&image.platform.to_string()))?;
            writeln!(f, "digest = {}", quoted(&image.manifest.digest.to_string()))?;
            writeln!(f, "size = {}", image.manifest.size)?;
            writeln!(f, "type = {}", quoted(&image.manifest.media_type))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::media;

    fn lock() -> ImageLock {
        let pinned = |base: &str, platform: &str| PinnedImage {
            base: base.to_owned(),
            platform: platform.parse().unwrap(),
            manifest: Descriptor::new(media::MANIFEST, Sha256::of(b""), 7),
        };
        ImageLock::of(vec![
            pinned("r.example/b", "linux/arm64/v8"),
            pinned("r.example/a:1", "linux/amd64"),
        ])
    }

    #[test]
    fn a_lock_is_read_as_it_was_written() {
        let text = lock().to_string();
        assert_eq!(ImageLock::parse(&text, "tollgate.lock").unwrap(), lock());
        let beside = format!("[debian]\nrelease = \"12\"\n\n{text}");
        assert_eq!(ImageLock::parse(&beside, "tollgate.lock").unwrap(), lock());
        assert_eq!(ImageLock::parse("", "tollgate.lock").unwrap(), ImageLock::default());
        let on = |platform: &str| platform.parse().unwrap();
        assert!(lock().find("r.example/a:1", &on("linux/amd64")).is_some());
        assert!(lock().find("r.example/a:1", &on("linux/arm64")).is_none());
        insta::assert_snapshot!(text, @r#"
        [[image]]
        base = "r.example/a:1"
        platform = "linux/amd64"
        digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        size = 7
        type = "application/vnd.oci.image.manifest.v1+json"

        [[image]]
        base = "r.example/b"
        platform = "linux/arm64/v8"
        digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        size = 7
        type = "application/vnd.oci.image.manifest.v1+json"
        "#);
    }

    #[test]
    fn what_is_no_lock_is_refused_with_its_line() {
        for ((from, to), line, why) in [
            (("size = 7", "size = -7"), 5, "invalid value"),
            (("sha256:e3", "sha256:x"), 1, "is no digest"),
            (("/a:1", "/A:1"), 1, "capital letters"),
            (("linux/amd64", "linux"), 1, "is no platform"),
            (("platform", "plattform"), 3, "unknown field"),
        ] {
            let text = lock().to_string().replacen(from, to, 1);
            let error = ImageLock::parse(&text, "tollgate.lock").unwrap_err();
            assert!(error.why.contains(why), "{error}");
            assert!(error.line.abs_diff(line) <= 1, "{error}: line {line}");
        }
    }
}
