//! Files that the program writes about itself: they are tracked, so that they can be read
//! without building, and compared, so that they can't be wrong.

use std::path::Path;

use crate::Outcome;

/// A tracked file, and the words that make `tollgate` print it.
struct Generated {
    file: &'static str,
    words: &'static [&'static str],
}

const TABLE: &[Generated] =
    &[Generated { file: "docs/schema/tollgate.schema.json", words: &["schema"] }];

impl Generated {
    fn make(&self, root: &Path) -> Result<Vec<u8>, String> {
        let words = ["run", "-q", "--"].iter().chain(self.words).copied().collect::<Vec<_>>();
        crate::output(root, "cargo", &words)
    }

    fn judge(&self, tracked: Option<&[u8]>, made: &[u8]) -> Option<String> {
        let what = match tracked {
            _ if made.is_empty() => format!("`tollgate {}` prints nothing", self.words.join(" ")),
            None => format!("{} is missing: `cargo xtask generated --write`", self.file),
            Some(tracked) if tracked == made => return None,
            Some(tracked) => format!(
                "{} is out of date from line {} on: `cargo xtask generated --write`",
                self.file,
                first_difference(tracked, made)
            ),
        };
        Some(what)
    }
}

pub(crate) fn check(root: &Path) -> Outcome {
    let mut problems = Vec::new();
    for one in TABLE {
        let tracked = std::fs::read(root.join(one.file)).ok();
        problems.extend(one.judge(tracked.as_deref(), &one.make(root)?));
    }
    Ok(problems)
}

pub(crate) fn write(root: &Path) -> Result<(), String> {
    for one in TABLE {
        let path = root.join(one.file);
        let made = one.make(root)?;
        let told = |error| format!("{}: {error}", one.file);
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(told)?;
        std::fs::write(&path, made).map_err(told)?;
    }
    Ok(())
}

/// The first line that differs, counted from 1.
fn first_difference(one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b);
    same.filter(|(byte, _)| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Generated = Generated { file: "docs/a", words: &["a"] };

    #[test]
    fn only_the_same_bytes_are_in_order() {
        assert_eq!(ONE.judge(Some(b"x\ny\n"), b"x\ny\n"), None);
        let told = ONE.judge(Some(b"x\ny\n"), b"x\nz\n").unwrap();
        assert!(told.starts_with("docs/a is out of date from line 2 on"), "{told}");
        assert!(ONE.judge(None, b"x").is_some());
        assert!(ONE.judge(Some(b""), b"").is_some(), "a program that prints nothing is no proof");
    }
}
