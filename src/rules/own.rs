//! NR307: what the organization itself asks of node roles, beyond AWS's pages.

mod actions;
mod mending;

use std::collections::BTreeSet;

use crate::finding::{Evidence, Severity, Status};
use crate::inventory::Role;
use crate::known::Known;

use super::permissions::{called, one_a_cluster};
use super::requirements::{Own, PolicyPattern};
use super::{NodeRole, Nodes, Verdict};

/// The severity where the configuration gives none.
const SEVERITY: Severity = Severity::Medium;

/// What came of the requirements, each told once however many clusters ask for it.
#[derive(Default)]
struct Answers {
    /// What is not met.
    unmet: Vec<(String, Evidence)>,
    /// What is not known.
    open: Vec<(String, Evidence)>,
    /// What is met.
    met: Vec<Evidence>,
    /// Commands that would mend what is not met.
    commands: BTreeSet<String>,
}

impl Answers {
    fn unmet(&mut self, text: String, evidence: Evidence) {
        if !self.unmet.iter().any(|(known, _)| *known == text) {
            self.unmet.push((text, evidence));
        }
    }

    fn open(&mut self, text: String, evidence: Evidence) {
        if !self.open.iter().any(|(known, _)| *known == text) {
            self.open.push((text, evidence));
        }
    }

    fn met(&mut self, evidence: Evidence) {
        if !self.met.contains(&evidence) {
            self.met.push(evidence);
        }
    }
}

/// NR307 organization-requirements: the role meets what the configuration asks of the roles of its clusters: policies,
/// actions (by effect), permissions boundary, tags and name.
///
/// Blind to what does the same as a required policy by another way, such as Systems Manager's default host management.
pub fn nr307(node_role: &NodeRole<'_>) -> Verdict {
    let clusters: Vec<(Nodes<'_>, &Own)> = one_a_cluster(&node_role.nodes)
        .into_iter()
        .map(|nodes| (nodes, &node_role.facts.requirements(node_role.account, nodes.cluster).own))
        .filter(|(_, own)| !own.is_empty())
        .collect();
    let Some(severity) = clusters.iter().map(|(_, own)| own.severity.unwrap_or(SEVERITY)).max() else {
        let message = "the configuration asks nothing of the node roles of these clusters";
        return Verdict::new(Status::NotApplicable, SEVERITY, message);
    };
    let role = match node_role.required(severity, "what the organization asks of it") {
        Ok(role) => role,
        Err(verdict) => return verdict,
    };
    let mut answers = Answers::default();
    for (nodes, own) in &clusters {
        let asked = Asked { node_role, role, nodes, own };
        asked.policies(&mut answers);
        asked.boundary(&mut answers);
        asked.tags_and_name(&mut answers);
        asked.actions(&mut answers);
        for reason in &own.undecided {
            answers.open(reason.clone(), Evidence::fact(reason.as_str()));
        }
    }
    verdict(node_role, severity, answers)
}

fn verdict(node_role: &NodeRole<'_>, severity: Severity, answers: Answers) -> Verdict {
    let name = called(node_role.arn);
    let told = |list: &[(String, Evidence)]| list.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("; ");
    let (status, message) = if !answers.unmet.is_empty() {
        (Status::Fail, format!("`{name}` does not meet what the organization asks: {}", told(&answers.unmet)))
    } else if !answers.open.is_empty() {
        let open = told(&answers.open);
        (Status::Unknown, format!("whether `{name}` meets what the organization asks is not known: {open}"))
    } else {
        (Status::Pass, format!("`{name}` meets what the organization asks of node roles"))
    };
    let commands: Vec<String> = answers.commands.into_iter().collect();
    let evidence = answers.unmet.into_iter().chain(answers.open).map(|(_, evidence)| evidence).chain(answers.met);
    let verdict = Verdict::new(status, severity, message).with(evidence);
    if status == Status::Fail { verdict.mend(mending::remediation(commands)) } else { verdict }
}

/// What one cluster's requirements ask of the role.
struct Asked<'a> {
    node_role: &'a NodeRole<'a>,
    role: &'a Role,
    nodes: &'a Nodes<'a>,
    own: &'a Own,
}

