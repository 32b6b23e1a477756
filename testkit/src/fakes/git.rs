use tollgate_engine::{Git, PortError};
use tollgate_model::Commit;

/// A project whose history stands where the test says.
#[derive(Clone, Debug, Default)]
pub struct FakeGit(pub Option<Commit>);

impl Git for FakeGit {
    fn head(&self, _stop: &(dyn Fn() -> bool + Sync)) -> Result<Option<Commit>, PortError> {
        Ok(self.0.clone())
    }
}
