//! What comes of a Dockerfile, as text, and what is told of it.

use super::{Context, Imported, Note, import};
use crate::dockerfile::Dockerfile;

fn taken(text: &str) -> Result<Imported, Vec<Note>> {
    let context = Context {
        is_directory: &|path| Some(matches!(path, "src" | "conf")),
        entries: &|| vec!["app.py".to_owned(), "src".to_owned(), "requirements.txt".to_owned()],
        read: &|path| (path == "requirements.txt").then(|| "a==1 --hash=sha256:00\n".to_owned()),
    };
    import(&Dockerfile::parse(text).unwrap(), &context)
}

fn notes(text: &str) -> Vec<String> {
    taken(text)
        .unwrap()
        .differs
        .into_iter()
        .map(|note| format!("{}: {}", note.line, note.what))
        .collect()
}

#[test]
fn the_simple_shape_is_carried_over_whole() {
    let text = "ARG PY=3.11\nFROM registry.test/python:${PY}-slim\nENV LEVEL=info PYTHONUNBUFFERED=1\nWORKDIR /srv\n\
                COPY requirements.txt .\nRUN pip install --no-cache-dir --require-hashes -r requirements.txt\n\
                COPY src ./src/\nCOPY app.py conf /opt/x/\nLABEL team=risk\nEXPOSE 8080/tcp\nUSER 1000:1000\n\
                ENTRYPOINT [\"python3\"]\nCMD [\"-m\", \"app\"]\n";
    let taken = taken(text).unwrap();
    assert_eq!(taken.differs, []);
    let expected = "  slim:
    image:
      base: \"registry.test/python:3.11-slim\"
      requirements: requirements.txt
      copy:
        src: /srv/src
        app.py: /opt/x/app.py
        conf: /opt/x
      workdir: /srv
      user: \"1000:1000\"
      command: [python3, \"-m\", app]
      env:
        LEVEL: info
        PYTHONUNBUFFERED: \"1\"
      ports: [8080]
      labels:
        team: risk
";
    assert_eq!(taken.image.step("slim"), expected);
}

#[test]
fn what_differs_is_told_with_its_line() {
    let text = "FROM python:3.11\nRUN apt-get update && apt-get install -y libgomp1=12 && rm -rf /var/lib/apt/lists/*\n\
                RUN pip install -U pip && pip install uvicorn==0.30 .\nRUN useradd app && make all\nCOPY --chown=app . .\n\
                USER app\nHEALTHCHECK CMD true\nCMD uvicorn app:app\n";
    let told = notes(text);
    let parts = [
        "1: `python:3.11` names no registry",
        "2: Debian's packages are pinned",
        "3: `uvicorn==0.30`: add to the file of requirements",
        "3: the project itself is not installed",
        "4: `make all` is not run",
        "4: no user is made",
        "5: all that lies in the directory",
        "5: files belong to root",
        "6: `app` is a name",
        "7: the health check is left out",
        "8: the command is run by itself",
    ];
    assert_eq!(told.len(), parts.len(), "{told:#?}");
    for (told, part) in told.iter().zip(parts) {
        assert!(told.starts_with(part), "{told} / {part}");
    }
    let image = taken(text).unwrap().image;
    assert_eq!(image.debian, ["python3-minimal", "ca-certificates", "libgomp1"]);
    assert_eq!(image.command, ["uvicorn", "app:app"]);
    assert_eq!(image.copy[0], ("app.py".to_owned(), "/app.py".to_owned()));
    let shell = taken("FROM r.test/a:1\nCMD a $B\n").unwrap();
    assert_eq!(shell.image.command, ["sh", "-c", "a $B"]);
}

#[test]
fn what_is_not_simple_is_refused() {
    let refused = |text: &str| taken(text).unwrap_err()[0].clone();
    assert_eq!(refused("FROM r.test/a:1 AS b\nFROM r.test/a:1\nCMD [\"a\"]\n").line, 2);
    assert_eq!(refused("FROM r.test/a:1\nCOPY --from=r.test/b:1 /a /a\nCMD [\"a\"]\n").line, 2);
    assert_eq!(refused("FROM r.test/a:1\nADD https://h.test/x /x\nCMD [\"a\"]\n").line, 2);
    assert_eq!(refused("FROM r.test/a:1\nCOPY *.py /x\nCMD [\"a\"]\n").line, 2);
    assert_eq!(refused("FROM r.test/a:1\nRUN true\n").line, 2);
    assert_eq!(refused("FROM scratch\nCMD [\"a\"]\n").line, 1);
    assert_eq!(refused("FROM $A\nCMD [\"a\"]\n").line, 1);
}
