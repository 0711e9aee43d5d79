//! The condition operators: what they compare, whether they negate, whether they need the key.

use std::cmp::Ordering;

use crate::echo::echo;
use crate::nearest::nearest;

/// An operator with its prefix and suffix: `ForAnyValue:StringNotLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    /// The prefix.
    pub(super) quantifier: Quantifier,
    /// What is compared.
    pub(super) comparison: Comparison,
    /// Whether it holds where nothing matches.
    pub(super) negated: bool,
    /// The suffix.
    pub(super) if_exists: bool,
}

/// Which of a key's values must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// The only one: no prefix.
    One,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// How a value of the request is compared with one of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// The same text.
    Text,
    /// The same text but for the case of letters.
    TextIgnoringCase,
    /// Text with wildcards.
    Like,
    /// An ARN with wildcards in its parts.
    Arn,
    /// Numbers.
    Number(Order),
    /// Dates.
    Date(Order),
    /// `true` or `false`.
    Bool,
    /// Bytes as base64.
    Binary,
    /// An address in a range.
    IpAddress,
    /// Whether the key is absent.
    Null,
}

/// How the request's value must stand to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The same.
    Equal,
    /// Less.
    Less,
    /// Less or the same.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or the same.
    AtLeast,
}

impl Order {
    /// Whether it accepts how the request's value stands to the policy's.
    pub(super) fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
        }
    }
}

/// Every operator: its name, what it compares, whether it negates.
const OPERATORS: [(&str, Comparison, bool); 27] = [
    ("StringEquals", Comparison::Text, false),
    ("StringNotEquals", Comparison::Text, true),
    ("StringEqualsIgnoreCase", Comparison::TextIgnoringCase, false),
    ("StringNotEqualsIgnoreCase", Comparison::TextIgnoringCase, true),
    ("StringLike", Comparison::Like, false),
    ("StringNotLike", Comparison::Like, true),
    ("NumericEquals", Comparison::Number(Order::Equal), false),
    ("NumericNotEquals", Comparison::Number(Order::Equal), true),
    ("NumericLessThan", Comparison::Number(Order::Less), false),
    ("NumericLessThanEquals", Comparison::Number(Order::AtMost), false),
    ("NumericGreaterThan", Comparison::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Comparison::Number(Order::AtLeast), false),
    ("DateEquals", Comparison::Date(Order::Equal), false),
    ("DateNotEquals", Comparison::Date(Order::Equal), true),
    ("DateLessThan", Comparison::Date(Order::Less), false),
    ("DateLessThanEquals", Comparison::Date(Order::AtMost), false),
    ("DateGreaterThan", Comparison::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Comparison::Date(Order::AtLeast), false),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::IpAddress, false),
    ("NotIpAddress", Comparison::IpAddress, true),
    ("ArnEquals", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotLike", Comparison::Arn, true),
    ("Null", Comparison::Null, false),
];

impl Operator {
    /// Reads an operator's name; the message says what is wrong with it.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let lower = name.to_ascii_lowercase();
        let (quantifier, unprefixed) = match (lower.strip_prefix("forallvalues:"), lower.strip_prefix("foranyvalue:")) {
            (Some(rest), _) => (Quantifier::All, rest),
            (_, Some(rest)) => (Quantifier::Any, rest),
            (None, None) => (Quantifier::One, lower.as_str()),
        };
        let (if_exists, base) = match unprefixed.strip_suffix("ifexists") {
            Some(base) => (true, base),
            None => (false, unprefixed),
        };
        let Some((_, comparison, negated)) = OPERATORS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(base))
        else {
            return Err(unknown_operator(name, base));
        };
        if if_exists && *comparison == Comparison::Null {
            return Err(format!("`{name}`: Null asks whether a key exists, so it cannot have IfExists; drop IfExists"));
        }
        Ok(Self { quantifier, comparison: *comparison, negated: *negated, if_exists })
    }
}

fn unknown_operator(name: &str, lower_base: &str) -> String {
    let near = nearest(lower_base, OPERATORS.iter().map(|(known, ..)| *known));
    let name = echo(name);
    match near {
        Some(known) => format!("`{name}` is not a condition operator; did you mean `{known}`?"),
        None => format!("`{name}` is not a condition operator"),
    }
}
