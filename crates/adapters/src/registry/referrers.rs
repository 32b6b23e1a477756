//! What refers to a manifest: signatures, lists of parts, reports.
//!
//! Source: OCI Distribution Specification 1.1, "Listing Referrers" and "Referrers Tag Schema".

use tollgate_image::oci::{Descriptor, Index, Manifest, Reference, Sha256, media};
use ureq::http::Method;

use super::error::RegistryError;
use super::manifest::{LONGEST_MANIFEST, next_page, parsed};
use super::request::Ask;
use super::{Registry, pull_scope};

const MOST_PAGES: usize = 100;
/// Where two write the fallback's list at once one is lost, and has to write again.
const MOST_ROUNDS: u32 = 5;

impl Registry<'_> {
    /// What refers to the manifest of a digest; with a kind of artifact only those.
    ///
    /// # Errors
    /// It can't be asked, or its answer not understood.
    pub fn referrers(
        &self,
        of: &Reference,
        digest: Sha256,
        kind: Option<&str>,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let repository = of.repository();
        let mut all = Vec::new();
        let mut url = Some(self.at(repository, &format!("referrers/{digest}")));
        for _ in 0..MOST_PAGES {
            let Some(page) = url.take() else { break };
            let ask = Ask::new(Method::GET, page, format!("read {repository}"));
            let ask = ask.scope(pull_scope(repository)).header("accept", media::INDEX);
            let reply = self.ask(&ask)?;
            if reply.status == 404 && all.is_empty() {
                all = self.fallback(of, digest)?.manifests;
                break;
            }
            let reply = self.fine(&ask, reply, &[200])?;
            url = next_page(&reply);
            let what = reply.url.shown();
            all.extend(parsed::<Index>(&what, &reply.bytes(LONGEST_MANIFEST)?)?.manifests);
        }
        let wanted =
            |it: &Descriptor| kind.is_none_or(|kind| it.artifact_type.as_deref() == Some(kind));
        all.retain(wanted);
        Ok(all)
    }

    /// Puts in a manifest that is about another, so that it is found from there. Its blobs must be
    /// there.
    ///
    /// # Errors
    /// It is not taken, or says of nothing that it is about it.
    pub fn put_referrer(&self, to: &Reference, bytes: &[u8]) -> Result<Descriptor, RegistryError> {
        let manifest: Manifest = parsed(&to.to_string(), bytes)?;
        let kind = manifest.media_type.as_deref().unwrap_or(media::MANIFEST);
        let mut descriptor = Descriptor::of(kind, bytes);
        let Some(subject) = manifest.subject else {
            let why = "it is about nothing".to_owned();
            return Err(RegistryError::Malformed { what: descriptor.digest.to_string(), why });
        };
        let kept = self.put_manifest(&to.pinned(descriptor.digest), kind, bytes)?;
        descriptor.artifact_type =
            manifest.artifact_type.or(Some(manifest.config.media_type)).filter(|it| !it.is_empty());
        descriptor.annotations = manifest.annotations;
        if !kept {
            self.list(to, subject.digest, &descriptor)?;
        }
        Ok(descriptor)
    }

    /// Adds a referrer to the list that stands in for what the registry can't do.
    fn list(
        &self,
        to: &Reference,
        subject: Sha256,
        referrer: &Descriptor,
    ) -> Result<(), RegistryError> {
        let tag =
            to.tagged(&tag_of(subject)).map_err(|error| RegistryError::Setup(error.to_string()))?;
        for round in 1..=MOST_ROUNDS {
            let mut index = self.fallback(to, subject)?;
            if index.manifests.iter().any(|known| known.digest == referrer.digest) {
                return Ok(());
            }
            if round == MOST_ROUNDS {
                break;
            }
            index.manifests.push(referrer.clone());
            self.put_manifest(&tag, media::INDEX, &index.to_bytes())?;
        }
        let why = "others write the same list all the time".to_owned();
        Err(RegistryError::Unreachable { url: tag.to_string(), why, transient: true })
    }

    fn fallback(&self, of: &Reference, digest: Sha256) -> Result<Index, RegistryError> {
        let tag =
            of.tagged(&tag_of(digest)).map_err(|error| RegistryError::Setup(error.to_string()))?;
        match self.manifest(&tag) {
            Ok((_, bytes)) => parsed(&tag.to_string(), &bytes),
            Err(RegistryError::NotFound { .. }) => Ok(Index::of(Vec::new())),
            Err(error) => Err(error),
        }
    }
}

fn tag_of(digest: Sha256) -> String {
    digest.to_string().replace(':', "-")
}
