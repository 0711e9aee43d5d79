//! Somebody else's text as an error or a log may repeat it: a little of it, and nothing that deceives whoever reads.

use std::borrow::Cow;

/// How much of a text is repeated, in characters.
pub(crate) const ECHO_LIMIT: usize = 80;

/// Whether a character changes how the text around it is shown, instead of showing something itself.
///
/// Control characters (a terminal obeys them), marks and overrides of the writing direction (they make text read as
/// another text), and characters without a width (two names look alike).
pub(crate) fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// The first [`ECHO_LIMIT`] characters of a text, `…` where there are more, and U+FFFD for each that deceives.
pub(crate) fn echo(text: &str) -> Cow<'_, str> {
    let end = text.char_indices().nth(ECHO_LIMIT).map(|(at, _)| at);
    let head = end.and_then(|end| text.get(..end)).unwrap_or(text);
    if end.is_none() && !head.chars().any(deceives) {
        return Cow::Borrowed(text);
    }
    let mut shown: String = head.chars().map(|c| if deceives(c) { '\u{fffd}' } else { c }).collect();
    if end.is_some() {
        shown.push('…');
    }
    Cow::Owned(shown)
}

/// How much of a parser's message is repeated: so many characters of its beginning, and of its end.
const MESSAGE_LIMITS: (usize, usize) = (240, 120);

/// A parser's message, which repeats what it did not expect at any length and ends with what it did: the middle is left out
/// where it is long.
pub(crate) fn message(text: &str) -> String {
    let (begin, end) = MESSAGE_LIMITS;
    let harmless = |c: char| if deceives(c) { '\u{fffd}' } else { c };
    let characters = text.chars().count();
    if characters <= begin + end {
        return text.chars().map(harmless).collect();
    }
    let mut shown: String = text.chars().take(begin).map(harmless).collect();
    shown.push('…');
    shown.extend(text.chars().skip(characters - end).map(harmless));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_repeated_as_it_is_and_a_long_one_in_part() {
        assert_eq!(echo("StringEquals – Zürich"), "StringEquals – Zürich");
        let shown = echo(&"é".repeat(ECHO_LIMIT + 1)).into_owned();
        assert!(shown.chars().count() == ECHO_LIMIT + 1 && shown.ends_with("é…"), "{shown}");
        assert_eq!(echo(&"é".repeat(ECHO_LIMIT)), "é".repeat(ECHO_LIMIT));
    }

    #[test]
    fn a_long_message_keeps_its_beginning_and_its_end() {
        let long = format!("invalid type: string \"{}\", expected a list", "x\n".repeat(10_000));
        let shown = message(&long);
        assert!(shown.starts_with("invalid type: string") && shown.ends_with("expected a list"), "{shown}");
        assert!(shown.chars().count() == 361 && !shown.contains('\n'), "{shown}");
        assert_eq!(message("expected a list"), "expected a list");
    }

    #[test]
    fn what_steers_a_terminal_or_turns_the_reading_direction_is_replaced() {
        assert_eq!(echo("a\nb\u{1b}[31m\u{202e}c\u{e0041}"), "a\u{fffd}b\u{fffd}[31m\u{fffd}c\u{fffd}");
    }
}
