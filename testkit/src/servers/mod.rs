//! Servers on this machine: a real registry, one that answers as it is told, and one that stands in
//! front of another and breaks off.

mod distribution;
mod relay;
mod script;
mod service;

pub use distribution::{Distribution, Wanted, installed};
pub use relay::{Failure, Relay};
pub use script::{Asked, Server, answer};
pub use service::service;
