//! Patterns of the policy language: wildcards, ARN parts and policy variables. Compiled once, matched without regular
//! expressions.

mod arn;
mod glob;
mod lexer;
#[cfg(test)]
mod tests;

use super::document::Version;
use super::request::{Context, KeyState};
use super::truth::Truth;
pub(super) use lexer::Variable;
use lexer::{Unit, units};

/// A string of a policy that a string of the request is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    source: String,
    form: Form,
}

/// The pattern in the form that is quickest to match.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// `*`
    Anything,
    /// What can match no string.
    Nothing,
    /// Text without wildcards.
    Exact(String),
    /// Text with wildcards.
    Glob(Vec<Piece>),
    /// Text with policy variables.
    Template(Vec<Piece>),
}

/// A stretch of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Exactly this text.
    Literal(String),
    /// One character.
    One(Reach),
    /// Any number of characters.
    Run(Reach),
    /// The value of a key.
    Variable(Variable),
}

/// How far a wildcard reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Over every character.
    Anywhere,
    /// Up to the next colon: it stays in its part of the ARN.
    InPart,
}

/// Whether a text is like a pattern (`*`: any text, `?`: one character), as in StringLike without variables.
pub fn is_like(text: &str, pattern: &str) -> bool {
    Pattern::like(pattern, Version::V2008).matches(text, &Context::default()) == Truth::True
}

impl Pattern {
    /// An action or a pattern of actions; actions have no case.
    pub(super) fn action(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        Self { source: text.to_owned(), form: Form::of_units(&units(&lower, Version::V2008), wildcard) }
    }

    /// A Resource or NotResource element: the pattern of an ARN.
    pub(super) fn resource(text: &str, version: Version) -> Self {
        Self { source: text.to_owned(), form: arn::resource(&units(text, version)) }
    }

    /// The value of an Arn operator: six parts, compared one by one.
    pub(super) fn arn(text: &str, version: Version) -> Self {
        Self { source: text.to_owned(), form: arn::value(&units(text, version)) }
    }

    /// The value of StringLike: `*` and `?` are wildcards.
    pub(super) fn like(text: &str, version: Version) -> Self {
        Self { source: text.to_owned(), form: Form::of_units(&units(text, version), wildcard) }
    }

    /// The value of StringEquals and Bool: `*` and `?` are characters like others.
    pub(super) fn text(text: &str, version: Version) -> Self {
        Self { source: text.to_owned(), form: Form::of_units(&units(text, version), literal) }
    }

    /// The pattern as the policy has it.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Whether it matches an action, which must be in lower case.
    pub(super) fn matches_action(&self, lower_action: &str) -> bool {
        match &self.form {
            Form::Anything => true,
            Form::Nothing | Form::Template(_) => false,
            Form::Exact(text) => text == lower_action,
            Form::Glob(pieces) => glob::matches(pieces, lower_action),
        }
    }

    /// Whether it matches a text, with the variables' values from the context.
    pub(super) fn matches(&self, text: &str, context: &Context) -> Truth {
        match &self.form {
            Form::Anything => Truth::True,
            Form::Nothing => Truth::False,
            Form::Exact(exact) => Truth::from(exact == text),
            Form::Glob(pieces) => Truth::from(glob::matches(pieces, text)),
            Form::Template(pieces) => match filled(pieces, context) {
                Filled::Known => Truth::from(glob::matches_filled(pieces, |variable| value(variable, context), text)),
                // a variable can become any text, so what a run in its place does not match fails for certain
                Filled::Unknown if glob::matches(pieces, text) => Truth::Unknown,
                Filled::Unknown | Filled::NoValue => Truth::False,
            },
        }
    }

    /// Whether it is the text, but for the case of letters.
    pub(super) fn equals_ignoring_case(&self, text: &str, context: &Context) -> Truth {
        match &self.form {
            Form::Exact(exact) => Truth::from(same_letters(exact.chars(), text)),
            Form::Template(pieces) => match filled(pieces, context) {
                Filled::Known => {
                    let texts = pieces.iter().map(|piece| match piece {
                        Piece::Literal(text) => text.as_str(),
                        Piece::Variable(variable) => value(variable, context).unwrap_or_default(),
                        // texts have no wildcards
                        Piece::One(_) | Piece::Run(_) => "",
                    });
                    Truth::from(same_letters(texts.flat_map(str::chars), text))
                }
                Filled::NoValue => Truth::False,
                Filled::Unknown => Truth::Unknown,
            },
            // texts have no wildcards: these forms come from other kinds of patterns
            Form::Anything | Form::Nothing | Form::Glob(_) => self.matches(text, context),
        }
    }

