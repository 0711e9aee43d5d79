//! What became of the sinks, in a sentence each: the same for every reader.

use serde::{Deserialize, Serialize};

use crate::failure::FailureClass;
use crate::sinks::SinkKind;

/// The longest message of a service that is told, in characters.
const MAX_MESSAGE: usize = 300;

/// What a sink was given, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The sink.
    pub sink: SinkKind,
    /// Where it went: the log group, the event bus, the topic, the bucket with its prefix.
    pub target: String,
    /// How many things were to be delivered: lines, events, findings, messages, objects.
    pub offered: usize,
    /// How many of them the sink took.
    pub delivered: usize,
    /// What went wrong, the first twenty.
    pub failures: Vec<DeliveryFailure>,
    /// Failures beyond those.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_failures: usize,
}

/// Something that a sink did not take, or not as it should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryFailure {
    /// What it was about.
    pub what: String,
    /// The error code.
    pub error: String,
    /// What the sink said.
    pub message: String,
    /// What kind of failure it was.
    pub class: FailureClass,
}

impl Delivery {
    /// Whether the sink took everything.
    pub fn is_whole(&self) -> bool {
        self.delivered >= self.offered
    }

    /// What the sink took, and the first thing that went wrong; the text of services is not yet made harmless.
    #[must_use]
    pub fn told(&self) -> String {
        let text = format!("{} ({}) took {} of {}", self.sink, self.target, self.delivered, self.offered);
        let Some(first) = self.failures.first() else { return text };
        let message: String = match first.message.char_indices().nth(MAX_MESSAGE) {
            None => first.message.clone(),
            Some(_) => first.message.chars().take(MAX_MESSAGE).chain(['…']).collect(),
        };
        let text = format!("{text}: {}: {}: {message}", first.what, first.error);
        match self.failures.len() - 1 + self.more_failures {
            0 => text,
            more => format!("{text}; and {more} more"),
        }
    }

    /// Whether the sink took everything and nothing went wrong besides.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.is_whole() && self.failures.is_empty()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(failures: usize, more_failures: usize) -> Delivery {
        let failure = DeliveryFailure {
            what: "the message of the run".to_owned(),
            error: "NotFound".to_owned(),
            message: "é".repeat(301),
            class: FailureClass::Gone,
        };
        Delivery {
            sink: SinkKind::Sns,
            target: "a topic".to_owned(),
            offered: 1,
            delivered: usize::from(failures == 0),
            failures: vec![failure; failures],
            more_failures,
        }
    }

    #[test]
    fn a_sink_that_took_everything_is_told_by_its_numbers() {
        assert_eq!(delivery(0, 0).told(), "sns (a topic) took 1 of 1");
        assert!(delivery(0, 0).is_clean() && !delivery(1, 0).is_clean());
    }

    #[test]
    fn the_first_failure_is_told_and_the_others_are_counted() {
        let text = delivery(2, 5).told();
        assert!(text.starts_with("sns (a topic) took 0 of 1: the message of the run: NotFound: éé"), "{text}");
        assert!(text.ends_with("é…; and 6 more"), "{text}");
        assert!(delivery(1, 0).told().ends_with('…'));
    }
}
