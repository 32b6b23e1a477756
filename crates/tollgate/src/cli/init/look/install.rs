//! How dependencies are installed.

use std::collections::{BTreeMap, BTreeSet};

use super::requirements::Requirements;
use super::{Seen, names, skeleton};
use crate::cli::init::findings::{Install, Installed, Manager};

/// uv would keep what it downloads, and fetch a Python of its own.
const UV: [&str; 2] = ["UV_NO_CACHE=1", "UV_PYTHON_DOWNLOADS=never"];

/// Poetry would put the environment into its cache.
const POETRY: &str = "POETRY_VIRTUALENVS_IN_PROJECT=true";

/// What the repository says of its dependencies.
pub(super) struct Listing {
    manager: Manager,
    requirements: Requirements,
    extras: Vec<String>,
    groups: Vec<String>,
    names: BTreeSet<String>,
}

impl Listing {
    pub(super) fn of(seen: &Seen<'_>) -> Self {
        let extras = extras(seen);
        let groups = seen.pyproject.groups();
        let manager = manager(seen);
        let mut requirements = Requirements::default();
        if matches!(manager, Manager::Pip { .. }) {
            requirements = Requirements::of(seen.repository);
        }
        let mut names = seen.pyproject.dependencies();
        names.extend(requirements.names.iter().cloned());
        names.extend(packages(seen.setup_cfg.value("options", "install_requires")));
        let extras = chosen(extras, &mut names);
        let groups = chosen(groups, &mut names);
        Self { manager, requirements, extras, groups, names }
    }

    /// The packages that will be in the environment by what is listed.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.names.clone()
    }
}

fn manager(seen: &Seen<'_>) -> Manager {
    let locked = seen.repository.has("uv.lock");
    let poetry = ["dependencies", "dev-dependencies", "group"];
    let poetry = poetry.iter().any(|key| seen.pyproject.has(&["tool", "poetry", key]));
    if locked || seen.pyproject.has(&["project"]) && seen.pyproject.has(&["tool", "uv"]) {
        Manager::Uv { locked }
    } else if poetry || seen.repository.has("poetry.lock") {
        Manager::Poetry
    } else {
        Manager::Pip { requirements: Vec::new() }
    }
}

fn extras(seen: &Seen<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = seen.pyproject.extras();
    let older = seen.setup_cfg.section("options.extras_require");
    all.extend(older.map(|(name, list)| (name.to_owned(), packages(Some(list)))));
    all
}

fn packages(list: Option<&str>) -> BTreeSet<String> {
    list.unwrap_or_default().lines().filter_map(names::package).collect()
}

/// The sets that are for development, or have pytest; their packages are added to `known`.
fn chosen(sets: BTreeMap<String, BTreeSet<String>>, known: &mut BTreeSet<String>) -> Vec<String> {
    let wanted = |(name, packages): &(String, BTreeSet<String>)| {
        names::is_for_development(name) || packages.contains("pytest")
    };
    let chosen = sets.into_iter().filter(wanted);
    chosen.map(|(name, packages)| (name, known.extend(packages)).0).collect()
}

/// The installation, with the tools that are used and listed nowhere.
pub(super) fn look(seen: &Seen<'_>, listing: Listing, used: &BTreeSet<&str>) -> Option<Install> {
    let unlisted = used.iter().filter(|name| !listing.names.contains(**name));
    let unlisted: Vec<String> = unlisted.map(|name| (*name).to_owned()).collect();
    let project = installed(seen, &listing);
    let manager = match listing.manager {
        Manager::Pip { .. } => Manager::Pip { requirements: listing.requirements.files.clone() },
        other => other,
    };
    let nothing = matches!(&manager, Manager::Pip { requirements } if requirements.is_empty())
        && listing.groups.is_empty();
    if nothing && project == Installed::No && unlisted.is_empty() {
        return None;
    }
    Some(Install {
        inputs: inputs(seen, &manager, project, &listing.requirements),
        env: env(seen, &manager, project),
        manager,
        project,
        extras: listing.extras,
        groups: listing.groups,
        unlisted,
    })
}

fn installed(seen: &Seen<'_>, listing: &Listing) -> Installed {
    let is_pip = matches!(listing.manager, Manager::Pip { .. });
    let old = seen.repository.has("setup.py") || seen.setup_cfg.has("metadata");
    match is_pip && !listing.requirements.with_project {
        true if seen.pyproject.is_package() || old => Installed::Editable,
        true if seen.pyproject.has(&["project"]) => Installed::Dependencies,
        // A file that only sets tools up may list groups all the same.
        _ => Installed::No,
    }
}

fn inputs(
    seen: &Seen<'_>,
    manager: &Manager,
    project: Installed,
    requirements: &Requirements,
) -> Vec<String> {
    let mut inputs = requirements.inputs.clone();
    let managed = !matches!(manager, Manager::Pip { .. });
    let has_groups = seen.pyproject.has(&["dependency-groups"]);
    if managed || project != Installed::No || requirements.with_project || has_groups {
        inputs.extend(skeleton::description(seen));
    }
    let package = managed && seen.pyproject.is_package();
    if package || project == Installed::Editable || requirements.with_project {
        inputs.extend(skeleton::code(seen));
    }
    match manager {
        Manager::Uv { .. } => {
            inputs.extend(seen.present(&["uv.lock", "uv.toml"]));
            inputs.extend(members(seen));
        }
        Manager::Poetry => inputs.extend(seen.present(&["poetry.lock", "poetry.toml"])),
        Manager::Pip { .. } => {}
    }
    inputs.into_iter().collect()
}

/// The directories of a uv workspace's members.
fn members(seen: &Seen<'_>) -> Vec<String> {
    if !seen.pyproject.has(&["tool", "uv", "workspace"]) {
        return Vec::new();
    }
    let files = seen.repository.files().iter();
    files.filter_map(|file| Some(format!("{}/", file.strip_suffix("/pyproject.toml")?))).collect()
}

fn env(seen: &Seen<'_>, manager: &Manager, project: Installed) -> Vec<String> {
    let built = project == Installed::Editable || !matches!(manager, Manager::Pip { .. });
    let version = seen.pyproject.version_variable().filter(|_| built);
    let own: &[&str] = match manager {
        Manager::Uv { .. } => &UV,
        Manager::Poetry => &[POETRY],
        Manager::Pip { .. } => &[],
    };
    own.iter().copied().chain(version).map(str::to_owned).collect()
}

/// Whether the project's own modules can be imported from the environment.
pub(super) fn brings_the_project(seen: &Seen<'_>, install: &Install) -> bool {
    let mode = seen.pyproject.get(&["tool", "poetry", "package-mode"]);
    match install.manager {
        Manager::Pip { .. } => install.project == Installed::Editable,
        Manager::Uv { .. } => seen.pyproject.is_package(),
        Manager::Poetry => mode.and_then(toml::Value::as_bool).unwrap_or(true),
    }
}
