//! Shapes of manifests as people write them: `⟦before|after⟧` is all that an edit changes.

use tollgate_delivery::manifest::{Image, Manifest, Place, name_image};

const REPOSITORY: &str = "registry.example/team/churn";

fn digest() -> String {
    format!("sha256:{}", "7f".repeat(32))
}

struct Shape {
    name: String,
    path: String,
    tag: Option<String>,
    values: Option<Vec<String>>,
    before: String,
    after: String,
}

fn shapes() -> Vec<Shape> {
    let text = include_str!("shapes.txt");
    text.split("=== ").filter(|part| !part.is_empty()).map(shape).collect()
}

fn shape(part: &str) -> Shape {
    let (head, body) = part.split_once('\n').unwrap();
    let (name, options) = head.rsplit_once(", ").unwrap_or((head, ""));
    let option = |key: &str| {
        let words = options.split(' ');
        words.filter_map(|word| word.strip_prefix(key)).next().map(str::to_owned)
    };
    let body = body
        .replace("IMAGE", "REPO@DIGEST")
        .replace("REPO@DIGEST", &format!("{REPOSITORY}@{}", digest()));
    let mut body = body.replace("REPO", REPOSITORY).replace("DIGEST", &digest());
    if let Some(whole) = body.strip_suffix("EOF\n") {
        body = whole.to_owned();
    }
    if options.contains("crlf") {
        body = body.replace('\n', "\r\n");
    }
    let (mut before, mut after) = (String::new(), String::new());
    for (at, piece) in body.split(['⟦', '⟧']).enumerate() {
        match (at % 2, piece.split_once('|')) {
            (1, Some((was, is))) => {
                before.push_str(was);
                after.push_str(is);
            }
            _ => {
                before.push_str(piece);
                after.push_str(piece);
            }
        }
    }
    Shape {
        name: name.to_owned(),
        path: option("path=").unwrap_or_else(|| "deploy.yaml".to_owned()),
        tag: option("tag="),
        values: option("values=").map(|keys| keys.split('.').map(str::to_owned).collect()),
        before,
        after,
    }
}

#[test]
fn an_edit_changes_these_bytes_and_no_others() {
    let shapes = shapes();
    assert!(shapes.len() >= 60, "{}", shapes.len());
    let digest = digest();
    for shape in shapes {
        let image = Image { repository: REPOSITORY, digest: &digest, tag: shape.tag.as_deref() };
        let keys: Option<Vec<&str>> =
            shape.values.as_ref().map(|keys| keys.iter().map(String::as_str).collect());
        let place = keys.as_ref().map_or(Place::Found, |keys| Place::Values(keys));
        let manifest = Manifest { path: &shape.path, text: &shape.before };
        let edited = name_image(&[manifest], &image, place)
            .unwrap_or_else(|error| panic!("{}: {error}", shape.name));
        let text = edited.files.first().map_or(&shape.before, |(_, text)| text);
        assert_eq!(*text, shape.after, "{}", shape.name);
        assert_eq!(edited.files.is_empty(), edited.changes.is_empty(), "{}", shape.name);
        // Once more changes nothing.
        let manifest = Manifest { path: &shape.path, text };
        let again = name_image(&[manifest], &image, place).unwrap();
        assert_eq!(again.changes, [], "{}", shape.name);
    }
}

fn refused(files: &[(&str, &str)], place: Place<'_>) -> String {
    let digest = digest();
    let image = Image { repository: REPOSITORY, digest: &digest, tag: None };
    let manifests: Vec<Manifest<'_>> =
        files.iter().map(|(path, text)| Manifest { path, text }).collect();
    name_image(&manifests, &image, place).unwrap_err().to_string()
}

fn pod(images: &[&str]) -> String {
    let containers: Vec<String> =
        images.iter().map(|image| format!("  - image: {image}\n")).collect();
    format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n{}", containers.concat())
}

#[test]
fn what_is_not_clear_is_refused_with_what_is_there() {
    let told = refused(&[("a.yaml", &pod(&["busybox", "envoy:1"]))], Place::Found);
    assert!(
        told.contains("in none of the manifests: there are a.yaml:5 busybox, a.yaml:6 envoy:1"),
        "{told}"
    );
    let told = refused(&[("a.yaml", &pod(&["x.example/churn", "y.example/churn"]))], Place::Found);
    assert!(told.contains("can't be told which image"), "{told}");
    assert!(told.contains("a.yaml:5 x.example/churn, a.yaml:6 y.example/churn"), "{told}");
    assert!(refused(&[("a.yaml", "a: 1\n")], Place::Found).contains("they name no image"));
    assert!(refused(&[], Place::Found).contains("they name no image"));
    let values = "image: { tag: 1 }\n";
    assert!(
        refused(&[("v.yaml", values)], Place::Values(&["image"])).contains("without `repository`")
    );
    let told = refused(&[("v.yaml", values)], Place::Values(&["images", "a"]));
    assert!(told.contains("the value at `images.a`"), "{told}");
    let told = refused(
        &[("v.yaml", "image:\n  repository: churn\n  digest:\n")],
        Place::Values(&["image"]),
    );
    assert!(told.contains("v.yaml:3: the image is empty"), "{told}");
    let two = [("a.yaml", "image: churn\n"), ("b.yaml", "image: churn\n")];
    assert!(refused(&two, Place::Values(&["image"])).contains("b.yaml:1 churn"));
    let twice = "images:\n- name: churn\n- name: other.example/churn\n";
    assert!(refused(&[("kustomization.yaml", twice)], Place::Found).contains("which image"));
}

#[test]
fn what_is_not_written_on_one_line_is_refused() {
    for image in
        ["|\n      churn:1", ">-\n      churn:1", "\"churn:\\\n      1\"", "[churn]", "{a: b}"]
    {
        let told = refused(&[("a.yaml", &pod(&[image]))], Place::Found);
        assert!(told.starts_with("a.yaml:") && told.contains(": the image is"), "{told}");
    }
    for text in ["a: [1\n", "a: b: c\n", "a: *b\n"] {
        assert!(refused(&[("a.yaml", text)], Place::Found).starts_with("a.yaml:"), "{text}");
    }
    let deep = "[".repeat(5_000);
    assert!(refused(&[("a.yaml", &deep)], Place::Found).starts_with("a.yaml:"));
}

#[test]
fn a_carriage_return_ends_a_line_too() {
    let digest = digest();
    let image = Image { repository: REPOSITORY, digest: &digest, tag: None };
    let text = pod(&["churn:1 # tag: v1"]).replace('\n', "\r") + "  hostname: churn\r";
    let edited = name_image(&[Manifest { path: "a.yaml", text: &text }], &image, Place::Found);
    let expected = text.replace("churn:1 # tag: v1", &format!("{REPOSITORY}@{digest}"));
    assert_eq!(edited.unwrap().files[0].1, expected);
}

#[test]
fn a_kustomization_is_believed_before_the_objects() {
    let digest = digest();
    let image = Image { repository: REPOSITORY, digest: &digest, tag: None };
    let kustomization = "images:\n- name: churn\n  newTag: v1\n";
    let pod = pod(&["churn:1"]);
    let files = [
        Manifest { path: "d/pod.yaml", text: &pod },
        Manifest { path: "d/kustomization.yaml", text: kustomization },
    ];
    let edited = name_image(&files, &image, Place::Found).unwrap();
    let paths: Vec<&str> = edited.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["d/kustomization.yaml"]);
    let lines: Vec<usize> = edited.changes.iter().map(|change| change.line).collect();
    assert_eq!(lines, [3, 3, 3]);
}
