//! What must not be in an image or be known against it: vulnerabilities, secrets, and a base that does
//! not tell what is in it.

use tollgate_image::oci::Sha256;
use tollgate_testkit::servers::{Server, answer};

use crate::common::Project;
use crate::images::{base_of, project};

/// The project, on a base with packages of Debian and PyPI, scanned as `policy` says.
fn scanned(policy: &str) -> Project {
    let project = project();
    project.sh("rm -r base");
    let status = "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nSource: glibc\n";
    base_of(
        &project,
        &[
            ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
            ("var/lib/dpkg/status", status),
            (
                "usr/lib/python3/dist-packages/jinja2-2.10.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: Jinja2\nVersion: 2.10\n",
            ),
        ],
    );
    project.edit("    needs: [train]", &format!("    needs: [train]\n    scan: {policy}"));
    let advisory = |id: &str, ecosystem: &str, name: &str, fixed: &str| {
        let text = format!(
            r#"{{"id": "{id}", "modified": "2026-01-01T00:00:00Z", "summary": "It escapes.",
            "database_specific": {{"severity": "HIGH"}}, "affected": [{{
            "package": {{"ecosystem": "{ecosystem}", "name": "{name}"}}, "ranges": [{{
            "type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
        );
        project.write(&format!("advisories/{id}.json"), &text);
    };
    advisory("CVE-2019-10906", "PyPI", "Jinja2", "2.10.1");
    advisory("CVE-2020-1", "Debian:12", "glibc", "2.36-8");
    project
}

#[test]
fn advisories_are_fetched_where_the_network_allows() {
    let project = scanned("{ fail_on: high, max_age: 9000d }");
    project.tollgate("scan db update").exits(2).says("nobody has said yet where");
    project.sh("cd advisories && python3 -m zipfile -c ../all.zip *.json");
    let whole = std::fs::read(project.path("all.zip")).unwrap();
    let short = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\nPK", whole.len()).into_bytes();
    let server = Server::start(move |asked| match asked.line.as_str() {
        "GET /all.zip" => answer(200, "", &whole),
        "GET /short.zip" => Some(short.clone()),
        _ => answer(404, "", b""),
    });
    let at = |path: &str| -> String { server.at(path) };
    let all = format!("http://{}", at("all.zip"));
    project.tollgate(&format!("scan db update {all}")).passes().says("PyPI  1 advisory");
    project.tollgate("scan db update").passes().says("PyPI  1 advisory");
    for (path, why) in [("none.zip", "the server answers 404"), ("short.zip", "short.zip")] {
        let failed = project.tollgate(&format!("scan db update http://{}", at(path)));
        failed.exits(5).says(why).says("what was known stays");
    }
    project.tollgate("scan db update http://mirror.example/all.zip").exits(5).says("over TLS");
    project.tollgate("scan db show").passes().says("PyPI  1 advisory");
    assert_eq!(project.sh("ls .tollgate | grep -c tmp || true").trim(), "0");
}

/// What the database doesn't tell is no pass, and what is known against a package fails the image
/// until somebody answers for it.
#[test]
fn an_image_passes_when_nothing_is_known_against_it() {
    let project = scanned("{ fail_on: high, max_age: 9000d }");
    project.tollgate("run").exits(3).says("not assessed: there is no database of advisories");
    project.tollgate("scan db show").exits(2).says("tollgate scan db import");
    project.tollgate("scan db import nowhere").exits(2).says("nowhere");
    project.tollgate("scan db import advisories").passes().says("Debian:12  1 advisory");
    let run = project.tollgate("run");
    run.exits(1).says("jinja2 2.10: CVE-2019-10906, high: It escapes.").says("without it: 2.10.1");
    project.tollgate("image scan service").exits(1).says("2 packages, 1 vulnerability");
    project.tollgate("image scan service --report s.sarif --report s.md").exits(1);
    let log: serde_json::Value = serde_json::from_str(&project.read("s.sarif")).unwrap();
    let found = &log["runs"][0]["results"][0];
    assert_eq!(
        (&found["ruleId"], &found["level"]),
        (&"scan.vulnerability".into(), &"error".into())
    );
    assert_eq!(found["properties"]["subject"], "CVE-2019-10906");
    assert!(project.read("s.md").starts_with("### ❌ service failed"));
    project.tollgate("image scan service --fail-on critical").passes();
    project.tollgate("image scan service --max-age 1d").exits(1).says("old");
    let other = project.tollgate("image scan oci:base --max-age 9000d --json");
    let told = other.exits(1).json();
    assert_eq!(told[0]["vulnerabilities"][0]["purls"][0], "pkg:pypi/jinja2@2.10");
    project.edit(
        "max_age: 9000d",
        "max_age: 9000d, waivers: [{ id: CVE-2019-10906, reason: no templates, expires: 2999-01-01 }]",
    );
    project.tollgate("run").passes();
    project.tollgate("image scan service").passes().says("waived until").says("no templates");
}

#[test]
fn a_bill_of_materials_is_the_same_each_time_and_can_be_scanned() {
    let project = scanned("{ fail_on: high, max_age: 9000d }");
    project.tollgate("scan db import advisories").passes();
    project.tollgate("image build").exits(1);
    project.tollgate("image sbom service -o one.json").passes();
    project.tollgate("image sbom service -o two.json --format cyclonedx").passes();
    project.sh("cmp one.json two.json");
    let told = project.tollgate("image sbom service --format spdx");
    told.passes().says("SPDX-2.3").says("pkg:pypi/jinja2@2.10");
    let scan = project.tollgate("image scan one.json --max-age 9000d");
    scan.exits(1).says("CVE-2019-10906").says("2 packages, 1 vulnerability");
    project.write("odd.json", "{}");
    project.tollgate("image scan odd.json").exits(2).says("CycloneDX 1.4 to 1.6 and SPDX 2.3");
}

/// Drawn here, so that no file of ours holds what looks like one.
#[test]
fn a_secret_in_the_source_or_the_settings_fails_the_image_until_it_is_allowed() {
    let project = project();
    let token = format!("{}-{}", "glpat", "q7Zr2Lx9Wm4Kt8Vb3NcY");
    project.write("src/settings.py", format!("import os\n\nTOKEN = '{token}'\n"));
    let run = project.tollgate("run");
    run.exits(1).says("GitLab token in /app/src/settings.py:3").says("allow_secrets");
    run.keeps_quiet_of(&token[8..]);
    let fingerprint = &Sha256::of(token.as_bytes()).hex()[..16];
    let allow = format!("allow_secrets: [{{ fingerprint: \"{fingerprint}\", reason: void }}]");
    project.edit("      ports: [8080]", &format!("      ports: [8080]\n      {allow}"));
    project.tollgate("run").passes();
    project.edit("MODEL: /srv/model.bin", "MODEL: /srv/model.bin, API_KEY: k9Xw2Vq7Lm4Rt8Zb3Nc6");
    project.tollgate("run").exits(1).says("key or token in variable API_KEY");
}

/// What was committed once is there for ever, and so is what lies in a lower layer.
#[test]
fn secrets_are_found_in_files_in_history_and_in_every_layer() {
    let project = project();
    let token = format!("{}-{}", "glpat", "q7Zr2Lx9Wm4Kt8Vb3NcY");
    project.tollgate("scan secrets").passes().says("no secret found");
    project.write("base.env", format!("# once\nTOKEN={token}\n")).commit();
    let here = project.tollgate("scan secrets");
    here.exits(1).says("base.env:2  GitLab token").says("1 secret").keeps_quiet_of(&token[8..]);
    project.sh("rm base.env");
    project.commit();
    project.tollgate("scan secrets").passes();
    let past = project.tollgate("scan secrets --history --json");
    let leak = past.exits(1).json()[0].clone();
    assert!(leak["path"].as_str().unwrap().starts_with("base.env@"), "{leak}");
    let fingerprint = leak["fingerprint"].as_str().unwrap();
    project.tollgate("scan secrets src").passes();
    base_of(&project, &[("etc/service.env", &format!("TOKEN={token}\n"))]);
    project.tollgate("scan secrets --image oci:base").exits(1).says("/etc/service.env:1");
    let allow = format!("allow_secrets: [{{ fingerprint: \"{fingerprint}\", reason: void }}]");
    project.edit("      ports: [8080]", &format!("      ports: [8080]\n      {allow}"));
    project.tollgate("scan secrets --image oci:base").passes();
    project.tollgate("scan secrets --history").passes();
    let outside = Project::empty();
    outside.tollgate("scan secrets --history --image x").exits(2);
}

/// Of a base without records of packages nothing is known.
#[test]
fn a_base_that_does_not_tell_what_is_in_it_is_not_assessed() {
    let project = project();
    project.edit("    needs: [train]", "    needs: [train]\n    scan: { max_age: 9000d }");
    project.tollgate("run").exits(3).says("no record tells what packages are in it");
}

/// An image that somebody has made may hold what is not the project's to take out.
#[test]
fn a_secret_of_the_base_is_warned_of() {
    let project = project();
    let token = format!("{}-{}", "glpat", "q7Zr2Lx9Wm4Kt8Vb3NcY");
    project.sh("rm -r base");
    let settings = format!("token = '{token}'\n");
    base_of(&project, &[("usr/bin/python3.11", "no real one"), ("etc/settings", &settings)]);
    for _ in 0..2 {
        project.tollgate("run --force=service").passes().keeps_quiet_of(&token[8..]);
        project.tollgate("show service").says("the base has GitLab token in /etc/settings:1");
    }
}
