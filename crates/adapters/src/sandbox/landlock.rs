//! The second wall. With namespaces it repeats, by path, what the mounts already say, so that a
//! way around one is not a way around both; without them it is the only wall.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};

use super::error::{During, Failure};
use super::plan::{self, Entry};
use super::wire::Order;

/// The newest interface whose every right we have thought about; older kernels use less.
const KNOWN: ABI = ABI::V7;

/// What may be reached, as lists of directories and files.
struct Rules {
    readable: Vec<PathBuf>,
    writable: Vec<PathBuf>,
    /// Refuse TCP, since there is no network namespace to do it.
    refuse_tcp: bool,
}

/// Restricts this process and all its descendants, for good.
pub(super) fn restrict(order: &Order) -> Result<(), Failure> {
    let rules = if order.walls.namespaces { inside(order) } else { bare(order) };
    enforce(&rules).map(drop).during(|| "apply Landlock's rules".to_owned())
}

/// The version of the interface, or why there is none. Restricts this process to nothing.
pub(super) fn version() -> Result<u8, String> {
    let nothing = Rules { readable: Vec::new(), writable: Vec::new(), refuse_tcp: true };
    match enforce(&nothing) {
        Ok(status) => number(&status.landlock).ok_or_else(|| NO_LANDLOCK.to_owned()),
        Err(error) => Err(format!("Landlock refused its rules: {error}")),
    }
}

const NO_LANDLOCK: &str = "this kernel has no Landlock, or it is not switched on (needs Linux \
    5.13, and `landlock` in the `lsm=` boot option)";

fn number(status: &landlock::LandlockStatus) -> Option<u8> {
    match status {
        landlock::LandlockStatus::Available { effective_abi, .. } => Some(*effective_abi as u8),
        _ => None,
    }
}

/// The tree holds only what may be read. `/dev` and `/proc` are guarded by modes and mounts.
fn inside(order: &Order) -> Rules {
    let writable = [plan::WORKSPACE, plan::HOME, "/tmp", "/dev", "/proc"];
    Rules {
        readable: vec!["/".into()],
        writable: writable.map(PathBuf::from).to_vec(),
        refuse_tcp: !order.walls.network && !order.spec.network,
    }
}

/// The same files at their places on the host.
fn bare(order: &Order) -> Rules {
    let spec = &order.spec;
    let scratch = ["tmp", "home"].map(|name| spec.scratch.join(name));
    let devices = ["null", "zero", "full", "random", "urandom", "tty", "shm", "ptmx", "pts"];
    let devices = devices.map(|name| Path::new("/dev").join(name));
    Rules {
        readable: order.tree.iter().filter_map(source).chain(["/proc".into()]).collect(),
        writable: [spec.workspace.clone()].into_iter().chain(scratch).chain(devices).collect(),
        refuse_tcp: !spec.network,
    }
}

fn source(entry: &Entry) -> Option<PathBuf> {
    match entry {
        Entry::Bind { source, access: plan::Access::Read, .. } => Some(source.clone()),
        _ => None,
    }
}

fn enforce(rules: &Rules) -> Result<landlock::RestrictionStatus, RulesetError> {
    let mut created = handled(rules.refuse_tcp)?.create()?;
    created = allow(created, &rules.readable, AccessFs::from_read(KNOWN))?;
    created = allow(created, &rules.writable, AccessFs::from_all(KNOWN))?;
    created.restrict_self()
}

fn handled(refuse_tcp: bool) -> Result<Ruleset, RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?;
    if refuse_tcp {
        return ruleset.handle_access(AccessNet::ConnectTcp);
    }
    Ok(ruleset)
}

/// A path that is not there needs no rule.
fn allow(
    mut created: RulesetCreated,
    paths: &[PathBuf],
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    for path in paths {
        let Ok(descriptor) = PathFd::new(path) else {
            continue;
        };
        let fitting = if path.is_dir() { access } else { access & AccessFs::from_file(KNOWN) };
        created = created.add_rule(PathBeneath::new(descriptor, fitting))?;
    }
    Ok(created)
}
