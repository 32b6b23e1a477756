//! Text that came from outside, in Markdown as GitHub and GitLab read it.
//!
//! What means something in Markdown, in a table or in HTML becomes a character reference: that
//! holds in all three, where a backslash is a letter within HTML.

use crate::words::{Piece, cut, pieces, visible};

/// Text as it is.
pub(super) fn text(text: &str, most: usize) -> String {
    escape(&cut(&visible(text), most))
}

/// A sentence in which names and values stand between backticks.
pub(super) fn rich(sentence: &str, most: usize) -> String {
    let piece = |piece: Piece| match piece {
        Piece::Plain(plain) => escape(&plain),
        Piece::Code(name) => format!("<code>{}</code>", escape(&name)),
    };
    pieces(&cut(sentence, most)).into_iter().map(piece).collect()
}

/// A value, letter by letter.
pub(super) fn code(value: &str, most: usize) -> String {
    format!("<code>{}</code>", text(value, most))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        match c {
            '&' | '<' | '>' | '|' | '`' | '*' | '[' | ']' | '~' | '$' | '\\' => {
                refer(c, &mut escaped)
            }
            // Within a word it is a letter, and names are full of it.
            '_' if !(before.is_alphanumeric() && after.is_alphanumeric()) => {
                refer(c, &mut escaped);
            }
            // No link out of a value: `http://…` and `www.…` become one by themselves.
            ':' if after == '/' => refer(c, &mut escaped),
            '.' if before.eq_ignore_ascii_case(&'w') => refer(c, &mut escaped),
            // Nobody is called and nothing is referred to by a value.
            '@' | '#' if after.is_alphanumeric() => escaped.extend([c, '\u{200b}']),
            _ => escaped.push(c),
        }
        before = c;
    }
    escaped
}

fn refer(c: char, escaped: &mut String) {
    match c {
        '&' => escaped.push_str("&amp;"),
        '<' => escaped.push_str("&lt;"),
        '>' => escaped.push_str("&gt;"),
        _ => escaped.push_str(&format!("&#{};", u32::from(c))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_value_means_anything() {
        assert_eq!(text("a|b `c` <i>&", 99), "a&#124;b &#96;c&#96; &lt;i&gt;&amp;");
        assert_eq!(
            text("*x* [y](z) __i__ a_b", 99),
            "&#42;x&#42; &#91;y&#93;(z) &#95;&#95;i&#95;&#95; a_b"
        );
        assert_eq!(text("http://a www.b", 99), "http&#58;//a www&#46;b");
        assert_eq!(text("@me #1 a.b: c", 99), "@\u{200b}me #\u{200b}1 a.b: c");
        assert_eq!(text("a\nb\u{202e}", 99), "a&#92;nb&#92;u{202e}");
        assert_eq!(text("abc", 2), "ab…");
    }

    #[test]
    fn names_stand_out() {
        assert_eq!(rich("`a<b`: no", 99), "<code>a&lt;b</code>: no");
        assert_eq!(rich("a ` b", 99), "a &#96; b");
    }
}
