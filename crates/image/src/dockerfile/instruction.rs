//! What a Dockerfile says, instruction by instruction.

/// A part of a build that begins with `FROM`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The line of its `FROM`, counted from 1.
    pub line: usize,
    /// What it stands on, as it is written: an image, another stage, or `scratch`.
    pub base: String,
    /// The platform that is asked for.
    pub platform: Option<String>,
    /// How it is called, in lower case.
    pub name: Option<String>,
    /// What follows, in order.
    pub instructions: Vec<Instruction>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its first line, counted from 1.
    pub line: usize,
    /// Its flags: `--from=build`.
    pub flags: Vec<Flag>,
    /// The documents that follow it.
    pub heredocs: Vec<Heredoc>,
    /// What it says.
    pub kind: Kind,
}

/// A flag of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Without the dashes.
    pub name: String,
    /// What stands after the `=`.
    pub value: Option<String>,
}

/// A document within a Dockerfile: `<<EOF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it.
    pub name: String,
    /// Its lines.
    pub content: String,
}

/// What an instruction says. Texts are as they are written, with their quotes and variables, where
/// the builder would substitute variables in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Variables of the build.
    Arg(Vec<Declared>),
    /// Variables of the build from here on, and of the image.
    Env(Vec<Pair>),
    /// Labels of the image.
    Label(Vec<Pair>),
    /// Runs something while the image is built.
    Run(Command),
    /// What the image runs, or the words after its entry point.
    Cmd(Command),
    /// What the image runs.
    Entrypoint(Command),
    /// Copies files of the context, of a stage or of an image.
    Copy(Vec<String>, String),
    /// The same, with addresses and archives.
    Add(Vec<String>, String),
    /// Where the following is run.
    Workdir(String),
    /// As whom.
    User(String),
    /// Ports that are listened on.
    Expose(Vec<String>),
    /// Directories that outlive a container.
    Volume(Vec<String>),
    /// The shell of shell forms.
    Shell(Vec<String>),
    /// The signal that stops it.
    Stopsignal(String),
    /// How to tell whether it lives; nothing for `NONE`.
    Healthcheck(Option<Command>),
    /// What is done when another image is built on this one.
    Onbuild(String),
    /// Who made it.
    Maintainer(String),
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Words: `["python", "-m", "app"]`.
    Words(Vec<String>),
    /// A text for a shell.
    Shell(String),
}

/// A variable that a build declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// What it is where nothing else is given.
    pub default: Option<String>,
}

/// A name with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Instruction {
    /// The value of a flag, where it has one.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().find(|flag| flag.name == name)?.value.as_deref()
    }
}
