//! One test of a Condition block: an operator, a key, values; true, false or hanging on what is not known.

mod operator;
#[cfg(test)]
mod tests;
mod value;

use super::document::Version;
use super::pattern::Variable;
use super::request::{Context, Key, KeyState};
use super::truth::Truth;
pub(super) use operator::Operator;
use operator::Quantifier;
use value::Values;

/// One test of a Condition block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// The operator as written.
    pub(super) operator_text: String,
    /// The key as written.
    pub(super) key: String,
    /// The values as written; numbers and booleans as their text.
    pub(super) sources: Vec<String>,
    lower_key: String,
    operator: Operator,
    values: Values,
}

impl Condition {
    /// Prepares a test for evaluation.
    pub(super) fn new(
        operator_text: String,
        operator: Operator,
        key: String,
        sources: Vec<String>,
        version: Version,
    ) -> Self {
        let values = Values::of(operator.comparison, &sources, version);
        Self { operator_text, lower_key: key.to_ascii_lowercase(), key, sources, operator, values }
    }

    /// The key in lower case.
    pub(super) fn lower_key(&self) -> &str {
        &self.lower_key
    }

    /// Whether the test holds (IAM user guide, *Condition operators* and *Single-valued vs. multivalued context keys*).
    ///
    /// | the key is | plain | negated | ...IfExists | ForAllValues | ForAnyValue |
    /// |---|---|---|---|---|---|
    /// | absent | false | true | true | true | false |
    /// | one value | it matches a value | it matches none | as without | as without | as without |
    /// | several values | false | false | as without | every one holds | one holds |
    /// | unknown | unknown | unknown | unknown | unknown | unknown |
    ///
    /// A key with several values cannot be tested without ForAllValues or ForAnyValue. Values that are all empty count
    /// as absent for these two ("a null data set, such as an empty string").
    pub(super) fn holds(&self, context: &Context) -> Truth {
        self.holds_with(context.get(&self.lower_key), context)
    }

    /// Whether the test holds with what is known of its own key.
    fn holds_with(&self, state: KeyState<'_>, context: &Context) -> Truth {
        if let Values::Null(wanted) = &self.values {
            return null_holds(wanted, state);
        }
        let texts = match state {
            KeyState::Unknown => return Truth::Unknown,
            KeyState::Absent => return Truth::from(self.holds_without_key()),
            KeyState::Present(texts) => texts,
        };
        let nothing_but_empty = texts.iter().all(String::is_empty);
        match (self.operator.quantifier, texts) {
            (Quantifier::One, [text]) => self.holds_for(text, context),
            (Quantifier::One, _) => Truth::False,
            (Quantifier::All | Quantifier::Any, _) if nothing_but_empty => Truth::from(self.holds_without_key()),
            (Quantifier::All, _) => Truth::all(texts.iter().map(|text| self.holds_for(text, context))),
            (Quantifier::Any, _) => Truth::any(texts.iter().map(|text| self.holds_for(text, context))),
        }
    }

    /// The keys of which nothing is known and on which the test hangs; none where it holds, or does not, whatever they are.
    pub(super) fn unknown_keys<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = Key<'a>> {
        let state = context.get(&self.lower_key);
        let is_open = self.holds_with(state, context) == Truth::Unknown;
        let own = (is_open && state == KeyState::Unknown).then_some(Key { lower: &self.lower_key, written: &self.key });
        let patterns = if is_open { self.values.patterns() } else { &[] };
        own.into_iter()
            .chain(patterns.iter().flat_map(|pattern| pattern.unknown_variables(context)).map(Variable::name))
    }

    fn holds_without_key(&self) -> bool {
        let without = match self.operator.quantifier {
            Quantifier::One => self.operator.negated,
            Quantifier::All => true,
            Quantifier::Any => false,
        };
        without || self.operator.if_exists
    }

    fn holds_for(&self, text: &str, context: &Context) -> Truth {
        let matched = self.values.any_matches(text, context);
        if self.operator.negated { matched.negated() } else { matched }
    }
}

/// `Null`: `true` asks that the key is absent, `false` that it is there.
fn null_holds(wanted: &[Option<bool>], state: KeyState<'_>) -> Truth {
    let holds = |is_absent: bool| Truth::from(wanted.contains(&Some(is_absent)));
    match state {
        KeyState::Absent => holds(true),
        KeyState::Present(_) => holds(false),
        KeyState::Unknown if holds(true) == holds(false) => holds(true),
        KeyState::Unknown => Truth::Unknown,
    }
}
