//! Configuration and manifest of an image for one kind of machine.

use std::collections::BTreeMap;

use tollgate_image::Inventory;
use tollgate_image::layer::Layer;
use tollgate_image::oci::{
    Descriptor, Healthcheck, History, ImageConfig, Manifest, Nothing, RootFs, RunConfig, Sha256,
    media,
};
use tollgate_model::{Base, Finding};

use super::application::Application;
use super::base::{BaseLayers, keep};
use super::bytecode::Bytecode;
use super::dependencies::Dependencies;
use super::error::Stopped;
use super::{Bench, target};

/// When an image was made, for whoever asks: always the same, so that it is always the same image.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// Where commands are looked for where the base does not say.
const PATH: &str = "PATH=/usr/local/bin:/usr/bin:/bin";

/// The image of one kind of machine, in the layout.
pub(super) struct Made {
    /// Its manifest, with its platform.
    pub(super) image: Descriptor,
    pub(super) layers: Vec<Descriptor>,
    /// What it is of, with unpacked bytes.
    pub(super) parts: Vec<(&'static str, u64)>,
    pub(super) inventory: Inventory,
    /// What is not known of what is in it.
    pub(super) gaps: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

impl Bench<'_> {
    pub(super) fn put_together(
        &self,
        base: BaseLayers,
        dependencies: Dependencies,
        application: Application,
        bytecode: &Bytecode,
    ) -> Result<Made, Stopped> {
        let own: Vec<(&'static str, &Layer)> = [
            ("Python packages", dependencies.layer.as_ref()),
            ("their bytecode", bytecode.of_packages.as_ref()),
            ("application", application.layer.as_ref()),
            ("its bytecode", bytecode.of_application.as_ref()),
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
        let layers: Vec<Descriptor> = layers.into_iter().map(|(layer, _)| layer).collect();
        let annotations = annotations(&base);
        let manifest = Manifest { annotations, ..Manifest::image(of_config, layers.clone()) };
        let image = self.layout.put_bytes(media::MANIFEST, &manifest.to_bytes())?;
        let image = Descriptor { platform: Some(config.platform.clone()), ..image };

        let packages = base.inventory.packages.iter().cloned().chain(dependencies.packages);
        let inventory = Inventory::of(packages.collect());
        self.keep_inventory(&image, &inventory)?;
        let of_own = own.iter().map(|(what, layer)| (*what, layer.plain_size));
        let parts = [("base", base.size)].into_iter().chain(of_own).collect();
        let of_project: Vec<&Descriptor> = base.to_search.iter().collect();
        // Packages of Debian and wheels are public; an image that somebody has made may not be.
        let of_base = base.layers.iter().map(|(layer, _)| layer);
        let of_base: Vec<&Descriptor> =
            of_base.filter(|layer| base.config.is_some() && !of_project.contains(layer)).collect();
        let leaks = self.leaks(&of_project, application.found, &of_base, &config)?;
        let findings = [base.findings, leaks].concat();
        Ok(Made { image, layers, parts, inventory, gaps: base.gaps, findings })
    }

    /// What is in an image, for who asks for it by digest.
    pub(super) fn keep_inventory(
        &self,
        image: &Descriptor,
        inventory: &Inventory,
    ) -> Result<(), Stopped> {
        let name = format!("{}.json", image.digest.hex());
        keep(&self.cache.join("inventories").join(name), inventory)
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
        if let Some(health) = self.health(base)? {
            run.healthcheck = Some(health);
        }
        run.env = self.variables(&run);
        // What it is called; a commit would make another image of the same files.
        let title = ("org.opencontainers.image.title".to_owned(), self.job.step.id.to_string());
        match &asked.base {
            Base::Dockerfile(_) => drop(run.labels.entry(title.0).or_insert(title.1)),
            _ => run.labels.extend([title]),
        }
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
                None => target::in_oci(self.target),
            },
            config: run,
            rootfs: RootFs {
                kind: "layers".to_owned(),
                diff_ids: layers.iter().map(|(_, diff_id)| *diff_id).collect(),
            },
            history,
        })
    }

    /// The check that is asked for, which the image's own Python makes: there may be no other client.
    fn health(&self, base: &BaseLayers) -> Result<Option<Healthcheck>, Stopped> {
        let (Some(path), Some(port)) = (&self.build.health, self.build.ports.first()) else {
            return Ok(None);
        };
        let no_python = || {
            let message = "the base has no Python to ask for the service's health".to_owned();
            self.unfit("image.python", message).hint("leave out `health`")
        };
        let (_, python) = base.python.as_ref().ok_or_else(no_python)?.program();
        let ask = format!(
            "import socket, sys; s = socket.create_connection(('127.0.0.1', {port}), 3); \
             s.sendall(b'GET {path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n'); \
             sys.exit(s.recv(64)[9:10] not in (b'2', b'3'))"
        );
        let words = ["CMD", &format!("/{python}"), "-I", "-c", &ask];
        const SECOND: u64 = 1_000_000_000;
        Ok(Some(Healthcheck {
            test: words.map(str::to_owned).to_vec(),
            interval: Some(10 * SECOND),
            timeout: Some(5 * SECOND),
            start_period: Some(60 * SECOND),
            retries: Some(3),
        }))
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
}

/// Where the base is from. Source: OCI image specification 1.1, "Pre-Defined Annotation Keys".
fn annotations(base: &BaseLayers) -> BTreeMap<String, String> {
    let Some((name, digest)) = &base.origin else { return BTreeMap::new() };
    let key = |key: &str| format!("org.opencontainers.image.base.{key}");
    BTreeMap::from([(key("name"), name.clone()), (key("digest"), digest.to_string())])
}
