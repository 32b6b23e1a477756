//! Documents, written and read back.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::oci::Sha256;
use crate::{Ecosystem, Inventory, Package, PackageHash};

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

fn inventory() -> Inventory {
    let debian = || Ecosystem::Debian("12".to_owned());
    Inventory::of(vec![
        package(Ecosystem::PyPi, "numpy", Some("BSD-3-Clause"), &[]),
        package(Ecosystem::PyPi, "pandas", Some("BSD License"), &["numpy"]),
        package(Ecosystem::PyPi, "both", Some("MIT or apache-2.0"), &[]),
        package(Ecosystem::PyPi, "own", Some("LicenseRef-Own"), &[]),
        package(debian(), "libc6", Some("LGPL-2.1-or-later"), &["libgcc-s1"]),
        package(debian(), "libgcc-s1", Some("GPL-3.0-only WITH GCC-exception-3.1"), &["libc6"]),
        package(debian(), "libstdc++6", None, &["libc6"]),
    ])
}

fn subject() -> Subject {
    Subject {
        name: "churn".to_owned(),
        version: Some("1f3a".to_owned()),
        digest: Some(Sha256::of(b"image")),
        created: Some("2026-05-04T03:02:01.500Z".parse().unwrap()),
    }
}

fn model() -> Model {
    let metric = |slice: Option<&str>, interval| Metric {
        name: "roc_auc".to_owned(),
        value: 0.875,
        slice: slice.map(str::to_owned),
        interval,
    };
    let unknown = Metric { value: f64::NAN, ..metric(None, None) };
    Model {
        name: "model.pkl".to_owned(),
        version: Some("3".to_owned()),
        digest: Sha256::of(b"model"),
        approach: Some(Approach::Supervised),
        task: Some("classification".to_owned()),
        datasets: vec![Dataset {
            name: "data/sample.csv".to_owned(),
            digest: Some("blake3:00".to_owned()),
        }],
        metrics: vec![metric(None, Some((0.85, 0.9))), metric(Some("plan = basic"), None), unknown],
        considerations: vec!["It was not tried on customers of other countries.".to_owned()],
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_cyclonedx_document_tells_packages_and_who_needs_whom() {
    let bill = parsed(&cyclonedx(&inventory(), &subject(), None));
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&json!("CycloneDX"), &json!("1.6")));
    assert_eq!(bill["metadata"]["timestamp"], "2026-05-04T03:02:01Z");
    assert_eq!(bill["metadata"]["component"]["hashes"][0]["content"], Sha256::of(b"image").hex());
    let component = |name: &str| {
        let all = bill["components"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap().clone()
    };
    assert_eq!(component("numpy")["licenses"], json!([{"license": {"id": "BSD-3-Clause"}}]));
    assert_eq!(component("pandas")["licenses"], json!([{"license": {"name": "BSD License"}}]));
    assert_eq!(component("both")["licenses"], json!([{"expression": "MIT OR Apache-2.0"}]));
    assert_eq!(component("libstdc++6")["licenses"], Value::Null);
    assert_eq!(component("numpy")["bom-ref"], "pkg:pypi/numpy@1.2");
    let needs = |reference: &str| {
        let all = bill["dependencies"].as_array().unwrap();
        all.iter().find(|one| one["ref"] == reference).unwrap()["dependsOn"].clone()
    };
    assert_eq!(needs("pkg:pypi/pandas@1.2"), json!(["pkg:pypi/numpy@1.2"]));
    assert_eq!(needs("image").as_array().unwrap().len(), 7);
    assert_eq!(needs("pkg:pypi/numpy@1.2"), Value::Null);
}

#[test]
fn the_model_is_a_component_with_its_card() {
    let bill = parsed(&cyclonedx(&inventory(), &subject(), Some(&model())));
    let told = bill["components"].as_array().unwrap().last().unwrap();
    assert_eq!(told["type"], "machine-learning-model");
    assert_eq!(told["hashes"][0]["content"], Sha256::of(b"model").hex());
    let card = &told["modelCard"];
    assert_eq!(card["modelParameters"]["approach"]["type"], "supervised");
    assert_eq!(card["modelParameters"]["datasets"][0]["name"], "data/sample.csv");
    let metrics = &card["quantitativeAnalysis"]["performanceMetrics"];
    let whole = json!({"type": "roc_auc", "value": "0.875",
        "confidenceInterval": {"lowerBound": "0.85", "upperBound": "0.9"}});
    let part = json!({"type": "roc_auc", "value": "0.875", "slice": "plan = basic"});
    assert_eq!(metrics, &json!([whole, part]), "what is no number is not told");
}

#[test]
fn the_same_image_has_the_same_document_and_another_has_another_name() {
    let write = |subject: &Subject| cyclonedx(&inventory(), subject, Some(&model()));
    assert_eq!(write(&subject()), write(&subject()));
    let name = |text: &str| parsed(text)["serialNumber"].as_str().unwrap().to_owned();
    let other = Subject { version: None, ..subject() };
    assert_ne!(name(&write(&subject())), name(&write(&other)));
    let serial = name(&write(&other));
    let groups: Vec<&str> = serial.strip_prefix("urn:uuid:").unwrap().split('-').collect();
    assert_eq!(groups.iter().map(|it| it.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(groups[2].starts_with('8') && groups[3].starts_with(['8', '9', 'a', 'b']), "{serial}");
    let timeless = Subject { created: None, ..subject() };
    assert_eq!(parsed(&write(&timeless))["metadata"]["timestamp"], Value::Null);
}

#[test]
fn an_spdx_document_tells_the_same() {
    let document = parsed(&spdx(&inventory(), &subject(), Some(&model())));
    assert_eq!(document["creationInfo"]["created"], "2026-05-04T03:02:01Z");
    let packages = document["packages"].as_array().unwrap();
    let entry = |name: &str| packages.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(packages.len(), 9);
    assert_eq!(entry("both")["licenseDeclared"], "MIT OR Apache-2.0");
    assert_eq!(entry("own")["licenseDeclared"], "NOASSERTION");
    assert_eq!(entry("own")["licenseComments"], "The package says: LicenseRef-Own");
    assert_eq!(entry("libc6")["sourceInfo"], "built from the source package glibc 2.36-9");
    let (pandas, numpy) = (&entry("pandas")["SPDXID"], &entry("numpy")["SPDXID"]);
    let needs = json!({"spdxElementId": pandas, "relationshipType": "DEPENDS_ON",
        "relatedSpdxElement": numpy});
    assert!(document["relationships"].as_array().unwrap().contains(&needs));
}

#[test]
fn what_is_written_can_be_read_back() {
    let mut expected = inventory();
    let received = read(cyclonedx(&expected, &subject(), Some(&model())).as_bytes()).unwrap();
    assert_eq!(received.left_out.len(), 1, "the model: {:?}", received.left_out);
    for package in &mut expected.packages {
        // Its words were understood.
        if package.name == "both" {
            package.licence = Some("MIT OR Apache-2.0".to_owned());
        }
    }
    assert_eq!(received.inventory, expected);
    let received = read(spdx(&inventory(), &subject(), None).as_bytes()).unwrap();
    for package in &mut expected.packages {
        package.size = 0;
    }
    assert_eq!((received.inventory, received.left_out), (expected, vec![]));
}

#[test]
fn what_others_write_is_carried_over_where_it_is_known() {
    let component = |purl: &str| json!({"type": "library", "name": "x", "purl": purl});
    let inner = json!({"type": "library", "name": "y", "purl": "pkg:pypi/Y_y@2",
        "licenses": [{"license": {"id": "MIT"}}, {"expression": "ISC OR Zlib"}]});
    let bill = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
        component("pkg:deb/debian/libc-bin@2.36-9?arch=amd64&upstream=glibc&distro=debian-12.5"),
        component("pkg:deb/ubuntu/libc6@2.35?distro=ubuntu-22.04"),
        component("pkg:deb/debian/a@1"),
        component("pkg:npm/left-pad@1"),
        component("pkg:pypi/a@not a version"),
        {"type": "operating-system", "name": "debian", "components": [inner]},
    ]});
    let received = read(bill.to_string().as_bytes()).unwrap();
    let [python, debian] = received.inventory.packages.as_slice() else {
        panic!("{:?}", received.inventory)
    };
    assert_eq!(debian.ecosystem, Ecosystem::Debian("12".to_owned()));
    assert_eq!(debian.source, Some(("glibc".to_owned(), "2.36-9".to_owned())));
    assert_eq!((python.name.as_str(), python.version.as_str()), ("y-y", "2"));
    assert_eq!(python.licence.as_deref(), Some("MIT AND (ISC OR Zlib)"));
    assert_eq!(received.left_out.len(), 5, "{:?}", received.left_out);
}

