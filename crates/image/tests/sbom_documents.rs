//! Writes a document of each form to `target/tmp`, where `golden/validate_sboms.py` can be asked
//! whether it is what the official schemas want.

use std::path::Path;

use tollgate_image::oci::Sha256;
use tollgate_image::sbom::{Approach, Dataset, Metric, Model, Subject, cyclonedx, read, spdx};
use tollgate_image::{Ecosystem, Inventory, Package, PackageHash};

fn package(ecosystem: Ecosystem, name: &str, licence: Option<&str>, requires: &[&str]) -> Package {
    let debian = ecosystem != Ecosystem::PyPi;
    Package {
        ecosystem,
        name: name.to_owned(),
        version: "1.2".to_owned(),
        architecture: debian.then(|| "amd64".to_owned()),
        source: debian.then(|| ("glibc".to_owned(), "2.36-9".to_owned())),
        licence: licence.map(str::to_owned),
        hashes: vec![PackageHash {
            algorithm: "sha256".to_owned(),
            value: Sha256::of(name.as_bytes()).hex(),
        }],
        requires: requires.iter().map(|name| (*name).to_owned()).collect(),
        size: 7,
    }
}

#[test]
fn documents_are_written_and_read_back() {
    let debian = || Ecosystem::Debian("12".to_owned());
    let inventory = Inventory::of(vec![
        package(Ecosystem::PyPi, "numpy", Some("BSD-3-Clause"), &[]),
        package(Ecosystem::PyPi, "pandas", Some("BSD License"), &["numpy"]),
        package(Ecosystem::PyPi, "both", Some("MIT OR Apache-2.0+"), &[]),
        package(Ecosystem::PyPi, "own", Some("LicenseRef-Own"), &[]),
        package(debian(), "libc6", Some("LGPL-2.1-or-later"), &["libgcc-s1"]),
        package(debian(), "libgcc-s1", Some("GPL-3.0-only WITH GCC-exception-3.1"), &["libc6"]),
        package(debian(), "libstdc++6", None, &["libc6"]),
    ]);
    let subject = Subject {
        name: "registry.example/team/churn".to_owned(),
        version: Some("1f3a".to_owned()),
        digest: Some(Sha256::of(b"image")),
        created: Some("2026-05-04T03:02:01Z".parse().unwrap()),
    };
    let metric = |slice: Option<&str>, interval| Metric {
        name: "roc_auc".to_owned(),
        value: 0.875,
        slice: slice.map(str::to_owned),
        interval,
    };
    let model = Model {
        name: "model.pkl".to_owned(),
        version: Some("3".to_owned()),
        digest: Sha256::of(b"model"),
        approach: Some(Approach::Supervised),
        task: Some("classification".to_owned()),
        datasets: vec![Dataset {
            name: "data/sample.csv".to_owned(),
            digest: Some("blake3:00".to_owned()),
        }],
        metrics: vec![metric(None, Some((0.85, 0.9))), metric(Some("plan = basic"), None)],
        considerations: vec!["It was not tried on customers of other countries.".to_owned()],
    };
    let nameless = Subject { version: None, digest: None, created: None, ..subject.clone() };
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, text, packages) in [
        ("full.cdx.json", cyclonedx(&inventory, &subject, Some(&model)), 7),
        ("full.spdx.json", spdx(&inventory, &subject, Some(&model)), 7),
        ("bare.cdx.json", cyclonedx(&Inventory::default(), &nameless, None), 0),
        ("bare.spdx.json", spdx(&Inventory::default(), &nameless, None), 0),
    ] {
        std::fs::write(dir.join(name), &text).unwrap();
        assert_eq!(read(text.as_bytes()).unwrap().inventory.packages.len(), packages, "{name}");
    }
}
