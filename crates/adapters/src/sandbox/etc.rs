//! The part of `/etc` that programs need and that holds no secret.

use std::fs;
use std::path::{Path, PathBuf};

use super::plan::{Access, Entry, HOST_NAME};

/// A trailing `*` stands for any rest of the name.
const WANTED: [&str; 39] = [
    "alternatives",
    "bash.bashrc",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "debian_version",
    "ethertypes",
    "fonts",
    "gai.conf",
    "host.conf",
    "inputrc",
    "java*",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "ld.so.preload",
    "locale.alias",
    "locale.conf",
    "localtime",
    "magic",
    "magic.mime",
    "maven",
    "mime.types",
    "networks",
    "nsswitch.conf",
    "os-release",
    "perl",
    "pip.conf",
    "pki",
    "profile",
    "protocols",
    "python*",
    "resolv.conf",
    "rpc",
    "services",
    "shells",
    "ssl",
    "terminfo",
    "timezone",
];

/// Private keys beneath what is wanted. They are closed to others by their mode, but a caller
/// who is root would hand them to the command.
const PRIVATE: [&str; 4] =
    ["/etc/ssl/private", "/etc/pki/tls/private", "/etc/pki/CA/private", "/etc/pki/entitlement"];

/// The entries of `/etc`, the generated files included.
pub(super) fn entries(network: bool) -> Vec<Entry> {
    let mut entries = vec![Entry::Directory("/etc".into())];
    entries.extend(host_entries());
    entries.extend(private());
    entries.extend(generated(network));
    entries
}

fn host_entries() -> Vec<Entry> {
    let names = fs::read_dir("/etc").into_iter().flatten().flatten();
    let names = names.filter(|entry| is_wanted(&entry.file_name().to_string_lossy()));
    names.filter_map(|entry| host_entry(entry.path())).collect()
}

fn is_wanted(name: &str) -> bool {
    WANTED.iter().any(|wanted| match wanted.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *wanted,
    })
}

/// A link into `/usr` stays a link; one that leads elsewhere (`resolv.conf` into `/run`)
/// becomes what it points at.
fn host_entry(at: PathBuf) -> Option<Entry> {
    let source = fs::canonicalize(&at).ok()?;
    let target = fs::read_link(&at).ok().filter(|_| source.starts_with("/usr"));
    Some(match target {
        Some(target) => Entry::Link { target, at },
        None => Entry::Bind { source, at, access: Access::Read },
    })
}

fn private() -> impl Iterator<Item = Entry> {
    let there = PRIVATE.iter().filter(|path| Path::new(path).is_dir());
    there.map(|path| Entry::Mask(path.into()))
}

fn generated(network: bool) -> [Entry; 4] {
    let text = |name: &str, text: &str| Entry::Text {
        at: Path::new("/etc").join(name),
        text: text.to_owned(),
    };
    [
        text("passwd", PASSWD),
        text("group", GROUP),
        text("hostname", &format!("{HOST_NAME}\n")),
        text("hosts", &hosts(network)),
    ]
}

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n\
    tollgate:x:1000:1000:tollgate:/home/tollgate:/bin/sh\n\
    nobody:x:65534:65534:nobody:/:/bin/false\n";
const GROUP: &str = "root:x:0:\ntollgate:x:1000:\nnogroup:x:65534:\n";

/// Servers of machine-learning tools look up their own host's name, so it must resolve.
fn hosts(network: bool) -> String {
    let own = format!("127.0.0.1 localhost {HOST_NAME}\n::1 localhost\n");
    let host = network.then(|| fs::read_to_string("/etc/hosts").ok()).flatten();
    own + &host.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_wanted() {
        for name in ["shadow", "gshadow", "ssh", "sudoers", "machine-id", "krb5.keytab"] {
            assert!(!is_wanted(name), "{name}");
        }
        assert!(is_wanted("java-17-openjdk"));
    }
}
