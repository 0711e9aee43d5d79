//! The form of the configuration: one table of keys, from which the check, the template and the JSON schema come.

mod format;
mod keys;

pub(crate) use format::Format;
pub(crate) use keys::FILE;

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    /// What stands under it.
    pub(crate) kind: Kind,
    /// Whether its table is nothing without it.
    pub(crate) required: bool,
    /// What it does, and what holds without it: one or two lines for people.
    pub(crate) about: &'static str,
    /// The value in the template, as TOML; empty for tables, whose keys have values of their own.
    pub(crate) example: &'static str,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A text.
    Text(Format),
    /// A text, or a list of texts.
    Texts(Format),
    /// A list of texts.
    List(Format),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of such words.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number { least: u16, most: u16 },
    /// One of these whole numbers.
    OneOf(&'static [u16]),
    /// A table with these keys.
    Table(&'static [Key]),
    /// A table with these keys on one line.
    Inline(&'static [Key]),
    /// Tables with these keys: `[[key]]`.
    Tables(&'static [Key]),
    /// A table with these keys and further ones, whose names are of the format and stand for a table or value of the kind.
    Open(&'static [Key], Format, &'static Kind),
}

impl Kind {
    /// What is expected there, in words.
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Text(format) => format.expected().to_owned(),
            Self::Texts(format) => format!("{}, or a list of such", format.expected()),
            Self::List(format) => format!("a list, each {}", format.expected()),
            Self::Word(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or "),
            Self::Words(words) => format!("a list of {}", words.join(", ")),
            Self::Flag => "true or false".to_owned(),
            Self::Number { least, most } => format!("a whole number from {least} to {most}"),
            Self::OneOf(numbers) => {
                format!("one of {}", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
            }
            Self::Table(_) | Self::Inline(_) | Self::Open(..) => "a table".to_owned(),
            Self::Tables(_) => "tables, each headed by [[...]]".to_owned(),
        }
    }
}
