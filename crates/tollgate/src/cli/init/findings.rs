//! What a look at a repository finds.

use serde::Serialize;

/// A repository, as far as `tollgate.yaml` speaks of it. Paths of directories end with a `/`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Findings {
    /// The project's name.
    pub(crate) project: String,
    /// How its dependencies are installed; none where it has none.
    pub(crate) install: Option<Install>,
    /// Directories of Python code that is not tests, and `*.py` for modules at the root.
    pub(crate) code: Vec<String>,
    pub(crate) tests: Option<Tests>,
    /// The linters and type checkers that it uses.
    pub(crate) tools: Vec<Tool>,
    /// Data that has a contract.
    pub(crate) data: Vec<DataCheck>,
    /// Contracts for which no data was found.
    pub(crate) loose_contracts: Vec<String>,
    /// A script that trains a model.
    pub(crate) training: Option<String>,
    /// What a person should know: mostly what was seen and not used.
    pub(crate) notes: Vec<String>,
}

/// How the virtual environment is made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Install {
    pub(crate) manager: Manager,
    pub(crate) project: Installed,
    /// Optional dependencies of the project that the other steps use.
    pub(crate) extras: Vec<String>,
    /// The same for dependency groups.
    pub(crate) groups: Vec<String>,
    /// Tools that the repository uses and lists nowhere.
    pub(crate) unlisted: Vec<String>,
    pub(crate) inputs: Vec<String>,
    pub(crate) env: Vec<String>,
}

/// Who installs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Manager {
    Pip { requirements: Vec<String> },
    Uv { locked: bool },
    Poetry,
}

/// How pip installs the project itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Installed {
    /// Not at all, or a file of requirements does.
    #[default]
    No,
    /// For its dependencies alone; it is no package.
    Dependencies,
    /// As a package whose code stays where it is.
    Editable,
}

/// How tests are run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Tests {
    pub(crate) runner: Runner,
    /// Directories that hold nothing but tests.
    pub(crate) directories: Vec<String>,
    /// What they read beside code: configuration, and data that they name.
    pub(crate) reads: Vec<String>,
    pub(crate) env: Vec<String>,
}

/// What runs tests.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Runner {
    Pytest,
    /// From the directory `start`, which is a package or not.
    Unittest {
        start: Option<String>,
        package: bool,
    },
}

/// A check of the code.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Tool {
    pub(crate) kind: ToolKind,
    /// Its configuration files.
    pub(crate) configuration: Vec<String>,
    /// What it looks at; nothing where its configuration says so.
    pub(crate) targets: Vec<String>,
}

/// The tools that are known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ToolKind {
    Ruff,
    Flake8,
    Black,
    Mypy,
    Pyright,
    Basedpyright,
}

/// Data and its contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct DataCheck {
    pub(crate) data: String,
    pub(crate) contract: String,
    /// Needed where the contract has several tables.
    pub(crate) table: Option<String>,
}

impl ToolKind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Ruff, Self::Flake8, Self::Black, Self::Mypy, Self::Pyright, Self::Basedpyright];

    /// The name of its package and of its program.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ruff => "ruff",
            Self::Flake8 => "flake8",
            Self::Black => "black",
            Self::Mypy => "mypy",
            Self::Pyright => "pyright",
            Self::Basedpyright => "basedpyright",
        }
    }

    /// What it does, which is also the name of its step.
    pub(crate) fn purpose(self) -> &'static str {
        match self {
            Self::Ruff | Self::Flake8 => "lint",
            Self::Black => "format",
            Self::Mypy | Self::Pyright | Self::Basedpyright => "types",
        }
    }
}

impl Findings {
    /// Code and tests: what tools look at.
    pub(crate) fn all_code(&self) -> Vec<String> {
        let tests = self.tests.iter().flat_map(|tests| &tests.directories);
        self.code.iter().chain(tests).cloned().collect()
    }
}