    /// The variables of the pattern of which nothing is known.
    pub(super) fn unknown_variables<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = &'a Variable> {
        let pieces: &[Piece] = match &self.form {
            Form::Template(pieces) => pieces,
            Form::Anything | Form::Nothing | Form::Exact(_) | Form::Glob(_) => &[],
        };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) if context.get(&variable.lower_key) == KeyState::Unknown => Some(variable),
            Piece::Variable(_) | Piece::Literal(_) | Piece::One(_) | Piece::Run(_) => None,
        })
    }
}

impl Form {
    /// The quickest form of some units, each of which is read by `read`.
    fn of_units(units: &[Unit], read: fn(&Unit, &mut Pieces)) -> Self {
        let mut pieces = Pieces::default();
        for unit in units {
            read(unit, &mut pieces);
        }
        Self::of(pieces)
    }

    /// The quickest form of some pieces.
    fn of(Pieces(pieces): Pieces) -> Self {
        if pieces.iter().any(|piece| matches!(piece, Piece::Variable(_))) {
            return Self::Template(pieces);
        }
        match pieces.as_slice() {
            [] => Self::Exact(String::new()),
            [Piece::Literal(text)] => Self::Exact(text.clone()),
            [Piece::Run(Reach::Anywhere)] => Self::Anything,
            [..] => Self::Glob(pieces),
        }
    }
}

/// Pieces in the making: characters that follow each other become one literal, and a run after its like nothing new.
#[derive(Debug, Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn push_char(&mut self, character: char) {
        if let Some(Piece::Literal(before)) = self.0.last_mut() {
            before.push(character);
        } else {
            self.0.push(Piece::Literal(character.to_string()));
        }
    }

    fn push_one(&mut self, reach: Reach) {
        self.0.push(Piece::One(reach));
    }

    fn push_run(&mut self, reach: Reach) {
        if self.0.last() != Some(&Piece::Run(reach)) {
            self.0.push(Piece::Run(reach));
        }
    }

    fn push_variable(&mut self, variable: &Variable) {
        self.0.push(Piece::Variable(variable.clone()));
    }
}

/// A unit where `*` and `?` are wildcards that reach anywhere.
fn wildcard(unit: &Unit, into: &mut Pieces) {
    match unit {
        Unit::Star => into.push_run(Reach::Anywhere),
        Unit::Question => into.push_one(Reach::Anywhere),
        Unit::Char(character) | Unit::Escaped(character) => into.push_char(*character),
        Unit::Variable(variable) => into.push_variable(variable),
    }
}

/// A unit where `*` and `?` are characters like others.
fn literal(unit: &Unit, into: &mut Pieces) {
    match unit {
        Unit::Star => into.push_char('*'),
        Unit::Question => into.push_char('?'),
        Unit::Char(character) | Unit::Escaped(character) => into.push_char(*character),
        Unit::Variable(variable) => into.push_variable(variable),
    }
}

/// What is known of a template's variables.
enum Filled {
    /// Every variable has a value.
    Known,
    /// A variable has none: "effectively null", equal to nothing and like nothing (IAM user guide, *Policy variables
    /// with no value*). Keys with several values cannot be variables.
    NoValue,
    /// Nothing is known of a variable's key.
    Unknown,
}

fn filled(pieces: &[Piece], context: &Context) -> Filled {
    let mut unknown = false;
    for piece in pieces {
        let Piece::Variable(variable) = piece else { continue };
        if context.get(&variable.lower_key) == KeyState::Unknown {
            unknown = true;
        } else if value(variable, context).is_none() {
            return Filled::NoValue;
        }
    }
    if unknown { Filled::Unknown } else { Filled::Known }
}

/// A variable's value. It is never copied into the template: a short text can name a long value many times.
fn value<'v>(variable: &'v Variable, context: &'v Context) -> Option<&'v str> {
    match (context.get(&variable.lower_key), &variable.default) {
        (KeyState::Present([value]), _) => Some(value),
        (KeyState::Absent, Some(default)) => Some(default),
        (KeyState::Present(_) | KeyState::Unknown, _) | (KeyState::Absent, None) => None,
    }
}

/// Whether characters are those of a text but for the case of letters.
fn same_letters(one: impl Iterator<Item = char>, other: &str) -> bool {
    one.flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase))
}
