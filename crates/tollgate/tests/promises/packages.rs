//! What is done about the packages of an image, and for which machines it is: built from source, without
//! what is not needed, compiled, for several kinds at once.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use tollgate_image::layer::{Cache, Packing, Recipe, Source, assemble};
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{
    Descriptor, ImageConfig, Index, Manifest, Platform, RootFs, RunConfig, media,
};
use tollgate_image::{Content, Entry};
use tollgate_model::ImagePlatform;

use crate::common::Project;

const STEPS: &str = r#"
steps:
  service:
    image:
      base: oci:base
      requirements: requirements.txt
      copy: { src/: src/ }
      command: [python3, -m, src.api]
"#;

/// Paths with what is there.
type Files = Vec<(String, Vec<u8>)>;

/// A project whose packages come from a directory beside it and from nowhere else.
fn project(bases: &[(&str, Files)]) -> Project {
    let project = Project::new(STEPS);
    project.write("src/api.py", "import demo\nprint(demo.ANSWER)\n").write("src/__init__.py", "");
    let wheels = project.beside("wheels");
    fs::create_dir_all(&wheels).unwrap();
    project.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &wheels.display().to_string());
    let layout = Layout::create(&project.path("base")).unwrap();
    let cache = Cache::open(&project.beside("cache")).unwrap();
    let images: Vec<Descriptor> = bases
        .iter()
        .map(|(architecture, files)| image(&layout, &cache, architecture, files))
        .collect();
    let base = match images.as_slice() {
        [only] => only.clone(),
        several => layout.put_bytes(media::INDEX, &Index::of(several.to_vec()).to_bytes()).unwrap(),
    };
    layout.tag("base", &base).unwrap();
    project
}

fn image(layout: &Layout, cache: &Cache, architecture: &str, files: &Files) -> Descriptor {
    let entries = || {
        let file = |(path, bytes): &(String, Vec<u8>)| {
            Entry::file(path.parse().unwrap(), Content::Bytes(bytes.clone()), true)
        };
        Ok(files.iter().map(file).collect())
    };
    let owner = format!("base for {architecture}");
    let source = Source { owner, from: Vec::new(), weight: 0, entries: Box::new(entries) };
    let packing = Packing::default();
    let recipe = Recipe { sources: vec![source], directories: vec![], packing };
    let layer = assemble(layout, cache, &recipe, 1).unwrap();
    let platform =
        Platform { architecture: architecture.into(), os: "linux".into(), variant: None };
    let config = ImageConfig {
        created: None,
        author: None,
        platform: platform.clone(),
        config: RunConfig::default(),
        rootfs: RootFs { kind: "layers".into(), diff_ids: vec![layer.diff_id] },
        history: vec![],
    };
    let config = layout.put_bytes(media::CONFIG, &serde_json::to_vec(&config).unwrap()).unwrap();
    let manifest = Manifest::image(config, vec![layer.descriptor]);
    let image = layout.put_bytes(media::MANIFEST, &manifest.to_bytes()).unwrap();
    Descriptor { platform: Some(platform), ..image }
}

fn here() -> &'static str {
    ImagePlatform::here().unwrap().architecture()
}

/// No real Python, but one by its name.
fn named_python() -> Files {
    vec![("usr/bin/python3.11".to_owned(), b"no real one".to_vec())]
}

/// Makes a source distribution that builds itself, and the lock that admits it.
fn source_distribution(project: &Project) {
    project.write("sdist.py", SDIST);
    project.sh(&format!("python3 sdist.py {}; rm sdist.py", project.beside("wheels").display()));
}

const SDIST: &str = r#"
import hashlib, io, os, sys, tarfile
BACKEND = '''
import base64, hashlib, os, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    files = {
        "demo.py": b"ANSWER = 42\\n",
        "demo_tests/__init__.py": b"",
        "demo-1.0.dist-info/METADATA": b"Metadata-Version: 2.4\\nName: demo\\nVersion: 1.0\\n",
        "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    def line(name, data):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        return f"{name},sha256={digest},{len(data)}\\n"
    files["demo-1.0.dist-info/RECORD"] = ("".join(line(*p) for p in files.items()) + "demo-1.0.dist-info/RECORD,,\\n").encode()
    name = "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return name
'''
files = {
    "PKG-INFO": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": BACKEND,
}
path = os.path.join(sys.argv[1], "demo-1.0.tar.gz")
with tarfile.open(path, "w:gz") as archive:
    for name, text in files.items():
        member = tarfile.TarInfo(f"demo-1.0/{name}")
        member.size = len(text.encode())
        archive.addfile(member, io.BytesIO(text.encode()))
