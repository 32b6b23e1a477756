//! Decides and drives. What happens next is decided by pure functions over facts; the driver
//! appends the facts to the ledger and only then lets the ports act. Nothing here touches a file,
//! a process, a clock or the environment but through a port.

mod attempt;
pub mod deliver;
pub mod gate;
mod gc;
mod journal;
mod key;
mod ports;
mod run;
mod scan;

pub use attempt::{Assessment, assess};
pub use gc::{Kept, sweep};
pub use journal::{Hit, Journal, LedgerJournal};
pub use key::{Change, Ingredients};
pub use ports::{
    Case, Certificate, Clock, Git, Job, Notary, Performed, PortError, PortErrorKind, Ports, Shown,
    Store, StoredObject, Workspace,
};
pub use run::{
    Attempt, Decider, Due, Engine, EngineError, Event, Force, Keyed, Observation, Request, Signal,
    recover,
};
pub use scan::{Scan, ScanEntry, ScanKind, matches};
