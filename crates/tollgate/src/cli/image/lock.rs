//! `tollgate image lock`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

use serde::Serialize;
use tollgate_adapters::{SystemClock, apt};
use tollgate_engine::Clock as _;
use tollgate_image::debian::DebianLock;
use tollgate_image::oci::{ImageLock, PinnedImage, Platform, Reference};
use tollgate_model::{Base, DockerfileBuild, Exit, ImageBuild, ImagePlatform, Plan, format_bytes};

use super::registry::{connect, failed};
use super::{images, run};
use crate::cli::{Context, eprintln};
use crate::display::{count, style};
use crate::error::CliError;
use crate::project::Project;

#[derive(Serialize)]
struct Locked {
    file: &'static str,
    packages: usize,
    images: usize,
    same: bool,
}

pub(super) fn execute(context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let plan = project.plan()?;
    let wanted = packages(&plan)?;
    let bases = bases(&plan, &project)?;
    if wanted.is_none() && bases.is_empty() {
        let message = "no step builds an image on Debian packages or on an image of a registry, so there \
                       is nothing to pin";
        return Err(CliError::misconfigured(message).hint("an OCI layout is its own pin"));
    }
    project.make_state()?;
    let before = fs::read_to_string(project.root.join(ImageBuild::LOCK)).unwrap_or_default();
    let named = wanted_on(&plan);
    let debian = match &wanted {
        Some(wanted) => pin_packages(wanted, &named, &before, &project, context)?,
        None => Vec::new(),
    };
    let registries = pin_images(&bases, &named, &before, &project, context)?;
    let parts = (!debian.is_empty()).then(|| DebianLock::written(&debian)).into_iter();
    let parts = parts.chain((!bases.is_empty()).then(|| registries.to_string()));
    let text = parts.collect::<Vec<_>>().join("\n");
    let path = project.root.join(ImageBuild::LOCK);
    let same = before == text;
    write_whole(&path, &text)?;
    tell(&debian, &registries, same, context)?;
    Ok(Exit::Passed)
}

fn tell(
    debian: &[DebianLock],
    registries: &ImageLock,
    same: bool,
    context: &Context,
) -> Result<(), CliError> {
    if context.json {
        return context.json_line(&Locked {
            file: ImageBuild::LOCK,
            packages: debian.iter().map(|lock| lock.packages.len()).sum(),
            images: registries.images.len(),
            same,
        });
    }
    let before = if same { ", as before" } else { "" };
    for lock in debian {
        let size: u64 = lock.packages.iter().map(|package| package.size).sum();
        let packages = count(lock.packages.len() as u64, "package");
        let which = match debian.len() {
            1 => String::new(),
            _ => format!(" for {}", lock.architecture),
        };
        let fetch = format!(", {} to fetch", format_bytes(size));
        let rest = if same { before } else { &fetch };
        context.line(&format!("{}: {packages}{which}{rest}", ImageBuild::LOCK))?;
    }
    for image in &registries.images {
        let (file, digest) = (ImageBuild::LOCK, image.manifest.digest);
        let (base, platform) = (&image.base, &image.platform);
        context.line(&format!("{file}: {base} is {digest} on {platform}{before}"))?;
    }
    Ok(())
}

/// The kinds of machines that images are for: this one's where none are named.
fn wanted_on(plan: &Plan) -> BTreeSet<ImagePlatform> {
    let of = |image: &ImageBuild| match image.platforms.is_empty() {
        true => ImagePlatform::here().into_iter().collect(),
        false => image.platforms.clone(),
    };
    images(plan).flat_map(|(_, image)| of(image)).collect()
}

/// The one list of Debian packages that image steps stand on.
fn packages(plan: &Plan) -> Result<Option<Vec<String>>, CliError> {
    let lists: BTreeSet<&Vec<String>> = images(plan)
        .filter_map(|(_, image)| match &image.base {
            Base::Debian(packages) => Some(packages),
            Base::Layout { .. } | Base::Registry(_) | Base::Dockerfile(_) => None,
        })
        .collect();
    if lists.len() > 1 {
        let message = "image steps with different lists of Debian packages";
        let hint = "give them the same list: one lock pins one base";
        return Err(CliError::misconfigured(message).hint(hint));
    }
    Ok(lists.into_iter().next().cloned())
}

