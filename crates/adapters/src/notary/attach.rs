//! Evidence beside the image that it is about: as referrers, and under the tags that cosign 2 looks
//! for.

use std::collections::BTreeMap;
use std::path::Path;

use tollgate_engine::{Case, PortError};
use tollgate_evidence::cosign::{self, Artifact};
use tollgate_evidence::{Envelope, Kind, PrivateKey};
use tollgate_image::oci::layout::{Layout, LayoutError};
use tollgate_image::oci::{Descriptor, Manifest, media};

use super::broken;

/// What a model card is, as an artifact.
const CARD: &str = "text/markdown";

/// The same evidence leaves the same bytes there, so that it can be repeated.
pub(super) fn attach(
    state: &Path,
    case: &Case<'_>,
    signed: &[(Kind, Envelope)],
    key: &PrivateKey,
    card: &str,
) -> Result<(), PortError> {
    let layout = Layout::open(&state.join("oci")).map_err(|error| broken(&error))?;
    let image = layout.resolve(&case.image.digest).map_err(|error| broken(&error))?;
    let name = super::statements::name(case);
    let of = cosign::Image::new(&name, &case.image.digest, &image.media_type, image.size)
        .map_err(|error| broken(&error))?;
    let pairs: Vec<(Kind, &Envelope)> = signed.iter().map(|(kind, it)| (*kind, it)).collect();
    let mut artifacts = vec![
        cosign::signatures(&of, vec![cosign::signature(&of, key)]),
        cosign::attestations(&of, &pairs),
    ];
    let public = key.public();
    let bundled = pairs.iter().filter_map(|(kind, envelope)| {
        Some(cosign::referrer(&of, *kind, cosign::bundle(envelope, &public)?))
    });
    artifacts.extend(bundled);
    let keep = || {
        // The image stays when another takes its name: a release is of it.
        let mut roots = vec![(None, Descriptor::new(&image.media_type, image.digest, image.size))];
        for artifact in &artifacts {
            roots.push(put(&layout, artifact)?);
        }
        roots.push((None, put_card(&layout, &image, card)?));
        layout.add_all(&roots)
    };
    keep().map_err(|error: LayoutError| broken(&error))
}

fn put(layout: &Layout, artifact: &Artifact) -> Result<(Option<String>, Descriptor), LayoutError> {
    for blob in &artifact.blobs {
        layout.put_bytes(blob.media_type, &blob.bytes)?;
    }
    let mut manifest = layout.put_bytes(artifact.media_type, &artifact.manifest)?;
    if artifact.tag.is_none() {
        manifest.artifact_type = Some(cosign::BUNDLE.to_owned());
    }
    Ok((artifact.tag.clone(), manifest))
}

fn put_card(layout: &Layout, image: &Descriptor, card: &str) -> Result<Descriptor, LayoutError> {
    let config = layout.put_bytes(media::EMPTY, b"{}")?;
    let mut text = layout.put_bytes(CARD, card.as_bytes())?;
    text.annotations = BTreeMap::from([title()]);
    let manifest = Manifest {
        artifact_type: Some(CARD.to_owned()),
        subject: Some(Descriptor::new(&image.media_type, image.digest, image.size)),
        ..Manifest::image(config, vec![text])
    };
    let manifest = layout.put_bytes(media::MANIFEST, &manifest.to_bytes())?;
    Ok(Descriptor { artifact_type: Some(CARD.to_owned()), ..manifest })
}

/// What it is called where it is saved. Source: OCI image specification, "Pre-Defined Annotation
/// Keys".
fn title() -> (String, String) {
    ("org.opencontainers.image.title".to_owned(), "README.md".to_owned())
}
