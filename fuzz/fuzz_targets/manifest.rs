//! Any text as a manifest that names an image: what comes out names it, so that naming it again changes
//! nothing, and says what is other.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_delivery::manifest::{Image, Manifest, ManifestError, Place, name_image};

fuzz_target!(|text: &str| {
    let image = Image { repository: "r.test/churn", digest: "sha256:00", tag: Some("v1") };
    for path in ["pod.yaml", "kustomization.yaml"] {
        for place in [Place::Found, Place::Values(&["image"])] {
            let edited = match name_image(&[Manifest { path, text }], &image, place) {
                Ok(edited) => edited,
                // An edit that would change more than it should is a mistake of ours.
                Err(error @ ManifestError::Spills { .. }) => panic!("{error}"),
                Err(error) => return drop(error.to_string()),
            };
            let Some((_, text)) = edited.files.first() else { continue };
            assert!(!edited.changes.is_empty());
            let again = name_image(&[Manifest { path, text }], &image, place).unwrap();
            assert_eq!(again.changes, [], "{text}");
        }
    }
});
