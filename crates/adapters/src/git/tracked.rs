//! Which files Git tracks. What is tracked is not ignored, whatever a `.gitignore` says of it.

use std::path::Path;

use super::{command, is_in_repository};

/// The tracked files of a project, by path relative to its root.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracked(Vec<String>);

impl Tracked {
    /// What the index says. Nothing where there is no repository, or none that can be read: then
    /// nobody can say what is tracked, and the `.gitignore` files have the last word.
    pub(crate) fn look_up(root: &Path, stop: &(dyn Fn() -> bool + Sync)) -> Self {
        if !is_in_repository(root) {
            return Self::default();
        }
        let said = command::run(root, &["--no-optional-locks", "ls-files", "-z"], stop);
        let listed = said.ok().filter(|said| said.status.success()).map(|said| said.stdout);
        Self::parse(&listed.unwrap_or_default())
    }

    fn parse(listed: &[u8]) -> Self {
        let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        // A name that is not UTF-8 can't be declared, so no step can read it.
        let mut paths: Vec<String> =
            names.filter_map(|name| String::from_utf8(name.to_vec()).ok()).collect();
        paths.sort_unstable();
        Self(paths)
    }

    /// Whether that very file is tracked.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.from(path).first().is_some_and(|first| first == path)
    }

    /// The tracked files at `path` or below it.
    pub(crate) fn within<'t>(&'t self, path: &'t str) -> impl Iterator<Item = &'t str> {
        let exact = self.from(path).first().filter(|first| *first == path);
        let inside = format!("{path}/");
        let below = self.from(&inside).iter().take_while(move |file| file.starts_with(&inside));
        exact.into_iter().chain(below).map(String::as_str)
    }

    fn from(&self, path: &str) -> &[String] {
        &self.0[self.0.partition_point(|file| file.as_str() < path)..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_what_lies_below_it() {
        let tracked = Tracked::parse(b"a/b\0a/c/d\0a-b\0ab\0\xff\0");
        let within = |path| tracked.within(path).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(within("a"), ["a/b", "a/c/d"]);
        assert_eq!(within("ab"), ["ab"]);
        assert_eq!(within("b"), Vec::<String>::new());
    }
}
