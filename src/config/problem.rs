//! What is wrong with a configuration, and where.

use std::fmt;
use std::ops::Range;

use crate::echo;

/// How many problems of one configuration are told: nobody mends more at once, and each costs a look through the text.
pub const MAX_PROBLEMS: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in lower case.
    pub message: String,
    /// What to do next; empty where the message says it.
    pub help: String,
    /// The bytes of the text that it is about.
    pub span: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl Problem {
    /// A problem at a place of the text.
    pub(crate) fn at(text: &str, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let line = before.matches('\n').count() + 1;
        Self { message: echo::message(&message.into()), help: help.into(), span, line, column }
    }
}

/// What is wrong with a text, as it is found.
#[derive(Debug)]
pub(super) struct Problems<'t> {
    text: &'t str,
    told: Vec<Problem>,
    more: usize,
}

impl<'t> Problems<'t> {
    /// None yet.
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, told: Vec::new(), more: 0 }
    }

    /// Tells one more, or counts it where enough are told.
    pub(super) fn tell(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        if self.told.len() < MAX_PROBLEMS {
            self.told.push(Problem::at(self.text, span, message, help));
        } else {
            self.more += 1;
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// In the order of the text; what is not told is counted at its end.
    pub(super) fn in_order(mut self) -> Vec<Problem> {
        self.told.sort_by_key(|problem| (problem.span.start, problem.span.end));
        if self.more > 0 {
            let message = format!("{} more problems are not told", self.more);
            let end = self.text.len()..self.text.len();
            self.told.push(Problem::at(self.text, end, message, "mend those that are told first"));
        }
        self.told
    }
}

/// `3:1: unknown key ...`, on one line.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, " ({})", self.help) }
    }
}
