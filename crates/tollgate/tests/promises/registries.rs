//! Images go to a registry and are built upon from there. Where no registry is installed, that is
//! said aloud.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value as Json;
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{
    Descriptor, ImageConfig, Index, Manifest, Platform, RootFs, RunConfig, media,
};
use tollgate_testkit::servers::{Distribution, Failure, Relay, Wanted};

use crate::common::{Project, until};

const STEPS: &str = r#"
steps:
  service:
    image:
      base: BASE
      copy: { src/: src/ }
      command: [python3, -m, src.api]
"#;

/// Three pieces.
const LARGE: usize = 33 << 20;

fn project(base: &str) -> Project {
    let project = Project::new(&STEPS.replace("BASE", base));
    // Nothing of whoever runs the tests is to be found or used.
    let home = project.beside("home").display().to_string();
    for name in ["DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"] {
        project.env(name, "");
    }
    project.env("HOME", &home).write("src/api.py", "print(1)\n");
    project
}

/// Puts an image of one layer, whose bytes nothing packs, under a name into the layout of a project.
fn image(project: &Project, name: &str, layer: Vec<u8>, architecture: &str) {
    let layout = Layout::create(&project.path(".tollgate/oci")).unwrap();
    let layer = layout.put_bytes(media::LAYER, &layer).unwrap();
    let (architecture, os) = (architecture.to_owned(), "linux".to_owned());
    let config = ImageConfig {
        created: None,
        author: None,
        platform: Platform { architecture, os, variant: None },
        config: RunConfig { env: vec!["FROM_BASE=yes".into()], ..RunConfig::default() },
        rootfs: RootFs { kind: "layers".into(), diff_ids: vec![layer.digest] },
        history: vec![],
    };
    let config = layout.put_bytes(media::CONFIG, &serde_json::to_vec(&config).unwrap()).unwrap();
    let manifest = Manifest::image(config, vec![layer]);
    let image = layout.put_bytes(media::MANIFEST, &manifest.to_bytes()).unwrap();
    layout.tag(name, &image).unwrap();
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..length / 8).flat_map(next).collect()
}

/// A tar archive of one file.
fn tar(project: &Project) -> Vec<u8> {
    project.sh("mkdir -p base/usr/bin && echo no real one > base/usr/bin/python3.11");
    project.sh("tar --sort=name --owner=0 --group=0 --mtime=@0 -C base -cf base.tar usr");
    fs::read(project.path("base.tar")).unwrap()
}

fn machine() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn files(project: &Project) -> Vec<String> {
    let dir = fs::read_dir(project.path(".tollgate/oci/blobs/sha256")).into_iter().flatten();
    let mut names: Vec<String> =
        dir.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_image_is_built_on_one_of_a_registry_and_pushed_beside_it() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let base: String = server.at("base/python:3.11");
    let maker = project("oci:x");
    image(&maker, "base", tar(&maker), machine());
    maker.tollgate(&format!("image push base {base}")).passes().says("2 blobs sent");

    let project = project(&base);
    project.tollgate("run").exits(2).says("`tollgate image lock` writes tollgate.lock");
    project.tollgate("image lock").passes().says(&format!("{base} is sha256:"));
    project.tollgate("image lock").passes().says("as before");
    project.tollgate("image build").passes();
    let built = project.tollgate("image inspect service --json").passes().json()[0].clone();
    assert_eq!(built["config"]["config"]["Env"][0], "FROM_BASE=yes");
    assert_eq!(built["manifest"]["layers"].as_array().unwrap().len(), 2);

    let to: String = server.at("team/service:1");
    let sent = project.tollgate(&format!("image push {to} --tag latest --json"));
    let sent: Json = sent.passes().json()[0].clone();
    assert_eq!(
        (&sent["digest"], &sent["mounted"], &sent["sent"]),
        (&built["digest"], &1.into(), &2.into())
    );
    assert_eq!(sent["tags"], serde_json::json!(["1", "latest"]));
    project.tollgate(&format!("image push service {to}")).passes().says("all of it was there");

    let latest: String = server.at("team/service:latest");
    let pulled = maker.tollgate(&format!("image pull {latest} --json")).passes().json()[0].clone();
    assert_eq!((&pulled["image"], &pulled["digest"]), (&latest.into(), &built["digest"]));
    maker.tollgate("image list").passes().says(built["digest"].as_str().unwrap());

    // What is pinned is built upon without asking anybody.
    drop(server);
    project.write("src/api.py", "print(2)\n");
    assert_eq!(project.run().passes().ran(), ["service"]);
}

const PIPELINES: &str = r#"
pipelines:
  pr: { on: pull_request, steps: [service] }
  main: { on: push main, steps: [service] }
"#;

