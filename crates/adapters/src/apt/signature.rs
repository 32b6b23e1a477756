//! Who has signed a release. `gpgv` judges it, with the keyrings that the source names.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tollgate_image::debian::Source;

use super::AptError;
use super::machine::{listed, unreadable};

/// Judges signatures of releases.
pub trait Signatures {
    /// The text of `signed` that a trusted key has signed; errors call it `url`.
    ///
    /// # Errors
    /// No trusted key has signed it, or it can't be judged.
    fn verified(&self, source: &Source, url: &str, signed: &[u8]) -> Result<String, AptError>;
}

/// GnuPG's verifier, which APT uses as well.
#[derive(Clone, Debug)]
pub struct Gpgv {
    /// The program: `gpgv`.
    pub program: PathBuf,
    /// Where the machine's trusted keys are: `/`.
    pub root: PathBuf,
}

impl Signatures for Gpgv {
    fn verified(&self, source: &Source, url: &str, signed: &[u8]) -> Result<String, AptError> {
        let wrong = |why: String| AptError::Signature {
            url: url.to_owned(),
            place: source.place.clone(),
            why,
        };
        let failed = |error: io::Error| wrong(format!("it can't be verified: {error}"));
        if source.trusted {
            return Err(wrong(
                "`trusted=yes` takes it unsigned, which is not done here".to_owned(),
            ));
        }
        let work = tempfile::tempdir().map_err(failed)?;
        let (keyrings, fingerprints) = self.keys(source, work.path())?;
        if keyrings.is_empty() {
            return Err(wrong("there is no keyring to verify it with".to_owned()));
        }
        let (file, text) = (work.path().join("signed"), work.path().join("text"));
        fs::write(&file, signed).map_err(failed)?;
        let mut command = Command::new(&self.program);
        command.args(["--status-fd", "1", "--homedir"]).arg(work.path());
        for keyring in &keyrings {
            command.arg("--keyring").arg(keyring);
        }
        command.arg("--output").arg(&text).arg(&file).env("LC_ALL", "C").stdin(Stdio::null());
        let output = command.output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => AptError::NoGpgv { url: url.to_owned() },
            _ => failed(error),
        })?;
        judge(&String::from_utf8_lossy(&output.stdout), &fingerprints).map_err(wrong)?;
        fs::read_to_string(&text).map_err(failed)
    }
}

// What `gpgv` says of each signature. Source: GnuPG's doc/DETAILS. Several keys may sign, so that
// a machine that lacks the newest one still knows an older.
fn judge(status: &str, fingerprints: &[String]) -> Result<(), String> {
    let lines = status.lines().filter_map(|line| line.strip_prefix("[GNUPG:] "));
    let words: Vec<Vec<&str>> = lines.map(|line| line.split_whitespace().collect()).collect();
    let all =
        |kind: &str| words.iter().filter(|line| line.first() == Some(&kind)).collect::<Vec<_>>();
    if let Some(bad) = all("BADSIG").first() {
        return Err(format!("the signature of {} is bad", bad[1..].join(" ")));
    }
    if all("GOODSIG").is_empty() {
        for (kind, why) in [
            ("EXPKEYSIG", "the key has expired"),
            ("REVKEYSIG", "the key was revoked"),
            ("EXPSIG", "the signature has expired"),
            ("NO_PUBKEY", "no keyring has the key"),
        ] {
            if let Some(line) = all(kind).first() {
                return Err(format!("{why}: {}", line[1..].join(" ")));
            }
        }
        return Err("it has no good signature".to_owned());
    }
    // The key's own fingerprint is first, that of the key that it belongs to is last.
    let valid = all("VALIDSIG");
    let signers = || valid.iter().flat_map(|line| [line.get(1), line.last()]).flatten();
    let named = |name: &String| signers().any(|signer| signer.eq_ignore_ascii_case(name));
    if !fingerprints.is_empty() && !fingerprints.iter().any(named) {
        return Err(format!("none of its signers is {}", fingerprints.join(" or ")));
    }
    Ok(())
}

