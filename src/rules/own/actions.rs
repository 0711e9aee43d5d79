//! Required and forbidden actions, by their effect.

use std::sync::Arc;

use std::collections::BTreeSet;

use crate::finding::Evidence;
use crate::policy::{Outcome, is_like};
use crate::rules::effective::Permissions;
use crate::rules::permissions::ask::{Answer, Ask};
use crate::rules::permissions::wording;
use crate::rules::requirements::{ActionOn, Needed, On, SetName};

use super::{Answers, Asked};

impl Asked<'_> {
    pub(super) fn actions(&self, answers: &mut Answers) {
        if self.own.required_actions.is_empty() && self.own.forbidden_actions.is_empty() {
            return;
        }
        let facts = self.node_role.facts;
        let permissions = facts.documents.permissions(facts.inventory, self.node_role.account, self.role);
        for wanted in &self.own.required_actions {
            let answer = self.put(&permissions, wanted, self.resource(wanted));
            let reason = wording::why(&answer.decision);
            match answer.decision.outcome {
                Outcome::Allowed => answers.met(wording::evidence(&answer)),
                Outcome::ImplicitDeny | Outcome::ExplicitDeny => {
                    answers.unmet(format!("the required {wanted} is {reason}"), wording::evidence(&answer));
                }
                Outcome::Conditional => {
                    answers.open(format!("the required {wanted} is {reason}"), wording::evidence(&answer));
                }
            }
        }
        for unwanted in &self.own.forbidden_actions {
            self.forbidden_action(&permissions, unwanted, answers);
        }
        if !answers.open.is_empty() {
            answers.met_all(permissions.gaps().iter().map(Evidence::gap));
        }
        if !permissions.service_control_known() {
            answers.met(Evidence::fact(
                "the service control policies of the account were not read, and are not held against the role",
            ));
        }
    }

    /// Asks for the resource itself, and for each resource within it to which a statement narrows its grant.
    fn forbidden_action(&self, permissions: &Permissions, unwanted: &ActionOn, answers: &mut Answers) {
        let within = self.resource(unwanted);
        let mut asked = vec![self.put(permissions, unwanted, within.clone())];
        let mut partly = None;
        for granted in permissions.granted_resources(unwanted.action()).into_iter().collect::<BTreeSet<_>>() {
            if is_like(&granted, &within) {
                asked.push(self.put(permissions, unwanted, granted));
            } else if may_overlap(&granted, &within) {
                partly = Some(granted);
            }
        }
        let is = |outcome: Outcome| move |answer: &&Answer| answer.decision.outcome == outcome;
        // A text with a variable in it stands for resources that no question names.
        let by_variable = asked.iter().find(|answer| answer.ask.resource.contains("${"));
        if let Some(answer) = asked.iter().find(is(Outcome::Allowed)) {
            let text = format!("the forbidden {unwanted} is {}", wording::why(&answer.decision));
            answers.unmet(text, wording::evidence(answer));
        } else if let Some(answer) = asked.iter().find(is(Outcome::Conditional)).or(by_variable) {
            let text = format!("whether the forbidden {unwanted} is granted is not certain");
            answers.open(text, wording::evidence(answer));
        } else if let Some(granted) = partly {
            let text = format!("the forbidden {unwanted} may be granted by a statement on {granted}");
            answers.open(text.clone(), Evidence::fact(text));
        } else {
            answers.met_all(asked.iter().take(1).map(wording::evidence));
        }
    }

    fn resource(&self, action: &ActionOn) -> String {
        let (region, cluster) = (self.nodes.region.as_str(), self.nodes.cluster.name.as_str());
        action.resource(self.node_role.facts.inventory.partition, &self.node_role.account.id, region, cluster)
    }

    fn put(&self, permissions: &Permissions, action: &ActionOn, resource: String) -> Answer {
        let ask = Ask {
            // Of no set of AWS's: what stands here is not told.
            set: SetName::Worker,
            region: self.nodes.region.clone(),
            action: action.action().to_owned(),
            resource,
            on: On::Anything,
            needed: Needed::Required,
            symptom: String::new(),
            source: String::new(),
            keys: Arc::default(),
        };
        ask.put(permissions)
    }
}

impl Answers {
    fn met_all(&mut self, evidence: impl Iterator<Item = Evidence>) {
        for evidence in evidence {
            self.met(evidence);
        }
    }
}

/// Whether two patterns of resources may have a resource in common: what stands before their first wildcards agrees.
/// Asks for more than is so, never for less.
fn may_overlap(one: &str, other: &str) -> bool {
    let fixed = |pattern: &str| {
        let end = pattern.find(['*', '?', '$']).unwrap_or(pattern.len());
        pattern.get(..end).unwrap_or_default().to_owned()
    };
    // A pattern that covers the other one was asked for with it.
    !is_like(other, one) && (fixed(one).starts_with(&fixed(other)) || fixed(other).starts_with(&fixed(one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_overlap_only_where_their_beginnings_agree() {
        let bucket = "arn:aws:s3:::prod/*";
        assert!(may_overlap("arn:aws:s3:::*/secret", bucket));
        assert!(may_overlap("arn:aws:s3:::${aws:PrincipalTag/team}/*", bucket));
        assert!(!may_overlap("arn:aws:s3:::dev/*", bucket));
        assert!(!may_overlap("*", bucket), "what covers the resource is asked for with it");
    }
}
