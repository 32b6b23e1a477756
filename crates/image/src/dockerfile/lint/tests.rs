//! Flaws by text: what is told, on which line, and what is not.

use std::collections::BTreeMap;

use super::{Flaw, Rule, Surroundings, lint};
use crate::dockerfile::Dockerfile;

fn flaws(text: &str) -> Vec<Flaw> {
    with(text, &[], &[])
}

fn with(text: &str, given: &[(&str, &str)], files: &[(&str, &str)]) -> Vec<Flaw> {
    let given: BTreeMap<String, String> =
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let read = |path: &str| {
        files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
    };
    let around = Surroundings {
        given: &given,
        is_pinned: &|name| name == "registry.test/locked:1",
        read: &read,
        has_user: false,
    };
    lint(&Dockerfile::parse(text).unwrap(), text, &around)
}

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The rules that the lines break, below a good base and above a user.
fn rules(lines: &str) -> Vec<Rule> {
    let text = format!("FROM registry.test/locked:1\n{lines}\nUSER 65532\n");
    flaws(&text).into_iter().map(|flaw| flaw.rule).collect()
}

#[test]
fn a_good_file_has_none() {
    let text = format!(
        "FROM registry.test/a:1@{DIGEST} AS build\n\
         RUN pip install --no-cache-dir --require-hashes -r requirements.txt\n\
         FROM registry.test/locked:1\n\
         COPY --from=build /app /app\n\
         USER 65532\n\
         CMD [\"python\", \"-m\", \"app\"]\n"
    );
    assert_eq!(flaws(&text), []);
}

#[test]
fn bases_are_pinned() {
    let rule = |base: &str| {
        let text = format!("ARG V=3\nFROM {base}\nUSER 1\n");
        flaws(&text).first().map(|flaw| (flaw.rule, flaw.line))
    };
    assert_eq!(rule("python"), Some((Rule::Latest, 2)));
    assert_eq!(rule("registry.test:5000/python"), Some((Rule::Latest, 2)));
    assert_eq!(rule("python:latest"), Some((Rule::Latest, 2)));
    assert_eq!(rule("python:$V"), Some((Rule::UnpinnedBase, 2)));
    assert_eq!(rule("python:$NOWHERE"), Some((Rule::UnpinnedBase, 2)));
    assert_eq!(rule("registry.test/locked:1"), None);
    assert_eq!(rule("scratch"), None);
    let given = with("ARG B\nFROM $B\nUSER 1\n", &[("B", "registry.test/locked:1")], &[]);
    assert_eq!(given, []);
    let copied = "FROM scratch\nCOPY --from=busybox:1 /bin/sh /\nUSER 1\n";
    assert_eq!(flaws(copied)[0].rule, Rule::UnpinnedBase);
    let mounted = "FROM scratch\nRUN --mount=type=bind,from=busybox:1,target=/b true\nUSER 1\n";
    assert_eq!(flaws(mounted)[0].rule, Rule::UnpinnedBase);
}

#[test]
fn packages_are_pinned() {
    let pip = |words: &str| rules(&format!("RUN pip install --no-cache-dir {words}"));
    for open in
        ["numpy", "'numpy>=1'", "numpy==1.*", "--upgrade pip", "git+https://h.test/a.git@main"]
    {
        assert_eq!(pip(open), [Rule::UnpinnedPackages], "{open}");
    }
    let commit = "git+https://h.test/a.git@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for pinned in
        ["numpy==1.26.4", "-r requirements.txt", ".", "./a.whl", "$WHAT", "numpy -c c.txt", commit]
    {
        assert_eq!(pip(pinned), [], "{pinned}");
    }
    let more = [
        "RUN python3 -m pip install --no-cache-dir numpy",
        "RUN [\"pip\", \"install\", \"--no-cache-dir\", \"numpy\"]",
        "RUN <<EOF\npip install --no-cache-dir numpy\nEOF",
        "RUN A=1 uv pip install --no-cache --system numpy",
        "RUN if true; then /usr/bin/pip3.11 --quiet install --no-cache-dir numpy >/dev/null; fi",
        "RUN conda install -y numpy && conda clean -afy",
    ];
    for line in more {
        assert_eq!(rules(line), [Rule::UnpinnedPackages], "{line}");
    }
    let apt = "RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*";
    assert_eq!(rules(apt), [Rule::UnpinnedSystemPackages]);
    assert_eq!(rules(&apt.replace("libgomp1", "libgomp1=12.2.0-14")), []);
    assert_eq!(rules("RUN echo pip install numpy"), []);
}

