//! Secrets in what the project puts into an image (the copied files, what a Dockerfile makes, the
//! settings) and in an image that it stands on.

use serde::{Deserialize, Serialize};
use tollgate_image::Limits;
use tollgate_image::oci::{Descriptor, ImageConfig};
use tollgate_image::secrets::{self, Leak, Searched};
use tollgate_model::{AllowedSecret, Digest, Finding, Place, Severity, SourceLine};

use super::Bench;
use super::base::keep;
use super::error::{Stopped, broken};

/// The user's file.
const FILE: &str = "tollgate.yaml";

/// What was found in something, kept under its digest.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Found {
    /// Fingerprints and findings.
    leaks: Vec<(String, Finding)>,
    /// Files that were looked at only in part.
    cut: Vec<String>,
}

impl Found {
    pub(super) fn extend(&mut self, other: Self) {
        self.leaks.extend(other.leaks);
        self.cut.extend(other.cut);
    }
}

impl Bench<'_> {
    /// What was found, and what was not looked at in full. What the project puts into an image fails
    /// it; of what its base had before is warned.
    pub(super) fn leaks(
        &self,
        of_project: &[&Descriptor],
        application: Found,
        of_base: &[&Descriptor],
        config: &ImageConfig,
    ) -> Result<Vec<Finding>, Stopped> {
        let settings = secrets::settings(config);
        let mut found = Found { leaks: settings.iter().map(told).collect(), cut: Vec::new() };
        for layer in of_project {
            found.extend(self.searched(layer)?);
        }
        found.extend(application);
        for layer in of_base {
            let searched = self.searched(layer)?;
            found.leaks.extend(searched.leaks.into_iter().map(|(fingerprint, finding)| {
                let message = format!("the base has {}", finding.message);
                (fingerprint, Finding { severity: Severity::Warning, message, ..finding })
            }));
            found.cut.extend(searched.cut);
        }
        let Found { leaks, cut } = found;
        let allowed = &self.build.allowed_secrets;
        let is_there = |it: &&AllowedSecret| leaks.iter().any(|(leak, _)| *leak == it.fingerprint);
        let idle: Vec<&AllowedSecret> = allowed.iter().filter(|it| !is_there(it)).collect();
        let is_allowed = |leak: &str| allowed.iter().any(|it| it.fingerprint == leak);
        let told = leaks.into_iter().filter(|(leak, _)| !is_allowed(leak));
        let mut findings: Vec<Finding> = told.map(|(_, finding)| finding).collect();
        findings.extend(idle.into_iter().map(|it| {
            let message = format!("the secret {} is allowed, and is not there", it.fingerprint);
            let place = Place::File { path: FILE.to_owned(), line: Some(u64::from(it.line)) };
            let rule = Some(SourceLine { path: FILE.to_owned(), line: it.line });
            let found = Finding::new("secret.allowed", place, message).hint("take it out");
            Finding { severity: Severity::Info, rule, ..found }
        }));
        let open = cut.iter().map(|path| {
            let message = format!("{path} was looked through for secrets in its first 64 MiB only");
            Finding { severity: Severity::Info, ..self.unfit("secret.cut", message) }
        });
        findings.extend(open);
        Ok(findings)
    }

    fn searched(&self, layer: &Descriptor) -> Result<Found, Stopped> {
        self.known_search(&layer.digest.hex(), || {
            let source = self.layer_source(layer)?;
            secrets::layer(&source, &Limits::default())
                .map_err(|error| broken("a layer", &error).into())
        })
    }

    /// What a search finds is a function of the bytes, which `name` stands for, and of what is looked
    /// for: it is kept.
    pub(super) fn known_search(
        &self,
        name: &str,
        search: impl FnOnce() -> Result<Searched, Stopped>,
    ) -> Result<Found, Stopped> {
        let of = Digest::of(format!("{name} {}", secrets::looked_for()).as_bytes());
        let kept = self.cache.join("searched").join(format!("{of}.json"));
        let read = std::fs::read(&kept).ok();
        if let Some(found) = read.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            return Ok(found);
        }
        let searched = search()?;
        let leaks = searched.leaks.iter().map(told).collect();
        let found = Found { leaks, cut: searched.cut };
        keep(&kept, &found)?;
        Ok(found)
    }
}

fn told(leak: &Leak) -> (String, Finding) {
    let finding = leak.finding();
    let hint = format!(
        "take it out and make it void, or say that it is none: `allow_secrets: [{{ fingerprint: \"{}\", reason: … }}]`",
        leak.fingerprint
    );
    (leak.fingerprint.clone(), finding.hint(hint))
}
