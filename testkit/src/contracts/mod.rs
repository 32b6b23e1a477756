//! What every implementation of a port must do, the fake and the real one alike. Each function
//! panics with the sentence that does not hold.

mod branch;
mod clock;
mod git;
mod notary;
mod store;
mod workspace;

pub use branch::branch;
pub use clock::clock;
pub use git::git;
pub use notary::notary;
pub use store::store;
pub use workspace::{Bench, workspace};