#[test]
fn a_file_of_requirements_is_looked_into() {
    let text = "FROM scratch\nRUN pip install --no-cache-dir -r /app/requirements.txt\nUSER 1\n";
    let file = "# all\nnumpy==1.26.4 \\\n    --hash=sha256:00\npandas>=2\n-e .\n";
    let found = with(text, &[], &[("requirements.txt", file)]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "`requirements.txt: pandas>=2` has no version");
}

#[test]
fn secrets_are_told_and_never_shown() {
    // In two pieces, so that nobody finds it here.
    let token = format!("AI{}", "zaTq8ZrW1vKx0uPb7-mYd5nLcJ3hGf_EaS2Ri");
    let text = format!(
        "ARG DB_PASSWORD\nFROM registry.test/locked:1\nARG API_KEY=x\nENV SESSION_SECRET=\"abc\" \
         TOKEN_FILE=/run/t MAX_TOKENS=5 USE_TOKEN=true\nCOPY .env id_rsa ./\nRUN curl -H 'Authorization: {token}' u\n\
         COPY .env.example .\nUSER 1\n"
    );
    let found = flaws(&text);
    let lines: Vec<(Rule, usize)> = found.iter().map(|flaw| (flaw.rule, flaw.line)).collect();
    let secret = |line| (Rule::Secret, line);
    assert_eq!(lines, [secret(1), secret(3), secret(4), secret(5), secret(5), secret(6)]);
    assert!(found.iter().all(|flaw| !flaw.message.contains(&token)), "{found:?}");
    assert_eq!(rules(&format!("RUN echo {token}")), [Rule::Secret]);
    assert_eq!(rules(&format!("# tollgate: allow-secret, a made-up one\nRUN echo {token}")), []);
}

#[test]
fn root_caches_and_forms_are_told() {
    assert_eq!(flaws("FROM scratch\n")[0].rule, Rule::RootUser);
    assert_eq!(flaws("FROM scratch\nUSER 1\nUSER root:root\n")[0].line, 3);
    // Who a stage below runs as holds for those above.
    assert_eq!(flaws("FROM scratch AS a\nUSER 1\nFROM a\n"), []);
    assert_eq!(rules("RUN pip install a==1"), [Rule::CacheLeft]);
    assert_eq!(rules("ENV PIP_NO_CACHE_DIR=1\nRUN pip install a==1"), []);
    assert_eq!(rules("RUN --mount=type=cache,target=/c pip install a==1"), []);
    assert_eq!(rules("RUN apk add a=1"), [Rule::CacheLeft]);
    assert_eq!(rules("RUN sudo -E rm /x"), [Rule::Sudo]);
    assert_eq!(rules("CMD python app.py"), [Rule::ShellForm]);
    assert_eq!(rules("CMD exec python app.py"), []);
    // A stage that is thrown away may keep what it likes.
    let built =
        "FROM scratch AS b\nRUN pip install a==1\nFROM scratch\nCOPY --from=b /a /a\nUSER 1\n";
    assert_eq!(flaws(built), []);
}

#[test]
fn downloads_are_compared_with_something() {
    assert_eq!(rules("ADD https://h.test/a.tar /"), [Rule::UnpinnedDownload]);
    assert_eq!(rules("ADD --checksum=sha256:00 https://h.test/a.tar /"), []);
    assert_eq!(rules("RUN curl -fsSL https://h.test/i.sh | sh -s -- -y"), [Rule::UnpinnedDownload]);
    assert_eq!(rules("RUN curl -fsSL https://h.test/i.sh -o i.sh || sh other.sh"), []);
}
