//! What we take from others: where it comes from, under which licence, and what stays out.
//!
//! The lists are in deny.toml, in cargo-deny's own words. The checks here need nothing installed;
//! where cargo-deny is, it is asked too, for it knows more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::metadata::{graph, list, text};
use crate::{Outcome, licence};

/// Crates that decide. They wait for nothing, so they need no runtime that waits for them.
const WITHOUT_RUNTIME: [&str; 6] = [
    "tollgate-model",
    "tollgate-stats",
    "tollgate-config",
    "tollgate-ledger",
    "tollgate-data",
    "tollgate-engine",
];

const RUNTIMES: [&str; 6] =
    ["tokio", "async-std", "smol", "async-executor", "futures-executor", "glommio"];

pub(crate) fn check(root: &Path) -> Outcome {
    let text = std::fs::read_to_string(root.join("deny.toml"));
    let text = text.map_err(|error| format!("deny.toml: {error}"))?;
    let policy = Policy::parse(&text)?;
    let graph = Graph::read(&graph(root, &policy.platforms)?);
    let mut problems = graph.sources();
    problems.extend(graph.licences(&policy));
    problems.extend(graph.banned(&policy));
    problems.extend(graph.duplicates(&policy));
    problems.extend(WITHOUT_RUNTIME.iter().filter_map(|name| graph.runtime_below(name)));
    if problems.is_empty() && has_cargo_deny(root) {
        let quiet = ["deny", "--log-level", "error", "check", "licenses", "bans", "sources"];
        crate::run(root, "cargo", &quiet)?;
    }
    Ok(problems)
}

fn has_cargo_deny(root: &Path) -> bool {
    crate::output(root, "cargo", &["deny", "--version"]).is_ok()
}

/// What deny.toml says.
#[derive(Debug, Default)]
struct Policy {
    platforms: Vec<String>,
    licences: Vec<String>,
    /// Further licences, for one crate only.
    exceptions: BTreeMap<String, Vec<String>>,
    banned: Vec<String>,
    /// Crates that may be here in a second version: `name@version`.
    doubles: Vec<String>,
}

impl Policy {
    fn parse(text: &str) -> Result<Self, String> {
        let file: toml::Table = text.parse().map_err(|error| format!("deny.toml: {error}"))?;
        let at = |section: &str, name: &str| file.get(section).and_then(|table| table.get(name));
        let exceptions = tables(at("licenses", "exceptions"));
        Ok(Self {
            platforms: strings(at("graph", "targets")),
            licences: strings(at("licenses", "allow")),
            exceptions: exceptions.map(|one| (named(one), strings(one.get("allow")))).collect(),
            banned: tables(at("bans", "deny")).map(named).collect(),
            doubles: tables(at("bans", "skip")).map(named).collect(),
        })
    }
}

fn tables(list: Option<&toml::Value>) -> impl Iterator<Item = &toml::Value> {
    list.and_then(toml::Value::as_array).into_iter().flatten()
}

fn named(table: &toml::Value) -> String {
    table.get("crate").and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}

fn strings(list: Option<&toml::Value>) -> Vec<String> {
    tables(list).filter_map(toml::Value::as_str).map(str::to_owned).collect()
}

/// A package as it is resolved.
#[derive(Clone, Debug)]
struct Package {
    name: String,
    version: String,
    licence: String,
    /// None for our own.
    source: Option<String>,
    /// The ids of what it is built from; not what only its tests need.
    needs: Vec<String>,
}

/// All packages by id.
struct Graph(BTreeMap<String, Package>);

impl Graph {
    fn read(metadata: &Value) -> Self {
        let nodes = list(&metadata["resolve"], "nodes").iter();
        let needs: BTreeMap<&str, Vec<String>> =
            nodes.map(|node| (text(node, "id"), needs(node))).collect();
        // The platforms filter the nodes, and packages without one are not built here.
        let packages = list(metadata, "packages").iter().filter_map(|package| {
            let id = text(package, "id");
            Some((id.to_owned(), Package::read(package, needs.get(id)?.clone())))
        });
        Self(packages.collect())
    }

    fn foreign(&self) -> impl Iterator<Item = &Package> {
        self.0.values().filter(|package| package.source.is_some())
    }

    fn sources(&self) -> Vec<String> {
        let sources: BTreeSet<&str> =
            self.foreign().filter_map(|package| package.source.as_deref()).collect();
        let registry = sources.iter().find(|source| source.starts_with("registry+"));
        let strangers =
            self.foreign().filter(|package| package.source.as_deref() != registry.copied());
        strangers
            .map(|package| {
                let source = package.source.as_deref().unwrap_or_default();
                format!("{package} comes from {source}: everything comes from one registry")
            })
            .collect()
    }

    fn licences(&self, policy: &Policy) -> Vec<String> {
        let fails = |package: &&Package| {
            let mut allowed = policy.licences.clone();
            allowed.extend(policy.exceptions.get(&package.name).cloned().unwrap_or_default());
            !licence::is_met(&package.licence, &allowed)
        };
        let told = |package: &Package| {
            format!("{package} is under `{}`, which deny.toml does not allow", package.licence)
        };
        self.foreign().filter(fails).map(told).collect()
    }

    fn banned(&self, policy: &Policy) -> Vec<String> {
        let banned = self.foreign().filter(|package| policy.banned.contains(&package.name));
        banned.map(|package| format!("{package} is banned by deny.toml")).collect()
    }

