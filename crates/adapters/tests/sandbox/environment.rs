//! Which variables a command sees.

use super::*;

pub(super) fn environment() {
    let mut stage = Stage::new();
    stage.spec.env.push(("TOKEN".to_owned(), "granted".to_owned()));
    let path = stage.spec.host.path.clone();
    let mut expected = format!(
        "CI=true\nHOME=/home/tollgate\nLANG=C.UTF-8\nLOGNAME=tollgate\nPATH={path}\n\
         PYTHONHASHSEED=0\nSOURCE_DATE_EPOCH=315532800\nTMPDIR=/tmp\nTOKEN=granted\n\
         TOLLGATE=1\nTZ=UTC\nUSER=tollgate\n"
    );
    // The shell sets this one for its own children.
    expected.push_str("PWD=/workspace\n");
    let mut lines: Vec<_> = expected.lines().map(str::to_owned).collect();
    lines.sort();
    let text = stage.text("env | grep -v -e ^_= -e ^SHLVL= -e ^OLDPWD= | LC_ALL=C sort");
    assert_eq!(text.lines().collect::<Vec<_>>(), lines);
}

pub(super) fn caller_environment() {
    let mut stage = Stage::new();
    let caller = [("https_proxy", "http://proxy"), ("AWS_SECRET_ACCESS_KEY", "x")];
    let caller = caller.map(|(name, value)| (name.to_owned(), value.to_owned()));
    stage.spec.host = host_tools(
        &std::env::var_os("PATH").expect("PATH"),
        Path::new("/root"),
        &stage.spec.project,
        &caller,
    );
    assert!(!stage.text("env").contains("proxy"));
    stage.spec.network = true;
    let text = stage.text("env");
    assert!(text.contains("https_proxy=http://proxy") && !text.contains("AWS"), "{text}");
}