#[test]
fn what_can_t_be_read_is_an_error() {
    let refused = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
    assert!(refused("{").contains("can't be read"));
    assert!(refused("{}").contains("no bill of materials"));
    assert!(refused(r#"{"bomFormat":"CycloneDX","specVersion":"1.2"}"#).contains("CycloneDX 1.2"));
    assert!(refused(r#"{"spdxVersion":"SPDX-2.2"}"#).contains("SPDX-2.2"));
    let nested = format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.6","components":{}[]{}}}"#,
        r#"[{"name":"","components":"#.repeat(1000),
        "}]".repeat(1000)
    );
    assert!(refused(&nested).contains("recursion"), "{}", refused(&nested));
}

#[test]
fn what_no_image_has_is_not_kept() {
    let refused = |text: String| read(text.as_bytes()).unwrap_err().to_string();
    let bill = |rest: String| format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.6",{rest}}}"#);
    let needs = format!(r#"{{"ref":"","dependsOn":[{}""]}}"#, r#""","#.repeat(500_000));
    assert!(refused(bill(format!(r#""dependencies":[{needs}]"#))).contains("more than 500000"));
    assert!(refused(" ".repeat((32 << 20) + 1)).contains("bytes"));
    let long = format!(r#""components":[{{"name":"a","purl":"pkg:pypi/{}@1"}}]"#, "a".repeat(600));
    let received = read(bill(long).as_bytes()).unwrap();
    assert_eq!(
        (received.inventory.packages.len(), received.left_out[0].why.as_str()),
        (0, "its package URL is far too long")
    );
}

proptest! {
    #[test]
    fn any_bytes_are_packages_or_an_error(text in "\\PC{0,40}", cut in 0usize..4000) {
        let _ = read(text.as_bytes());
        let whole = cyclonedx(&inventory(), &subject(), Some(&model()));
        let mut end = cut.min(whole.len() - 2);
        while !whole.is_char_boundary(end) { end -= 1; }
        prop_assert!(read(&whole.as_bytes()[..end]).is_err());
    }

    #[test]
    fn any_text_makes_a_document_that_is_read_back(words in prop::collection::vec("\\PC{0,12}", 3)) {
        let mut one = package(Ecosystem::PyPi, "a", Some(&words[0]), &[]);
        one.hashes[0].value.clone_from(&words[1]);
        let subject = Subject { name: words[2].clone(), ..subject() };
        let inventory = Inventory::of(vec![one]);
        for text in [cyclonedx(&inventory, &subject, None), spdx(&inventory, &subject, None)] {
            prop_assert_eq!(read(text.as_bytes()).unwrap().inventory.packages.len(), 1);
        }
    }
}
