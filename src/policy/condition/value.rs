//! The values of a test, read once as what the operator compares: text, numbers, dates, addresses, bytes.
//!
//! A value that cannot be read as that (a date that is none) matches nothing, on either side.

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::super::document::Version;
use super::super::pattern::Pattern;
use super::super::request::Context;
use super::super::truth::Truth;
use super::operator::{Comparison, Order};

/// The values of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Values {
    /// Text, with wildcards where the operator has them.
    Patterns(Vec<Pattern>),
    /// ARNs.
    Arns(Vec<Pattern>),
    /// Text without regard to case; `true` and `false` for Bool.
    CaseFree(Vec<Pattern>),
    /// Bool: only `true` and `false` match.
    Bools(Vec<Pattern>),
    /// Numbers.
    Numbers(Order, Vec<Option<Number>>),
    /// Dates.
    Dates(Order, Vec<Option<Timestamp>>),
    /// Bytes.
    Binaries(Vec<Option<Vec<u8>>>),
    /// Address ranges.
    Ranges(Vec<Option<IpNet>>),
    /// Whether the key must be absent.
    Null(Vec<Option<bool>>),
}

impl Values {
    /// Reads the values for a comparison.
    pub(super) fn of(comparison: Comparison, sources: &[String], version: Version) -> Self {
        match comparison {
            Comparison::Text => Self::Patterns(patterns(sources, version, Pattern::text)),
            Comparison::Like => Self::Patterns(patterns(sources, version, Pattern::like)),
            Comparison::TextIgnoringCase => Self::CaseFree(patterns(sources, version, Pattern::text)),
            Comparison::Arn => Self::Arns(patterns(sources, version, Pattern::arn)),
            Comparison::Bool => Self::Bools(patterns(sources, version, Pattern::text)),
            Comparison::Number(order) => Self::Numbers(order, each(sources, number)),
            Comparison::Date(order) => Self::Dates(order, each(sources, date)),
            Comparison::Binary => Self::Binaries(each(sources, binary)),
            Comparison::IpAddress => Self::Ranges(each(sources, range)),
            Comparison::Null => Self::Null(each(sources, boolean)),
        }
    }

    /// The patterns among the values.
    pub(super) fn patterns(&self) -> &[Pattern] {
        match self {
            Self::Patterns(patterns) | Self::Arns(patterns) | Self::CaseFree(patterns) | Self::Bools(patterns) => {
                patterns
            }
            Self::Numbers(..) | Self::Dates(..) | Self::Binaries(_) | Self::Ranges(_) | Self::Null(_) => &[],
        }
    }

    /// Whether the request's text matches one of the values.
    pub(super) fn any_matches(&self, text: &str, context: &Context) -> Truth {
        match self {
            Self::Patterns(patterns) => Truth::any(patterns.iter().map(|pattern| pattern.matches(text, context))),
            Self::Arns(_) if !is_arn(text) => Truth::False,
            Self::Arns(patterns) => Truth::any(patterns.iter().map(|pattern| pattern.matches(text, context))),
            Self::Bools(_) if boolean(text).is_none() => Truth::False,
            Self::CaseFree(patterns) | Self::Bools(patterns) => {
                Truth::any(patterns.iter().map(|pattern| pattern.equals_ignoring_case(text, context)))
            }
            Self::Numbers(order, values) => Truth::from(one_stands(*order, number(text), values)),
            Self::Dates(order, values) => Truth::from(one_stands(*order, date(text), values)),
            Self::Binaries(values) => Truth::from(one_stands(Order::Equal, binary(text), values)),
            Self::Ranges(ranges) => {
                let address: Option<IpAddr> = text.parse().ok();
                Truth::from(address.is_some_and(|ip| ranges.iter().flatten().any(|range| range.contains(&ip))))
            }
            // Null looks at the key alone: `Condition::holds` never asks it about a value
            Self::Null(_) => Truth::False,
        }
    }
}

/// A finite number. Integers are exact up to 2^53, far beyond any condition key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number(f64);

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

fn patterns(sources: &[String], version: Version, compile: fn(&str, Version) -> Pattern) -> Vec<Pattern> {
    sources.iter().map(|source| compile(source, version)).collect()
}

fn each<T>(sources: &[String], read: fn(&str) -> Option<T>) -> Vec<Option<T>> {
    sources.iter().map(|source| read(source)).collect()
}

fn one_stands<T: Ord>(order: Order, value: Option<T>, values: &[Option<T>]) -> bool {
    value.is_some_and(|value| values.iter().flatten().any(|other| order.accepts(value.cmp(other))))
}

/// A decimal number.
fn number(text: &str) -> Option<Number> {
    let starts_like_one = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'));
    let value: f64 = text.parse().ok()?;
    // adding zero makes one zero of the two that IEEE has; the words `inf` and `nan` are not numbers here
    (starts_like_one && value.is_finite()).then_some(Number(value + 0.0))
}

/// A date: seconds since 1970, or one of the W3C forms of ISO 8601. A whole number is always seconds; without an offset
/// a date is UTC.
pub(super) fn date(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    // the form year-month has no day; the first is meant
    let civil = text.parse::<DateTime>().or_else(|_| format!("{text}-01").parse::<DateTime>()).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

fn binary(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A range in CIDR form, or one address.
fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Whether a text has the six parts of an ARN.
fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.matches(':').count() >= 5
}