#[test]
fn a_pipeline_of_pushes_sends_what_passed_under_its_commit() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let project = project("oci:base");
    let base = Layout::create(&project.path("base")).unwrap();
    image(&project, "base", tar(&project), machine());
    project
        .sh("rm -r base base.tar && mkdir base && cp -r .tollgate/oci/. base && rm -r .tollgate");
    drop(base);
    let to: String = server.at("team/service");
    let steps = STEPS.replace("BASE", "oci:base");
    project.yaml(&format!("{steps}      push: {to}\n{PIPELINES}"));
    project.write(".gitignore", ".tollgate/\n").commit();
    let commit = project.sh("git rev-parse HEAD").trim().to_owned();
    let (tag, gone) = (format!("{to}:{commit}"), "is not in the registry");

    // What nobody has merged goes nowhere.
    project.tollgate("run pr").passes().keeps_quiet_of(&to);
    project.tollgate("run service").passes().keeps_quiet_of(&to);
    project.sh("git checkout -qb other");
    project.tollgate("run main").passes().keeps_quiet_of(&to);
    project.sh("git checkout -q main");
    project.write("new.txt", "");
    project.tollgate("run main").passes().keeps_quiet_of(&to);
    project.sh("rm new.txt");
    project.tollgate(&format!("image pull {tag}")).exits(2).says(gone);

    project.tollgate("run main").passes().says(&tag);
    let listed = project.tollgate("image list --json").passes().json()[0].clone();
    let pulled = project.tollgate(&format!("image pull {tag} --json")).passes().json()[0].clone();
    assert_eq!(pulled["digest"], listed["digest"]);
    // The evidence is beside it, and again sends nothing.
    project.tollgate("run main").passes().says("all of it was there");

    drop(server);
    project.write("src/api.py", "print(2)\n").commit();
    let failed = project.tollgate("run main");
    failed.exits(5).says("passed in").says("the same command again sends");
}

/// Whoever pins on another kind of machine finds theirs again, as fresh as ours.
#[test]
fn platforms_that_are_in_the_lock_stay_there() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let base: String = server.at("base:many");
    let maker = project("oci:x");
    let layout = Layout::create(&maker.path(".tollgate/oci")).unwrap();
    let mut images = Vec::new();
    for architecture in ["amd64", "arm64"] {
        image(&maker, architecture, tar(&maker), architecture);
        let (architecture, os) = (architecture.to_owned(), "linux".to_owned());
        let image = layout.resolve(&architecture).unwrap();
        let platform = Some(Platform { architecture, os, variant: None });
        images.push(Descriptor { platform, annotations: BTreeMap::new(), ..image });
    }
    let index = Index::of(images.clone()).to_bytes();
    layout.tag("many", &layout.put_bytes(media::INDEX, &index).unwrap()).unwrap();
    maker.tollgate(&format!("image push many {base}")).passes();

    let project = project(&base);
    project.tollgate("image lock").passes();
    let ours = project.read("tollgate.lock");
    assert_eq!(ours.matches("[[image]]").count(), 1);
    let other = if machine() == "amd64" { "arm64" } else { "amd64" };
    let stale = format!("sha256:{}", "0".repeat(64));
    let theirs = ours.replace(machine(), other);
    let digest = &theirs[theirs.find("sha256:").unwrap()..][..71];
    project.write("tollgate.lock", format!("{ours}\n{}", theirs.replace(digest, &stale)));
    project.tollgate("image lock").passes();
    let lock = project.read("tollgate.lock");
    for image in &images {
        assert!(lock.contains(&image.digest.to_string()), "{lock}");
    }
    project.tollgate("run").passes();
}

#[test]
fn a_base_that_was_damaged_is_fetched_again() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let base: String = server.at("base:1");
    let maker = project("oci:x");
    image(&maker, "base", tar(&maker), machine());
    maker.tollgate(&format!("image push base {base}")).passes();
    let project = project(&base);
    project.tollgate("image lock").passes();
    project.run().passes();
    let inspected = || project.tollgate("image inspect service --json").passes().json()[0].clone();
    let before = inspected();
    let layer = before["manifest"]["layers"][0]["digest"].as_str().unwrap();
    let blob = layer.replace("sha256:", ".tollgate/oci/blobs/sha256/");
    let size = fs::metadata(project.path(&blob)).unwrap().len();
    project.write(&blob, vec![0; usize::try_from(size).unwrap()]);
    project.write("src/api.py", "print(2)\n");
    project.tollgate("run").passes();
    assert_eq!(inspected()["manifest"]["layers"][0], before["manifest"]["layers"][0]);
    // A base that is for other machines is none.
    image(&maker, "other", tar(&maker), "riscv64");
    maker.tollgate(&format!("image push other {base}")).passes();
    let refused = project.tollgate("image lock");
    refused.exits(2).says("has nothing for linux/").says("linux/riscv64");
}

