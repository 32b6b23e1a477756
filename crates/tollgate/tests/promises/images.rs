//! Images on a base that is an OCI layout of the project: the same everywhere, and built again only
//! as far as something in them is another. Debian's packages and wheels need the network, and are
//! in the demo.

use serde_json::Value as Json;
use tollgate_image::layer::{Cache, Packing, Recipe, Source, assemble};
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{ImageConfig, Manifest, Platform, RootFs, RunConfig, Sha256, media};
use tollgate_image::{Content, Entry};

use tollgate_testkit::servers::{Server, answer};

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

fn base_of(project: &Project, files: &[(&str, &str)]) {
    let layout = Layout::create(&project.path("base")).unwrap();
    let cache = Cache::open(&project.beside("cache")).unwrap();
    let entries = || {
        let file = |path: &str, text: &str| {
            Entry::file(path.parse().unwrap(), Content::Bytes(text.into()), true)
        };
        Ok(files.iter().map(|(path, text)| file(path, text)).collect())
    };
    let from = vec![format!("{files:?}")];
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

fn inspected(project: &Project) -> Json {
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

/// The project, on a base with packages of Debian and PyPI, scanned as `policy` says.
fn scanned(policy: &str) -> Project {
    let project = project();
    project.sh("rm -r base");
    let status = "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nSource: glibc\n";
    base_of(
        &project,
        &[
            ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
            ("var/lib/dpkg/status", status),
            (
                "usr/lib/python3/dist-packages/jinja2-2.10.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: Jinja2\nVersion: 2.10\n",
            ),
        ],
    );
    project.edit("    needs: [train]", &format!("    needs: [train]\n    scan: {policy}"));
    let advisory = |id: &str, ecosystem: &str, name: &str, fixed: &str| {
        let text = format!(
            r#"{{"id": "{id}", "modified": "2026-01-01T00:00:00Z", "summary": "It escapes.",
            "database_specific": {{"severity": "HIGH"}}, "affected": [{{
            "package": {{"ecosystem": "{ecosystem}", "name": "{name}"}}, "ranges": [{{
            "type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
        );
        project.write(&format!("advisories/{id}.json"), &text);
    };
    advisory("CVE-2019-10906", "PyPI", "Jinja2", "2.10.1");
    advisory("CVE-2020-1", "Debian:12", "glibc", "2.36-8");
    project
}

#[test]
fn advisories_are_fetched_where_the_network_allows() {
    let project = scanned("{ fail_on: high, max_age: 9000d }");
    project.tollgate("scan db update").exits(2).says("nobody has said yet where");
    project.sh("cd advisories && python3 -m zipfile -c ../all.zip *.json");
    let whole = std::fs::read(project.path("all.zip")).unwrap();
    let short = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\nPK", whole.len()).into_bytes();
    let server = Server::start(move |asked| match asked.line.as_str() {
        "GET /all.zip" => answer(200, "", &whole),
        "GET /short.zip" => Some(short.clone()),
        _ => answer(404, "", b""),
    });
    let at = |path: &str| -> String { server.at(path) };
    let all = format!("http://{}", at("all.zip"));
    project.tollgate(&format!("scan db update {all}")).passes().says("PyPI  1 advisory");
    project.tollgate("scan db update").passes().says("PyPI  1 advisory");
    for (path, why) in [("none.zip", "the server answers 404"), ("short.zip", "short.zip")] {
        let failed = project.tollgate(&format!("scan db update http://{}", at(path)));
        failed.exits(5).says(why).says("what was known stays");
    }
    project.tollgate("scan db update http://mirror.example/all.zip").exits(5).says("over TLS");
    project.tollgate("scan db show").passes().says("PyPI  1 advisory");
    assert_eq!(project.sh("ls .tollgate | grep -c tmp || true").trim(), "0");
}

/// What the database doesn't tell is no pass, and what is known against a package fails the image
/// until somebody answers for it.
#[test]
fn an_image_passes_when_nothing_is_known_against_it() {
    let project = scanned("{ fail_on: high, max_age: 9000d }");
    project.tollgate("run").exits(3).says("not assessed: there is no database of advisories");
    project.tollgate("scan db show").exits(2).says("tollgate scan db import");
    project.tollgate("scan db import nowhere").exits(2).says("nowhere");
    project.tollgate("scan db import advisories").passes().says("Debian:12  1 advisory");
    let run = project.tollgate("run");
    run.exits(1).says("jinja2 2.10: CVE-2019-10906, high: It escapes.").says("without it: 2.10.1");
    project.tollgate("image scan service").exits(1).says("2 packages, 1 vulnerability");
    project.tollgate("image scan service --report s.sarif --report s.md").exits(1);
    let log: serde_json::Value = serde_json::from_str(&project.read("s.sarif")).unwrap();
    let found = &log["runs"][0]["results"][0];
    assert_eq!(
        (&found["ruleId"], &found["level"]),
        (&"scan.vulnerability".into(), &"error".into())
    );
    assert_eq!(found["properties"]["subject"], "CVE-2019-10906");
    assert!(project.read("s.md").starts_with("### ❌ service failed"));
    project.tollgate("image scan service --fail-on critical").passes();
    project.tollgate("image scan service --max-age 1d").exits(1).says("old");
    let other = project.tollgate("image scan oci:base --max-age 9000d --json");
    let told = other.exits(1).json();
    assert_eq!(told[0]["vulnerabilities"][0]["purls"][0], "pkg:pypi/jinja2@2.10");
    project.edit(
        "max_age: 9000d",
        "max_age: 9000d, waivers: [{ id: CVE-2019-10906, reason: no templates, expires: 2999-01-01 }]",
    );
    project.tollgate("run").passes();
    project.tollgate("image scan service").passes().says("waived until").says("no templates");
}

#[test]
fn a_bill_of_materials_is_the_same_each_time_and_can_be_scanned() {
    let project = scanned("{ fail_on: high, max_age: 9000d }");
    project.tollgate("scan db import advisories").passes();
    project.tollgate("image build").exits(1);
    project.tollgate("image sbom service -o one.json").passes();
    project.tollgate("image sbom service -o two.json --format cyclonedx").passes();
    project.sh("cmp one.json two.json");
    let told = project.tollgate("image sbom service --format spdx");
    told.passes().says("SPDX-2.3").says("pkg:pypi/jinja2@2.10");
    let scan = project.tollgate("image scan one.json --max-age 9000d");
    scan.exits(1).says("CVE-2019-10906").says("2 packages, 1 vulnerability");
    project.write("odd.json", "{}");
    project.tollgate("image scan odd.json").exits(2).says("CycloneDX 1.4 to 1.6 and SPDX 2.3");
}

/// Drawn here, so that no file of ours holds what looks like one.
#[test]
fn a_secret_in_the_source_or_the_settings_fails_the_image_until_it_is_allowed() {
    let project = project();
    let token = format!("{}-{}", "glpat", "q7Zr2Lx9Wm4Kt8Vb3NcY");
    project.write("src/settings.py", format!("import os\n\nTOKEN = '{token}'\n"));
    let run = project.tollgate("run");
    run.exits(1).says("GitLab token in /app/src/settings.py:3").says("allow_secrets");
    run.keeps_quiet_of(&token[8..]);
    let fingerprint = &Sha256::of(token.as_bytes()).hex()[..16];
    let allow = format!("allow_secrets: [{{ fingerprint: \"{fingerprint}\", reason: void }}]");
    project.edit("      ports: [8080]", &format!("      ports: [8080]\n      {allow}"));
    project.tollgate("run").passes();
    project.edit("MODEL: /srv/model.bin", "MODEL: /srv/model.bin, API_KEY: k9Xw2Vq7Lm4Rt8Zb3Nc6");
    project.tollgate("run").exits(1).says("key or token in variable API_KEY");
}

/// What was committed once is there for ever, and so is what lies in a lower layer.
#[test]
fn secrets_are_found_in_files_in_history_and_in_every_layer() {
    let project = project();
    let token = format!("{}-{}", "glpat", "q7Zr2Lx9Wm4Kt8Vb3NcY");
    project.tollgate("scan secrets").passes().says("no secret found");
    project.write("base.env", format!("# once\nTOKEN={token}\n")).commit();
    let here = project.tollgate("scan secrets");
    here.exits(1).says("base.env:2  GitLab token").says("1 secret").keeps_quiet_of(&token[8..]);
    project.sh("rm base.env");
    project.commit();
    project.tollgate("scan secrets").passes();
    let past = project.tollgate("scan secrets --history --json");
    let leak = past.exits(1).json()[0].clone();
    assert!(leak["path"].as_str().unwrap().starts_with("base.env@"), "{leak}");
    let fingerprint = leak["fingerprint"].as_str().unwrap();
    project.tollgate("scan secrets src").passes();
    base_of(&project, &[("etc/service.env", &format!("TOKEN={token}\n"))]);
    project.tollgate("scan secrets --image oci:base").exits(1).says("/etc/service.env:1");
    let allow = format!("allow_secrets: [{{ fingerprint: \"{fingerprint}\", reason: void }}]");
    project.edit("      ports: [8080]", &format!("      ports: [8080]\n      {allow}"));
    project.tollgate("scan secrets --image oci:base").passes();
    project.tollgate("scan secrets --history").passes();
    let outside = Project::empty();
    outside.tollgate("scan secrets --history --image x").exits(2);
}

/// Of a base without records of packages nothing is known.
#[test]
fn a_base_that_does_not_tell_what_is_in_it_is_not_assessed() {
    let project = project();
    project.edit("    needs: [train]", "    needs: [train]\n    scan: { max_age: 9000d }");
    project.tollgate("run").exits(3).says("no record tells what packages are in it");
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
