//! Releases move into environments by commits, on evidence and people's signatures, and back again.

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::common::{Project, Ran};
use crate::images;

const ENVIRONMENTS: &str = "
pipelines:
  main: { on: push main, steps: [service], deploy: staging }
environments:
  staging: { manifests: deploy/staging }
  prod:
    manifests: deploy/prod.yaml
    after: staging
    policy:
      evidence: [train, service]
      approvals: { count: 1, by: approvers.keys, separate_author: true }
";

const MANIFEST: &str = "\
# Who changes this by hand tells the others.
apiVersion: apps/v1
kind: Deployment
spec:
  containers:
    - name: api
      image: registry.example/team/demo:v1   # the service
";

/// A project with two environments, and the keys of Ann, who may approve, and of Bob, who may not.
fn project() -> Project {
    let project = images::project();
    let yaml = project.read("tollgate.yaml");
    project.write("tollgate.yaml", format!("{yaml}{ENVIRONMENTS}"));
    project.write("deploy/staging/api.yaml", MANIFEST).write("deploy/prod.yaml", MANIFEST);
    for name in ["ann", "bob"] {
        let key = key(&project, name);
        project.sh(&format!("ssh-keygen -q -t ed25519 -N '' -C {name} -f {}", key.display()));
    }
    let public = std::fs::read_to_string(key(&project, "ann.pub")).unwrap();
    project.write("approvers.keys", format!("ann@example.org {public}"));
    project.sh("git config user.name t && git config user.email t@example.org");
    project.commit();
    project
}

fn key(project: &Project, name: &str) -> PathBuf {
    project.beside(name)
}

/// Releases a new commit, which goes to staging by itself.
fn release(project: &Project, text: &str) -> String {
    project.write("src/api.py", format!("print({text:?})\n")).commit();
    let commit = project.sh("git rev-parse HEAD").trim().to_owned();
    project.tollgate("run main").passes();
    commit
}

fn approve(project: &Project, words: &str, who: &str) -> Ran {
    project.tollgate(&format!("{words} --key {}", key(project, who).display()))
}

fn standing(project: &Project, name: &str) -> Json {
    project.tollgate(&format!("status {name} --json")).passes().json()[0].clone()
}

