//! What an error must be: short, one line, harmless, and worth reading.

/// The longest error that is told of one thing, in bytes.
const LONGEST: usize = 2_000;

/// Holds what is told of hostile input to what every error must be.
#[track_caller]
pub fn is_clear(message: &str) {
    assert!(!message.trim().is_empty(), "nothing is said");
    assert!(message.len() <= LONGEST, "{} bytes: {message:.300}", message.len());
    assert!(!message.chars().any(steers), "it steers a terminal: {}", message.escape_debug());
}

/// Whether a character is one that a terminal obeys, or turns the reading direction.
pub fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
