//! Hides known secrets in what a step prints, wherever the pieces are cut.

/// What stands in a secret's place.
const MASK: &[u8] = b"***";

/// Passes bytes on without the secrets among them.
pub(super) struct Mask {
    secrets: Vec<Vec<u8>>,
    // The end of what came, which may be the beginning of a secret.
    held: Vec<u8>,
}

impl Mask {
    pub(super) fn new(secrets: &[String]) -> Self {
        let filled = secrets.iter().filter(|secret| !secret.is_empty());
        let mut secrets: Vec<Vec<u8>> = filled.map(|secret| secret.clone().into_bytes()).collect();
        // Of two that begin alike the longer one is hidden whole.
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self { secrets, held: Vec::new() }
    }

    /// Takes in a piece; what can be told of it goes to `out`.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut dyn FnMut(&[u8])) {
        if self.secrets.is_empty() {
            return out(bytes);
        }
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let (shown, rest) = self.hide(&all, false);
        self.held = all.split_off(rest);
        if !shown.is_empty() {
            out(&shown);
        }
    }

    /// Nothing more comes: what was held back is no secret.
    pub(super) fn finish(mut self, out: &mut dyn FnMut(&[u8])) {
        let held = std::mem::take(&mut self.held);
        let (shown, _) = self.hide(&held, true);
        if !shown.is_empty() {
            out(&shown);
        }
    }

    /// The same for a text that is whole.
    pub(super) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.hide(text.as_bytes(), true).0).into_owned()
    }

    // The bytes without secrets, and from where on nothing can be told yet.
    fn hide(&self, bytes: &[u8], last: bool) -> (Vec<u8>, usize) {
        let mut shown = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if !last && self.secrets.iter().any(|secret| begins(secret, rest)) {
                break;
            }
            match self.secrets.iter().find(|secret| rest.starts_with(secret)) {
                Some(secret) => {
                    shown.extend_from_slice(MASK);
                    at += secret.len();
                }
                None => {
                    shown.push(rest[0]);
                    at += 1;
                }
            }
        }
        (shown, at)
    }
}

// Whether more bytes could make a secret of these.
fn begins(secret: &[u8], bytes: &[u8]) -> bool {
    bytes.len() < secret.len() && secret.starts_with(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(secrets: &[&str], pieces: &[&str]) -> String {
        let secrets: Vec<String> = secrets.iter().map(|&secret| secret.to_owned()).collect();
        let mut mask = Mask::new(&secrets);
        let mut shown = Vec::new();
        for piece in pieces {
            mask.push(piece.as_bytes(), &mut |bytes| shown.extend_from_slice(bytes));
        }
        mask.finish(&mut |bytes| shown.extend_from_slice(bytes));
        String::from_utf8(shown).expect("text")
    }

    #[test]
    fn a_secret_is_hidden_wherever_its_pieces_are_cut() {
        let text = "to https://me:s3cret@h/ s3cre s3cret";
        for at in 0..=text.len() {
            let (one, two) = text.split_at(at);
            let shown = masked(&["s3cret"], &[one, two]);
            assert_eq!(shown, "to https://me:***@h/ s3cre ***", "cut at {at}");
        }
        let single: Vec<String> = text.chars().map(String::from).collect();
        let pieces: Vec<&str> = single.iter().map(String::as_str).collect();
        assert_eq!(masked(&["s3cret"], &pieces), "to https://me:***@h/ s3cre ***");
    }

    #[test]
    fn secrets_that_begin_alike_or_within_each_other_are_hidden() {
        assert_eq!(masked(&["abcd", "abcdef"], &["abc", "dxabcde", "f abcde"]), "***x*** ***e");
        assert_eq!(masked(&["aab"], &["aaab", "aa"]), "a***aa");
        assert_eq!(masked(&["", "x"], &["axb"]), "a***b");
    }

    #[test]
    fn what_has_no_secret_passes_at_once() {
        let mut seen = Vec::new();
        Mask::new(&["s3cret".to_owned()])
            .push(b"line\n", &mut |bytes| seen.extend_from_slice(bytes));
        assert_eq!(seen, b"line\n", "a screen need not wait for more");
        assert_eq!(masked(&[], &["a", "b"]), "ab");
    }
}
