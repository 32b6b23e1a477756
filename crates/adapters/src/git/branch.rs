//! Branches that environments follow: read and written without a work tree, so that what a person has
//! checked out is left alone.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use tollgate_engine::deliver::{Branch, Tip};
use tollgate_engine::{PortError, PortErrorKind};
use tollgate_model::{Digest, Manifests};

use super::{SYSTEM, command};

/// Larger manifests are nobody's.
const MOST_FILES: usize = 2_000;
/// More of a history than this is not looked through for its authors.
const MOST_COMMITS: &str = "--max-count=10000";

/// The branches of the project's repository and of others. Where the repository has a remote `origin`
/// that has the branch, that is the one; else its own.
#[derive(Debug)]
pub struct GitBranch {
    root: PathBuf,
    copies: PathBuf,
}

/// One branch, where it can be read and written.
struct Place {
    /// A repository with its objects.
    repository: PathBuf,
    /// Where it is fetched from and pushed to; none where it is the repository's own.
    remote: Option<String>,
    branch: String,
    /// The path of the manifests from the top of the repository.
    path: String,
}

impl GitBranch {
    /// For the project in `root`. Repositories of others are kept below `copies`.
    #[must_use]
    pub fn new(root: &Path, copies: &Path) -> Self {
        Self { root: root.to_owned(), copies: copies.to_owned() }
    }

    fn place(&self, manifests: &Manifests) -> Result<Place, PortError> {
        let branch = manifests.branch.clone();
        let path = manifests.path.as_str().to_owned();
        let Some(url) = &manifests.repository else {
            let prefix = text(&self.root, &["rev-parse", "--show-prefix"])?;
            let remotes = text(&self.root, &["remote"])?;
            let remote = remotes.lines().any(|name| name == "origin").then(|| "origin".to_owned());
            let path = format!("{}{path}", prefix.trim());
            return Ok(Place { repository: self.root.clone(), remote, branch, path });
        };
        let repository = self.copies.join(&Digest::of(url.as_bytes()).to_string()[..16]);
        if !repository.join("HEAD").is_file() {
            std::fs::create_dir_all(&repository).map_err(|e| {
                PortError::io(SYSTEM, format!("can't make {}", repository.display()), e)
            })?;
            text(&repository, &["init", "--quiet", "--bare"])?;
        }
        // A path is meant as seen from the project.
        let local = self.root.join(url);
        let remote = if local.exists() { local.display().to_string() } else { url.clone() };
        Ok(Place { repository, remote: Some(remote), branch, path })
    }
}

impl Branch for GitBranch {
    fn tip(&self, manifests: &Manifests) -> Result<Tip, PortError> {
        let place = self.place(manifests)?;
        let commit = place.head()?;
        let files = place.files(&commit)?;
        Ok(Tip { commit, files })
    }

    fn commit(
        &self,
        manifests: &Manifests,
        base: &str,
        files: &[(String, String)],
        message: &str,
    ) -> Result<String, PortError> {
        let place = self.place(manifests)?;
        let commit = place.make(base, files, message)?;
        match &place.remote {
            Some(remote) => place.push(remote, base, &commit)?,
            None => place.advance(base, &commit)?,
        }
        Ok(commit)
    }

    fn authors(&self, since: Option<&str>, commit: &str) -> Result<Vec<String>, PortError> {
        let range = match since {
            // A commit that is gone (a rewritten history) says nothing: then it is this one's author.
            Some(since) if text(&self.root, &["cat-file", "-e", since]).is_ok() => {
                format!("{since}..{commit}")
            }
            _ => format!("{commit}^!"),
        };
        let form = "--format=%aE%n%cE%n%(trailers:key=Co-authored-by,valueonly)";
        let said = text(&self.root, &["log", MOST_COMMITS, form, &range, "--"])?;
        let address = |line: &str| {
            let line = line.trim();
            let inner = line.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
            inner.unwrap_or(line).to_lowercase()
        };
        let found: BTreeSet<String> =
            said.lines().map(address).filter(|found| !found.is_empty()).collect();
        Ok(found.into_iter().collect())
    }
}

