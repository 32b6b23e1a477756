//! The environment that every command starts from.

use super::spec::Spec;

/// 1 January 1980, the first time that a zip archive can hold; that it is set makes Python
/// write bytecode that is checked by hash, and so is the same on every machine.
const SOURCE_DATE_EPOCH: &str = "315532800";

/// The directories that the environment names, as the command sees them.
pub(super) struct Places<'a> {
    pub(super) home: &'a str,
    pub(super) tmp: &'a str,
}

/// The complete environment, sorted by name; the spec's own variables replace the base's.
pub(super) fn environment(spec: &Spec, places: &Places<'_>) -> Vec<(String, String)> {
    let base = base(&spec.host.path, places);
    let base = base.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let network = spec.network.then_some(spec.host.network.env.clone());
    let network = network.unwrap_or_default();
    let all = base.into_iter().chain(network).chain(spec.env.clone());
    all.collect::<std::collections::BTreeMap<_, _>>().into_iter().collect()
}

fn base<'a>(path: &'a str, places: &Places<'a>) -> [(&'static str, &'a str); 11] {
    [
        ("PATH", path),
        ("HOME", places.home),
        ("USER", "tollgate"),
        ("LOGNAME", "tollgate"),
        ("TMPDIR", places.tmp),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("SOURCE_DATE_EPOCH", SOURCE_DATE_EPOCH),
        ("PYTHONHASHSEED", "0"),
        ("CI", "true"),
        ("TOLLGATE", "1"),
    ]
}

/// A variable's value.
pub(super) fn value<'a>(env: &'a [(String, String)], name: &str) -> Option<&'a str> {
    env.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