    /// One version of a crate is free; each further one is listed with its reason.
    fn duplicates(&self, policy: &Policy) -> Vec<String> {
        let mut versions: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
        for package in self.foreign() {
            versions.entry(&package.name).or_default().push(package);
        }
        let unlisted = |package: &&Package| {
            !policy.doubles.contains(&format!("{}@{}", package.name, package.version))
        };
        let told = |packages: Vec<&Package>| {
            let left: Vec<String> =
                packages.into_iter().filter(unlisted).map(Package::to_string).collect();
            (left.len() > 1).then(|| {
                format!("{} are both here: list all but one in deny.toml", left.join(" and "))
            })
        };
        versions.into_values().filter_map(told).collect()
    }

    fn runtime_below(&self, name: &str) -> Option<String> {
        let (start, _) = self.0.iter().find(|(_, package)| package.name == name)?;
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(id) = open.pop() {
            let Some(package) = self.0.get(id).filter(|_| seen.insert(id)) else { continue };
            if RUNTIMES.contains(&package.name.as_str()) {
                return Some(format!("{name} is built with {package}: it must need no runtime"));
            }
            open.extend(&package.needs);
        }
        None
    }
}

/// What a node of the resolved graph is built from.
fn needs(node: &Value) -> Vec<String> {
    let built = |edge: &&Value| list(edge, "dep_kinds").iter().any(|kind| kind["kind"] != "dev");
    let edges = list(node, "deps").iter().filter(built);
    edges.map(|edge| text(edge, "pkg").to_owned()).collect()
}

impl Package {
    fn read(package: &Value, needs: Vec<String>) -> Self {
        Self {
            name: text(package, "name").to_owned(),
            version: text(package, "version").to_owned(),
            licence: text(package, "license").to_owned(),
            source: package["source"].as_str().map(str::to_owned),
            needs,
        }
    }
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [graph]
        targets = ["x86_64-unknown-linux-gnu"]
        [licenses]
        allow = ["MIT"]
        exceptions = [{ crate = "odd", allow = ["Zlib"] }]
        [bans]
        deny = [{ crate = "openssl-sys" }]
        skip = [{ crate = "twice@1.0.0", reason = "x" }]
    "#;

    fn package(name: &str, version: &str, licence: &str, needs: &[&str]) -> (String, Package) {
        let package = Package {
            name: name.into(),
            version: version.into(),
            licence: licence.into(),
            source: Some("registry+one".into()),
            needs: needs.iter().map(|id| (*id).to_owned()).collect(),
        };
        (format!("{name}@{version}"), package)
    }

    fn policy() -> Policy {
        Policy::parse(POLICY).unwrap()
    }

    #[test]
    fn the_policy_is_read_from_cargo_denys_own_words() {
        let policy = policy();
        assert_eq!(policy.licences, ["MIT"]);
        assert_eq!(policy.banned, ["openssl-sys"]);
        assert_eq!(policy.platforms, ["x86_64-unknown-linux-gnu"]);
        assert!(Policy::parse("[").is_err());
    }

    #[test]
    fn licences_outside_the_list_are_named_unless_excepted() {
        let graph = Graph(BTreeMap::from([
            package("good", "1.0.0", "MIT OR GPL-3.0", &[]),
            package("odd", "1.0.0", "Zlib", &[]),
            package("bad", "1.0.0", "Zlib", &[]),
        ]));
        let told = "bad 1.0.0 is under `Zlib`, which deny.toml does not allow";
        assert_eq!(graph.licences(&policy()), [told]);
    }

    #[test]
    fn second_versions_and_banned_crates_are_named() {
        let graph = Graph(BTreeMap::from([
            package("twice", "1.0.0", "MIT", &[]),
            package("twice", "2.0.0", "MIT", &[]),
            package("more", "1.0.0", "MIT", &[]),
            package("more", "2.0.0", "MIT", &[]),
            package("openssl-sys", "0.9.0", "MIT", &[]),
        ]));
        let told = "more 1.0.0 and more 2.0.0 are both here: list all but one in deny.toml";
        assert_eq!(graph.duplicates(&policy()), [told]);
        assert_eq!(graph.banned(&policy()), ["openssl-sys 0.9.0 is banned by deny.toml"]);
    }

    #[test]
    fn a_second_source_is_named() {
        let mut graph = Graph(BTreeMap::from([package("a", "1.0.0", "MIT", &[])]));
        assert!(graph.sources().is_empty());
        let (id, mut stranger) = package("b", "1.0.0", "MIT", &[]);
        stranger.source = Some("git+somewhere".into());
        graph.0.insert(id, stranger);
        assert_eq!(graph.sources().len(), 1);
    }

    #[test]
    fn a_runtime_is_found_however_deep() {
        let graph = Graph(BTreeMap::from([
            package("tollgate-engine", "0.1.0", "MIT", &["a@1.0.0"]),
            package("a", "1.0.0", "MIT", &["tokio@1.0.0", "a@1.0.0"]),
            package("tokio", "1.0.0", "MIT", &[]),
            package("tollgate-model", "0.1.0", "MIT", &[]),
        ]));
        let told = "tollgate-engine is built with tokio 1.0.0: it must need no runtime";
        assert_eq!(graph.runtime_below("tollgate-engine").as_deref(), Some(told));
        assert_eq!(graph.runtime_below("tollgate-model"), None);
    }

    #[test]
    fn what_only_tests_need_is_not_built_in() {
        let node = serde_json::json!({ "deps": [
            { "pkg": "tests", "dep_kinds": [{ "kind": "dev" }] },
            { "pkg": "both", "dep_kinds": [{ "kind": "dev" }, { "kind": null }] },
        ]});
        assert_eq!(needs(&node), ["both"]);
    }
}
