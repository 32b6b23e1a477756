//! Manifests: small documents that everything else hangs on.

use serde::Deserialize;
use tollgate_image::oci::{Descriptor, Index, Platform, Reference, Sha256, media};
use ureq::http::Method;

use super::error::RegistryError;
use super::request::{Ask, Body, Reply};
use super::{Registry, pull_scope, push_scope};

/// Source: OCI Distribution Specification 1.1, "Pushing Manifests": registries take 4 MiB at least.
pub(super) const LONGEST_MANIFEST: u64 = 4 << 20;

const MOST_TAGS: usize = 100_000;
const MOST_PAGES: usize = 1_000;

/// All kinds of documents that are understood.
const KINDS: [&str; 4] =
    [media::MANIFEST, media::INDEX, media::DOCKER_MANIFEST, media::DOCKER_INDEX];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    #[serde(default)]
    schema_version: u32,
    media_type: Option<String>,
}

#[derive(Deserialize)]
struct Tags {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

impl Registry<'_> {
    /// The manifest or index that a reference stands for: what it is, and its bytes, which have
    /// the digest that is asked for.
    ///
    /// # Errors
    /// It is not there, not what the reference pins, or not understood.
    pub fn manifest(&self, of: &Reference) -> Result<(Descriptor, Vec<u8>), RegistryError> {
        let reply = self.ask(&self.ask_manifest(Method::GET, of))?;
        let reply = self.there(of, Method::GET, reply)?;
        let (said, kind) = (reply.digest(), reply.header("content-type").map(str::to_owned));
        let bytes = reply.bytes(LONGEST_MANIFEST)?;
        let digest = Sha256::of(&bytes);
        if let Some(wanted) = of.digest().or(said).filter(|wanted| *wanted != digest) {
            let (what, why) = (of.to_string(), format!("its digest is {digest}"));
            return Err(RegistryError::Content { what, digest: wanted, why });
        }
        let media_type = kind_of(&bytes, kind.as_deref())
            .map_err(|why| RegistryError::Malformed { what: of.to_string(), why })?;
        Ok((Descriptor::of(&media_type, &bytes), bytes))
    }

    /// The digest that a reference stands for, as the registry says; none where it is not there.
    ///
    /// # Errors
    /// It can't be asked, or does not say.
    pub fn digest(&self, of: &Reference) -> Result<Option<Sha256>, RegistryError> {
        let reply = self.ask(&self.ask_manifest(Method::HEAD, of))?;
        if reply.status == 404 {
            return Ok(None);
        }
        let reply = self.there(of, Method::HEAD, reply)?;
        reply.digest().map(Some).ok_or_else(|| reply.malformed("it does not say which digest"))
    }

    /// Puts a manifest in, by its digest or under a tag. What it refers to must be there.
    /// Tells whether the registry keeps what it is about, where it is about something.
    ///
    /// # Errors
    /// It is not taken.
    pub fn put_manifest(
        &self,
        to: &Reference,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<bool, RegistryError> {
        let digest = Sha256::of(bytes);
        let name = to.tag().map_or_else(|| digest.to_string(), str::to_owned);
        let repository = to.repository();
        let url = self.at(repository, &format!("manifests/{name}"));
        let ask = Ask::new(Method::PUT, url, format!("push to {repository}"))
            .scope(push_scope(repository))
            .header("content-type", media_type)
            .body(Body::Bytes(bytes));
        let reply = self.expect(&ask, &[201, 200, 202])?;
        if let Some(said) = reply.digest().filter(|said| *said != digest) {
            let (what, why) = (to.to_string(), format!("it says it keeps {said}"));
            return Err(RegistryError::Content { what, digest, why });
        }
        Ok(reply.header("oci-subject").is_some())
    }

    /// Deletes a manifest, and with it all tags of it.
    ///
    /// # Errors
    /// It is not there, or the registry does not allow it.
    pub fn delete_manifest(
        &self,
        repository: &Reference,
        digest: Sha256,
    ) -> Result<(), RegistryError> {
        let name = repository.repository();
        let url = self.at(name, &format!("manifests/{digest}"));
        let ask = Ask::new(Method::DELETE, url, format!("delete from {name}"))
            .scope(format!("repository:{name}:pull,push,delete"));
        let reply = self.ask(&ask)?;
        match reply.status {
            404 => Err(RegistryError::NotFound { what: repository.pinned(digest).to_string() }),
            405 => Err(RegistryError::Setup(format!(
                "{} is set up not to delete anything",
                self.base.authority()
            ))),
            _ => self.fine(&ask, reply, &[202, 200, 204]).map(drop),
        }
    }

    /// The tags of a repository, in the registry's order.
    ///
    /// # Errors
    /// There is no such repository, or it can't be asked.
    pub fn tags(&self, of: &Reference) -> Result<Vec<String>, RegistryError> {
        let repository = of.repository();
        let mut tags = Vec::new();
        let mut url = self.at(repository, "tags/list?n=1000");
        for _ in 0..MOST_PAGES {
            let ask = Ask::new(Method::GET, url, format!("read {repository}"));
            let ask = ask.scope(pull_scope(repository));
            let reply = self.ask(&ask)?;
            if reply.status == 404 {
                return Err(RegistryError::NotFound {
                    what: format!("{repository}, and so any tag,"),
                });
            }
            let reply = self.fine(&ask, reply, &[200])?;
            let next = next_page(&reply);
            let what = reply.url.shown();
            let page: Tags = parsed(&what, &reply.bytes(LONGEST_MANIFEST)?)?;
            tags.extend(page.tags.unwrap_or_default());
            match next {
                Some(next) if tags.len() < MOST_TAGS => url = next,
                _ => return Ok(tags),
            }
        }
        Ok(tags)
    }

    /// The manifest of one platform that a reference stands for.
    ///
    /// # Errors
    /// As for [`Self::manifest`]; an index has nothing for the platform.
    pub fn resolve(
        &self,
        reference: &Reference,
        platform: &Platform,
    ) -> Result<(Descriptor, Vec<u8>), RegistryError> {
        let (descriptor, bytes) = self.manifest(reference)?;
        if !is_index(&descriptor.media_type) {
            return Ok((descriptor, bytes));
        }
        let index: Index = parsed(&reference.to_string(), &bytes)?;
        let has = |it: &&Descriptor| it.platform.as_ref().is_some_and(|it| it.suits(platform));
        let Some(chosen) = index.manifests.iter().find(has) else {
            let known = index.manifests.iter().filter_map(|it| it.platform.as_ref());
            let mut has: Vec<String> = known.map(Platform::to_string).take(50).collect();
            has.retain(|platform| platform != "unknown/unknown");
            let (what, platform) = (reference.to_string(), platform.to_string());
            return Err(RegistryError::NoPlatform { what, platform, has });
        };
        let (inner, bytes) = self.manifest(&reference.pinned(chosen.digest))?;
        match is_index(&inner.media_type) {
            true => Err(RegistryError::Malformed {
                what: reference.to_string(),
                why: "it is an index of indexes".to_owned(),
            }),
            false => Ok((inner, bytes)),
        }
    }

    fn ask_manifest(&self, method: Method, of: &Reference) -> Ask<'static> {
        let repository = of.repository();
        let url = self.at(repository, &format!("manifests/{}", of.wanted()));
        Ask::new(method, url, format!("read {repository}"))
            .scope(pull_scope(repository))
            .header("accept", KINDS.join(", "))
    }

