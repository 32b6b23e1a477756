//! Keys and signatures, there and back.

use std::fs;
use std::path::Path;

use tollgate_evidence::{PrivateKey, PublicKey, Signature};

use super::{find, key, run};

const MESSAGE: &[u8] = b"what is signed";

fn openssl(tool: &str, arguments: &[&str], directory: &Path) -> String {
    let output = run(tool, arguments, directory);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn openssl_reads_our_keys_and_believes_our_signatures() {
    let Some(tool) = find("openssl", "OPENSSL") else { return };
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("message"), MESSAGE).unwrap();
    fs::write(at.join("key"), key(1).to_pem().as_bytes()).unwrap();
    fs::write(at.join("public"), key(1).public().to_pem()).unwrap();
    fs::write(at.join("signature"), key(1).sign(MESSAGE).der()).unwrap();

    let verify = ["dgst", "-sha256", "-verify", "public", "-signature", "signature", "message"];
    assert_eq!(openssl(&tool, &verify, at).trim(), "Verified OK");
    let public = openssl(&tool, &["pkey", "-in", "key", "-pubout"], at);
    assert_eq!(public, key(1).public().to_pem());
    fs::write(at.join("message"), b"what is not").unwrap();
    assert!(!run(&tool, &verify, at).status.success());
}

#[test]
fn keys_and_signatures_of_openssl_are_believed() {
    let Some(tool) = find("openssl", "OPENSSL") else { return };
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("message"), MESSAGE).unwrap();
    let generate = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    fs::write(at.join("key"), openssl(&tool, &generate, at)).unwrap();
    let public = openssl(&tool, &["pkey", "-in", "key", "-pubout"], at);
    let public = PublicKey::from_pem(&public).unwrap();
    let private = PrivateKey::from_pem(&fs::read_to_string(at.join("key")).unwrap()).unwrap();
    assert_eq!(private.public(), public);

    openssl(&tool, &["dgst", "-sha256", "-sign", "key", "-out", "signature", "message"], at);
    let signature = Signature::from_der(fs::read(at.join("signature")).unwrap());
    assert!(public.verifies(MESSAGE, &signature));
    assert!(!public.verifies(b"what is not", &signature));
}

#[test]
fn a_key_of_another_curve_is_refused() {
    let Some(tool) = find("openssl", "OPENSSL") else { return };
    let directory = tempfile::tempdir().unwrap();
    let generate = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
    let other = openssl(&tool, &generate, directory.path());
    assert!(PrivateKey::from_pem(&other).is_err());
}
