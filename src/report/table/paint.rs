//! How the table looks: width, colour, wrapped lines, and names shortened to a few and a number.

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};

use crate::finding::{Severity, Status};
use crate::report::harmless;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI colours.
    On,
    /// Plain.
    Off,
}

/// How the table looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns that may be used.
    pub width: usize,
    /// Colour.
    pub colour: Colour,
}

/// The narrowest table that is laid out; narrower terminals wrap.
const WIDTH_MIN: usize = 50;

/// The style of headings.
pub(super) const HEADING: Style = Style::new().bold();

/// The style of what matters less.
pub(super) const FAINT: Style = Style::new().dimmed();

/// The style of commands to copy.
pub(super) const COMMAND: Style = AnsiColor::Cyan.on_default();

impl Look {
    /// An empty table of that width.
    pub(crate) fn table(self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        match self.colour {
            Colour::On => table.enforce_styling(),
            Colour::Off => table.force_no_tty(),
        };
        table
    }

    /// The text in a style, if colour is on. The text must be harmless already.
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        match self.colour {
            Colour::On => format!("{style}{text}{style:#}"),
            Colour::Off => text.to_owned(),
        }
    }

    /// Wraps text from AWS at blanks: the first line after `first`, the others after `rest`.
    ///
    /// A word that is longer than the width overflows, for an ARN in two pieces can be neither copied nor searched.
    pub(super) fn wrap(self, first: &str, rest: &str, text: &str) -> Vec<String> {
        let text = harmless::line(text);
        let options = textwrap::Options::new(self.width.max(WIDTH_MIN))
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        textwrap::wrap(&text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
    }

    /// The same in a style; the indentation stays plain.
    pub(super) fn wrap_in(self, style: Style, indent: &str, text: &str) -> Vec<String> {
        let lines = self.wrap(indent, indent, text);
        lines
            .into_iter()
            .map(|line| {
                let text = line.strip_prefix(indent).unwrap_or(&line);
                format!("{indent}{}", self.paint(style, text))
            })
            .collect()
    }
}

/// The word and the style for a finding: the severity of what fails, else the status.
pub(super) fn label(status: Status, severity: Severity) -> (&'static str, Style) {
    match status {
        Status::Fail => {
            let style = match severity {
                Severity::Critical => AnsiColor::White.on(AnsiColor::Red).bold(),
                Severity::High => AnsiColor::Red.on_default().bold(),
                Severity::Medium => AnsiColor::Yellow.on_default().bold(),
                Severity::Low => AnsiColor::Yellow.on_default(),
            };
            (severity.as_str(), style)
        }
        Status::Advice => ("advice", AnsiColor::Blue.on_default()),
        Status::Unknown => ("unknown", AnsiColor::Magenta.on_default()),
        Status::Pass => ("pass", AnsiColor::Green.on_default()),
        Status::NotApplicable => ("n/a", FAINT),
    }
}

/// The first few of some names and the number of the others: `a, b and 3 more`.
pub(super) fn few(names: impl IntoIterator<Item = String>, most: usize) -> String {
    let names: Vec<String> = names.into_iter().collect();
    let shown: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