digest = hashlib.sha256(open(path, "rb").read()).hexdigest()
open("requirements.txt", "w").write(f"demo==1.0 --hash=sha256:{digest}\n")
"#;

fn inspected(project: &Project) -> Vec<Json> {
    project.tollgate("image inspect service --json").passes().json()
}

fn layers(image: &Json) -> Vec<String> {
    let layers = image["manifest"]["layers"].as_array().unwrap();
    layers.iter().map(|layer| layer["digest"].as_str().unwrap().to_owned()).collect()
}

/// The files of the image, unpacked.
fn files(project: &Project) -> String {
    let root = project.beside("unpacked");
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).unwrap();
    for layer in layers(&inspected(project)[0]) {
        let blob = layer.replace("sha256:", ".tollgate/oci/blobs/sha256/");
        project.sh(&format!("tar xzf {blob} -C {}", root.display()));
    }
    project.sh(&format!("cd {} && find . -type f | sort", root.display()))
}

#[test]
fn a_package_without_a_wheel_is_built_where_the_project_says_so() {
    let project = project(&[(here(), named_python())]);
    source_distribution(&project);
    project.tollgate("image build").exits(1).says("from_source: [");
    project.edit("      copy:", "      from_source: [Demo]\n      copy:");
    project.tollgate("image build").passes();
    let image = inspected(&project).remove(0);
    assert_eq!(image["inventory"]["packages"][0]["name"], "demo");
    assert!(files(&project).contains("python3.11/dist-packages/demo.py"));
    project.tollgate("log service").says("building demo 1.0 from source");
    // What was built serves the next image.
    project.write("src/api.py", "print(2)\n").tollgate("image build").passes();
    project.tollgate("log service").keeps_quiet_of("building");
    assert_eq!(layers(&inspected(&project)[0])[1], layers(&image)[1]);
    project.edit("from_source: [Demo]", "from_source: [other]");
    project.tollgate("image build").exits(1).says("`from_source` names other");
}

#[test]
fn what_packages_bring_and_nobody_needs_stays_away() {
    let project = project(&[(here(), named_python())]);
    source_distribution(&project);
    project.edit("      copy:", "      from_source: [demo]\n      copy:");
    project.tollgate("image build").passes();
    assert!(files(&project).contains("demo_tests/__init__.py"));
    project.edit("      copy:", "      leave_out: [\"demo_tests/**\"]\n      copy:");
    project.tollgate("image build").passes();
    let left = files(&project);
    assert!(!left.contains("demo_tests") && left.contains("demo.py"), "{left}");
    let record = project.sh(&format!(
        "cat {}/usr/local/lib/python3.11/dist-packages/demo-1.0.dist-info/RECORD",
        project.beside("unpacked").display()
    ));
    assert!(!record.contains("demo_tests"), "{record}");
}

#[test]
fn an_image_for_several_machines_is_one_index() {
    let project = project(&[("amd64", named_python()), ("arm64", named_python())]);
    source_distribution(&project);
    let both =
        "      from_source: [demo]\n      platforms: [linux/arm64, linux/amd64]\n      copy:";
    project.edit("      copy:", both);
    project.tollgate("image build").passes();
    let images = inspected(&project);
    let machines: Vec<&Json> =
        images.iter().map(|image| &image["config"]["architecture"]).collect();
    assert_eq!(machines, ["amd64", "arm64"]);
    // What is for any machine is there once.
    assert_eq!(layers(&images[0])[1..], layers(&images[1])[1..]);
    let digest = project.tollgate("image list --json").passes().json()[0]["digest"].clone();
    project.tollgate("image list").passes().says("an index of 2 images: linux/amd64, linux/arm64");
    project.tollgate("image sbom service").passes().says("pkg:pypi/demo@1.0");
    project.tollgate("scan secrets --image service").passes();
    project.tollgate(&format!("image diff service {}", digest.as_str().unwrap())).passes();
    // In whatever order they are written, it is the same.
    project.edit("[linux/arm64, linux/amd64]", "[linux/amd64, linux/arm64]");
    project.tollgate("image build").passes();
    assert_eq!(project.tollgate("image list --json").passes().json()[0]["digest"], digest);
    // What is collected is what no image of the index is made of.
    project.tollgate("store gc").passes();
    assert_eq!(inspected(&project), images);
}

