//! Dockerfiles: judged before they are built, built by whoever is there, or turned into a native
//! build. The builds themselves need Buildah or Podman; where neither is installed they say so.

use std::io::Write as _;
use std::process::Command;

use serde_json::Value as Json;

use crate::common::Project;

const STEPS: &str = r#"
steps:
  train:
    run: echo weights > model.bin
    outputs: [model.bin]
  service:
    image:
      dockerfile:
        file: Dockerfile
        args: { GREETING: hello }
        builder: BUILDER
      copy: { extra.txt: /srv/extra.txt }
    needs: [train]
"#;

const DOCKERFILE: &str = "\
FROM scratch AS unused
COPY app /wrong
FROM scratch
ARG GREETING
LABEL greeting=$GREETING
WORKDIR /srv
COPY app model.bin ./
USER 65532
CMD [\"/srv/run\"]
";

fn project(builder: &str) -> Project {
    let project = Project::new(&STEPS.replace("BUILDER", builder));
    project.write("Dockerfile", DOCKERFILE).write("app/run", "#!\n").write("extra.txt", "more\n");
    project
}

/// A builder that is installed, and keeps what it does to this test.
fn with_builder() -> Option<Project> {
    let is_there = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    let Some(builder) = ["buildah", "podman"].iter().find(is_there) else {
        let _ = writeln!(std::io::stderr(), "NOT TESTED: no builder of Dockerfiles is installed");
        return None;
    };
    let project = project(builder);
    project.env("BUILDAH_ISOLATION", "chroot");
    let storage = project.beside("storage.conf");
    let beside = |name: &str| project.beside(name).display().to_string();
    let text = format!(
        "[storage]\ndriver = \"vfs\"\ngraphroot = \"{}\"\nrunroot = \"{}\"\n",
        beside("graph"),
        beside("run"),
    );
    std::fs::write(&storage, text).unwrap();
    project.env("CONTAINERS_STORAGE_CONF", &storage.display().to_string());
    Some(project)
}

fn inspected(project: &Project) -> Json {
    project.tollgate("image inspect service --json").passes().json()[0].clone()
}

#[test]
fn a_dockerfile_is_built_with_what_needs_left_and_files_on_top() {
    let Some(project) = with_builder() else { return };
    project.tollgate("image build").passes();
    let image = inspected(&project);
    let run = &image["config"]["config"];
    assert_eq!(run["User"], "65532");
    assert_eq!(run["WorkingDir"], "/srv");
    assert_eq!(run["Labels"]["greeting"], "hello");
    assert_eq!(run["Cmd"][0], "/srv/run");
    let layers = image["manifest"]["layers"].as_array().unwrap();
    let files: String = layers
        .iter()
        .map(|layer| {
            let hex = layer["digest"].as_str().unwrap().trim_start_matches("sha256:");
            project.sh(&format!("tar tzf .tollgate/oci/blobs/sha256/{hex}"))
        })
        .collect();
    for file in ["srv/run", "srv/model.bin", "srv/extra.txt"] {
        assert!(files.lines().any(|line| line.trim_start_matches("./") == file), "{file}: {files}");
    }
    assert!(!files.contains("wrong"), "{files}");

    // Elsewhere, at another time, by a builder that remembers nothing.
    let again = with_builder().unwrap();
    again.tollgate("image build").passes();
    assert_eq!(inspected(&again)["digest"], image["digest"]);
}

#[test]
fn a_secret_is_mounted_and_in_no_layer() {
    let Some(project) = with_builder() else { return };
    project.edit("args: { GREETING: hello }", "secrets: { token: env:BUILD_TOKEN }");
    project.tollgate("image build").exits(1).says("env:BUILD_TOKEN is not set");
    project.env("BUILD_TOKEN", "hunter2-hunter2").write("app/oops", "it is hunter2-hunter2\n");
    project.tollgate("image build").exits(1).says("a secret of the build stands in /srv/oops");
    project.write("app/oops", "nothing\n");
    project.tollgate("image build").passes();
    let found = project.sh("grep -rl hunter2-hunter2 .tollgate || true");
    assert_eq!(found, "", "{found}");
}

#[test]
fn what_must_not_be_is_told_before_anything_is_built() {
    let project = project("docker");
    project.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    project.write("Dockerfile", "FROM python:latest\nENV DB_PASSWORD=abcdefg\nCMD python app.py\n");
    let told = project.tollgate("image lint --json").exits(1).json()[0].clone();
    let codes: Vec<&str> = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["code"].as_str().unwrap())
        .collect();
    let expected =
        ["dockerfile.latest", "dockerfile.root-user", "dockerfile.secret", "dockerfile.shell-form"];
    assert_eq!(codes, expected, "{told}");
    project.tollgate("image build").exits(1).says("dockerfile.latest");
    project
        .edit("builder: docker", "builder: docker\n        lint: { latest: off, secret: warning }");
    project.tollgate("image build").exits(1).says("no builder of Dockerfiles is here");
    project.write("Dockerfile", "FROM scratch\nNONSENSE\n");
    project.tollgate("image build").exits(1).says("Dockerfile:2: `NONSENSE` is no instruction");
}

#[test]
fn a_simple_dockerfile_becomes_a_native_build() {
    let project = Project::empty();
    project
        .write("Dockerfile", "FROM registry.test/python:3.11\nWORKDIR /app\nCOPY src/ src/\nUSER app\nCMD [\"python3\", \"-m\", \"src\"]\n")
        .write("src/__main__.py", "print(1)\n");
    project
        .tollgate("image import-dockerfile --step service")
        .passes()
        .says("Dockerfile:4: `app` is a name");
    project.tollgate("image import-dockerfile --step service -o tollgate.yaml").passes();
    assert!(project.read("tollgate.yaml").contains("        src: /app/src\n"));
    // It is a plan: what it stands on is all that lacks.
    project.tollgate("image build service").says("is not pinned: `tollgate image lock`");
    project
        .tollgate("image import-dockerfile -o tollgate.yaml")
        .exits(2)
        .says("is not written over");
}
