use tollgate_engine::{Case, Notary, Store};
use tollgate_model::Verdict;

/// `store` is where it keeps what it signs.
///
/// # Panics
/// A sentence doesn't hold.
pub fn notary(notary: &dyn Notary, store: &dyn Store, case: &Case<'_>) {
    let certificate = notary.certify(case).expect("a case is certified");
    assert_eq!(certificate.key.len(), 64, "a key is named by a SHA-256");
    for said in &certificate.evidence {
        assert!(store.get(&said.envelope).is_ok(), "what is said is kept: {}", said.predicate);
        assert!(!said.predicate.is_empty(), "a statement is of some kind");
    }
    for shown in &case.steps {
        let about = |said: &&tollgate_model::EvidenceRef| {
            said.step.as_ref() == Some(shown.step) && said.verdict == Some(Verdict::Pass)
        };
        let found = certificate.evidence.iter().find(about);
        assert!(found.is_some(), "there is evidence of each step: {}", shown.step);
    }
    let again = notary.certify(case).expect("it can be repeated");
    assert_eq!(again, certificate, "the same case has the same evidence");
}
