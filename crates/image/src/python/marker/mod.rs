//! Conditions on where a package is installed. Source: the specification "Dependency specifiers",
//! section "Environment Markers" (PEP 508, 685 and 751).

mod parse;

use std::collections::BTreeSet;
use std::str::FromStr;

use super::TargetEnvironment;
use super::name::normalised;
use super::specifier::Specifier;
use crate::version::PythonVersion;

/// A condition on an environment: `python_version >= "3.9" and extra == "server"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker(Node);

/// Why a text is no marker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no condition on an environment (PEP 508): {expected} is expected at character {at}, found {found}"
)]
pub struct MarkerError {
    /// What should stand there.
    pub expected: &'static str,
    /// Where, counted from 1.
    pub at: usize,
    /// The beginning of what stands there.
    pub found: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Compare(Comparison),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    variable: Variable,
    operator: &'static str,
    literal: String,
    /// The literal stands before the variable: `"linux" in sys_platform`.
    literal_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    PythonVersion,
    PythonFullVersion,
    ImplementationName,
    ImplementationVersion,
    PlatformPythonImplementation,
    OsName,
    SysPlatform,
    PlatformSystem,
    PlatformMachine,
    PlatformRelease,
    PlatformVersion,
    Extra,
    Extras,
    DependencyGroups,
}

impl Marker {
    /// Whether it holds in `environment`. Several extras are a set: `extra == "a"` asks whether `a`
    /// is among them.
    #[must_use]
    pub fn holds(&self, environment: &TargetEnvironment) -> bool {
        self.0.holds(environment)
    }
}

impl FromStr for Marker {
    type Err = MarkerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::marker(text).map(Self)
    }
}

impl Node {
    fn holds(&self, environment: &TargetEnvironment) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(environment)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(environment)),
            Self::Compare(comparison) => comparison.holds(environment),
        }
    }
}

impl Comparison {
    fn holds(&self, environment: &TargetEnvironment) -> bool {
        match self.variable {
            Variable::Extra | Variable::Extras => self.is_among(&environment.extras),
            Variable::DependencyGroups => self.is_among(&environment.groups),
            variable => {
                let value = variable.value(environment);
                match self.literal_first {
                    false => compare(value, self.operator, &self.literal, variable),
                    true => compare(&self.literal, self.operator, value, variable),
                }
            }
        }
    }

    fn is_among(&self, names: &BTreeSet<String>) -> bool {
        let negated = matches!(self.operator, "!=" | "not in");
        names.contains(&normalised(&self.literal)) != negated
    }
}

// As `packaging` does it: values that are versions compare as versions, where the right-hand side is
// one; all others know only equality and containment.
fn compare(left: &str, operator: &str, right: &str, variable: Variable) -> bool {
    if variable.is_version()
        && let Ok(specifier) = Specifier::parse(&format!("{operator}{right}"))
    {
        return left.parse().is_ok_and(|version: PythonVersion| specifier.admits(&version));
    }
    match operator {
        "==" | "<=" | ">=" | "===" => left == right,
        "!=" => left != right,
        "in" => right.contains(left),
        "not in" => !right.contains(left),
        _ => false,
    }
}

impl Variable {
    const ALL: [(&'static str, Self); 19] = [
        ("python_version", Self::PythonVersion),
        ("python_full_version", Self::PythonFullVersion),
        ("implementation_name", Self::ImplementationName),
        ("implementation_version", Self::ImplementationVersion),
        ("platform_python_implementation", Self::PlatformPythonImplementation),
        ("os_name", Self::OsName),
        ("sys_platform", Self::SysPlatform),
        ("platform_system", Self::PlatformSystem),
        ("platform_machine", Self::PlatformMachine),
        ("platform_release", Self::PlatformRelease),
        ("platform_version", Self::PlatformVersion),
        ("extra", Self::Extra),
        ("extras", Self::Extras),
        ("dependency_groups", Self::DependencyGroups),
        // Spelled so before PEP 508.
        ("os.name", Self::OsName),
        ("sys.platform", Self::SysPlatform),
        ("platform.version", Self::PlatformVersion),
        ("platform.machine", Self::PlatformMachine),
        ("platform.python_implementation", Self::PlatformPythonImplementation),
    ];

    fn named(name: &str) -> Option<Self> {
        if name == "python_implementation" {
            return Some(Self::PlatformPythonImplementation);
        }
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, variable)| *variable)
    }

    fn is_version(self) -> bool {
        matches!(
            self,
            Self::PythonVersion
                | Self::PythonFullVersion
                | Self::ImplementationVersion
                | Self::PlatformRelease
        )
    }

    fn value(self, environment: &TargetEnvironment) -> &str {
        match self {
            Self::PythonVersion => &environment.python_version,
            Self::PythonFullVersion => &environment.python_full_version,
            Self::ImplementationName => &environment.implementation_name,
            Self::ImplementationVersion => &environment.implementation_version,
            Self::PlatformPythonImplementation => &environment.platform_python_implementation,
            Self::OsName => &environment.os_name,
            Self::SysPlatform => &environment.sys_platform,
            Self::PlatformSystem => &environment.platform_system,
            Self::PlatformMachine => &environment.platform_machine,
            Self::PlatformRelease => &environment.platform_release,
            Self::PlatformVersion => &environment.platform_version,
            Self::Extra | Self::Extras | Self::DependencyGroups => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::Machine;

    fn environment() -> TargetEnvironment {
        TargetEnvironment::linux(&"3.11.9".parse().unwrap(), Machine::X86_64)
    }

    #[test]
    fn several_extras_and_groups_are_sets() {
        let environment = environment().with_extras(["A_b", "c"]).with_groups(["dev"]);
        for (text, expected) in [
            ("extra == 'a-b'", true),
            ("extra == 'a.B' and extra == 'c'", true),
            ("extra != 'c'", false),
            ("extra == 'd'", false),
            ("'c' in extras and 'd' not in extras", true),
            ("'dev' in dependency_groups", true),
            ("'test' in dependency_groups", false),
        ] {
            assert_eq!(text.parse::<Marker>().unwrap().holds(&environment), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_marker_is_refused_with_its_place() {
        let error = "python_version >= 3.9".parse::<Marker>().unwrap_err();
        assert_eq!((error.at, error.found.as_str()), (19, "`3.9`"));
        let deep = format!("{}os_name == 'a'{}", "(".repeat(40), ")".repeat(40));
        let long = format!("os_name == '{}'", "a".repeat(1 << 20));
        let hostile = ["", "(", "os_name", "os_name ==", "'a' == 'b'", "os_name == sys_platform"];
        let more = ["os_name == 'a' or", "extra < 'a'", "sys_platform ~= 'x'", "os_name == 'a' x"];
        for text in hostile.into_iter().chain(more).chain([&*deep, &*long]) {
            assert!(text.parse::<Marker>().is_err(), "{}", &text[..text.len().min(40)]);
        }
    }
}
