//! What manifests ask for is read as it was written.

use tollgate_delivery::manifest::{Image, Manifest, ManifestError, Place, name_image, named};

const POD: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - { name: a, image: \"team/churn:v1\" }\n";

fn digest(character: char) -> String {
    format!("sha256:{}", character.to_string().repeat(64))
}

fn asked(text: &str, place: Place<'_>) -> Result<Option<String>, ManifestError> {
    named(&[Manifest { path: "a.yaml", text }], "churn", place)
}

fn edited(text: &str, digest: &str, tag: Option<&str>, place: Place<'_>) -> String {
    let image = Image { repository: "team/churn", digest, tag };
    let edited = name_image(&[Manifest { path: "a.yaml", text }], &image, place).unwrap();
    edited.files.first().map_or_else(|| text.to_owned(), |(_, text)| text.clone())
}

#[test]
fn what_was_promoted_is_what_is_asked_for() {
    let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages:\n  - name: team/churn\n    newTag: v1\n";
    let block = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: team/churn:v1\n";
    let values = "image:\n  repository: team/churn\n  tag: v1\n";
    for (text, place) in [
        (POD, Place::Found),
        (block, Place::Found),
        (kustomization, Place::Found),
        (values, Place::Values(&["image"])),
    ] {
        assert_eq!(asked(text, place).unwrap(), None, "a tag says nothing of what runs");
        for tag in [None, Some("c0ffee")] {
            let once = edited(text, &digest('a'), tag, place);
            assert_eq!(asked(&once, place).unwrap(), Some(digest('a')), "{once}");
            let twice = edited(&once, &digest('b'), Some("other"), place);
            assert_eq!(asked(&twice, place).unwrap(), Some(digest('b')), "{twice}");
        }
    }
}

#[test]
fn two_answers_are_none() {
    let one = edited(POD, &digest('a'), None, Place::Found);
    let other = edited(POD, &digest('b'), None, Place::Found);
    let found = asked(&format!("{one}---\n{other}"), Place::Found);
    assert!(matches!(found, Err(ManifestError::Ambiguous { .. })), "{found:?}");
    let same = asked(&format!("{one}---\n{one}"), Place::Found);
    assert_eq!(same.unwrap(), Some(digest('a')));
}
