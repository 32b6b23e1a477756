use super::*;
use crate::tree::tests::written;

const STATUS: &str = "var/lib/dpkg/status=Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+b1\nArchitecture: amd64\nSource: glibc (2.36-9)\nInstalled-Size: 2\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: mawk\nStatus: install ok installed\nVersion: 1.3\nProvides: awk\n\nPackage: base\nStatus: install ok installed\nVersion: 12\nDepends: libc6 (>= 2), awk, gone\n";
const DEBIAN: &str = "etc/os-release=ID=debian\nVERSION_ID=\"12\"\n";

fn told(layers: &[&[&str]]) -> (Vec<String>, Vec<String>) {
    let layers: Vec<_> = layers.iter().map(|entries| written(entries)).collect();
    let tree = Tree::of(&layers, &Limits::default()).unwrap();
    let Installed { inventory, gaps } = installed(&layers, &tree, &Limits::default()).unwrap();
    let told = |package: &Package| {
        let from = package.source.clone().map(|(name, version)| format!(" of {name} {version}"));
        let needs = match package.requires.join(", ") {
            none if none.is_empty() => String::new(),
            some => format!(" needs {some}"),
        };
        let (name, version) = (&package.name, &package.version);
        format!("{} {name} {version}{}{needs}", package.ecosystem, from.unwrap_or_default())
    };
    (inventory.packages.iter().map(told).collect(), gaps)
}

#[test]
fn packages_of_dpkg_and_python_are_told_by_their_records() {
    let site = "usr/lib/python3/dist-packages";
    let jinja = format!(
        "{site}/jinja2-2.10.dist-info/METADATA=Metadata-Version: 2.1\nName: Jinja2\nVersion: 2.10\nRequires-Dist: MarkupSafe>=0.23\nRequires-Dist: babel; extra == 'i18n'\n"
    );
    let markup = format!(
        "{site}/x.egg-info/PKG-INFO=Metadata-Version: 1.1\nName: MarkupSafe\nVersion: 1.0\n"
    );
    let part = "var/lib/dpkg/status.d/tzdata=Package: tzdata\nVersion: 2024a-0\n";
    let (packages, gaps) = told(&[&[DEBIAN, STATUS], &[&jinja, &markup, part]]);
    assert_eq!(
        packages,
        [
            "PyPI jinja2 2.10 needs markupsafe",
            "PyPI markupsafe 1.0",
            "Debian:12 base 12 of base 12 needs libc6, mawk",
            "Debian:12 libc6 2.36-9+b1 of glibc 2.36-9",
            "Debian:12 mawk 1.3 of mawk 1.3",
            "Debian:12 tzdata 2024a-0 of tzdata 2024a-0",
        ]
    );
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[test]
fn what_a_higher_layer_replaces_or_removes_is_not_there() {
    let one = "var/lib/dpkg/status=Package: a\nVersion: 1\nStatus: install ok installed\n";
    let two = "var/lib/dpkg/status=Package: a\nVersion: 2\nStatus: install ok installed\n";
    assert_eq!(told(&[&[DEBIAN, one], &[two]]).0, ["Debian:12 a 2 of a 2"]);
    let (packages, _) = told(&[
        &[DEBIAN, one, two.replace("status=", "x=").as_str()],
        &["var/lib/dpkg/.wh.status="],
    ]);
    assert_eq!(packages, Vec::<String>::new());
}

#[test]
fn what_is_not_told_is_a_gap() {
    let gaps = |entries: &[&str]| told(&[entries]).1.join("; ");
    assert_eq!(gaps(&["bin/app=x"]), "no record tells what packages are in it");
    assert!(
        gaps(&["etc/os-release=ID=ubuntu\nVERSION_ID=22.04\n", STATUS])
            .contains("no release of Debian")
    );
    assert!(gaps(&["lib/apk/db/installed=P:musl\n"]).contains("Alpine's packages are not read"));
    assert!(
        gaps(&["a/b-1.dist-info/METADATA=nonsense"]).contains("a Python package can't be told")
    );
}