impl Gpgv {
    // Keyrings that `gpgv` can read, and fingerprints of which one has to be a signer's.
    fn keys(&self, source: &Source, work: &Path) -> Result<(Vec<PathBuf>, Vec<String>), AptError> {
        let named = source.signed_by.as_deref().unwrap_or_default();
        if named.contains("-----BEGIN PGP PUBLIC KEY BLOCK-----") {
            return Ok((
                vec![plain(named.as_bytes(), work, 0, Path::new(&source.place))?],
                Vec::new(),
            ));
        }
        let (files, fingerprints): (Vec<&str>, Vec<&str>) =
            named.split([' ', '\n', ',']).filter(|w| !w.is_empty()).partition(|w| w.contains('/'));
        // `!` after a fingerprint asks for that very key and none that belongs to it.
        let fingerprints = fingerprints.iter().map(|text| text.trim_end_matches('!').to_owned());
        let rooted = |file: &&str| self.root.join(file.trim_start_matches('/'));
        let files: Vec<PathBuf> = match files.is_empty() {
            false => files.iter().map(rooted).collect(),
            true => self.trusted()?,
        };
        let mut keyrings = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let bytes = fs::read(file).map_err(|error| unreadable(file, error))?;
            keyrings.push(plain(&bytes, work, at, file)?);
        }
        Ok((keyrings, fingerprints.collect()))
    }

    fn trusted(&self) -> Result<Vec<PathBuf>, AptError> {
        let apt = self.root.join("etc/apt");
        let mut files = listed(&apt.join("trusted.gpg.d"))?;
        files.retain(|file| file.extension().is_some_and(|end| end == "gpg" || end == "asc"));
        let one = apt.join("trusted.gpg");
        let filled = fs::metadata(&one).is_ok_and(|found| found.len() > 0);
        files.extend(filled.then_some(one));
        Ok(files)
    }
}

// A copy of a keyring without armour, which `gpgv` does not take.
fn plain(bytes: &[u8], work: &Path, at: usize, from: &Path) -> Result<PathBuf, AptError> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.contains("-----BEGIN PGP"));
    let wrong = |why: &str| unreadable(from, io::Error::new(io::ErrorKind::InvalidData, why));
    let bytes = match text {
        None => bytes.to_vec(),
        Some(text) => unarmoured(text).ok_or_else(|| wrong("it is no armoured key"))?,
    };
    let path = work.join(format!("keys-{at}.gpg"));
    let written = fs::File::create(&path).and_then(|mut file| file.write_all(&bytes));
    written.map(|()| path).map_err(|error| unreadable(from, error))
}

// Source: RFC 4880 §6.2. In a `.sources` file empty lines are written as a dot. Of several blocks
// all are taken.
fn unarmoured(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for block in text.split("-----BEGIN PGP PUBLIC KEY BLOCK-----").skip(1) {
        let lines = block.split("-----END").next()?.lines().map(str::trim);
        let lines = lines.skip_while(|line| line.is_empty() || line.contains(':'));
        // The checksum is not looked at: the key is trusted for where it is.
        let lines = lines.filter(|line| !line.is_empty() && *line != "." && !line.starts_with('='));
        bytes.extend(BASE64_STANDARD.decode(lines.collect::<String>()).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_good_signature_is_needed_and_no_bad_one() {
        let good = "[GNUPG:] GOODSIG AA Debian\n[GNUPG:] VALIDSIG F1 2026 0 F2\n";
        let unknown = "[GNUPG:] ERRSIG BB\n[GNUPG:] NO_PUBKEY BB\n";
        assert_eq!(judge(&format!("{unknown}{good}"), &[]), Ok(()));
        assert_eq!(judge(good, &["f2".to_owned()]), Ok(()));
        let wrong = [
            (unknown.to_owned(), "no keyring has the key: BB"),
            (format!("{good}[GNUPG:] BADSIG CC Eve\n"), "the signature of CC Eve is bad"),
            (
                "[GNUPG:] EXPKEYSIG AA Old\n[GNUPG:] VALIDSIG F1\n".to_owned(),
                "the key has expired: AA Old",
            ),
            (
                "[GNUPG:] REVKEYSIG AA Old\n[GNUPG:] VALIDSIG F1\n".to_owned(),
                "the key was revoked: AA Old",
            ),
            (String::new(), "it has no good signature"),
        ];
        for (status, why) in wrong {
            assert_eq!(judge(&status, &[]), Err(why.to_owned()));
        }
        assert!(judge(good, &["F3".to_owned()]).is_err());
    }

    #[test]
    fn armour_is_taken_off() {
        let text = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: x\n.\n aGVs\n bG8=\n =abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
        assert_eq!(unarmoured(text).unwrap(), b"hello");
        assert!(unarmoured("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n%%%").is_none());
    }
}
