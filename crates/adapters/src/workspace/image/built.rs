//! Configuration, manifest, and what is to be said of the image.

use std::collections::BTreeMap;

use tollgate_engine::Store as _;
use tollgate_image::layer::Layer;
use tollgate_image::oci::{
    Descriptor, History, ImageConfig, Manifest, Nothing, Platform, RootFs, RunConfig, Sha256, media,
};
use tollgate_image::{Inventory, Package};
use tollgate_model::{Base, BuiltImage, Finding, Report, Severity, format_bytes};

use super::Bench;
use super::base::{BaseLayers, keep};
use super::dependencies::Dependencies;
use super::error::Stopped;

/// When an image was made, for whoever asks: always the same, so that it is always the same image.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// Where commands are looked for where the base does not say.
const PATH: &str = "PATH=/usr/local/bin:/usr/bin:/bin";

/// So many packages are named where an image is too large.
const LARGEST: usize = 5;

impl Bench<'_> {
    pub(super) fn finish(
        &self,
        base: BaseLayers,
        dependencies: Dependencies,
        application: Option<Layer>,
    ) -> Result<(BuiltImage, Report), Stopped> {
        let own: Vec<(&str, &Layer)> = [
            ("Python packages", dependencies.layer.as_ref()),
            ("application", application.as_ref()),
        ]
        .into_iter()
        .filter_map(|(what, layer)| Some((what, layer?)))
        .collect();
        let layers: Vec<(Descriptor, Sha256)> = base
            .layers
            .iter()
            .cloned()
            .chain(own.iter().map(|(_, layer)| (layer.descriptor.clone(), layer.diff_id)))
            .collect();
        let config = self.config(&base, &layers, &own)?;
        let bytes = serde_json::to_vec(&config).unwrap_or_default();
        let of_config = self.layout.put_bytes(media::CONFIG, &bytes)?;
        let blobs = layers.iter().map(|(descriptor, _)| descriptor.clone()).collect();
        let manifest = Manifest::image(of_config, blobs);
        let image = self.layout.put_bytes(media::MANIFEST, &manifest.to_bytes())?;
        self.layout.tag(self.job.step.id.as_str(), &image)?;

        let packages = base.inventory.packages.iter().cloned().chain(dependencies.packages);
        let inventory = Inventory::of(packages.collect());
        let name = format!("{}.json", image.digest.hex());
        keep(&self.cache.join("inventories").join(name), &inventory)?;
        let json = serde_json::to_vec(&inventory).unwrap_or_default();
        let (scanned, scan) = self.scanned(&inventory, &base.gaps)?;
        let built = BuiltImage {
            digest: image.digest.to_string(),
            packed: layers.iter().map(|(descriptor, _)| descriptor.size).sum(),
            unpacked: base.size + own.iter().map(|(_, layer)| layer.plain_size).sum::<u64>(),
            layers: layers.len().try_into().unwrap_or(u32::MAX),
            inventory: self.host.store.put(&json)?,
            scan,
        };
        let of_base = [("base", base.size)].into_iter();
        let parts: Vec<(&str, u64)> =
            of_base.chain(own.iter().map(|(what, layer)| (*what, layer.plain_size))).collect();
        let mut report = self.report(&built, &inventory, scanned, &parts);
        let mut searched: Vec<&Descriptor> = base.to_search.iter().collect();
        searched.extend(application.iter().map(|layer| &layer.descriptor));
        let (leaks, unsearched) = self.leaks(&searched, &config)?;
        let findings = [base.findings, report.findings, leaks].concat();
        let open = [report.not_assessed, unsearched].concat();
        report = Report { figures: report.figures, ..Report::new(findings, open) };
        Ok((built, report))
    }

    fn config(
        &self,
        base: &BaseLayers,
        layers: &[(Descriptor, Sha256)],
        own: &[(&str, &Layer)],
    ) -> Result<ImageConfig, Stopped> {
        let of_base = base.config.as_ref();
        let mut run = of_base.map(|config| config.config.clone()).unwrap_or_default();
        let asked = self.build;
        if let Some(user) = &asked.user {
            run.user = Some(user.clone());
        }
        run.working_dir = Some(self.workdir(base));
        if !asked.command.is_empty() {
            run.entrypoint = None;
            run.cmd = Some(asked.command.clone());
        }
        let ports = asked.ports.iter().map(|port| (format!("{port}/tcp"), Nothing {}));
        match &asked.base {
            Base::Dockerfile(_) => run.exposed_ports.extend(ports),
            _ => run.exposed_ports = ports.collect(),
        }
        run.env = self.variables(&run);
        run.labels.extend(asked.labels.clone());
        let made = |by: &str| History {
            created: Some(CREATED.to_owned()),
            created_by: Some(format!("tollgate: {by}")),
            ..History::default()
        };
        let mut history = of_base.map(|config| config.history.clone()).unwrap_or_default();
        if matches!(asked.base, Base::Dockerfile(_)) {
            // When it was built is no part of what was built.
            history.iter_mut().for_each(|it| it.created = Some(CREATED.to_owned()));
        }
        if of_base.is_none() {
            history.push(made("base"));
        }
        history.extend(own.iter().map(|(what, _)| made(what)));
        Ok(ImageConfig {
            created: Some(CREATED.to_owned()),
            author: None,
            platform: match of_base {
                Some(config) => config.platform.clone(),
                None => self.platform()?,
            },
            config: run,
            rootfs: RootFs {
                kind: "layers".to_owned(),
                diff_ids: layers.iter().map(|(_, diff_id)| *diff_id).collect(),
            },
            history,
        })
    }

    /// Where it is run: as it is asked for, else as its base has it.
    pub(super) fn workdir(&self, base: &BaseLayers) -> String {
        let of_base = || base.config.as_ref()?.config.working_dir.clone();
        let said = self.build.workdir.clone().or_else(of_base);
        said.filter(|workdir| !workdir.is_empty()).unwrap_or_else(|| "/".to_owned())
    }

    /// The base's variables, ours over them, sorted.
    fn variables(&self, base: &RunConfig) -> Vec<String> {
        // A Dockerfile says what it wants.
        let usual: &[&str] = match self.build.base {
            Base::Dockerfile(_) => &[PATH],
            _ => &[PATH, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"],
        };
        let pairs = usual.iter().copied().chain(base.env.iter().map(String::as_str));
        let split = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        };
        let mut all: BTreeMap<String, String> = pairs.map(split).collect();
        all.extend(self.build.env.clone());
        all.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    fn platform(&self) -> Result<Platform, Stopped> {
        let architecture = match self.machine()? {
            tollgate_image::python::Machine::X86_64 => "amd64",
            tollgate_image::python::Machine::Aarch64 => "arm64",
        };
        Ok(Platform {
            architecture: architecture.to_owned(),
            os: "linux".to_owned(),
            variant: None,
        })
    }

    fn report(
        &self,
        image: &BuiltImage,
        inventory: &Inventory,
        scanned: Report,
        parts: &[(&str, u64)],
    ) -> Report {
        let mut findings = Vec::new();
        if let Some(most) = self.build.max_size.filter(|most| image.unpacked > *most) {
            findings.push(self.too_large(image, most, inventory, parts));
        }
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2⁵³ bytes")]
        let figure = |bytes: u64| bytes as f64;
        findings.extend(scanned.findings);
        let figures = scanned.figures.into_iter();
        let report = Report::new(findings, scanned.not_assessed);
        figures
            .fold(report, |report, (name, value)| report.figure(name, value))
            .figure("image.packed", figure(image.packed))
            .figure("image.unpacked", figure(image.unpacked))
            .figure("image.layers", f64::from(image.layers))
            .figure("image.packages", figure(inventory.packages.len() as u64))
    }

    fn too_large(
        &self,
        image: &BuiltImage,
        most: u64,
        inventory: &Inventory,
        parts: &[(&str, u64)],
    ) -> Finding {
        let mut by_size: Vec<&Package> = inventory.packages.iter().collect();
        by_size.sort_by_key(|package| std::cmp::Reverse(package.size));
        let shown = by_size.iter().take(LARGEST).map(|package| {
            let wanting = inventory.packages.iter().find(|p| p.requires.contains(&package.name));
            let by = wanting.map(|p| format!(", pulled in by {}", p.name)).unwrap_or_default();
            format!("{} {}{by}", package.name, format_bytes(package.size))
        });
        let parts = parts.iter().map(|(what, size)| format!("{what} {}", format_bytes(*size)));
        let shown: Vec<String> = parts.chain(shown).collect();
        let size = format_bytes(image.unpacked);
        let message = format!("the image takes {size}, and may take {}", format_bytes(most));
        let mut finding = self.unfit("image.size", message);
        finding.severity = Severity::Error;
        finding.expected = Some(format!("at most {}", format_bytes(most)));
        finding.found = Some(size);
        finding.hint(format!("what takes the most: {}", shown.join("; ")))
    }
}
