//! Secrets in what the project puts into an image: the copied files, what a Dockerfile makes, and the
//! settings.

use tollgate_image::layer::Compression;
use tollgate_image::oci::{Descriptor, ImageConfig};
use tollgate_image::secrets::{self, Leak};
use tollgate_image::{Content, LayerSource, Limits};
use tollgate_model::{Finding, Place, Severity, SourceLine};

use super::Bench;
use super::error::{Stopped, broken};

/// The user's file.
const FILE: &str = "tollgate.yaml";

impl Bench<'_> {
    /// What was found, and what was not looked at in full.
    pub(super) fn leaks(
        &self,
        layers: &[&Descriptor],
        config: &ImageConfig,
    ) -> Result<Vec<Finding>, Stopped> {
        let mut leaks = secrets::settings(config);
        let mut cut = Vec::new();
        for layer in layers {
            let unknown = || broken("a layer", &"its packing is not known");
            let source = LayerSource {
                name: layer.digest.to_string(),
                content: Content::Disk {
                    path: self.layout.blob_path(&layer.digest),
                    size: layer.size,
                },
                compression: Compression::of(&layer.media_type).ok_or_else(unknown)?,
                diff_id: None,
            };
            let searched = secrets::layer(&source, &Limits::default())
                .map_err(|error| broken("a layer", &error))?;
            leaks.extend(searched.leaks);
            cut.extend(searched.cut);
        }
        let allowed = &self.build.allowed_secrets;
        let is_allowed = |leak: &Leak| allowed.iter().any(|it| it.fingerprint == leak.fingerprint);
        let mut findings: Vec<Finding> =
            leaks.iter().filter(|leak| !is_allowed(leak)).map(told).collect();
        let idle = allowed
            .iter()
            .filter(|it| !leaks.iter().any(|leak| leak.fingerprint == it.fingerprint));
        findings.extend(idle.map(|it| {
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
}

fn told(leak: &Leak) -> Finding {
    let finding = leak.finding();
    let hint = format!(
        "take it out and make it void, or say that it is none: `allow_secrets: [{{ fingerprint: \"{}\", reason: … }}]`",
        leak.fingerprint
    );
    finding.hint(hint)
}
