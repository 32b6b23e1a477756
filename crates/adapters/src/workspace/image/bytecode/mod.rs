//! Bytecode of what a service imports, compiled by the image's own Python.
//!
//! The image is unpacked and its interpreter started by its own loader, in the sandbox and without the
//! network: it imports the modules that are named and tells which files that took. That runs what
//! packages bring, so nothing but the list is taken of it; in a second sandbox, where nothing of theirs
//! is run, these files are compiled as they were unpacked. What comes out depends on the files alone, not on their order or what was compiled
//! before, so what a build has compiled serves the next.

mod root;

use std::fs;
use std::path::Path;

use tollgate_image::layer::{Layer, Source};
use tollgate_image::oci::Descriptor;
use tollgate_image::path::ImagePath;
use tollgate_image::python::wheel;
use tollgate_image::{Content, Entry, EntryKind};
use tollgate_model::{Hasher, ImagePlatform};

use super::base::BaseLayers;
use super::error::{Stopped, broken};
use super::python::Python;
use super::{Bench, target};
use crate::sandbox::{Exit, Overlay, Spec};
use crate::workspace::desk::Desk;
use crate::workspace::shell;
use root::Root;

const SCRIPT: &str = include_str!("bytecode.py");

/// Where the loaders of glibc are.
const LOADERS: [&str; 2] = ["lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"];

/// The layers of bytecode: what the base and the packages bring, and what is the project's own, which
/// changes more often.
#[derive(Default)]
pub(super) struct Bytecode {
    pub(super) of_packages: Option<Layer>,
    pub(super) of_application: Option<Layer>,
}

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