#[test]
fn a_push_that_was_killed_goes_on_where_it_was() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let relay = Relay::to(server.port);
    let project = project("oci:x");
    image(&project, "large", noise(LARGE), machine());
    let to: String = relay.at("team/large:1");
    let words = format!("image push large {to}");
    relay.fail_at(2, Failure::Silence);
    let running = project.start(&words);
    until("the second piece is sent", || relay.pieces() == 2);
    running.signal("KILL");
    running.wait();
    let before = relay.passed();
    project.tollgate(&words).passes();
    let sent = relay.passed() - before;
    assert!(sent < LARGE as u64 - (15 << 20), "{sent}");
    let there = crate::registries::project("oci:x");
    there.tollgate(&format!("image pull {to}")).passes();
    assert_eq!(files(&there), files(&project));
}

#[test]
fn a_disk_that_is_full_leaves_nothing_by_halves() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let to: String = server.at("team/large:1");
    let maker = project("oci:x");
    image(&maker, "large", noise(4 << 20), machine());
    maker.tollgate(&format!("image push large {to}")).passes();
    let project = project("oci:x");
    let tollgate = env!("CARGO_BIN_EXE_tollgate");
    // A file can't become larger than 1 MB, as on a disk that is full.
    let limited =
        format!("trap '' XFSZ; ulimit -f 2048; {tollgate} image pull {to} 2>said || echo $?");
    assert_eq!(project.sh(&limited).trim(), "5");
    assert!(project.read("said").contains("File too large"), "{}", project.read("said"));
    // The configuration came first and is whole; of the rest there is nothing.
    assert_eq!(files(&project).len(), 1);
    project.tollgate("image list").passes().keeps_quiet_of("large");
    project.tollgate(&format!("image pull {to}")).passes();
    assert_eq!(files(&project), files(&maker));
}

#[test]
fn who_may_not_is_told_so_and_nothing_secret() {
    let wanted = Wanted { password: true, tls: false };
    let Some(server) = Distribution::start(wanted) else { return };
    let project = project("oci:x");
    image(&project, "small", noise(800), machine());
    let to: String = server.at("team/small:1");
    let push = format!("image push small {to}");
    project.tollgate(&push).exits(4).says("does not let anybody push").says(".docker/config.json");
    project.env("TOLLGATE_REGISTRY_USER", "ann").env("TOLLGATE_REGISTRY_PASSWORD", "op3n");
    let ran = project.tollgate(&push);
    ran.exits(4).says("does not let `ann` push").keeps_quiet_of("op3n");
    project.env("TOLLGATE_REGISTRY_PASSWORD", "sesame");
    project.tollgate(&push).passes();
    project.tollgate(&format!("image pull {to}")).passes();
    let none: String = server.at("team/none:1");
    project.tollgate(&format!("image pull {none}")).exits(2).says("is not in the registry");
}

#[test]
fn what_is_no_reference_or_no_image_is_told() {
    let project = project("oci:x");
    project.tollgate("image push r.example/a").exits(2).says("no image was built here yet");
    image(&project, "one", noise(80), machine());
    image(&project, "two", noise(88), machine());
    project.tollgate("image push r.example/a").exits(2).says("2 images here, so which one?");
    project.tollgate("image push none r.example/a").exits(2).says("tollgate image list");
    project.tollgate("image push one r.example/A").exits(2).says("capital letters");
    project.tollgate("image push one r.example/a:1 --tag -x").exits(2);
    project.tollgate("image push one r.example/a:1 --tag=a/b").exits(2).says("no tag");
    let digest = format!("r.example/a@sha256:{}", "0".repeat(64));
    project.tollgate(&format!("image push one {digest}")).exits(2).says("gets its own");
    project.tollgate("image pull r.example/a --platform nowhere").exits(2).says("no platform");
}

#[test]
fn what_did_not_pass_is_not_sent() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let (base, to): (String, String) = (server.at("base:1"), server.at("team/service:1"));
    let maker = project("oci:x");
    image(&maker, "base", tar(&maker), machine());
    maker.tollgate(&format!("image push base {base}")).passes();
    let project = project(&base);
    project.tollgate("image lock").passes();
    project.edit("      command:", "      max_size: 10B\n      command:");
    project.tollgate("run").exits(1);
    let push = format!("image push {to}");
    let refused = project.tollgate(&push);
    refused.exits(4).says("the image of `service` did not pass in r1").says("may take 10 B");
    project.tollgate(&format!("image pull {to}")).exits(2).says("is not in the registry");
    project.edit("max_size: 10B", "max_size: 10MB");
    assert_eq!(project.run().passes().ran(), ["service"]);
    project.tollgate(&push).passes();
    project.edit("max_size: 10MB", "max_size: 10B");
    project.tollgate("run").exits(1);
    project.tollgate(&push).exits(4);
    project.edit("max_size: 10B", "max_size: 10MB");
    assert_eq!(project.run().passes().reused(), ["service"]);
    project.tollgate(&push).passes();
}
