//! A first look: what is written is read, and what is wrong is told with its line.

use super::{Command, Dockerfile, Kind};

#[test]
fn stages_lines_documents_and_forms_are_read() {
    let text = "# escape=\\\nARG V=3\nFROM python:$V AS Build\n# note\nRUN a \\\n  # within\n  b\nRUN <<EOF\nx\nEOF\nCMD [\"p\", \"-m\"]\n";
    let file = Dockerfile::parse(text).unwrap();
    let stage = &file.stages[0];
    assert_eq!((stage.line, stage.name.as_deref()), (3, Some("build")));
    let lines: Vec<usize> = stage.instructions.iter().map(|it| it.line).collect();
    assert_eq!(lines, [5, 8, 11]);
    assert_eq!(stage.instructions[0].kind, Kind::Run(Command::Shell("a   b".into())));
    assert_eq!(stage.instructions[1].heredocs[0].content, "x\n");
    assert_eq!(
        stage.instructions[2].kind,
        Kind::Cmd(Command::Words(vec!["p".into(), "-m".into()]))
    );
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (text, line) in [
        ("", 1),
        ("FROM a\nNOPE b", 2),
        ("RUN x\nFROM a", 1),
        ("FROM a\nENV A=${x", 2),
        ("FROM a\nRUN <<E\nx", 2),
    ] {
        assert_eq!(Dockerfile::parse(text).unwrap_err().problems()[0].line, line, "{text}");
    }
}
