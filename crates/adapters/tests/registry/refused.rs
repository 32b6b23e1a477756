//! What a real registry does not allow, and what it should not have sent.

use std::fs;

use tollgate_adapters::registry::{PASSWORD, RegistryError, USER};
use tollgate_testkit::servers::{Distribution, Wanted};

use crate::images::{Images, registry};

#[test]
fn who_is_not_known_is_told_where_credentials_are_looked_for() {
    let Some(server) = Distribution::start(Wanted { password: true, tls: false }) else { return };
    let images = Images::new();
    let image = images.image("amd64", &[10]);
    let to = server.at("team/app:1");
    let home = images.path().join("home");
    let docker = home.join(".docker");
    fs::create_dir_all(&docker).unwrap();
    let home = home.display().to_string();

    let error = images.push(&registry(&to, &[("HOME", &home)]), &image, &to).unwrap_err();
    assert!(error.is_asked_wrong());
    let told = error.to_string();
    for part in ["does not let anybody push to team/app", USER, ".docker/config.json", "auth.json"]
    {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
    let wrong = [("HOME", &*home), (USER, "ann"), (PASSWORD, "wr0ng")];
    let client = registry(&to, &wrong);
    let error = images.push(&client, &image, &to).unwrap_err();
    let told = format!("{error} {error:?} {client:?}");
    assert!(told.contains("does not let `ann` push"), "{told}");
    assert!(!told.contains("wr0ng") && !told.contains("YW5u"), "{told}");

    let right = [(USER, "ann"), (PASSWORD, "sesame")];
    assert_eq!(images.push(&registry(&to, &right), &image, &to).unwrap().sent, 2);
    let auths =
        format!(r#"{{"auths":{{"127.0.0.1:{}":{{"auth":"YW5uOnNlc2FtZQ=="}}}}}}"#, server.port);
    fs::write(docker.join("config.json"), auths).unwrap();
    let client = registry(&to, &[("HOME", &home)]);
    client.ping().unwrap();
    assert_eq!(Images::new().pull(&client, &to).unwrap().image.digest, image.digest);
}

#[test]
fn a_registry_needs_somebody_who_vouches_for_it() {
    let Some(server) = Distribution::start(Wanted { password: true, tls: true }) else { return };
    let images = Images::new();
    let image = images.image("amd64", &[10]);
    let to = server.at("team/app:1");
    let who = [(USER, "ann"), (PASSWORD, "sesame")];
    let error = images.push(&registry(&to, &who), &image, &to).unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("nobody whom this machine trusts") && told.contains("SSL_CERT_FILE"),
        "{told}"
    );
    assert!(!error.is_transient());

    let authority = server.authority().display().to_string();
    let trusting = [who[0], who[1], ("SSL_CERT_FILE", &*authority)];
    assert_eq!(images.push(&registry(&to, &trusting), &image, &to).unwrap().sent, 2);
    let home = images.path().join("home");
    let certs = home.join(format!(".config/containers/certs.d/127.0.0.1:{}", server.port));
    fs::create_dir_all(&certs).unwrap();
    fs::copy(server.authority(), certs.join("ca.crt")).unwrap();
    let home = home.display().to_string();
    let client = registry(&to, &[who[0], who[1], ("HOME", &home)]);
    assert_eq!(Images::new().pull(&client, &to).unwrap().image.digest, image.digest);
}

#[test]
fn what_was_changed_in_the_registry_is_not_kept() {
    let Some(server) = Distribution::start(Wanted::default()) else { return };
    let images = Images::new();
    let image = images.image("amd64", &[100_000]);
    let to = server.at("team/app:1");
    let client = registry(&to, &[]);
    images.push(&client, &image, &to).unwrap();
    let layer = images.layout.manifest(&image).unwrap().layers[0].clone();
    let mut bytes = fs::read(server.blob(&layer.digest.hex())).unwrap();
    bytes[50_000] ^= 1;
    fs::write(server.blob(&layer.digest.hex()), &bytes).unwrap();
    let there = Images::new();
    let error = there.pull(&client, &to).unwrap_err();
    assert!(
        matches!(error, RegistryError::Content { digest, .. } if digest == layer.digest),
        "{error}"
    );
    assert!(!there.files().iter().any(|name| name.starts_with('.') || *name == layer.digest.hex()));
    assert!(!there.layout.has(&image));

    let manifest = server.blob(&image.digest.hex());
    let text = fs::read_to_string(&manifest).unwrap().replace("schemaVersion", "schemaversion");
    fs::write(manifest, text).unwrap();
    assert!(Images::new().pull(&client, &to.pinned(image.digest)).is_err());
}
