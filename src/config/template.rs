//! The template: every key with what it does, commented out; valid as it is, and with the comment signs taken away.

use std::fmt::Write;

use super::form::{FILE, Key, Kind};

/// How long a line of text is at most.
const WIDTH: usize = 100;

const HEAD: &str = "\
# The configuration of noderole. Everything is optional: what is commented out shows an example, and what holds without
# it stands beside it. Lines that begin with #: are text; take the # from the others to use them.
# `noderole config check FILE` tells everything that is wrong. Flags go before environment variables, these before this
# file. See docs/configuration.md.
";

/// The template.
#[must_use]
pub fn template() -> String {
    let mut text = HEAD.replace("\n#", "\n#:").replacen('#', "#:", 1);
    for key in FILE {
        text.push('\n');
        section(key.name, key, &mut text);
    }
    text
}

/// A table with its keys, then the tables within.
fn section(path: &str, key: &Key, text: &mut String) {
    let keys: &[Key] = match key.kind {
        Kind::Table(keys) | Kind::Tables(keys) | Kind::Open(keys, ..) => keys,
        Kind::Text(_)
        | Kind::Texts(_)
        | Kind::List(_)
        | Kind::Word(_)
        | Kind::Words(_)
        | Kind::Flag
        | Kind::Number { .. }
        | Kind::OneOf(_)
        | Kind::Inline(_) => return,
    };
    about(key.about, text);
    let head = if matches!(key.kind, Kind::Tables(_)) { format!("[[{path}]]") } else { format!("[{path}]") };
    line(&head, text);
    let (plain, nested): (Vec<&Key>, Vec<&Key>) = keys.iter().partition(|key| !key.example.is_empty());
    for key in plain {
        about(key.about, text);
        line(&format!("{} = {}", key.name, key.example), text);
    }
    for key in nested {
        text.push('\n');
        section(&format!("{path}.{}", key.name), key, text);
    }
    if let Kind::Open(_, _, Kind::Table(of_each)) = key.kind {
        line(&format!("[{path}.NR102]"), text);
        for key in *of_each {
            about(key.about, text);
            line(&format!("{} = {}", key.name, key.example), text);
        }
    }
}

/// Lines of text.
fn about(words: &str, text: &mut String) {
    let mut length = 0;
    for word in words.split(' ') {
        if length == 0 || length + word.len() > WIDTH {
            text.push_str(if length == 0 { "#:" } else { "\n#:" });
            length = 2;
        }
        // Writing to a String cannot fail.
        write!(text, " {word}").ok();
        length += word.len() + 1;
    }
    text.push('\n');
}

/// A line of TOML, commented out.
fn line(toml: &str, text: &mut String) {
    writeln!(text, "#{toml}").ok();
}
