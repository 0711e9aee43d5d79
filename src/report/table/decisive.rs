//! What decided on a finding, in one line: the statement and its policy, or the fact.

use std::collections::HashSet;

use crate::policy::Outcome;
use crate::report::model::{ReportedEvidence, ReportedFinding};

/// How evidence names a trust policy; the rest is the role's ARN.
const TRUST_POLICY: &str = "trust policy of ";

/// The kinds of policies whose name alone does not tell the kind; evidence names them in its text.
const KINDS: [&str; 5] =
    ["inline policy", "service control policy", "the permissions boundary", "the session policy of", "policy"];

/// The first evidence that says more than the message does; none where the message says it all.
///
/// A decision that the message tells ends the search: what comes after it did not decide.
pub(super) fn of(finding: &ReportedFinding) -> Option<String> {
    for evidence in &finding.evidence {
        let told = match (&evidence.policy, &evidence.api) {
            (Some(policy), _) => by_policy(evidence, policy, finding),
            (None, Some(api)) if repeats(&finding.message, &evidence.text) => {
                Some(format!("decided by what {api} says"))
            }
            (None, Some(api)) => Some(format!("because {} ({api})", evidence.text)),
            (None, None) if evidence.decision.is_some() || repeats(&finding.message, &evidence.text) => None,
            (None, None) => Some(format!("because {}", evidence.text)),
        };
        if told.is_some() || evidence.decision.is_some() {
            return told;
        }
    }
    None
}

/// `decided by statement X of policy Y`; none where the message names both.
fn by_policy(evidence: &ReportedEvidence, policy: &str, finding: &ReportedFinding) -> Option<String> {
    let message = &finding.message;
    let named = match policy.strip_prefix(TRUST_POLICY) {
        Some(role) if finding.role_arn.as_deref() == Some(role) => "the trust policy".to_owned(),
        Some(_) => policy.to_owned(),
        None => {
            let in_words = KINDS.iter().map(|kind| format!("{kind} `{policy}`"));
            in_words.into_iter().find(|words| evidence.text.contains(words)).unwrap_or_else(|| policy.to_owned())
        }
    };
    let verb = match evidence.decision {
        Some(Outcome::Conditional) => "hangs on",
        Some(Outcome::Allowed | Outcome::ImplicitDeny | Outcome::ExplicitDeny) | None => "decided by",
    };
    match &evidence.statement {
        Some(statement) if message.contains(policy) && message.contains(&format!("statement `{statement}`")) => None,
        Some(statement) => Some(format!("{verb} statement {} of {named}", quoted(statement))),
        None if message.contains(policy) => None,
        None if evidence.decision == Some(Outcome::ImplicitDeny) => {
            Some(format!("decided by {named}: none of its statements grants it"))
        }
        None => Some(format!("{verb} {named}")),
    }
}

/// A Sid in code marks; a position as it is.
fn quoted(statement: &str) -> String {
    if statement.chars().all(|c| c.is_ascii_digit()) { statement.to_owned() } else { format!("`{statement}`") }
}

/// Whether every word of a text stands in the message already.
fn repeats(message: &str, text: &str) -> bool {
    fn words(text: &str) -> impl Iterator<Item = &str> {
        text.split_whitespace().map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation()))
    }
    // looked up, not searched: both may repeat names of any length
    let said: HashSet<&str> = words(message).collect();
    words(text).all(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// The line of the sample's NR101 with that message and evidence.
    fn line(message: &str, evidence: ReportedEvidence) -> Option<String> {
        let mut finding = sample::report().findings.into_iter().find(|finding| finding.rule == "NR101").unwrap();
        finding.message = message.to_owned();
        finding.evidence = vec![evidence];
        of(&finding)
    }

    fn decided(text: &str, outcome: Outcome, policy: &str, statement: Option<&str>) -> ReportedEvidence {
        ReportedEvidence {
            decision: Some(outcome),
            policy: Some(policy.to_owned()),
            statement: statement.map(str::to_owned),
            ..ReportedEvidence::fact(text)
        }
    }

    #[test]
    fn the_statement_and_its_policy_are_named() {
        let trust = "trust policy of arn:aws:iam::111122223333:role/auto-node";
        let denied = decided("denied by statement Stop", Outcome::ExplicitDeny, trust, Some("Stop"));
        assert_eq!(line("EC2 may not", denied).unwrap(), "decided by statement `Stop` of the trust policy");
        let text = "ec2:X is denied by statement 0 of inline policy `lockdown`";
        let inline = decided(text, Outcome::ExplicitDeny, "lockdown", Some("0"));
        assert_eq!(line("it may not", inline).unwrap(), "decided by statement 0 of inline policy `lockdown`");
        let open = decided("conditional by statement Fix", Outcome::Conditional, trust, Some("Fix"));
        assert_eq!(line("perhaps", open).unwrap(), "hangs on statement `Fix` of the trust policy");
        let nothing = decided("implicit_deny", Outcome::ImplicitDeny, trust, None);
        let expected = "decided by the trust policy: none of its statements grants it";
        assert_eq!(line("EC2 may not", nothing).unwrap(), expected);
    }

    #[test]
    fn what_the_message_says_is_not_said_again_but_the_call_it_comes_from_is() {
        let text = "ec2:X is denied by statement `S` of policy `arn:p`";
        let evidence = decided(text, Outcome::ExplicitDeny, "arn:p", Some("S"));
        assert_eq!(line("ec2:X is denied by statement `S` of policy `arn:p`", evidence), None);
        let runs = || ReportedEvidence::fact("role `a` runs cluster `b`");
        assert_eq!(line("node role `a` also runs cluster `b`", runs()), None);
        let from_api = ReportedEvidence { api: Some("eks:DescribeCluster".to_owned()), ..runs() };
        let expected = "decided by what eks:DescribeCluster says";
        assert_eq!(line("node role `a` also runs cluster `b`", from_api).unwrap(), expected);
        assert_eq!(line("it is a node role", runs()).unwrap(), "because role `a` runs cluster `b`");
    }
}