fn served(project: &Project, name: &str) -> String {
    standing(project, name)["stable"]["release"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_release_goes_to_staging_by_itself_and_to_prod_on_a_signature() {
    let project = project();
    project.write("src/api.py", "print(2)\n").commit();
    let ran = project.tollgate("run main");
    ran.passes().says("promoted").says("deploy/staging/api.yaml:7");
    // The commit changes the image, and not a byte beside it.
    let image = project.tollgate("release list --json").json()[0]["image"].clone();
    let image = image.as_str().unwrap();
    let commit = project.sh("git rev-parse HEAD~1").trim().to_owned();
    let named = format!("demo@{image}   # the service");
    let said = project.read("deploy/staging/api.yaml");
    assert_eq!(said, MANIFEST.replace("demo:v1   # the service", &named));
    assert_eq!(
        project.sh("git diff --stat HEAD~1 -- | tail -1").trim(),
        "1 file changed, 1 insertion(+), 1 deletion(-)"
    );
    assert!(project.sh("git status --porcelain").is_empty());
    let message = project.sh("git log -1 --format=%B");
    for trailer in [
        "Tollgate-Environment: staging",
        &format!("Tollgate-Commit: {commit}"),
        &format!("Tollgate-Image: {image}"),
        "Tollgate-Ledger: ",
        "Tollgate-By: pipeline main",
    ] {
        assert!(message.contains(trailer), "{trailer} in {message}");
    }
    // Production waits for a person.
    let refused = project.tollgate("promote prod");
    refused
        .exits(4)
        .says("prod does not admit")
        .says("approvals: 0 of 1")
        .says("tollgate approve prod");
    assert_eq!(project.tollgate("status prod --why").exits(3).stdout.matches(" open ").count(), 1);
    approve(&project, "approve prod", "ann").passes().says("approved").says("ann@example.org");
    project.tollgate("status prod --why").passes().says("1 of 1: ann@example.org");
    project.tollgate("promote prod").passes().says("deploy/prod.yaml:7");
    assert_eq!(served(&project, "prod"), served(&project, "staging"));
    assert!(project.sh("git log -1 --format=%B").contains("Approved-by: ann@example.org"));
    project.tollgate("promote prod").exits(4).says("serves in prod already");
    // What served, who let it in, on what evidence: asked of any moment.
    let then = project.tollgate("audit at 2200-01-01T00:00:00Z prod");
    then.passes().says("approved by ann@example.org").says(&commit).says("5 statements");
    project.tollgate("audit at 2020-01-01T00:00:00Z").passes().says("nothing served at");
    project.tollgate("audit verify").passes();
    project.tollgate("audit log").passes().says("prod approved").says("prod promotion_committed");
}

#[test]
fn what_is_taken_back_is_held_until_somebody_says_why_not() {
    let project = project();
    let first = release(&project, "one");
    approve(&project, "approve prod", "ann").passes();
    project.tollgate("promote prod").passes();
    let second = release(&project, "two");
    approve(&project, "approve prod", "ann").passes();
    project.tollgate("promote prod").passes();
    let (before, manifest) = (served(&project, "prod"), project.read("deploy/prod.yaml"));
    // Not even the emergency stop delays it.
    project.tollgate("freeze --all --reason incident").passes();
    project.tollgate("rollback prod --reason slow").passes().says("rolled back").says("is held");
    assert_ne!(served(&project, "prod"), before);
    assert_ne!(project.read("deploy/prod.yaml"), manifest);
    assert!(project.sh("git log -1 --format=%B").contains("is out and held: slow"));
    project.tollgate("freeze --all --lift --reason over").passes();
    let held = project.tollgate(&format!("promote prod {second}"));
    held.exits(4).says("hold: held: slow").says("tollgate hold --lift prod");
    project.tollgate(&format!("hold prod {second} --lift --reason fixed")).passes();
    project.tollgate(&format!("promote prod {second}")).passes();
    assert_eq!(served(&project, "prod"), before);
    project.tollgate("rollback prod --to 0000").exits(2).says("there is no release");
    project.tollgate(&format!("rollback prod --to {first}")).passes();
    project.tollgate("rollback prod").exits(4).says("nothing served in prod before");
    project.tollgate("audit verify").passes();
}

/// Each with its reason, and none of them lets anything in.
#[test]
fn a_signature_that_is_not_of_this_is_of_nothing() {
    let project = project();
    release(&project, "one");
    let signature = |words: &str, who: &str, to: &str| {
        let text = project.tollgate(&format!("{words} --print")).passes().stdout.clone();
        let file = project.beside(to);
        std::fs::write(&file, text).unwrap();
        let key = key(&project, who);
        let sign = "ssh-keygen -q -Y sign -n approval@tollgate -f";
        project.sh(&format!("rm -f {0}.sig; {sign} {1} {0}", file.display(), key.display()));
        format!("{}.sig", file.display())
    };
    let take = |words: &str, file: &str| project.tollgate(&format!("{words} --signature {file}"));
    // By somebody who is not listed.
    approve(&project, "approve prod", "bob").exits(4).says("is not in").says("approvers.keys");
    // For another decision, or another release.
    let rejection = signature("reject prod --reason no", "ann", "no");
    take("approve prod", &rejection).exits(4).says("incorrect signature");
    let first = signature("approve prod", "ann", "first");
    release(&project, "two");
    take("approve prod", &first).exits(4).says("incorrect signature");
    // Forged.
    let good = signature("approve prod", "ann", "good");
    let text = std::fs::read_to_string(&good).unwrap();
    let middle = text.len() / 2;
    let (head, tail) = (&text[..middle], &text[middle + 1..]);
    let other = if text.as_bytes()[middle] == b'A' { 'B' } else { 'A' };
    project.write("forged", format!("{head}{other}{tail}"));
    take("approve prod", "forged").exits(4);
    // Made for another purpose.
    let file = good.trim_end_matches(".sig").to_owned();
    let key_of_ann = key(&project, "ann");
    let sign = format!("ssh-keygen -q -Y sign -n git -f {} {file}", key_of_ann.display());
    project.sh(&format!("cp {good} {good}.kept; rm {good}; {sign}"));
    take("approve prod", &good).exits(4);
    project.sh(&format!("mv {good}.kept {good}"));
    project.tollgate("promote prod").exits(4).says("approvals: 0 of 1");
    take("approve prod", &good).passes();
    // The policy is another: what was said under the old one is void.
    project.edit("evidence: [train, service]", "evidence: [train]");
    project.tollgate("promote prod").exits(4).says("the policy has changed since");
    project.edit("evidence: [train]", "evidence: [train, service]");
    // So it is where the list of people is another.
    let listed = project.read("approvers.keys");
    project.write("approvers.keys", format!("{listed}# more\n"));
    project.tollgate("promote prod").exits(4).says("the policy has changed since");
    // A key that has expired signs nothing.
    let expired = listed.replace("ann@example.org ", "ann@example.org valid-before=\"20200101\" ");
    project.write("approvers.keys", expired);
    approve(&project, "approve prod", "ann").exits(4);
    project.write("approvers.keys", listed);
    project.tollgate("promote prod").passes();
}

#[test]
fn authors_do_not_approve_themselves_and_a_rejection_counts() {
    let project = project();
    project.sh("git config user.email Ann@example.org");
    project.write("src/api.py", "print(3)\n");
    project.sh("git add -A && git commit -qm change");
    project.tollgate("run main").passes();
    approve(&project, "approve prod", "ann").passes();
    project.tollgate("promote prod").exits(4).says("does not count: they wrote it");
    approve(&project, "reject prod --reason odd", "ann").passes();
    project.tollgate("promote prod").exits(4).says("ann@example.org rejects it: odd");
    // Past the policy, with a reason and a name that stays.
    project.edit("separate_author: true", "separate_author: false");
    approve(&project, "override prod --reason outage", "ann").passes();
    project.tollgate("promote prod").passes().says("past the policy, by ann@example.org");
    project.tollgate("audit log --json").passes().says("\"reason\":\"outage\"");
}

#[test]
fn a_commit_by_hand_meets_the_same_policy() {
    let project = project();
    release(&project, "one");
    let image = project.tollgate("release list --json").json()[0]["image"].clone();
    let image = image.as_str().unwrap();
    let by_hand = MANIFEST.replace("demo:v1", &format!("demo@{image}"));
    project.write("deploy/prod.yaml", &by_hand).commit();
    project.tollgate("status prod").passes().says("is not followed").says("approvals: 0 of 1");
    assert_eq!(served(&project, "prod"), "");
    approve(&project, "approve prod", "ann").passes();
    project.tollgate("status prod").passes();
    assert_eq!(served(&project, "prod"), served(&project, "staging"));
    // What nobody released is not followed.
    let stranger = by_hand.replace(image, &format!("sha256:{}", "7".repeat(64)));
    project.write("deploy/prod.yaml", stranger).commit();
    project.tollgate("status prod").passes().says("no release here has that image");
}

/// A bare repository that several write.
#[test]
fn a_remote_is_written_where_it_stands_or_decided_anew() {
    let project = project();
    let remote = project.beside("remote.git");
    project
        .sh(&format!("git clone -q --bare . {0} && git remote add origin {0}", remote.display()));
    release(&project, "one");
    let told = |words: &str| project.sh(&format!("git --git-dir {} {words}", remote.display()));
    assert!(told("log -1 --format=%s main").starts_with("promote(staging)"));
    // What a person has checked out is left alone.
    assert!(project.read("deploy/staging/api.yaml").contains("demo:v1"));
    // The remote takes nothing: nothing has happened.
    let hook = remote.join("hooks/pre-receive");
    std::fs::write(&hook, "#!/bin/sh\necho not today; exit 1\n").unwrap();
    project.sh(&format!("chmod +x {}", hook.display()));
    approve(&project, "approve prod", "ann").passes();
    project.tollgate("promote prod").exits(5).says("did not take the commit");
    assert_eq!(served(&project, "prod"), "");
    // It has gone: a rollback goes first, and Git is told when it is there again.
    std::fs::remove_file(&hook).unwrap();
    project.tollgate("promote prod").passes();
    release(&project, "two");
    approve(&project, "approve prod", "ann").passes();
    project.tollgate("promote prod").passes();
    let away = project.beside("away.git");
    std::fs::rename(&remote, &away).unwrap();
    project.tollgate("rollback prod").passes().says("Git does not know of it yet");
    project.tollgate("promote prod").exits(5);
    std::fs::rename(&away, &remote).unwrap();
    project.tollgate("status prod").passes();
    assert!(told("log -1 --format=%s main").starts_with("rollback(prod)"));
    assert_eq!(standing(&project, "prod")["unwritten"], Json::Null);
    // Its history is another: the next commit goes on top of what is there.
    let rewrite = "git clone -q REMOTE ../other && cd ../other && git -c user.name=o -c user.email=o@x commit -q --amend -m other && git push -qf";
    project.sh(&rewrite.replace("REMOTE", &remote.display().to_string()));
    release(&project, "three");
    approve(&project, "approve prod", "ann").passes();
    project.tollgate("promote prod").passes();
    assert_eq!(told("log --format=%s main").lines().nth(2), Some("other"));
}

#[test]
fn whatever_is_wrong_in_the_manifests_is_told_and_nothing_begun() {
    let project = project();
    project.write("deploy/prod.yaml", "image: demo\nother: [").commit();
    release(&project, "one");
    approve(&project, "approve prod", "ann").passes();
    project.tollgate("promote prod").exits(2).says("deploy/prod.yaml:2");
    project.write("deploy/prod.yaml", MANIFEST.replace("team/demo", "team/other")).commit();
    project
        .tollgate("promote prod")
        .exits(2)
        .says("is in none of the manifests")
        .says("deploy/prod.yaml:7");
    let log = project.tollgate("audit log").passes().stdout.clone();
    assert!(!log.contains("prod promotion_started"), "{log}");
    project.tollgate("promote nowhere").exits(2).says("there are prod, staging");
}

/// Eight at once: one promotion, and everybody else is told why not.
#[test]
fn of_many_at_once_one_promotes() {
    let project = project();
    release(&project, "one");
    approve(&project, "approve prod", "ann").passes();
    let started: Vec<_> = (0..8).map(|_| project.start("promote prod")).collect();
    let ended: Vec<Ran> = started.into_iter().map(|started| started.wait()).collect();
    let won = ended.iter().filter(|ran| ran.code == Some(0)).count();
    assert_eq!(won, 1, "{}", ended.iter().map(ToString::to_string).collect::<String>());
    for ran in ended.iter().filter(|ran| ran.code != Some(0)) {
        assert!(ran.code == Some(4), "{ran}");
    }
    assert_eq!(project.sh("git log --format=%s").matches("promote(prod)").count(), 1);
    project.tollgate("audit verify").passes();
}
