//! Images on a base that is an OCI layout of the project: the same everywhere, and built again only
//! as far as something in them is another. Debian's packages and wheels need the network, and are
//! in the demo.

use serde_json::Value as Json;
use tollgate_image::layer::{Cache, Packing, Recipe, Source, assemble};
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{ImageConfig, Manifest, Platform, RootFs, RunConfig, media};
use tollgate_image::{Content, Entry};

use tollgate_testkit::servers::Server;

use crate::common::Project;

const STEPS: &str = r#"
steps:
  train:
    run: cat data.csv > model.bin; mkdir parts; echo 1 > parts/one
    inputs: [data.csv]
    outputs: [model.bin, parts/]
  service:
    image:
      base: oci:base
      copy: { src/: src/, model.bin: /srv/model.bin, parts/: parts/ }
      command: [python3, -m, src.api]
      env: { MODEL: /srv/model.bin }
      ports: [8080]
      labels: { team: risk }
    needs: [train]
"#;

pub(crate) fn project() -> Project {
    let project = Project::new(STEPS);
    project.write("data.csv", "1\n").write("src/api.py", "print(1)\n").write("src/__init__.py", "");
    base(&project);
    project
}

/// A base of one layer, as it may have been copied there by any tool.
fn base(project: &Project) {
    base_of(project, &[("usr/bin/python3.11", "no real one"), ("etc/os-release", "ID=test\n")]);
}

pub(crate) fn base_of(project: &Project, files: &[(&str, &str)]) {
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())).collect();
    base_with(project, &files);
}

/// The same of any bytes. All of them can be run.
pub(crate) fn base_with(project: &Project, files: &[(&str, Vec<u8>)]) {
    let layout = Layout::create(&project.path("base")).unwrap();
    let cache = Cache::open(&project.beside("cache")).unwrap();
    let entries = || {
        let file = |path: &str, bytes: &[u8]| {
            Entry::file(path.parse().unwrap(), Content::Bytes(bytes.into()), true)
        };
        Ok(files.iter().map(|(path, bytes)| file(path, bytes)).collect())
    };
    let from = vec![tollgate_model::Digest::of(format!("{files:?}").as_bytes()).to_string()];
    let source = Source { owner: "base".into(), from, weight: 0, entries: Box::new(entries) };
    let packing = Packing::default();
    let recipe = Recipe { sources: vec![source], directories: vec![], packing };
    let layer = assemble(&layout, &cache, &recipe, 1).unwrap();
    let config = ImageConfig {
        created: None,
        author: None,
        platform: Platform { architecture: "amd64".into(), os: "linux".into(), variant: None },
        config: RunConfig { env: vec!["FROM_BASE=yes".into()], ..RunConfig::default() },
        rootfs: RootFs { kind: "layers".into(), diff_ids: vec![layer.diff_id] },
        history: vec![],
    };
    let config = layout.put_bytes(media::CONFIG, &serde_json::to_vec(&config).unwrap()).unwrap();
    let manifest = Manifest::image(config, vec![layer.descriptor]);
    let image = layout.put_bytes(media::MANIFEST, &manifest.to_bytes()).unwrap();
    layout.tag("base", &image).unwrap();
}

pub(crate) fn inspected(project: &Project) -> Json {
    project.tollgate("image inspect service --json").passes().json()[0].clone()
}

