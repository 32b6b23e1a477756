//! What this kernel gives, in facts (for the machinery) and in words (for people).

use serde::{Deserialize, Serialize};

/// How well one thing is isolated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// As designed.
    Full,
    /// Less than designed: what is missing, why, and the remedy.
    Partial(String),
    /// Not at all: why, and the remedy.
    Missing(String),
}

/// What a sandbox on this machine gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// The command sees the files that it was given, and no others.
    pub files: Level,
    /// Without `network`, nothing outside can be reached.
    pub network: Level,
    /// The command sees no other processes and leaves none behind.
    pub processes: Level,
    /// Undeclared reads and refused connections are named.
    pub read_reports: Level,
    /// Whether [`super::Overlay`]s work; where not, copy instead.
    pub overlay: bool,
    /// Whether the workspace stands at `/workspace`; where not, it keeps the host's path.
    pub fixed_paths: bool,
}

/// One mechanism of the kernel that the sandbox is built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// User and mount namespaces: without them the other namespaces are gone too.
    Namespaces,
    /// The process namespace.
    Processes,
    /// The network namespace.
    Network,
    /// A `/proc` of the sandbox's own.
    Proc,
    /// overlayfs inside a user namespace.
    Overlay,
    /// Landlock.
    Landlock,
    /// Seccomp's user notification.
    Notification,
}

/// Present, or why not.
pub(super) type Finding<T = ()> = Result<T, String>;

/// What the probe found, mechanism by mechanism.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Findings {
    pub(super) namespaces: Finding,
    pub(super) processes: Finding,
    pub(super) network: Finding,
    pub(super) proc: Finding,
    pub(super) overlay: Finding,
    /// The interface's version.
    pub(super) landlock: Finding<u8>,
    pub(super) notification: Finding,
}

impl Findings {
    /// Nothing is there, for one reason.
    pub(super) fn nothing(why: &str) -> Self {
        let no = || Err(why.to_owned());
        Self {
            namespaces: no(),
            processes: no(),
            network: no(),
            proc: no(),
            overlay: no(),
            landlock: Err(why.to_owned()),
            notification: no(),
        }
    }

    /// The same kernel with one mechanism less.
    pub(super) fn without(mut self, mechanism: Mechanism, why: &str) -> Self {
        let no = || Err(why.to_owned());
        match mechanism {
            Mechanism::Namespaces => self = self.bare(why),
            // A /proc belongs to a process namespace.
            Mechanism::Processes => (self.processes, self.proc) = (no(), no()),
            Mechanism::Network => self.network = no(),
            Mechanism::Proc => self.proc = no(),
            Mechanism::Overlay => self.overlay = no(),
            Mechanism::Landlock => self.landlock = Err(why.to_owned()),
            Mechanism::Notification => self.notification = no(),
        }
        self
    }

    fn bare(self, why: &str) -> Self {
        Self { landlock: self.landlock, notification: self.notification, ..Self::nothing(why) }
    }

    /// The words for people.
    pub(super) fn isolation(&self) -> Isolation {
        Isolation {
            files: self.files(),
            network: self.network_level(),
            processes: self.processes_level(),
            read_reports: self.read_reports(),
            overlay: self.overlay.is_ok(),
            fixed_paths: self.namespaces.is_ok(),
        }
    }

    fn files(&self) -> Level {
        match (&self.namespaces, &self.landlock) {
            (Ok(()), Ok(_)) => Level::Full,
            (Ok(()), Err(why)) => {
                Level::Partial(format!("namespaces only, without the second wall: {why}"))
            }
            (Err(why), Ok(_)) => Level::Partial(format!(
                "Landlock only: other files cannot be read, but their names can be tested, and \
                 paths differ between machines: {why}"
            )),
            (Err(why), Err(also)) => Level::Missing(format!("{why}; {also}")),
        }
    }

    fn network_level(&self) -> Level {
        match (&self.network, &self.landlock) {
            (Ok(()), _) => Level::Full,
            (Err(why), Ok(4..)) => Level::Partial(format!(
                "Landlock refuses TCP connections (to this machine too), UDP stays open: {why}"
            )),
            (Err(why), _) => Level::Missing(why.clone()),
        }
    }

    fn processes_level(&self) -> Level {
        match (&self.processes, &self.proc) {
            (Ok(()), Ok(())) => Level::Full,
            (Ok(()), Err(why)) => {
                Level::Partial(format!("the host's process list can be read: {why}"))
            }
            (Err(why), _) => Level::Partial(format!(
                "the host's processes are visible; what a step leaves behind is found by \
                 parentage and ended, unless Tollgate's helper is itself killed: {why}"
            )),
        }
    }

    fn read_reports(&self) -> Level {
        match &self.notification {
            Ok(()) => Level::Full,
            Err(why) => {
                Level::Missing(format!("an undeclared read fails, but is not named: {why}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> Findings {
        Findings {
            namespaces: Ok(()),
            processes: Ok(()),
            network: Ok(()),
            proc: Ok(()),
            overlay: Ok(()),
            landlock: Ok(7),
            notification: Ok(()),
        }
    }

    #[test]
    fn a_complete_kernel_is_full() {
        let isolation = everything().isolation();
        assert_eq!(isolation.files, Level::Full);
        assert_eq!(isolation.processes, Level::Full);
        assert!(isolation.overlay);
    }

    #[test]
    fn without_namespaces_landlock_remains_and_says_so() {
        let left = everything().without(Mechanism::Namespaces, "user.max_user_namespaces is 0");
        let isolation = left.isolation();
        assert!(matches!(isolation.files, Level::Partial(why) if why.contains("max_user")));
        assert!(matches!(isolation.network, Level::Partial(_)));
        assert!(!isolation.overlay);
    }

    #[test]
    fn old_landlock_does_not_claim_the_network() {
        let mut left = everything().without(Mechanism::Network, "no");
        left.landlock = Ok(3);
        assert_eq!(left.isolation().network, Level::Missing("no".to_owned()));
    }
}
