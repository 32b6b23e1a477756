//! Data contracts, and the data that they are about.

use crate::cli::init::findings::DataCheck;
use crate::cli::init::repository::Repository;

/// Checks of data whose contract names it, and contracts for which there is none.
pub(super) fn look(repository: &dyn Repository) -> (Vec<DataCheck>, Vec<String>) {
    let (mut checks, mut loose) = (Vec::new(), Vec::new());
    for path in repository.files().iter().filter(|file| is_contract(file)) {
        let text = repository.read(path).unwrap_or_default();
        match of_contract(path, &text, repository) {
            found if found.is_empty() => loose.push(path.clone()),
            found => checks.extend(found),
        }
    }
    (checks, loose)
}

fn is_contract(path: &str) -> bool {
    path.ends_with(".odcs.yaml") || path.ends_with(".odcs.yml")
}

fn of_contract(path: &str, text: &str, repository: &dyn Repository) -> Vec<DataCheck> {
    let Ok(contract) = tollgate_config::contract(text, path) else { return Vec::new() };
    let several = contract.tables.len() > 1;
    let check = |name: &str| {
        let names = Names { table: name, contract: stem(path), text, alone: !several };
        let data = repository.files().iter().find(|file| names.mean(file))?;
        let table = several.then(|| name.to_owned());
        Some(DataCheck { data: data.clone(), contract: path.to_owned(), table })
    };
    contract.tables.iter().filter_map(|table| check(&table.name)).collect()
}

/// How the file of a table may be called.
struct Names<'n> {
    table: &'n str,
    contract: &'n str,
    text: &'n str,
    alone: bool,
}

impl Names<'_> {
    fn mean(&self, file: &str) -> bool {
        let name = file.rsplit('/').next().unwrap_or(file);
        let is_data = [".csv", ".parquet"].iter().any(|end| name.ends_with(end));
        let named = |stem: &str| stem == self.table || self.alone && stem == self.contract;
        is_data && (named(stem(name)) || self.alone && self.is_physical(name))
    }

    /// Whether the contract says `physicalName: sample.csv`.
    fn is_physical(&self, name: &str) -> bool {
        let values = self.text.lines().filter_map(|line| line.trim().strip_prefix("physicalName:"));
        let mut bare = values.map(|value| value.trim().trim_matches(['"', '\'']));
        bare.any(|value| value == name || value.ends_with(&format!("/{name}")))
    }
}

/// The name up to its first dot.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}