impl Asked<'_> {
    /// Whether a managed policy is meant.
    fn is(&self, pattern: &PolicyPattern, arn: &str) -> bool {
        pattern.matches(arn, self.node_role.facts.inventory.partition, &self.node_role.account.id)
    }

    fn policies(&self, answers: &mut Answers) {
        for wanted in &self.own.required_policies {
            match &self.role.attached {
                Known::Value(list) => {
                    if let Some(found) = list.iter().find(|policy| self.is(wanted, &policy.arn)) {
                        answers.met(Evidence {
                            policy: Some(found.arn.clone()),
                            ..Evidence::fact(format!("the required policy {wanted} is attached: {}", found.arn))
                        });
                    } else {
                        let text = format!("no attached policy matches the required {wanted}");
                        answers.unmet(text.clone(), Evidence::fact(text));
                        answers.commands.extend(mending::attach(self, wanted));
                    }
                }
                Known::Missing(gap) => {
                    answers.open(format!("the attached policies could not be read: {gap}"), Evidence::gap(gap));
                }
            }
        }
        for unwanted in &self.own.forbidden_policies {
            self.forbidden_policy(unwanted, answers);
        }
    }

    fn forbidden_policy(&self, unwanted: &PolicyPattern, answers: &mut Answers) {
        let (mut found, mut known) = (false, true);
        match &self.role.attached {
            Known::Value(list) => {
                for policy in list.iter().filter(|policy| self.is(unwanted, &policy.arn)) {
                    found = true;
                    let text = format!("the policy {} is forbidden (by {unwanted})", policy.arn);
                    let evidence = Evidence { policy: Some(policy.arn.clone()), ..Evidence::fact(text.as_str()) };
                    answers.unmet(text, evidence);
                    answers.commands.insert(mending::detach(self, &policy.arn));
                }
            }
            Known::Missing(gap) => {
                known = false;
                answers.open(format!("the attached policies could not be read: {gap}"), Evidence::gap(gap));
            }
        }
        // Inline policies have no ARN.
        if !unwanted.is_arn() {
            match &self.role.inline {
                Known::Value(list) => {
                    let named =
                        list.iter().filter_map(Known::value).filter(|policy| unwanted.matches_name(&policy.name));
                    for policy in named {
                        found = true;
                        let text = format!("the inline policy {} is forbidden (by {unwanted})", policy.name);
                        let evidence = Evidence { policy: Some(policy.name.clone()), ..Evidence::fact(text.as_str()) };
                        answers.unmet(text, evidence);
                    }
                    for gap in list.iter().filter_map(Known::gap) {
                        known = false;
                        answers.open(format!("an inline policy could not be read: {gap}"), Evidence::gap(gap));
                    }
                }
                Known::Missing(gap) => {
                    known = false;
                    answers.open(format!("the inline policies could not be read: {gap}"), Evidence::gap(gap));
                }
            }
        }
        if known && !found {
            answers.met(Evidence::fact(format!("no policy matches the forbidden {unwanted}")));
        }
    }

    fn boundary(&self, answers: &mut Answers) {
        let Some(wanted) = &self.own.required_boundary else { return };
        match &self.role.boundary {
            Some(arn) if self.is(wanted, arn) => answers.met(Evidence {
                policy: Some(arn.clone()),
                ..Evidence::fact(format!("the permissions boundary is {arn}, as required"))
            }),
            found => {
                let has = found.as_ref().map_or_else(|| "it has none".to_owned(), |arn| format!("it has {arn}"));
                let text = format!("the permissions boundary must match {wanted}, and {has}");
                answers.unmet(text.clone(), Evidence::fact(text));
                answers.commands.extend(mending::bound(self, wanted));
            }
        }
    }

    fn tags_and_name(&self, answers: &mut Answers) {
        for tag in &self.own.required_tags {
            if tag.matches(&self.role.tags) {
                answers.met(Evidence::fact(format!("the role has the required tag {tag}")));
            } else {
                let text = format!("the required tag {tag} is missing");
                answers.unmet(text.clone(), Evidence::fact(text));
            }
        }
        for pattern in &self.own.name_patterns {
            let name = self.role.arn.name();
            if pattern.matches(name) {
                answers.met(Evidence::fact(format!("the role's name matches {pattern}")));
            } else {
                let text = format!("the role's name `{name}` does not match {pattern}");
                answers.unmet(text.clone(), Evidence::fact(text));
            }
        }
    }
}
