//! The digest of the style sheet that the page's policy names.

use sha2::{Digest, Sha256};
use tollgate_report::html;

use crate::samples;

const SHEET: &str = include_str!("../../src/html/style.css");

#[test]
fn the_policy_admits_this_style_sheet_and_no_other() {
    let page = html(&samples::check());
    assert_eq!(page.matches("<style>").count(), 1);
    assert!(
        page.contains(&format!("<style>{SHEET}</style>")),
        "the sheet is there letter by letter"
    );
    let digest = base64(&Sha256::digest(SHEET));
    assert!(page.contains(&format!("&#39;sha256-{digest}&#39;")), "STYLE_DIGEST must be {digest}");
    for loads in ["url(", "@import", "http", "<", "&"] {
        assert!(!SHEET.contains(loads), "{loads} in the style sheet");
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at > group.len() { '=' } else { char::from(letter) });
        }
    }
    text
}
