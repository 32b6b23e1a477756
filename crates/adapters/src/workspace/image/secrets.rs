//! Secrets in what the project puts into an image: the copied files and the settings.

use tollgate_image::layer::{Compression, Layer};
use tollgate_image::oci::ImageConfig;
use tollgate_image::secrets::{self, Leak};
use tollgate_image::{Content, LayerSource, Limits};
use tollgate_model::{Finding, Place, Severity, SourceLine};

use super::Bench;
use super::error::{Stopped, broken};

/// The user's file.
const FILE: &str = "tollgate.yaml";

impl Bench<'_> {
    /// What was found, and what was not looked at.
    pub(super) fn leaks(
        &self,
        application: Option<&Layer>,
        config: &ImageConfig,
    ) -> Result<(Vec<Finding>, Vec<Finding>), Stopped> {
        let mut leaks = secrets::settings(config);
        let mut cut = Vec::new();
        if let Some(layer) = application {
            let of = &layer.descriptor;
            let unknown = || broken("the application's layer", &"its packing is not known");
            let source = LayerSource {
                name: of.digest.to_string(),
                content: Content::Disk { path: self.layout.blob_path(&of.digest), size: of.size },
                compression: Compression::of(&of.media_type).ok_or_else(unknown)?,
                diff_id: None,
            };
            let searched = secrets::layer(&source, &Limits::default())
                .map_err(|error| broken("the application's layer", &error))?;
            leaks.extend(searched.leaks);
            cut = searched.cut;
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
        Ok((findings, Vec::new()))
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
