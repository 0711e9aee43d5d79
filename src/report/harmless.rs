//! Text from AWS made harmless for where it is shown: names and tags may hold anything, and a report is read in terminals,
//! browsers and issue trackers.

use std::borrow::Cow;
use std::fmt::Write;

use crate::echo::deceives;

/// Whether all of it is printable ASCII or a line end, as nearly every piece of a report is: then nothing in it deceives
/// in JSON, and no character has to be looked at by itself.
pub(super) fn is_plain(text: &[u8]) -> bool {
    // Without an early end the compiler takes many bytes at once.
    !text.iter().fold(false, |odd, byte| odd | !matches!(byte, b' '..=b'~' | b'\n'))
}

/// One line of plain text: each character that deceives is spelled out (`\n`, `\u{1b}`).
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(deceives) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if deceives(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// JSON in which each character that deceives is a `\u` escape: the same document, safe to print.
///
/// In JSON such characters stand only inside strings, where the escape means the same; line ends between the members
/// stay.
pub fn json(text: &str) -> Cow<'_, str> {
    let escaped = |c: char| c != '\n' && deceives(c);
    if is_plain(text.as_bytes()) || !text.chars().any(escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if escaped(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                write!(out, "\\u{unit:04x}").ok();
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Text in running Markdown: nothing in it marks up, links, mentions or breaks a table, in GitHub's dialect either.
pub fn markdown(text: &str) -> String {
    let plain = line(text);
    let mut out = String::with_capacity(plain.len() + 16);
    for c in plain.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            other => out.push(other),
        }
    }
    // Renderers make links of bare addresses.
    out.replace("://", ":&#47;&#47;").replace("www.", "www&#46;").replace("WWW.", "WWW&#46;")
}

/// Text as a code span in Markdown, in a table's cell too: exact, and nothing in it ends the span.
///
/// Written as HTML, for a code span in backticks can hold no pipe in a table's cell.
pub fn markdown_code(text: &str) -> String {
    format!("<code>{}</code>", markdown(text))
}

/// Lines of code as a fenced block in Markdown; the fence is longer than any run of backticks in it.
pub fn markdown_block(language: &str, lines: &[String]) -> String {
    let lines: Vec<Cow<'_, str>> = lines.iter().map(|text| line(text)).collect();
    let longest = lines.iter().flat_map(|text| text.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTACK: &str = "ng\u{1b}[2J|`x`\n<img src=x onerror=alert(1)> \u{202e}gnp.exe @team #1 https://evil.example";

    #[test]
    fn a_line_of_text_cannot_steer_a_terminal_or_turn_the_reading_direction() {
        let text = line(ATTACK);
        assert!(!text.chars().any(deceives), "{text}");
        assert!(text.contains(r"ng\u{1b}[2J") && text.contains(r"\n<img") && text.contains(r"\u{202e}gnp"), "{text}");
    }

    #[test]
    fn harmless_text_is_left_as_it_is() {
        for text in ["arn:aws:iam::111122223333:role/eks/prod", "Zürich – 東京 ✓", ""] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn what_is_plain_deceives_nobody() {
        for c in (0..=0x24f).filter_map(char::from_u32) {
            let text = format!("some text before {c}");
            assert_eq!(is_plain(text.as_bytes()), c.is_ascii() && (c == '\n' || !deceives(c)), "{c:?}");
        }
    }

    #[test]
    fn json_says_the_same_with_escapes() {
        let value = serde_json::json!({"name": ATTACK, "tag": "\u{e0041}\u{9b}2J"});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let safe = json(&text);
        assert!(!safe.chars().any(|c| c != '\n' && deceives(c)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn markdown_text_has_no_markup_left() {
        let text = markdown(ATTACK);
        assert!(
            !text.contains('<') && !text.contains('@') && !text.contains("https://") && !text.contains('\n'),
            "{text}"
        );
        assert!(text.contains("\\|\\`x\\`"), "{text}");
        assert_eq!(markdown_code("a|b`c"), "<code>a\\|b\\`c</code>");
    }

    #[test]
    fn the_fence_of_a_block_is_longer_than_the_backticks_in_it() {
        let block = markdown_block("sh", &["echo ````; rm".to_owned()]);
        assert!(block.starts_with("`````sh\n") && block.ends_with("\n`````\n"), "{block}");
        assert!(markdown_block("sh", &[]).starts_with("```sh\n"));
    }
}