impl Bench<'_> {
    pub(super) fn bytecode(
        &self,
        base: &BaseLayers,
        dependencies: Option<&Layer>,
        application: Option<&Layer>,
    ) -> Result<Bytecode, Stopped> {
        if self.build.bytecode.is_empty() {
            return Ok(Bytecode::default());
        }
        if ImagePlatform::here() != Some(self.target) {
            let message = format!(
                "bytecode is compiled by the image's own Python, and that of {} does not run here",
                self.target
            );
            let finding = self.unfit("image.bytecode", message);
            return Err(finding.hint("leave out `bytecode`, or `platforms`").into());
        }
        let no_python = || self.unfit("image.python", "the base has no Python to compile".into());
        let python = base.python.as_ref().ok_or_else(no_python)?;
        self.say(&format!("compiling what {} imports", self.build.bytecode.join(", ")));
        let below = base.layers.iter().map(|(descriptor, _)| descriptor);
        let below: Vec<&Descriptor> =
            below.chain(dependencies.map(|layer| &layer.descriptor)).collect();
        let own: Vec<&Descriptor> =
            application.map(|layer| &layer.descriptor).into_iter().collect();
        let root = self.root(&below)?;
        self.unless_cancelled()?;
        let workdir = self.workdir(base);
        let desk = self.compile(&root, &own, python, &workdir)?;
        let failed = |error: &dyn std::fmt::Display| broken("bytecode can't be kept", error);
        let all = compiled(&desk.workspace()).map_err(|error| failed(&error))?;
        let (own, theirs): (Vec<Entry>, Vec<Entry>) =
            all.into_iter().partition(|entry| self.is_own(&entry.path, &workdir));
        root.learn(&theirs).map_err(|error| failed(&error))?;
        Ok(Bytecode {
            of_packages: self.compiled_layer("packages", theirs)?,
            of_application: self.compiled_layer("the application", own)?,
        })
    }

    /// Whether the project has copied it.
    fn is_own(&self, path: &ImagePath, workdir: &str) -> bool {
        self.build.copy.iter().any(|copied| {
            let to = self.target(copied, workdir);
            to.is_ok_and(|to| Path::new(path.as_str()).starts_with(to.as_str()))
        })
    }

    // The same modules are the same segment, whatever else has changed.
    fn compiled_layer(&self, what: &str, modules: Vec<Entry>) -> Result<Option<Layer>, Stopped> {
        if modules.is_empty() {
            return Ok(None);
        }
        let mut hasher = Hasher::new("image bytecode");
        for entry in &modules {
            let EntryKind::File(Content::Bytes(bytes)) = &entry.kind else { continue };
            hasher.part(entry.path.as_str().as_bytes()).part(bytes);
        }
        let from = vec![hasher.finish().to_string()];
        let owner = format!("bytecode of {what}");
        let entries = move || Ok(modules.clone());
        self.layer(self.recipe(vec![Source { owner, from, weight: 0, entries: Box::new(entries) }]))
    }

    /// A desk with what was compiled.
    fn compile(
        &self,
        root: &Root,
        own: &[&Descriptor],
        python: &Python,
        workdir: &str,
    ) -> Result<Desk, Stopped> {
        let modules: Vec<String> = self.build.bytecode.iter().map(|it| quoted(it)).collect();
        let (modules, workdir) = (modules.join(" "), quoted(workdir.trim_start_matches('/')));
        let image_python = self.image_python(&root.path, python)?;
        let failed = |error: &dyn std::fmt::Display| {
            let message = format!("{} {error}; the log says why", self.build.bytecode.join(", "));
            Stopped::from(self.unfit("image.bytecode", message))
        };
        let import = format!(
            "{image_python}cd \"$ROOT/\"{workdir}\n\
             PYTHONPATH=. image_python \"$here/bytecode.py\" imported \"$ROOT\" \"$here/list\" {modules}\n"
        );
        let first = self.desk("imports", root, own)?;
        self.run(&first, import, || failed(&"can't be imported in the image"))?;
        let read = |error| Stopped::Failed(broken("what was imported can't be read", &error));
        let list = fs::read(first.desk.workspace().join("list")).map_err(read)?;

        let compile = format!(
            "{image_python}cd /\n\
             image_python -I -S \"$here/bytecode.py\" compiled \"$ROOT\" \"$here/list\" \"$here/out\"\n"
        );
        let second = self.desk("compiles", root, own)?;
        fs::write(second.desk.workspace().join("list"), list).map_err(read)?;
        self.run(&second, compile, || failed(&"imports what can't be compiled"))?;
        Ok(second.desk)
    }

    /// A desk with the image at `root`.
    fn desk(&self, what: &str, root: &Root, own: &[&Descriptor]) -> Result<Laid, Stopped> {
        let job = self.job;
        let name = format!("{}-{}-{}-{what}", job.run, job.step.id, job.attempt);
        let desk = Desk::new(self.host, &name)?;
        let at = desk.workspace().join("root");
        let overlays = match self.host.isolation().overlay {
            true => {
                let scratch = desk.scratch().join("overlay");
                self.unpack_into(&scratch.join("upper"), own)?;
                vec![Overlay { at: "root".to_owned(), lower: root.path.clone(), scratch }]
            }
            false => {
                self.unpack_into(&at, &[&root.layers, own].concat())?;
                Vec::new()
            }
        };
        fs::create_dir_all(&at)
            .and_then(|()| fs::write(desk.workspace().join("bytecode.py"), SCRIPT))
            .map_err(|error| broken("the image can't be unpacked", &error))?;
        Ok(Laid { desk, overlays })
    }

    fn run(
        &self,
        laid: &Laid,
        command: String,
        failed: impl FnOnce() -> Stopped,
    ) -> Result<(), Stopped> {
        let spec = Spec {
            command,
            workspace: laid.desk.workspace(),
            scratch: laid.desk.scratch(),
            overlays: laid.overlays.clone(),
            readonly_files: Vec::new(),
            project: self.host.root.clone(),
            state: self.host.state.clone(),
            host: self.host.host().clone(),
            env: self.build.env.clone().into_iter().collect(),
            network: false,
            timeout: self.job.step.timeout,
            grace: shell::GRACE,
        };
        let mut output = |bytes: &[u8]| (self.output)(bytes);
        let ended = self.host.sandbox().run(&spec, &mut output, &|| (self.cancelled)());
        match ended.map_err(shell::broken)?.exit {
            Exit::Code(0) => Ok(()),
            _ => Err(failed()),
        }
    }

    /// A function of the shell that starts the image's interpreter by the image's loader with the
    /// image's libraries.
    fn image_python(&self, root: &Path, python: &Python) -> Result<String, Stopped> {
        let loader = LOADERS.iter().find(|path| root.join(path).is_file());
        let loader = loader.ok_or_else(|| {
            self.unfit("image.bytecode", "the base has no glibc to start its Python with".into())
        })?;
        let machine = target::machine(self.target);
        let places = ["usr/local/lib", &format!("usr/lib/{machine}-linux-gnu"), "usr/lib"]
            .map(|path| format!("$ROOT/{path}"))
            .join(":");
        let (prefix, program) = python.program();
        Ok(format!(
            "here=\"$PWD\" ROOT=\"$PWD/root\"\n\
             export PYTHONHOME=\"$ROOT/{prefix}\" PYTHONDONTWRITEBYTECODE=1 PYTHONNOUSERSITE=1\n\
             image_python() {{\n\
             \t\"$ROOT/{loader}\" --library-path \"{places}\" \"$ROOT/{program}\" \"$@\"\n\
             }}\n"
        ))
    }
}

/// A desk with an image on it.
struct Laid {
    desk: Desk,
    overlays: Vec<Overlay>,
}

/// What was compiled, where the interpreter looks for it.
fn compiled(workspace: &Path) -> Result<Vec<Entry>, BoxedError> {
    let out = workspace.join("out");
    let mut modules = Vec::new();
    let mut open = vec![out.clone()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            let (kind, path) = (entry.file_type()?, entry.path());
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() {
                let inside = path.strip_prefix(&out)?.to_str().ok_or("a name is no UTF-8")?;
                modules.push((inside.parse::<ImagePath>()?, fs::read(&path)?));
            }
        }
    }
    let tag = fs::read_to_string(workspace.join("out.tag"))?;
    Ok(wheel::bytecode(&tag, modules)?)
}

/// A word for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
