use proptest::prelude::*;

use super::*;

fn text(statement: &Statement) -> String {
    String::from_utf8(statement.to_bytes().unwrap()).unwrap()
}

fn refused(text: &str) -> StatementError {
    Statement::read(text.as_bytes()).unwrap_err()
}

#[test]
fn every_kind_survives_its_text_form_and_has_a_type_of_its_own() {
    let all = samples::all();
    for (statement, (kind, uri)) in all.iter().zip(KINDS) {
        let written = text(statement);
        assert_eq!(Statement::read(written.as_bytes()).unwrap(), *statement, "{written}");
        assert_eq!((statement.predicate.kind(), kind.uri()), (kind, uri));
        assert!(written.contains(&format!(r#""predicateType":"{uri}""#)), "{written}");
    }
    assert_eq!(all.len(), KINDS.len());
}

#[test]
fn provenance_is_spelt_as_slsa_has_it() {
    let expected = concat!(
        r#"{"_type":"https://in-toto.io/Statement/v1","predicate":{"buildDefinition":"#,
        r#"{"buildType":"urn:tollgate:build:v1","externalParameters":"#,
        r#"{"pipeline":"main","step":"image"},"resolvedDependencies":"#,
        r#"[{"digest":{"gitCommit":"cccccccccccccccccccccccccccccccccccccccc"},"name":"source"}]},"#,
        r#""runDetails":{"builder":{"id":"urn:tollgate:builder"},"metadata":"#,
        r#"{"finishedOn":"1970-01-01T00:00:00.002Z","invocationId":"run-1","#,
        r#""startedOn":"1970-01-01T00:00:00.001Z"}}},"#,
        r#""predicateType":"https://slsa.dev/provenance/v1","subject":[{"digest":{"sha256":"#,
        r#""1111111111111111111111111111111111111111111111111111111111111111"},"name":"churn"}]}"#,
    );
    assert_eq!(text(&samples::provenance()), expected);
}

#[test]
fn there_is_one_form_and_no_other_is_read() {
    let good = text(&samples::gate());
    let spaced = good.replacen(':', ": ", 1);
    assert!(matches!(refused(&spaced), StatementError::NotCanonical));
    let twice = good.replacen(r#""step":"quality""#, r#""step":"quality","step":"quality""#, 1);
    assert!(Statement::read(twice.as_bytes()).is_err());
    let twice_in_a_map = good.replacen(r#""roc_auc":"#, r#""roc_auc":0.1,"roc_auc":"#, 1);
    assert!(matches!(refused(&twice_in_a_map), StatementError::NotCanonical));
    let unknown = good.replacen(r#""step":"#, r#""approved":true,"step":"#, 1);
    assert!(matches!(refused(&unknown), StatementError::Malformed(_)));
    let more = text(&samples::about(Predicate::Signature)).replacen("{}", r#"{"a":1}"#, 1);
    assert!(matches!(refused(&more), StatementError::NotCanonical));
}

#[test]
fn what_is_no_statement_says_why() {
    let good = text(&samples::tests());
    let other = good.replace("Statement/v1", "Statement/v0.1");
    assert!(refused(&other).to_string().contains("_type"));
    let unknown = good.replace("test-result/v0.1", "test-result/v9");
    assert!(matches!(refused(&unknown), StatementError::UnknownKind(_)));
    assert!(matches!(refused(&"[".repeat(100_000)), StatementError::Malformed(_)));
    let large = vec![b' '; Statement::LARGEST + 1];
    assert!(matches!(Statement::read(&large), Err(StatementError::TooLarge)));
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let nothing = Statement { subjects: Vec::new(), ..samples::tests() };
    assert!(matches!(nothing.to_bytes(), Err(StatementError::NoSubject)));
    let mut gate = samples::gate();
    if let Predicate::Gate(it) = &mut gate.predicate {
        it.figures.insert("f1".into(), f64::NAN);
    }
    assert!(gate.to_bytes().is_err());
    let list = samples::about(Predicate::Spdx(serde_json::json!([])));
    assert!(list.to_bytes().is_err());
}

#[test]
fn it_is_about_its_subjects_alone() {
    let statement = samples::tests();
    assert!(statement.is_about(&Digests::registry(samples::IMAGE).unwrap()));
    assert!(!statement.is_about(&Digests::of(b"something else")));
}

proptest! {
    #[test]
    fn every_finite_figure_survives(value in any::<f64>().prop_filter("finite", |v| v.is_finite())) {
        let mut gate = samples::gate();
        if let Predicate::Gate(it) = &mut gate.predicate {
            it.figures.insert("f1".into(), value);
        }
        let bytes = gate.to_bytes().unwrap();
        prop_assert_eq!(Statement::read(&bytes).unwrap(), gate);
    }

    #[test]
    fn junk_is_refused_without_a_panic(bytes: Vec<u8>, at: prop::sample::Index, byte: u8) {
        prop_assert!(Statement::read(&bytes).is_err());
        let mut good = samples::gate().to_bytes().unwrap();
        let at = at.index(good.len());
        good[at] = byte;
        if let Ok(read) = Statement::read(&good) {
            prop_assert_eq!(read.to_bytes().unwrap(), good);
        }
    }
}