/// The images of registries that image steps stand on, and those that their Dockerfiles name.
fn bases(plan: &Plan, project: &Project) -> Result<BTreeSet<String>, CliError> {
    let mut bases = BTreeSet::new();
    for (_, image) in images(plan) {
        match &image.base {
            Base::Registry(reference) => drop(bases.insert(reference.clone())),
            Base::Dockerfile(build) => bases.extend(named(build, project)?),
            Base::Debian(_) | Base::Layout { .. } => {}
        }
    }
    Ok(bases)
}

/// What a Dockerfile names with its registry, and does not pin itself. Of which registry another name
/// is only its builder knows.
fn named(build: &DockerfileBuild, project: &Project) -> Result<Vec<String>, CliError> {
    let (file, _) = super::lint::read(&project.root.join(&build.file), build.file.as_str())?;
    let images = tollgate_image::dockerfile::images(&file, &build.args);
    let names = images.into_iter().map(|image| image.name);
    let is_open = |name: &String| {
        name.parse::<Reference>().is_ok_and(|reference| reference.digest().is_none())
    };
    Ok(names.filter(is_open).collect())
}

/// For the kinds of machines that are named, and those for which somebody else has pinned it.
fn pin_packages(
    wanted: &[String],
    named: &BTreeSet<ImagePlatform>,
    before: &str,
    project: &Project,
    context: &Context,
) -> Result<Vec<DebianLock>, CliError> {
    let cache = project.state.join("cache/images/debian");
    let mut apt = apt::of_machine(&context.environment, &cache).map_err(CliError::broken)?;
    let now = SystemClock.now().as_millis().div_euclid(1000);
    eprintln(&style::faint("asking this machine's APT sources"), context.color);
    // What can't be read of it is written anew.
    let theirs = DebianLock::parse(before, ImageBuild::LOCK).unwrap_or_default();
    let mut all: BTreeSet<String> = theirs.into_iter().map(|lock| lock.architecture).collect();
    all.extend(named.iter().map(|platform| platform.architecture().to_owned()));
    let pin = |architecture: String| {
        apt.architecture = architecture;
        apt.lock(wanted, now, &|_| {}).map_err(CliError::broken)
    };
    all.into_iter().map(pin).collect()
}

fn pin_images(
    bases: &BTreeSet<String>,
    named: &BTreeSet<ImagePlatform>,
    before: &str,
    project: &Project,
    context: &Context,
) -> Result<ImageLock, CliError> {
    let stop = run::stop_on_signals()?;
    let stopped = || stop.load(Ordering::Relaxed);
    // What can't be read of it is written anew.
    let before = ImageLock::parse(before, ImageBuild::LOCK).unwrap_or_default();
    let pin = |base: &String| {
        let reference = super::registry::reference(base)?;
        let asking = format!("asking {} for {}", reference.registry(), reference.repository());
        eprintln(&style::faint(asking), context.color);
        let registry = connect(&reference, false, project, context, &stopped)?;
        let pin = |platform: Platform| {
            let manifest = registry.pin(&reference, &platform).map_err(failed)?;
            Ok(PinnedImage { base: base.clone(), platform, manifest })
        };
        platforms(base, named, &before).into_iter().map(pin).collect()
    };
    let pinned: Result<Vec<Vec<PinnedImage>>, CliError> = bases.iter().map(pin).collect();
    Ok(ImageLock::of(pinned?.concat()))
}

/// The kinds of machines that are named, and those for which somebody else has pinned it.
fn platforms(
    base: &str,
    named: &BTreeSet<ImagePlatform>,
    before: &ImageLock,
) -> BTreeSet<Platform> {
    let theirs = before.images.iter().filter(|image| image.base == base);
    let mut all: BTreeSet<Platform> = theirs.map(|image| image.platform.clone()).collect();
    all.extend(named.iter().filter_map(|platform| platform.to_string().parse().ok()));
    all
}

pub(in crate::cli) fn write_whole(path: &Path, text: &str) -> Result<(), CliError> {
    let write = || {
        let directory = path.parent().unwrap_or(path);
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        file.persist(path).map_err(|error| error.error).map(drop)
    };
    write().map_err(|error: std::io::Error| {
        CliError::broken(format!("can't write {}: {error}", path.display()))
    })
}
