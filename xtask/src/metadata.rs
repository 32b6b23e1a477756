//! What `cargo metadata` says, as far as it is needed.

use std::path::Path;

use serde_json::Value;

/// One line of a manifest: who depends on whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) to: String,
    /// `normal`, `dev` or `build`.
    pub(crate) kind: String,
}

/// The workspace's own manifests.
pub(crate) fn manifests(root: &Path) -> Result<Value, String> {
    read(root, &["metadata", "--format-version", "1", "--no-deps"])
}

/// The whole graph, on the platforms that are supported.
pub(crate) fn graph(root: &Path, platforms: &[String]) -> Result<Value, String> {
    let mut args = vec!["metadata", "--format-version", "1"];
    for platform in platforms {
        args.extend(["--filter-platform", platform]);
    }
    read(root, &args)
}

fn read(root: &Path, args: &[&str]) -> Result<Value, String> {
    let bytes = crate::output(root, "cargo", args)?;
    serde_json::from_slice(&bytes).map_err(|error| format!("cargo metadata: {error}"))
}

/// A list in a JSON object; empty where there is none.
pub(crate) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// A text in a JSON object; empty where there is none.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// The edges between the workspace's own crates.
pub(crate) fn own_edges(manifests: &Value) -> Vec<Edge> {
    let packages = list(manifests, "packages");
    let edges = packages.iter().flat_map(|package| {
        let own = list(package, "dependencies").iter().filter(|edge| edge["path"].is_string());
        own.map(|dependency| Edge {
            from: text(package, "name").to_owned(),
            to: text(dependency, "name").to_owned(),
            kind: dependency["kind"].as_str().unwrap_or("normal").to_owned(),
        })
    });
    edges.collect()
}
