//! A log's writer, to which no name of AWS or of an event can write a line, a colour or a turn of the reading direction.

use std::fmt::Write as _;
use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use crate::echo::deceives;

/// What a colour of the log itself begins and ends with.
const COLOUR: (char, char) = ('\u{1b}', 'm');

/// Writes each event as one line: whatever deceives in it is spelled out.
///
/// The subscriber writes an event at once, its line end last. In colours its own sequences (`ESC [ digits m`) stay; those of
/// names it has spelled out before (tracing-subscriber, since 0.3.20).
#[derive(Debug, Clone, Copy)]
pub struct Harmless<M> {
    to: M,
    form: Form,
}

/// What the lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Text.
    Text,
    /// Text in colours.
    Colours,
    /// JSON, in which an escape is `\uXXXX`.
    Json,
}

impl<M> Harmless<M> {
    /// Lines of text, with colours or without.
    pub fn text(to: M, in_colours: bool) -> Self {
        Self { to, form: if in_colours { Form::Colours } else { Form::Text } }
    }

    /// Lines of JSON.
    pub fn json(to: M) -> Self {
        Self { to, form: Form::Json }
    }
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Harmless<M> {
    type Writer = Line<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { to: self.to.make_writer(), form: self.form }
    }
}

/// The writer of one event.
#[derive(Debug)]
pub struct Line<W> {
    to: W,
    form: Form,
}

impl<W: Write> Write for Line<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let (line, end) = text.strip_suffix('\n').map_or((text.as_ref(), ""), |line| (line, "\n"));
        self.to.write_all(self.form.harmless(line).as_bytes())?;
        self.to.write_all(end.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Form {
    fn harmless(self, line: &str) -> String {
        let mut out = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            if let Some(colour) = self.colour(rest) {
                out.push_str(colour);
                rest = rest.strip_prefix(colour).unwrap_or_default();
                continue;
            }
            match (self, deceives(first)) {
                (_, false) => out.push(first),
                (Self::Text | Self::Colours, true) => out.extend(first.escape_default()),
                (Self::Json, true) => {
                    for unit in first.encode_utf16(&mut [0; 2]) {
                        // Writing to a String cannot fail.
                        write!(out, "\\u{unit:04x}").ok();
                    }
                }
            }
            rest = rest.strip_prefix(first).unwrap_or_default();
        }
        out
    }

    /// The colour that a text begins with.
    fn colour(self, text: &str) -> Option<&str> {
        if self != Self::Colours {
            return None;
        }
        let (begin, end) = COLOUR;
        let digits = text.strip_prefix(begin)?.strip_prefix('[')?;
        let (codes, _) = digits.split_once(end)?;
        let is_colour = codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';');
        is_colour.then(|| text.get(..codes.len() + 3)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Names that write lines, colours, titles, links, and turn the reading direction.
    const ATTACK: &str = "a\nERROR noderole: all is lost\r\u{1b}[31m\u{9b}2J\u{1b}]0;t\u{7}\u{202e}\u{2028}\u{e0041}\t";

    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<u8>>>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is told of the attack: as a message, a field, an error, a span.
    fn logged(subscriber: impl FnOnce(Told) -> tracing::Dispatch) -> String {
        let told = Told::default();
        tracing::dispatcher::with_default(&subscriber(told.clone()), || {
            let _span = tracing::error_span!("run", account = ATTACK).entered();
            let error = io::Error::other(ATTACK);
            tracing::error!(name = %ATTACK, debug = ?ATTACK, text = ATTACK, error = &error as &dyn std::error::Error, "{ATTACK}");
        });
        let bytes = told.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_event_is_one_line_of_text_whatever_names_are_in_it() {
        let log = logged(|told| {
            let writer = Harmless::text(move || told.clone(), false);
            tracing_subscriber::fmt().with_writer(writer).with_ansi(false).finish().into()
        });
        let line = log.strip_suffix('\n').unwrap();
        assert!(!line.chars().any(deceives), "{line}");
        assert!(line.contains(r"a\nERROR"), "{line}");
    }

    #[test]
    fn in_colours_the_logs_own_stay_and_no_others_come_in() {
        let log = logged(|told| {
            let writer = Harmless::text(move || told.clone(), true);
            tracing_subscriber::fmt().with_writer(writer).with_ansi(true).finish().into()
        });
        let line = log.strip_suffix('\n').unwrap();
        assert!(line.contains("\u{1b}[31mERROR\u{1b}[0m"), "{line}");
        assert!(!line.chars().any(|c| c != '\u{1b}' && deceives(c)), "{line}");
        // A name may bring a colour, which the log itself has too, and nothing that moves, clears or names anything.
        let is_colour = |rest: &str| {
            let numbers = rest.strip_prefix('[').unwrap_or("no colour");
            numbers.trim_start_matches(|c: char| c == ';' || c.is_ascii_digit()).starts_with('m')
        };
        assert!(line.split('\u{1b}').skip(1).all(is_colour), "{line}");
    }

    #[test]
    fn as_json_an_event_says_the_same_in_one_line() {
        let log = logged(|told| {
            let writer = Harmless::json(move || told.clone());
            tracing_subscriber::fmt().json().with_writer(writer).finish().into()
        });
        let line = log.strip_suffix('\n').unwrap();
        assert!(!line.chars().any(deceives), "{line}");
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["fields"]["text"], ATTACK);
    }
}
