//! JSON inside a script element: whatever stands in its strings, the element ends where the page ends it.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Characters that HTML, or a script that is not told the text is JSON, reads as its own.
const READ_OTHERWISE: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];

/// Writes the characters that HTML reads as its own as escapes.
struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, sink: &mut W, fragment: &str) -> io::Result<()> {
        for piece in fragment.split_inclusive(READ_OTHERWISE) {
            match piece.char_indices().next_back().filter(|(_, last)| READ_OTHERWISE.contains(last)) {
                Some((at, last)) => {
                    sink.write_all(piece.get(..at).unwrap_or_default().as_bytes())?;
                    write!(sink, "\\u{:04x}", u32::from(last))?;
                }
                None => sink.write_all(piece.as_bytes())?,
            }
        }
        Ok(())
    }
}

/// A value as JSON that ends no script element and begins no comment.
pub(super) fn json(value: &impl Serialize) -> io::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Inert))?;
    String::from_utf8(text).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_element_and_every_text_reads_back() {
        let hostile = serde_json::json!({
            "</script><!--": "a</script ><script>&amp;\u{2028}\u{2029}\"\\<",
            "list": ["<", "", "é<é"],
        });
        let text = json(&hostile).unwrap();
        assert!(!text.contains(READ_OTHERWISE), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), hostile);
    }
}