#[test]
fn a_base_that_is_not_for_the_machine_is_refused() {
    let other = if here() == "amd64" { "arm64" } else { "amd64" };
    let project = project(&[(other, named_python())]);
    source_distribution(&project);
    project.edit("      copy:", "      from_source: [demo]\n      copy:");
    let expected = format!("it is for linux/{other}, and the image is to be for linux/{}", here());
    project.tollgate("image build").exits(1).says(&expected);
    project.edit("      copy:", &format!("      platforms: [linux/{other}]\n      copy:"));
    project.tollgate("image build").passes();
    assert_eq!(inspected(&project)[0]["config"]["architecture"], *other);
    project.edit("      copy:", "      bytecode: [src.api]\n      copy:");
    project.tollgate("image build").exits(1).says("does not run here");
}

/// This machine's own Python as the files of an image; none where it is not Debian's.
fn real_python() -> Option<(String, Files)> {
    let python = fs::canonicalize("/usr/bin/python3").ok()?;
    let name = python.file_name()?.to_str()?.to_owned();
    let architecture = format!("{}-linux-gnu", std::env::consts::ARCH);
    let loader = match std::env::consts::ARCH {
        "x86_64" => "lib64/ld-linux-x86-64.so.2",
        _ => "lib/ld-linux-aarch64.so.1",
    };
    let libraries = Path::new("/usr/lib").join(&architecture);
    let mut files = vec![
        (format!("usr/bin/{name}"), fs::read(&python).ok()?),
        (loader.to_owned(), fs::read(Path::new("/").join(loader)).ok()?),
    ];
    for library in ["libc.so.6", "libm.so.6", "libz.so.1", "libexpat.so.1"] {
        let bytes = fs::read(libraries.join(library)).ok()?;
        files.push((format!("usr/lib/{architecture}/{library}"), bytes));
    }
    // What a small service imports, and what none does.
    let imported = "import importlib, json, os, sys; print(*[m.__file__ for m in \
                    list(sys.modules.values()) if getattr(m, \"__file__\", None)])";
    let asked = Command::new(&python).args(["-I", "-c", imported]).output().ok()?;
    let unneeded = format!("/usr/lib/{name}/textwrap.py");
    let modules = String::from_utf8(asked.stdout).ok()? + " " + &unneeded;
    let modules: BTreeSet<&str> = modules.split_whitespace().collect();
    for module in modules.into_iter().filter(|path| path.ends_with(".py")) {
        files.push((module.trim_start_matches('/').to_owned(), fs::read(module).ok()?));
    }
    Some((name, files))
}

#[test]
fn what_a_service_imports_is_there_compiled() {
    let Some((python, files_of_base)) = real_python() else {
        let why = "NOT TESTED: bytecode, as there is no Python of Debian's here";
        let _ = writeln!(std::io::stderr(), "{why}");
        return;
    };
    let build = || {
        let project = project(&[(here(), files_of_base.clone())]);
        source_distribution(&project);
        let asked = "      from_source: [demo]\n      bytecode: [src.api]\n      copy:";
        project.edit("      copy:", asked);
        project.tollgate("image build").passes();
        project
    };
    let (one, other) = (build(), build());
    let image = inspected(&one).remove(0);
    assert_eq!(inspected(&other)[0]["digest"], image["digest"]);
    let tag = python.replace("python3.", "cpython-3");
    let there = files(&one);
    let packages = format!("./usr/local/lib/{python}/dist-packages/__pycache__/demo.{tag}.pyc");
    assert!(there.contains(&packages), "{there}");
    assert!(there.contains(&format!("./app/src/__pycache__/api.{tag}.pyc")));
    assert!(there.contains(&format!("./usr/lib/{python}/__pycache__/os.{tag}.pyc")));
    assert!(!there.contains(&format!("__pycache__/textwrap.{tag}.pyc")));
    // The interpreter takes it, whatever the source says: it is not checked.
    let pyc = one.beside("unpacked").join(packages);
    let shown = one.sh(&format!(
        "python3 -c 'import sys; b = open(sys.argv[1], \"rb\").read(); print(b[4:8].hex())' {}",
        pyc.display()
    ));
    assert_eq!(shown.trim(), "01000000");

    // Packages are not compiled anew for another application, and their layer stays.
    one.write("src/api.py", "import demo, json\n").tollgate("image build").passes();
    let after = inspected(&one).remove(0);
    assert_ne!(layers(&after)[4], layers(&image)[4]);
    one.write("src/api.py", "import demo\nprint(demo.ANSWER)\n").tollgate("image build").passes();
    assert_eq!(inspected(&one)[0]["digest"], image["digest"]);

    one.write("src/api.py", "import nothing_like_it\n");
    one.tollgate("image build").exits(1).says("src.api can't be imported in the image");
    one.tollgate("log service").says("No module named 'nothing_like_it'");
}
