//! Holds a configuration against its form: what does not fit is told and taken out, so that the rest can be read on.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::nearest::nearest;

use super::form::{FILE, Format, Key, Kind};
use super::problem::Problems;

/// Checks the whole file.
pub(super) fn file<'t>(problems: Problems<'t>, table: &mut Spanned<DeTable<'_>>) -> Problems<'t> {
    let mut check = Check { problems };
    let span = table.span();
    check.table(table.get_mut(), FILE, None, &Place { name: "the configuration".to_owned(), span });
    check.problems
}

struct Check<'t> {
    problems: Problems<'t>,
}

/// The table that is looked at.
struct Place {
    /// How messages name it.
    name: String,
    span: Range<usize>,
}

/// Further keys of a table: their names and what stands under them.
type Further<'k> = Option<(Format, &'k Kind)>;

impl Check<'_> {
    fn tell(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.tell(span, message, help);
    }

    fn table(&mut self, table: &mut DeTable<'_>, keys: &[Key], further: Further<'_>, place: &Place) {
        for key in keys.iter().filter(|key| key.required && !table.contains_key(key.name)) {
            let help = format!("add `{} = {}`: {}", key.name, key.example, lower(key.about));
            self.tell(place.span.clone(), format!("{} lacks the key `{}`", place.name, key.name), help);
        }
        let fitting = std::mem::take(table).into_iter().filter_map(|(name, mut value)| {
            self.entry(&name, &mut value, keys, further, place).then_some((name, value))
        });
        *table = fitting.collect();
    }

    /// Whether a key and its value fit.
    fn entry(
        &mut self,
        name: &Spanned<Cow<'_, str>>,
        value: &mut Spanned<DeValue<'_>>,
        keys: &[Key],
        further: Further<'_>,
        place: &Place,
    ) -> bool {
        let names = || keys.iter().map(|key| key.name);
        match (keys.iter().find(|key| key.name == name.get_ref().as_ref()), further) {
            (Some(key), _) => self.value(&key.kind, value, key.name),
            (None, Some((format, kind))) => match format.check(name.get_ref()) {
                Ok(()) => self.value(kind, value, name.get_ref()),
                Err((message, meant)) => {
                    let help = hint(nearest(name.get_ref(), names().chain(meant.as_deref())));
                    self.tell(name.span(), message, help);
                    false
                }
            },
            (None, None) => {
                let near = hint(nearest(name.get_ref(), names()));
                let help = if near.is_empty() { known(keys) } else { near };
                self.tell(name.span(), format!("unknown key `{}` in {}", name.get_ref(), place.name), help);
                false
            }
        }
    }

    /// Whether the value fits; brings it into the one form that is read later.
    fn value(&mut self, kind: &Kind, value: &mut Spanned<DeValue<'_>>, name: &str) -> bool {
        let span = value.span();
        match (kind, value.get_mut()) {
            (Kind::Text(format) | Kind::Texts(format), DeValue::String(text)) => {
                let fits = self.text_fits(*format, text, &span);
                if fits && matches!(kind, Kind::Texts(_)) {
                    let one = Spanned::new(span, DeValue::String(text.clone()));
                    *value.get_mut() = DeValue::Array([one].into_iter().collect());
                }
                fits
            }
            (Kind::Text(Format::Date), found @ DeValue::Datetime(_)) => {
                let written = found.as_datetime().map(ToString::to_string).unwrap_or_default();
                let fits = self.text_fits(Format::Date, &written, &span);
                *found = DeValue::String(written.into());
                fits
            }
            (Kind::List(_) | Kind::Texts(_) | Kind::Words(_), DeValue::Array(list)) => {
                self.list(kind, list, name);
                true
            }
            (Kind::Word(words), DeValue::String(text)) => self.word_fits(words, text, &span),
            (Kind::Flag, DeValue::Boolean(_)) => true,
            (Kind::Number { least, most }, DeValue::Integer(number)) => {
                let parsed = u64::from_str_radix(number.as_str(), number.radix());
                let fits = parsed.is_ok_and(|n| (u64::from(*least)..=u64::from(*most)).contains(&n));
                if !fits {
                    self.tell(span, format!("`{name}` is out of range"), format!("expected {}", kind.expected()));
                }
                fits
            }
            (Kind::OneOf(numbers), DeValue::Integer(number)) => {
                let parsed = u64::from_str_radix(number.as_str(), number.radix());
                let fits = parsed.is_ok_and(|n| numbers.iter().any(|one| u64::from(*one) == n));
                if !fits {
                    let message = format!("`{name}` cannot be that number");
                    self.tell(span, message, format!("expected {}", kind.expected()));
                }
                fits
            }
            (Kind::Inline(_), DeValue::Table(table)) if table.is_empty() => {
                let help = "name at least one key; `account = \"*\"` says that all are meant";
                self.tell(span, format!("`{name}` says nothing, and would match everything"), help);
                false
            }
            (Kind::Table(keys) | Kind::Inline(keys), DeValue::Table(table)) => {
                self.table(table, keys, None, &Place { name: format!("`{name}`"), span });
                true
            }
            (Kind::Open(keys, format, inner), DeValue::Table(table)) => {
                self.table(table, keys, Some((*format, inner)), &Place { name: format!("`{name}`"), span });
                true
            }
            (Kind::Tables(keys), DeValue::Array(list)) if list.iter().all(|one| one.get_ref().is_table()) => {
                for one in list.iter_mut() {
                    let place = Place { name: format!("this entry of `{name}`"), span: one.span() };
                    if let DeValue::Table(table) = one.get_mut() {
                        self.table(table, keys, None, &place);
                    }
                }
                true
            }
            (_, found) => {
                let message = format!("`{name}` cannot be {}", typed(found));
                self.tell(span, message, format!("expected {}", kind.expected()));
                false
            }
        }
    }

    /// Takes out of a list what does not fit.
    fn list(&mut self, kind: &Kind, list: &mut DeArray<'_>, name: &str) {
        let fitting = std::mem::replace(list, DeArray::new()).into_iter().filter(|one| match (kind, one.get_ref()) {
            (Kind::Words(words), DeValue::String(text)) => self.word_fits(words, text, &one.span()),
            (Kind::List(format) | Kind::Texts(format), DeValue::String(text)) => {
                self.text_fits(*format, text, &one.span())
            }
            (_, found) => {
                let message = format!("an element of `{name}` cannot be {}", typed(found));
                self.tell(one.span(), message, format!("expected {}", kind.expected()));
                false
            }
        });
        *list = fitting.collect();
    }

    fn text_fits(&mut self, format: Format, text: &str, span: &Range<usize>) -> bool {
        let Err((message, meant)) = format.check(text) else { return true };
        self.tell(span.clone(), message, hint(meant.as_deref()));
        false
    }

    fn word_fits(&mut self, words: &'static [&'static str], text: &str, span: &Range<usize>) -> bool {
        if words.contains(&text) {
            return true;
        }
        let near = hint(nearest(text, words.iter().copied()));
        let expected = format!("expected {}", Kind::Word(words).expected());
        let help = if near.is_empty() { expected } else { near };
        self.tell(span.clone(), format!("`{text}` is not one of the words that can stand here"), help);
        false
    }
}

fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("did you mean `{near}`?"))
}

/// The keys that there are.
fn known(keys: &[Key]) -> String {
    let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    format!("its keys are {}", names.join(", "))
}

/// A sentence within another: its first letter small, unless it begins with a name, and no full stop.
fn lower(sentence: &str) -> String {
    let rest = sentence.trim_end_matches('.');
    let mut letters = rest.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => rest.to_owned(),
    }
}

fn typed(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
