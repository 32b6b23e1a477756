use super::*;
use crate::oci::layout::Layout;
use crate::oci::{Descriptor, Platform, RootFs, media};
use crate::tree::tests::plain;

/// An image of these layers, with these variables.
fn image(layout: &Layout, layers: &[&[&str]], env: &[&str]) -> Descriptor {
    let tars: Vec<Vec<u8>> = layers.iter().map(|entries| plain(entries)).collect();
    let put = |tar: &Vec<u8>| layout.put_bytes(media::LAYER, tar).unwrap();
    let config = ImageConfig {
        created: None,
        author: None,
        platform: Platform { architecture: "amd64".into(), os: "linux".into(), variant: None },
        config: RunConfig {
            env: env.iter().map(|&pair| pair.to_owned()).collect(),
            ..RunConfig::default()
        },
        rootfs: RootFs {
            kind: "layers".into(),
            diff_ids: tars.iter().map(|tar| Sha256::of(tar)).collect(),
        },
        history: vec![],
    };
    let config = layout.put_bytes(media::CONFIG, &serde_json::to_vec(&config).unwrap()).unwrap();
    let manifest = Manifest::image(config, tars.iter().map(put).collect());
    layout.put_bytes(media::MANIFEST, &manifest.to_bytes()).unwrap()
}

fn difference(before: (&[&[&str]], &[&str]), after: (&[&[&str]], &[&str])) -> Difference {
    let dir = tempfile::tempdir().unwrap();
    let layout = Layout::create(dir.path()).unwrap();
    let view = |(layers, env)| View::open(&layout, &image(&layout, layers, env)).unwrap();
    Difference::between(&view(before), &view(after), &Limits::default()).unwrap()
}

fn told(difference: &Difference) -> Vec<String> {
    let told = |file: &FileChange| {
        let sign = match file.change {
            Change::Added => '+',
            Change::Removed => '-',
            Change::Changed => '~',
        };
        format!("{sign} {} {}", file.path, file.what.join("; ")).trim_end().to_owned()
    };
    difference.files.iter().map(told).collect()
}

#[test]
fn an_image_does_not_differ_from_itself() {
    let same: (&[&[&str]], &[&str]) = (&[&["a=1"]], &["A=1"]);
    let difference = difference(same, same);
    assert!(difference.is_same());
    assert!(difference.files.is_empty() && difference.settings.is_empty());
    assert!(difference.layers.is_empty());
}

#[test]
fn each_file_is_told_with_what_is_another() {
    let before: &[&[&str]] = &[&["app/", "app/a=1", "app/b=2", "app/c -> a", "d/", "e=1"]];
    let after: &[&[&str]] = &[&["app/", "app/a=1", "app/b=3!", "app/c -> b", "d -> app", "f=1"]];
    let difference = difference((before, &[]), (after, &[]));
    assert_eq!(
        told(&difference),
        ["~ app/b content", "~ app/c to b, was a", "~ d a link, was a directory", "- e", "+ f"]
    );
    let sizes = (difference.files[0].size_before, difference.files[0].size_after);
    assert_eq!(sizes, (Some(1), Some(2)));
}

#[test]
fn what_a_higher_layer_hides_is_no_difference() {
    let difference = difference((&[&["a=1"], &["a=2"]], &[]), (&[&["a=2"]], &[]));
    assert_eq!(told(&difference), Vec::<String>::new());
    let layers: Vec<bool> = difference.layers.iter().map(|layer| layer.same_content).collect();
    assert_eq!(layers, [false, false]);
    assert!(!difference.is_same());
}

#[test]
fn settings_are_told_by_name() {
    let difference = difference((&[&["a=1"]], &["A=1", "B=1"]), (&[&["a=1"]], &["A=2", "C=1"]));
    let told: Vec<_> = difference
        .settings
        .iter()
        .map(|setting| (&*setting.name, setting.before.as_deref(), setting.after.as_deref()))
        .collect();
    assert_eq!(
        told,
        [("env A", Some("1"), Some("2")), ("env B", Some("1"), None), ("env C", None, Some("1")),]
    );
}
