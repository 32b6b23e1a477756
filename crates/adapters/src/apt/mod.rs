//! Debian packages from the sources that this machine is configured for.
//!
//! A chain of trust leads from a keyring to every byte: `gpgv` verifies a release, the release's
//! hashes an index, the index' hashes (or a lock's) a package. Files are kept in a cache by their
//! digest, so what is there is never fetched again, and what is locked needs no release any more.

mod cache;
mod error;
mod fetch;
mod host;
mod machine;
mod signature;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use tollgate_image::debian::{Archive, Compression, DebianLock, Release, ReleaseFile, Source};
use tollgate_image::debian::{release_number, resolve};

use self::cache::Cache;
use self::fetch::Fetcher;
use crate::http::Http;

pub use self::error::AptError;
pub use self::host::of_machine;
pub use self::machine::configured;
pub use self::signature::{Gpgv, Signatures};

/// How far a download is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'p> {
    /// The file's name.
    pub file: &'p str,
    /// Bytes that have come in since the last report.
    pub bytes: u64,
    /// Bytes that it will have.
    pub size: u64,
}

/// Who is told of progress; it may be called by several threads at once.
pub type OnProgress<'p> = &'p (dyn Fn(Progress<'_>) + Sync);

/// What there is to get packages with.
pub struct Apt<'a> {
    /// The sources, as [`configured`] reads them.
    pub sources: Vec<Source>,
    /// Debian's word for the architecture: `amd64`, `arm64`.
    pub architecture: String,
    /// A directory for what is fetched; it is made when it is needed.
    pub cache: PathBuf,
    /// The network.
    pub http: Http,
    /// Who judges signatures.
    pub signatures: &'a dyn Signatures,
    /// How many files are fetched at once.
    pub threads: usize,
}

/// A release file is a few hundred KiB.
const LARGEST_RELEASE: u64 = 16 << 20;
/// An index of sixty thousand packages has 60 MB, unpacked.
const LARGEST_INDEX: u64 = 1 << 30;

impl Apt<'_> {
    /// Asks all sources what they offer at `now` (seconds since 1970) and locks what `wanted` comes
    /// to.
    ///
    /// # Errors
    /// A source can't be had or can't be trusted, or what is wanted can't be had.
    pub fn lock(
        &self,
        wanted: &[String],
        now: i64,
        progress: OnProgress<'_>,
    ) -> Result<DebianLock, AptError> {
        let (archive, release) = self.offers(now, progress)?;
        let found = resolve(&archive, wanted)?;
        Ok(DebianLock::of(&release, &self.architecture, wanted, &found))
    }

    /// What all sources offer at `now`, and the number of the first one's release (`12`).
    ///
    /// # Errors
    /// A source can't be had or can't be trusted.
    pub fn offers(
        &self,
        now: i64,
        progress: OnProgress<'_>,
    ) -> Result<(Archive, String), AptError> {
        let mut archive = Archive::new(&self.architecture);
        let mut number = None;
        let sources = self.sources.iter().filter(|source| source.is_for(&self.architecture));
        for source in sources {
            let release = self.release(source, now)?;
            self.add_indexes(source, &release, &mut archive, progress)?;
            number =
                number.or_else(|| Some(release_number(release.version.as_deref()?).to_owned()));
        }
        match number {
            Some(number) => Ok((archive, number)),
            None => Err(AptError::NoSource { architecture: self.architecture.clone() }),
        }
    }

    fn release(&self, source: &Source, now: i64) -> Result<Release, AptError> {
        let url = format!("{}/InRelease", source.dists());
        let fetched = self.fetcher().small(&url, LARGEST_RELEASE)?;
        let text = self.signatures.verified(source, &url, &fetched)?;
        let release = Release::parse(&text, &url)?;
        if !release.is_valid_at(now) {
            let until = release.valid_until.unwrap_or_default();
            return Err(AptError::Expired { url, until });
        }
        if !release.is_of(&source.suite) {
            let found = release.codename.or(release.suite).unwrap_or_default();
            return Err(AptError::OtherSuite { url, wanted: source.suite.clone(), found });
        }
        Ok(release)
    }

    fn add_indexes(
        &self,
        source: &Source,
        release: &Release,
        archive: &mut Archive,
        progress: OnProgress<'_>,
    ) -> Result<(), AptError> {
        let missing = |component: &str| AptError::NoIndex {
            suite: format!("{} {}", source.uri, source.suite),
            component: component.to_owned(),
            architecture: self.architecture.clone(),
        };
        if source.suite.ends_with('/') {
            let ends = ["Packages.xz", "Packages.gz", "Packages"];
            let found = ends.iter().find_map(|path| Some((*path, release.file(path)?)));
            let (path, file) = found.ok_or_else(|| missing("Packages"))?;
            return self.add_index(source, release, path, file, archive, progress);
        }
        for component in &source.components {
            let own = release.index(component, &self.architecture);
            let all = release.index(component, "all").filter(|_| release.all_apart);
            if own.is_none() && all.is_none() {
                return Err(missing(component));
            }
            for (path, file) in [own, all].into_iter().flatten() {
                self.add_index(source, release, &path, file, archive, progress)?;
            }
        }
        Ok(())
    }

    fn add_index(
        &self,
        source: &Source,
        release: &Release,
        path: &str,
        file: ReleaseFile,
        archive: &mut Archive,
        progress: OnProgress<'_>,
    ) -> Result<(), AptError> {
        let url = match path.rsplit_once('/') {
            Some((directory, _)) if release.by_hash => {
                format!("{}/{directory}/by-hash/SHA256/{}", source.dists(), file.sha256.hex())
            }
            _ => format!("{}/{path}", source.dists()),
        };
        let fetched = self.fetcher().by_digest(&url, file.sha256, file.size, progress)?;
        let unreadable = |source| AptError::Cache { path: fetched.clone(), source };
        let packed = File::open(&fetched).map_err(unreadable)?;
        let compression = Compression::of(path).unwrap_or(Compression::Plain);
        let text = compression.unpack(packed).map_err(unreadable)?;
        let text = BufReader::with_capacity(1 << 16, std::io::Read::take(text, LARGEST_INDEX));
        let name = format!("{}/{path}", source.dists());
        Ok(archive.add(text, &name, &source.uri, release.not_automatic)?)
    }

    /// Fetches the packages of a lock; the files are in its order, and stay where they are.
    ///
    /// # Errors
    /// One of them can't be had, or is not what was locked.
    pub fn packages(
        &self,
        lock: &DebianLock,
        progress: OnProgress<'_>,
    ) -> Result<Vec<PathBuf>, AptError> {
        let fetcher = self.fetcher();
        crate::parallel::all(&lock.packages, self.threads, |package| {
            let url = format!("{}/{}", package.source, encoded(package.path.as_str()));
            fetcher.by_digest(&url, package.sha256, package.size, progress)
        })
    }

    fn fetcher(&self) -> Fetcher<'_> {
        Fetcher { http: &self.http, cache: Cache::new(Path::new(&self.cache)) }
    }
}

// Versions have `~` and `+` in names of files, and servers take both for what they are; a `%` or a
// `#` they would not.
fn encoded(path: &str) -> String {
    path.replace('%', "%25").replace('#', "%23").replace('?', "%3F").replace(' ', "%20")
}
