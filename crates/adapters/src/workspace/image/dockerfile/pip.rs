//! What pip is told where a builder runs it: where packages come from, as on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The certificates of an index.
const CERT: &str = "cert";

/// Settings that mean the same in an image. Other paths of this machine do not.
const CARRIED: [&str; 6] =
    ["index-url", "extra-index-url", "no-index", "trusted-host", "proxy", "timeout"];

/// Where pip looks for what holds for the whole machine, and where the certificates of this one are
/// seen there. Both are mounted, and in no layer.
const SETTINGS: &str = "/etc/pip.conf";
const CERTIFICATES: &str = "/etc/pip-certificates.pem";

/// The files for pip, and where it looks for them; none where this machine has nothing to say.
pub(super) fn settings(
    environment: &BTreeMap<String, String>,
    scratch: &Path,
) -> io::Result<Vec<(PathBuf, String)>> {
    let mut all = BTreeMap::new();
    for file in files(environment) {
        let text = fs::read_to_string(file).unwrap_or_default();
        all.extend(read(&text));
    }
    let of_variable = |name: &&str| {
        let variable = format!("PIP_{}", name.to_ascii_uppercase().replace('-', "_"));
        Some(((*name).to_owned(), environment.get(&variable)?.clone()))
    };
    all.extend(CARRIED.iter().chain([&CERT]).filter_map(of_variable));
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let mut mounts = Vec::new();
    if let Some(certificates) = all.get_mut(CERT) {
        let here = PathBuf::from(std::mem::replace(certificates, CERTIFICATES.to_owned()));
        mounts.push((here, CERTIFICATES.to_owned()));
    }
    let path = scratch.join("pip.conf");
    // An index's address may hold a password.
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    writeln!(file, "[global]")?;
    for (name, value) in &all {
        writeln!(file, "{name} = {value}")?;
    }
    mounts.push((path, SETTINGS.to_owned()));
    Ok(mounts)
}

// Source: pip's documentation, "Configuration files", from the weakest to the strongest.
fn files(environment: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let home = environment.get("HOME").map(PathBuf::from).unwrap_or_default();
    let mut files = vec![
        PathBuf::from("/etc/pip.conf"),
        home.join(".pip/pip.conf"),
        home.join(".config/pip/pip.conf"),
    ];
    files.extend(environment.get("PIP_CONFIG_FILE").map(PathBuf::from));
    files
}

fn read(text: &str) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    let mut open: Option<String> = None;
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', ';', '['])) {
        // What is indented goes on with the value before.
        if line.starts_with([' ', '\t']) {
            if let Some(value) = open.as_ref().and_then(|name| all.get_mut(name)) {
                value.push(' ');
                value.push_str(line.trim());
            }
            continue;
        }
        open = None;
        let Some((name, value)) = line.split_once(['=', ':']) else { continue };
        let name = name.trim().to_ascii_lowercase().replace('_', "-");
        if CARRIED.contains(&name.as_str()) || name == CERT {
            all.insert(name.clone(), value.trim().to_owned());
            open = Some(name);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_elsewhere_is_carried_over() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("own.conf");
        let text = "[global]\ncert = /here\nfind-links = /wheels\nindex_url = https://a.test/simple\n\
                    extra-index-url =\n  https://b.test\n  https://c.test\n[install]\ntrusted-host: a.test\n";
        fs::write(&file, text).unwrap();
        let environment = BTreeMap::from([
            ("HOME".to_owned(), place.path().display().to_string()),
            ("PIP_CONFIG_FILE".to_owned(), file.display().to_string()),
            ("PIP_TRUSTED_HOST".to_owned(), "d.test".to_owned()),
        ]);
        let mounts = settings(&environment, place.path()).unwrap();
        assert_eq!(mounts[0], (PathBuf::from("/here"), CERTIFICATES.to_owned()));
        let written = fs::read_to_string(&mounts[1].0).unwrap();
        assert!(written.contains("index-url = https://a.test/simple\n"), "{written}");
        assert!(
            written.contains("extra-index-url =  https://b.test https://c.test\n"),
            "{written}"
        );
        assert!(written.contains("trusted-host = d.test\n"), "{written}");
        assert!(!written.contains("/here") && !written.contains("/wheels"), "{written}");
    }
}