fn layers(image: &Json) -> Vec<String> {
    let layers = image["manifest"]["layers"].as_array().unwrap();
    layers.iter().map(|layer| layer["digest"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_image_is_the_same_wherever_and_whenever_it_is_built() {
    let (here, there) = (project(), project());
    there.sh("touch -d 2001-01-01 src/api.py data.csv base; umask 077; cp src/api.py x; mv x src/api.py; chmod 600 src/api.py");
    here.tollgate("image build").passes();
    there.tollgate("image build").passes();
    let (one, other) = (inspected(&here), inspected(&there));
    assert_eq!(one["digest"], other["digest"]);
    let config = &one["config"]["config"];
    assert_eq!(config["Cmd"], serde_json::json!(["python3", "-m", "src.api"]));
    assert_eq!((&config["User"], &config["WorkingDir"]), (&"65532:65532".into(), &"/app".into()));
    let env = config["Env"].as_array().unwrap();
    assert!(env.contains(&"FROM_BASE=yes".into()) && env.contains(&"MODEL=/srv/model.bin".into()));
    assert_eq!(config["Labels"]["team"], "risk");
    let tag = here.tollgate("image list");
    tag.passes().says("service").says(one["digest"].as_str().unwrap());
}

#[test]
fn a_change_costs_the_layer_that_it_is_in() {
    let project = project();
    project.run().passes();
    let before = inspected(&project);
    assert_eq!(project.run().passes().reused(), ["service", "train"]);
    project.write("src/api.py", "print(2)\n");
    assert_eq!(project.run().passes().ran(), ["service"]);
    let after = inspected(&project);
    assert_eq!(layers(&before)[0], layers(&after)[0]);
    assert_ne!(layers(&before)[1], layers(&after)[1]);
    project.write("src/api.py", "print(1)\n");
    project.run().passes();
    let back = project.tollgate("image build");
    back.passes();
}

#[test]
fn an_image_that_was_damaged_is_built_again() {
    let project = project();
    project.run().passes();
    let image = inspected(&project);
    let blob = layers(&image)[1].replace("sha256:", ".tollgate/oci/blobs/sha256/");
    std::fs::remove_file(project.path(&blob)).unwrap();
    assert_eq!(project.run().passes().ran(), ["service"]);
    assert_eq!(inspected(&project)["digest"], image["digest"]);
}

#[test]
fn what_no_image_is_made_of_any_more_is_collected() {
    let project = project();
    project.tollgate("image build").passes();
    let first = inspected(&project);
    project.write("src/api.py", "print(2)\n").tollgate("image build").passes();
    let second = inspected(&project);
    let blob = |layer: &str| {
        let hex = layer.trim_start_matches("sha256:");
        project.path(&format!(".tollgate/oci/blobs/sha256/{hex}"))
    };
    let (old, new) = (layers(&first).pop().unwrap(), layers(&second));
    assert!(blob(&old).exists());
    let would = project.tollgate("store gc --dry-run --json").passes().json()[0].clone();
    assert!(blob(&old).exists());
    let done = project.tollgate("store gc --json").passes().json()[0].clone();
    // Its manifest, its configuration and its own layer.
    assert_eq!((&done["images"], &done["images"]["blobs"]), (&would["images"], &Json::from(3)));
    assert!(!blob(&old).exists());
    assert!(new.iter().all(|layer| blob(layer).exists()));
    // What is gone is built again as it was.
    project.write("src/api.py", "print(1)\n").tollgate("image build").passes();
    assert_eq!(inspected(&project)["digest"], first["digest"]);
}

#[test]
fn an_index_of_another_tool_is_listed_as_one() {
    let project = project();
    project.tollgate("image build").passes();
    let layout = Layout::open(&project.path(".tollgate/oci")).unwrap();
    let image = layout.resolve("service").unwrap();
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": [image] });
    let index = layout.put_bytes(media::INDEX, index.to_string().as_bytes()).unwrap();
    layout.tag("several", &index).unwrap();
    project.tollgate("image list").passes().says("an index of 1 image").says("service");
    project.tollgate("store gc").passes();
}

#[test]
fn an_image_that_is_too_large_fails_and_says_of_what() {
    let project = project();
    project.edit("      ports: [8080]", "      max_size: 10B");
    project.tollgate("run").exits(1).says("may take 10 B").says("base 19 B").says("application");
}

#[test]
fn in_what_two_images_differ_is_told_file_by_file() {
    let project = project();
    project.tollgate("image build").passes();
    let before = inspected(&project)["digest"].as_str().unwrap().to_owned();
    project.write("src/api.py", "print(22)\n").write("src/new.py", "");
    project.edit("team: risk", "team: fraud");
    project.tollgate("image build").passes();
    let same = project.tollgate("image diff service service");
    same.passes().says("the same image");
    let told = project.tollgate(&format!("image diff {before} service"));
    told.exits(1)
        .says("label team: fraud, was risk")
        .says("~ /app/src/api.py  content; 10 B, was 9 B; (tollgate: application)")
        .says("+ /app/src/new.py")
        .says("1 setting and 2 files differ");
    let json = project.tollgate(&format!("image diff {before} service --json")).exits(1).json();
    assert_eq!(json[0]["files"][1]["change"], "added");
    project.tollgate("image diff service oci:base").exits(1).says("/srv/model.bin");
    project.tollgate("image diff service oci:nowhere").exits(2).says("nowhere");
}

#[test]
fn what_can_not_be_had_is_told_with_the_way_out() {
    let project = project();
    project.edit("oci:base", "{ debian: [python3-minimal] }");
    project.tollgate("run").exits(2).says("`tollgate image lock` writes tollgate.lock");
    project.write("tollgate.lock", "nonsense\n");
    project.tollgate("run").exits(1).says("tollgate.lock");
    project.write("tollgate.lock", "");
    project.edit("{ debian: [python3-minimal] }", "registry.example/python:3.11");
    project.tollgate("run").exits(1).says("does not pin registry.example/python:3.11");
    project.edit("registry.example/python:3.11", "registry.example/Python:3.11");
    project.tollgate("run").exits(1).says("capital letters");
    project.edit("registry.example/Python:3.11", "registry.example/python:3.11");
    project.tollgate("image inspect service").exits(2).says("tollgate image list");
    project.edit("registry.example/python:3.11", "oci:src");
    project.tollgate("run").exits(1).says("src is no base");
}

#[test]
fn the_image_says_how_it_is_known_to_be_well() {
    let project = project();
    project.edit("      ports: [8080]", "      ports: [8080]\n      health: /health");
    project.tollgate("image build").passes();
    let check = inspected(&project)["config"]["config"]["Healthcheck"].clone();
    assert_eq!((&check["Test"][0], &check["Retries"]), (&"CMD".into(), &3.into()));
    // What Docker would run there, run here against a service.
    let script = check["Test"][4].as_str().unwrap().to_owned();
    let ask = |answer: &'static [u8]| {
        let server = Server::start(move |asked| {
            assert_eq!(asked.line, "GET /health");
            Some(answer.to_vec())
        });
        let at: String = server.at("");
        let port = at.trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
        let script = script.replace("8080", &port);
        std::process::Command::new("python3").args(["-I", "-c", &script]).status().unwrap().code()
    };
    assert_eq!(ask(b"HTTP/1.1 200 OK\r\n\r\n"), Some(0));
    assert_eq!(ask(b"HTTP/1.1 503 Unavailable\r\n\r\n"), Some(1));
    assert_eq!(ask(b""), Some(1));
    project.edit("health: /health", "health: health");
    project.tollgate("image build").exits(2).says("no path of a request");
}

/// Makes a wheel beside the project, and the lock that admits it; pip is told to look nowhere else.
fn wheel(project: &Project) {
    let wheels = project.beside("wheels");
    project.write("wheel.py", WHEEL).sh(&format!("python3 wheel.py {}", wheels.display()));
    project.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &wheels.display().to_string());
    project.edit("      copy:", "      requirements: requirements.txt\n      copy:");
}

const WHEEL: &str = r#"
import base64, hashlib, os, sys, zipfile
files = {
    "demo.py": b"ANSWER = 42\n",
    "demo-1.0.dist-info/METADATA": b"Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-Expression: MIT\n",
    "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
def line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"
record = "".join(line(*pair) for pair in files.items()) + "demo-1.0.dist-info/RECORD,,\n"
files["demo-1.0.dist-info/RECORD"] = record.encode()
os.makedirs(sys.argv[1], exist_ok=True)
path = os.path.join(sys.argv[1], "demo-1.0-py3-none-any.whl")
with zipfile.ZipFile(path, "w") as archive:
    for name, data in files.items():
        archive.writestr(zipfile.ZipInfo(name), data)
digest = hashlib.sha256(open(path, "rb").read()).hexdigest()
open("requirements.txt", "w").write(f"demo==1.0 --hash=sha256:{digest}\n")
"#;

#[test]
fn packages_are_a_layer_of_their_own() {
    let (here, there) = (project(), project());
    for project in [&here, &there] {
        wheel(project);
        project.tollgate("image build").passes();
    }
    let (one, other) = (inspected(&here), inspected(&there));
    assert_eq!(one["digest"], other["digest"]);
    assert_eq!(layers(&one).len(), 3);
    let package = &one["inventory"]["packages"][0];
    assert_eq!((&package["name"], &package["licence"]), (&"demo".into(), &"MIT".into()));
    here.tollgate("image inspect service").passes().says("pkg:pypi/demo@1.0");
    here.write("src/api.py", "print(2)\n");
    here.run().passes();
    assert_eq!(layers(&inspected(&here))[..2], layers(&one)[..2]);
}

#[test]
fn a_wheel_that_the_lock_does_not_admit_is_not_taken() {
    let project = project();
    wheel(&project);
    let lock = project.read("requirements.txt");
    let digest = &lock[lock.find("sha256:").unwrap() + 7..];
    project.write("requirements.txt", lock.replace(digest.trim(), &"0".repeat(64)));
    project.tollgate("run").exits(1).says("pip could not fetch the wheels");
    project.tollgate("log service").says("hash");
    project.write("requirements.txt", "demo==1.0\n");
    project.tollgate("run").exits(1).says("requirements.txt").says("hash");
}

/// The project with a model of so many bytes that nothing makes smaller.
fn with_model(bytes: usize) -> Project {
    let project = project();
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    let model: Vec<u8> = (0..bytes).map(|_| next()).collect();
    project
        .write("big.bin", model)
        .edit("copy: { src/: src/,", "copy: { big.bin: big.bin, src/: src/,");
    project
}

/// Each blob is what its name says.
fn all_is_whole(project: &Project) {
    let sums =
        project.sh("cd .tollgate/oci/blobs/sha256; ls | while read n; do sha256sum $n; done");
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        assert_eq!(sum, name);
    }
}

#[test]
fn a_build_that_is_killed_leaves_nothing_torn() {
    let whole = with_model(4 << 20);
    whole.tollgate("image build").passes();
    let digest = inspected(&whole)["digest"].clone();
    let project = with_model(4 << 20);
    let mut killed = 0;
    for millis in (20..900).step_by(60) {
        let running = project.start("image build");
        std::thread::sleep(std::time::Duration::from_millis(millis));
        running.signal("KILL");
        killed += u32::from(running.wait().code.is_none());
        if project.path(".tollgate/oci/blobs/sha256").exists() {
            all_is_whole(&project);
        }
    }
    assert!(killed > 0, "none was killed on its way");
    project.tollgate("image build").passes();
    assert_eq!(inspected(&project)["digest"], digest);
    all_is_whole(&project);
}

#[test]
fn a_full_disk_is_told_and_the_next_build_goes_on() {
    let project = with_model(4 << 20);
    let tollgate = env!("CARGO_BIN_EXE_tollgate");
    // No file may have more than a megabyte, which is how a disk that is full looks to whoever writes.
    let limited =
        format!("trap '' XFSZ; ulimit -f 2048; {tollgate} image build >said 2>&1 || echo $?");
    let code = project.sh(&limited);
    let said = project.read("said");
    assert_ne!(code.trim(), "0", "{said}");
    assert!(said.contains("File too large"), "{said}");
    all_is_whole(&project);
    project.tollgate("image build").passes();
    all_is_whole(&project);
    let whole = with_model(4 << 20);
    whole.tollgate("image build").passes();
    assert_eq!(inspected(&project)["digest"], inspected(&whole)["digest"]);
}
