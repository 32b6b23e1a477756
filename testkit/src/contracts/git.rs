use tollgate_engine::Git;
use tollgate_model::Commit;

/// `without` stands in no history; `with` stands at `commit`.
///
/// # Panics
/// A sentence doesn't hold.
pub fn git(without: &dyn Git, with: &dyn Git, commit: &Commit) {
    let nothing = without.head(&|| false).expect("no history is no error");
    assert_eq!(nothing, None, "no history is none");
    assert_eq!(with.head(&|| false).expect("a history"), Some(commit.clone()), "the head is read");
}
