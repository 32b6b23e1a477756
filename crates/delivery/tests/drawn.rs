//! Manifests drawn at random, each with what it must come to.

use proptest::prelude::*;
use tollgate_delivery::manifest::{Image, Manifest, Place, name_image};

const REPOSITORY: &str = "registry.example/team/churn";
const DIGEST: &str = "sha256:7f7f7f7f";

/// How a container is written.
#[derive(Clone, Debug)]
struct Container {
    image: String,
    quote: &'static str,
    flow: bool,
    name_first: bool,
    comment: Option<String>,
}

fn container() -> impl Strategy<Value = Container> {
    let other = prop_oneof![
        Just("busybox".to_owned()),
        "[a-z]{1,8}(/[a-z]{1,8}){0,2}:[a-z0-9.]{1,5}",
        Just("registry.example/team/churning:1".to_owned()),
    ];
    let ours = prop_oneof![
        Just(REPOSITORY.to_owned()),
        "[a-z0-9]{1,4}".prop_map(|tag| format!("{REPOSITORY}:{tag}")),
        "[0-9a-f]{1,8}".prop_map(|hex| format!("{REPOSITORY}@sha256:{hex}")),
    ];
    let quote = prop_oneof![Just(""), Just("'"), Just("\"")];
    let comment = proptest::option::of("[ -~äß]{0,12}");
    (prop_oneof![other, ours], quote, any::<bool>(), any::<bool>(), comment).prop_map(
        |(image, quote, flow, name_first, comment)| Container {
            image,
            quote,
            flow,
            name_first,
            comment,
        },
    )
}

fn is_ours(image: &str) -> bool {
    let rest = image.strip_prefix(REPOSITORY);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']))
}

fn written(containers: &[Container], named: bool, end: &str) -> String {
    let mut text = format!("apiVersion: v1{end}kind: Pod{end}spec:{end}  containers:{end}");
    for (at, it) in containers.iter().enumerate() {
        let image = match named && is_ours(&it.image) {
            true => format!("{REPOSITORY}@{DIGEST}"),
            false => it.image.clone(),
        };
        let image = format!("image: {0}{image}{0}", it.quote);
        let name = format!("name: c{at}");
        let (first, second) = if it.name_first { (name, image) } else { (image, name) };
        let comment = it.comment.as_ref().map(|it| format!(" #{it}")).unwrap_or_default();
        text += &match it.flow {
            true => format!("  - {{{first}, {second}}}{comment}{end}"),
            false => format!("  - {first}{comment}{end}    {second}{comment}{end}"),
        };
    }
    text
}

proptest! {
    #[test]
    fn only_our_image_is_another(
        containers in proptest::collection::vec(container(), 1..6),
        windows in any::<bool>(),
    ) {
        let end = if windows { "\r\n" } else { "\n" };
        let before = written(&containers, false, end);
        let image = Image { repository: REPOSITORY, digest: DIGEST, tag: None };
        let manifest = Manifest { path: "pod.yaml", text: &before };
        let edited = name_image(&[manifest], &image, Place::Found);
        if !containers.iter().any(|it| is_ours(&it.image)) {
            prop_assert!(edited.is_err());
            return Ok(());
        }
        let edited = edited.unwrap();
        let after = edited.files.first().map_or(before.as_str(), |(_, text)| text);
        prop_assert_eq!(after, written(&containers, true, end));
    }
}
