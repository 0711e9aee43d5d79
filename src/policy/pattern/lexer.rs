//! The characters of a policy string by their meaning: text, wildcards, policy variables and their escapes.

use super::super::document::Version;
use super::super::request::Key;

/// A placeholder that a value of the request's context fills: `${aws:PrincipalTag/team, 'x'}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// The condition key as written.
    pub(crate) key: String,
    /// The key in lower case, as [`super::super::Context`] is asked.
    pub(crate) lower_key: String,
    /// What stands in where the request does not have the key.
    pub(crate) default: Option<String>,
}

impl Variable {
    /// The condition key.
    pub(crate) fn name(&self) -> Key<'_> {
        Key { lower: &self.lower_key, written: &self.key }
    }
}

/// One unit of a policy string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unit {
    /// A character that stands for itself.
    Char(char),
    /// An escaped character, which stands for itself and is never a separator: `${*}`, `${?}`, `${$}`.
    Escaped(char),
    /// `*`
    Star,
    /// `?`
    Question,
    /// `${key}`
    Variable(Variable),
}

/// Takes a policy string apart.
///
/// Variables exist from version 2012-10-17 on; before that `${...}` is text (IAM user guide, *Policy variables*).
pub(super) fn units(text: &str, version: Version) -> Vec<Unit> {
    lex(text, version, |_| ())
}

/// As [`units`]; `looked` is told how many bytes were searched for a closing brace.
fn lex(text: &str, version: Version, mut looked: impl FnMut(usize)) -> Vec<Unit> {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    // Where one brace is not closed, none after it is: to look again for each would be quadratic.
    let mut has_closing = true;
    while let Some(first) = rest.chars().next() {
        let braced = match version {
            Version::V2012 if has_closing => rest.strip_prefix("${").map(|inner| {
                let found = inner.split_once('}');
                looked(found.map_or(inner.len(), |(name, _)| name.len()));
                found
            }),
            Version::V2012 | Version::V2008 => None,
        };
        has_closing &= braced != Some(None);
        let braced = braced.flatten();
        if let Some((inner, after)) = braced {
            units.push(placeholder(inner));
            rest = after;
            continue;
        }
        units.push(match first {
            '*' => Unit::Star,
            '?' => Unit::Question,
            other => Unit::Char(other),
        });
        rest = rest.strip_prefix(first).unwrap_or_default();
    }
    units
}

/// What stands between `${` and `}`.
fn placeholder(inner: &str) -> Unit {
    match inner {
        "*" => Unit::Escaped('*'),
        "?" => Unit::Escaped('?'),
        "$" => Unit::Escaped('$'),
        other => {
            // the default is in single quotes after a comma and a space
            let with_default = other.strip_suffix('\'').and_then(|text| text.split_once(", '"));
            let (key, default) = match with_default {
                Some((key, default)) => (key, Some(default.to_owned())),
                None => (other, None),
            };
            let key = key.trim().to_owned();
            Unit::Variable(Variable { lower_key: key.to_ascii_lowercase(), key, default })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_searched_for_braces_once_however_many_are_open() {
        for text in
            ["${".repeat(50_000), "${a".repeat(50_000) + "}", "${a}".repeat(50_000), "${${x}".repeat(50_000) + "${"]
        {
            let mut searched = 0;
            let units = lex(&text, Version::V2012, |bytes| searched += bytes);
            assert!(!units.is_empty() && searched <= text.len(), "{searched} bytes of {}", text.len());
        }
    }
}