impl Place {
    /// Where the branch stands, fetched first where it is a remote's.
    fn head(&self) -> Result<String, PortError> {
        let own = format!("refs/heads/{}", self.branch);
        let Some(remote) = &self.remote else {
            return self.named(&own);
        };
        let kept = format!("refs/tollgate/{}", self.branch);
        let spec = format!("+{own}:{kept}");
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, &spec];
        text(&self.repository, &fetch).map_err(|error| self.unreachable(remote, error))?;
        self.named(&kept)
    }

    fn named(&self, reference: &str) -> Result<String, PortError> {
        let commit = format!("{reference}^{{commit}}");
        let found = text(&self.repository, &["rev-parse", "--verify", "--quiet", &commit]);
        found.map(|sha| sha.trim().to_owned()).map_err(|_| {
            let message = format!("there is no branch {} with a commit", self.branch);
            PortError::new(SYSTEM, PortErrorKind::NotFound, message)
        })
    }

    fn unreachable(&self, remote: &str, error: PortError) -> PortError {
        if error.message.contains("couldn't find remote ref") {
            let message = format!("{remote} has no branch {}", self.branch);
            return PortError::new(SYSTEM, PortErrorKind::NotFound, message);
        }
        PortError { kind: PortErrorKind::Transient, ..error }
    }

    /// The manifests at a commit: the file, or the YAML in the directory and below it.
    fn files(&self, commit: &str) -> Result<Vec<(String, String)>, PortError> {
        let path = self.path.trim_end_matches('/');
        let listed =
            text(&self.repository, &["ls-tree", "-r", "-z", "--full-tree", commit, "--", path])?;
        let mut files = Vec::new();
        for line in listed.split('\0').filter(|line| !line.is_empty()) {
            let Some((head, name)) = line.split_once('\t') else { continue };
            let mut words = head.split(' ');
            let (Some(mode), Some(_), Some(blob)) = (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
            // A link is somebody else's file.
            if !mode.starts_with("100") || (name != path && !is_yaml) {
                continue;
            }
            if files.len() == MOST_FILES {
                let message = format!("more than {MOST_FILES} manifests below {path}");
                return Err(PortError::new(SYSTEM, PortErrorKind::Unfit, message));
            }
            files.push((name.to_owned(), text(&self.repository, &["cat-file", "blob", blob])?));
        }
        if files.is_empty() {
            let message = format!("there are no manifests in {path} on branch {}", self.branch);
            return Err(PortError::new(SYSTEM, PortErrorKind::NotFound, message));
        }
        Ok(files)
    }

    /// A commit on `base` with these files, in an index of its own.
    fn make(
        &self,
        base: &str,
        files: &[(String, String)],
        message: &str,
    ) -> Result<String, PortError> {
        let scratch = tempfile::tempdir()
            .map_err(|e| PortError::io(SYSTEM, "can't make a directory for an index", e))?;
        let index = scratch.path().join("index");
        let with = [("GIT_INDEX_FILE", index.as_os_str())];
        let git =
            |words: &[&str], input: Option<&[u8]>| call(&self.repository, words, &with, input);
        git(&["read-tree", base], None)?;
        for (path, text) in files {
            let blob = git(&["hash-object", "-w", "--stdin"], Some(text.as_bytes()))?;
            // The mode that the file has.
            let kept =
                git(&["ls-files", "--stage", "--full-name", "--", &format!(":/{path}")], None)?;
            let mode = kept.split(' ').next().filter(|mode| mode.len() == 6).unwrap_or("100644");
            let entry = format!("{mode},{},{path}", blob.trim());
            git(&["update-index", "--add", "--cacheinfo", &entry], None)?;
        }
        let tree = git(&["write-tree"], None)?;
        let mut words = vec!["commit-tree", tree.trim(), "-p", base, "-F", "-"];
        // Who has not said who they are is Tollgate.
        if text(&self.repository, &["config", "user.email"]).is_err() {
            let named = ["-c", "user.name=Tollgate", "-c", "user.email=tollgate@localhost"];
            words.splice(0..0, named);
        }
        Ok(git(&words, Some(message.as_bytes()))?.trim().to_owned())
    }

    /// Sends it where the remote still stands at `base`.
    fn push(&self, remote: &str, base: &str, commit: &str) -> Result<(), PortError> {
        let own = format!("refs/heads/{}", self.branch);
        let lease = format!("--force-with-lease={own}:{base}");
        let spec = format!("{commit}:{own}");
        let words = ["push", "--quiet", "--porcelain", &lease, remote, &spec];
        let output = command::run_with(&self.repository, &words, &[], None, &|| false)
            .map_err(|e| PortError::io(SYSTEM, "git push failed", e))?;
        if output.status.success() {
            return Ok(());
        }
        let said = format!(
            "{} {}",
            String::from_utf8_lossy(&output.stdout).trim(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let said = said.trim().replace('\n', " ");
        let kind = if said.contains("stale info") || said.contains("cannot lock ref") {
            PortErrorKind::Conflict
        } else if said.contains("rejected") || said.contains("denied") {
            PortErrorKind::Denied
        } else {
            PortErrorKind::Transient
        };
        Err(PortError::new(SYSTEM, kind, format!("{remote} did not take the commit: {said}")))
    }

    /// Moves the repository's own branch. Where it is checked out, the files there follow, unless a
    /// person has changed them.
    fn advance(&self, base: &str, commit: &str) -> Result<(), PortError> {
        let own = format!("refs/heads/{}", self.branch);
        let checked_out = text(&self.repository, &["symbolic-ref", "--quiet", "HEAD"]);
        let is_here = checked_out.is_ok_and(|head| head.trim() == own)
            && text(&self.repository, &["rev-parse", "--is-bare-repository"])
                .is_ok_and(|answer| answer.trim() == "false");
        if self.named(&own)? != base {
            let message = format!("{} moved", self.branch);
            return Err(PortError::new(SYSTEM, PortErrorKind::Conflict, message));
        }
        // Asked before, so that there is nothing to undo where somebody else moves the branch first.
        let follow = |words: &[&str]| text(&self.repository, &[words, &[base, commit]].concat());
        if is_here {
            let _ = text(&self.repository, &["update-index", "-q", "--refresh"]);
            follow(&["read-tree", "-n", "-m", "-u"]).map_err(|error| {
                let message = "the manifests have changes that are not committed";
                PortError::new(SYSTEM, PortErrorKind::Unfit, message).because(error)
            })?;
        }
        text(&self.repository, &["update-ref", "-m", "tollgate", &own, commit, base])
            .map_err(|error| PortError { kind: PortErrorKind::Conflict, ..error })?;
        if is_here {
            // The commit is made; files that can't follow are shown by `git status`.
            let _ = follow(&["read-tree", "-m", "-u"]);
        }
        Ok(())
    }
}

fn text(root: &Path, words: &[&str]) -> Result<String, PortError> {
    call(root, words, &[], None)
}

fn call(
    root: &Path,
    words: &[&str],
    variables: &[(&str, &OsStr)],
    input: Option<&[u8]>,
) -> Result<String, PortError> {
    let verb =
        words.iter().find(|word| !word.starts_with('-') && !word.contains('=')).unwrap_or(&"");
    let output = command::run_with(root, words, variables, input, &|| false)
        .map_err(|e| PortError::io(SYSTEM, format!("git {verb} failed"), e))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ");
    Err(PortError::new(SYSTEM, PortErrorKind::Permanent, format!("git {verb} failed: {said}")))
}
