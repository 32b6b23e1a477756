//! What each builder is told.

use std::path::Path;

use tollgate_model::Builder as Kind;

use super::Build;

/// The words that build. The image's id ends up in `id`.
pub(super) fn build(kind: Kind, build: &Build<'_>, id: &Path) -> Vec<String> {
    let mut words = Words(vec!["build".to_owned()]);
    words.pair("--file", &shown(build.file)).pair("--iidfile", &shown(id));
    match kind {
        Kind::Docker => {
            // BuildKit's; whatever is built is as old as it says.
            words.pair("--progress", "plain").pair("--build-arg", "SOURCE_DATE_EPOCH=0");
        }
        Kind::Buildah | Kind::Podman => {
            words.pair("--format", "oci").pair("--timestamp", "0").one("--layers");
            for (file, at) in build.mounts {
                words.pair("--volume", &format!("{}:{at}:ro", shown(file)));
            }
        }
    }
    if let Some(target) = build.target {
        words.pair("--target", target);
    }
    for (name, value) in build.args {
        words.pair("--build-arg", &format!("{name}={value}"));
    }
    for (id, file) in build.secrets {
        words.pair("--secret", &format!("id={id},src={}", shown(file)));
    }
    for (name, pinned) in build.pins {
        words.pair("--build-context", &format!("{name}=docker-image://{pinned}"));
    }
    words.one(&shown(build.context));
    words.0
}

/// The words that put an image of Docker's into an archive.
pub(super) fn save(image: &str, archive: &Path) -> Vec<String> {
    ["save", "--output", &shown(archive), image].map(str::to_owned).to_vec()
}

/// The words that put an image of Buildah's or Podman's into a layout.
pub(super) fn push(image: &str, layout: &Path) -> Vec<String> {
    ["push", "--quiet", image, &format!("oci:{}:built", shown(layout))].map(str::to_owned).to_vec()
}

struct Words(Vec<String>);

impl Words {
    fn one(&mut self, word: &str) -> &mut Self {
        self.0.push(word.to_owned());
        self
    }

    fn pair(&mut self, option: &str, value: &str) -> &mut Self {
        self.one(option).one(value)
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;

    fn words(kind: Kind) -> String {
        let args = BTreeMap::from([("V".to_owned(), "3 1".to_owned())]);
        let secrets = [("pip".to_owned(), PathBuf::from("/s/0"))];
        let mounts = [(PathBuf::from("/s/pip"), "/etc/pip.conf".to_owned())];
        let pins = [("r.test/a:1".to_owned(), "r.test/a@sha256:00".to_owned())];
        let asked = Build {
            file: Path::new("/c/Dockerfile"),
            context: Path::new("/c"),
            target: Some("run"),
            args: &args,
            secrets: &secrets,
            pins: &pins,
            mounts: &mounts,
            scratch: Path::new("/t"),
        };
        build(kind, &asked, Path::new("/t/id")).join("|")
    }

    #[test]
    fn each_builder_is_told_in_its_own_words() {
        let same = "--target|run|--build-arg|V=3 1|--secret|id=pip,src=/s/0|--build-context|\
                    r.test/a:1=docker-image://r.test/a@sha256:00|/c";
        assert_eq!(
            words(Kind::Buildah),
            format!(
                "build|--file|/c/Dockerfile|--iidfile|/t/id|--format|oci|--timestamp|0|--layers|\
                 --volume|/s/pip:/etc/pip.conf:ro|{same}"
            )
        );
        assert_eq!(words(Kind::Podman), words(Kind::Buildah));
        assert_eq!(
            words(Kind::Docker),
            format!(
                "build|--file|/c/Dockerfile|--iidfile|/t/id|--progress|plain|--build-arg|\
                 SOURCE_DATE_EPOCH=0|{same}"
            )
        );
    }
}
