use tollgate_engine::PortErrorKind;
use tollgate_engine::deliver::Branch;
use tollgate_model::Manifests;

/// A branch that starts with one manifest, `deploy/a.yaml`, in `deploy`.
pub fn branch(branch: &dyn Branch) {
    let manifests = Manifests {
        path: "deploy".parse().expect("a path"),
        repository: None,
        branch: "main".into(),
        image: None,
        values: Vec::new(),
    };
    let write = |base: &str, text: &str| {
        let files = [("deploy/a.yaml".to_owned(), text.to_owned())];
        branch.commit(&manifests, base, &files, "subject\n\nKey: value\n")
    };
    let first = branch.tip(&manifests).expect("it can be read");
    assert_eq!(first.files.len(), 1, "only the manifests are told");
    let commit = write(&first.commit, "a: 2\n").expect("it stands where it stood");
    let second = branch.tip(&manifests).expect("it can be read");
    assert_eq!(second.commit, commit, "the commit is its tip");
    assert_eq!(second.files, [("deploy/a.yaml".to_owned(), "a: 2\n".to_owned())]);
    let late = write(&first.commit, "a: 3\n").expect_err("it stands there no more");
    assert_eq!(late.kind, PortErrorKind::Conflict, "{late}");
    assert_eq!(branch.tip(&manifests).expect("it can be read"), second, "nothing was changed");
    write(&second.commit, "a: 3\n").expect("it stands there");
}
