//! Names of packages.

/// The package that a requirement such as `Black[jupyter] >= 24` is about, in the one spelling
/// that packages are compared by.
pub(super) fn package(requirement: &str) -> Option<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let text = requirement.trim();
    let name = &text[..text.find(|c| !part(c)).unwrap_or(text.len())];
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    starts_well.then(|| name.to_ascii_lowercase().replace(['_', '.'], "-"))
}

/// Whether a set of dependencies by that name is for working on the project.
pub(super) fn is_for_development(name: &str) -> bool {
    let words = [
        "dev",
        "devel",
        "develop",
        "development",
        "test",
        "tests",
        "testing",
        "lint",
        "linting",
        "linters",
        "typing",
        "types",
        "mypy",
        "check",
        "checks",
        "qa",
        "ci",
    ];
    name.to_ascii_lowercase().split(['-', '_', '.']).any(|word| words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_have_one_spelling() {
        assert_eq!(package(" Ruff_Lsp.x>=1; python_version<'4'").as_deref(), Some("ruff-lsp-x"));
        assert_eq!(package("black[jupyter]==24").as_deref(), Some("black"));
        assert_eq!(package("-r other.txt"), None);
    }

    #[test]
    fn names_for_development() {
        assert!(is_for_development("requirements-dev") && is_for_development("test_requirements"));
        assert!(!is_for_development("requirements-gpu") && !is_for_development("device"));
    }
}