    fn there(&self, of: &Reference, method: Method, reply: Reply) -> Result<Reply, RegistryError> {
        match reply.status {
            404 => Err(RegistryError::NotFound { what: of.to_string() }),
            _ => self.fine(&self.ask_manifest(method, of), reply, &[200]),
        }
    }
}

pub(super) fn is_index(media_type: &str) -> bool {
    matches!(media_type, media::INDEX | media::DOCKER_INDEX)
}

// What a document says of itself goes before what its carrier says.
fn kind_of(bytes: &[u8], carried: Option<&str>) -> Result<String, String> {
    let kind: Kind = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let carried = carried.and_then(|kind| kind.split(';').next()).map(str::trim);
    let found = kind.media_type.as_deref().or(carried).unwrap_or_default();
    match KINDS.iter().find(|known| **known == found) {
        Some(known) => Ok((*known).to_owned()),
        None if kind.schema_version == 1 => {
            Err("it is in Docker's first format, which nobody writes any more".to_owned())
        }
        None => {
            let shown: String = found.escape_debug().take(100).collect();
            Err(format!("it is neither a manifest nor an index but `{shown}`"))
        }
    }
}

/// Where a list goes on. Source: RFC 8288, as the specification uses it.
pub(super) fn next_page(reply: &Reply) -> Option<super::url::Url> {
    let link = reply.header("link")?;
    let (target, parameters) = link.strip_prefix('<')?.split_once('>')?;
    let next = parameters.contains("rel=\"next\"") || parameters.contains("rel=next");
    let next = reply.url.join(target).filter(|_| next)?;
    // A list goes on where it began.
    (next.origin() == reply.url.origin()).then_some(next)
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(
    what: &str,
    bytes: &[u8],
) -> Result<T, RegistryError> {
    serde_json::from_slice(bytes)
        .map_err(|error| RegistryError::Malformed { what: what.to_owned(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_is_it_says_itself() {
        let kind = |text: &str, carried| kind_of(text.as_bytes(), carried);
        let index = format!(r#"{{"schemaVersion":2,"mediaType":"{}"}}"#, media::INDEX);
        assert_eq!(kind(&index, Some(media::MANIFEST)), Ok(media::INDEX.to_owned()));
        let typed = format!("{}; charset=utf-8", media::MANIFEST);
        assert_eq!(kind(r#"{"schemaVersion":2}"#, Some(&typed)), Ok(media::MANIFEST.to_owned()));
        assert!(kind(r#"{"schemaVersion":1}"#, None).unwrap_err().contains("first format"));
        assert!(kind("{}", Some("text/html")).unwrap_err().contains("`text/html`"));
        assert!(kind("<html>", None).is_err());
    }
}
