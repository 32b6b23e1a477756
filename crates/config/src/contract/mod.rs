//! Data contracts: ODCS v3 YAML to the model's contract.

mod bounds;
mod column;
mod condition;
mod custom;
mod limit;
mod metric;
mod quality;
mod relationship;
mod syntax;
mod table;
mod values;

use std::collections::BTreeMap;

use tollgate_model::Contract;

pub(crate) use self::column::{Names, TYPES};
pub(crate) use self::condition::condition;
use self::syntax::ContractFile;
pub(crate) use self::values::pattern;
use crate::shape::{At, Shape};
use crate::sink::Sink;
use crate::text::{listed, quoted};
use crate::{Code, Problem, Problems, yaml};

/// Versions of the standard whose words are known here.
const VERSIONS: [&str; 4] = ["v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0"];

/// The contract that the text of an Open Data Contract Standard v3 document describes. `path` is
/// the file's name, for messages and reports.
///
/// # Errors
/// Everything that is wrong with it.
pub fn contract(text: &str, path: &str) -> Result<Contract, Problems> {
    let text = Problems::source(text);
    let mut sink = Sink::new(path);
    let contract = read(text, path, &mut sink);
    sink.result(contract, BTreeMap::from([(path.to_owned(), text.to_owned())]))
}

fn read(text: &str, path: &str, sink: &mut Sink) -> Option<Contract> {
    let node = yaml::load(text, sink)?;
    let file = ContractFile::read(&node, sink)?;
    version(file.api_version.as_ref(), sink);
    kind(file.kind.as_ref(), sink);
    let tables = table::tables(file.schema, sink);
    file.status?;
    Some(Contract {
        path: path.to_owned(),
        id: file.id?.value,
        version: file.version?.value,
        name: file.name.map(|name| name.value),
        tables: tables?,
    })
}

fn version(version: Option<&At<String>>, sink: &mut Sink) {
    let Some(version) = version.filter(|version| !VERSIONS.contains(&&*version.value)) else {
        return;
    };
    let message = format!("ODCS {} is not a version that is supported", quoted(&version.value));
    let with_v = format!("v{}", version.value);
    let hint = match VERSIONS.contains(&&*with_v) {
        true => format!("write `{with_v}`"),
        false => format!("supported are {}", listed(VERSIONS, "and")),
    };
    sink.add(Problem::new(Code::ContractVersion, version.span, message).hint(hint));
}

fn kind(kind: Option<&At<String>>, sink: &mut Sink) {
    let Some(kind) = kind.filter(|kind| kind.value != "DataContract") else { return };
    let message = format!("a document of the kind {}, not a data contract", quoted(&kind.value));
    sink.add(
        Problem::new(Code::ContractKind, kind.span, message).hint("write `kind: DataContract`"),
    );
}
