//! NR101 and NR102: who may assume the role.

mod hybrid;
mod narrowing;
mod others;
mod rewriting;

use std::sync::Arc;

pub(crate) use hybrid::SERVICES as HYBRID_SERVICES;
pub use others::trust_only_ec2;
pub(super) use rewriting::document_for_ec2;

use crate::counted::counted;
use crate::finding::{Evidence, NodeKind, Remediation, RemediationClass, Severity, Status};
use crate::ids::Partition;
use crate::inventory::Role;
use crate::policy::trust::{Narrowing, Principal, TrustGrant, grants, service_may};
use crate::policy::{Decider, Decision, Document, Effect, Hinge, Outcome};
use crate::remediate::Change;

use super::command::aws;
use super::subject::NodeRole;
use super::verdict::Verdict;

/// What EC2 calls on the role.
const ASSUME: &str = "sts:AssumeRole";

/// The characters that a trust policy may have by default, white space not counted (quota L-C07B4B0D).
const TRUST_LIMIT: usize = 2048;

/// How many of those who may assume a role are told one by one, each with its condition: more than any trust policy has
/// that an account allows.
const GRANTS_TOLD: usize = 200;

/// Services that assume roles on behalf of pods, clusters and Fargate: a role that one of them uses is not for nodes alone.
const SERVICES_OF_EKS: [&str; 3] = ["eks.amazonaws.com", "eks-fargate-pods.amazonaws.com", "pods.eks.amazonaws.com"];

/// The role with its trust policy, or what a rule answers that needs it and cannot have it.
pub(super) fn of<'a>(role: &NodeRole<'a>, severity: Severity) -> Result<(&'a Role, Document), Verdict> {
    let found = role.required(severity, "its trust policy")?;
    let document = Document::parse_trust(&found.trust).map_err(|error| {
        let message = format!("the trust policy of role `{}` cannot be understood: {error}", found.arn.name());
        let mut evidence = Evidence::fact(message.clone());
        evidence.policy = Some(policy_name(found));
        Verdict::new(Status::Unknown, severity, message).with([evidence])
    })?;
    Ok((found, document))
}

/// The statement by which a service may assume the role, if there is one, be it under a condition.
pub(super) fn trusts_service(document: &Document, role: &Role, service: &str) -> Option<Evidence> {
    let grant = grants(document).into_iter().find(|grant| grant.principal == Principal::Service(service.to_owned()))?;
    Some(granted(role, &grant))
}

/// Whether EC2 may assume a role with this trust policy, be it under a condition.
pub(super) fn lets_ec2_in(document: &Document, partition: Partition) -> bool {
    partition.ec2_principals().iter().any(|service| match service_may(document, service, ASSUME).outcome {
        Outcome::Allowed | Outcome::Conditional => true,
        Outcome::ImplicitDeny | Outcome::ExplicitDeny => false,
    })
}

/// NR101: EC2 may assume the role; for hybrid nodes, Systems Manager or IAM Roles Anywhere.
pub fn trust_ec2(role: &NodeRole<'_>) -> Verdict {
    let (found, document) = match of(role, Severity::Critical) {
        Ok(trust) => trust,
        Err(verdict) => return verdict,
    };
    let hybrid = role.nodes.iter().find(|nodes| nodes.kind == NodeKind::Hybrid);
    let by_hybrid = hybrid.map(|nodes| hybrid::lets_in(role, nodes, found, &document));
    let by_ec2 = role.nodes.iter().any(|nodes| !outside_ec2(nodes.kind)).then(|| lets_ec2(role, found, &document));
    match (by_ec2, by_hybrid) {
        (Some(ec2), Some(hybrid)) => worse(ec2, hybrid),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Verdict::new(Status::NotApplicable, Severity::Critical, "no nodes of the role need this"),
    }
}

/// Whether nodes of the kind get their credentials from something else than EC2.
fn outside_ec2(kind: NodeKind) -> bool {
    match kind {
        NodeKind::Hybrid | NodeKind::Hyperpod => true,
        NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter | NodeKind::AutoMode => false,
    }
}

/// Of two answers about the same role the worse, with the evidence of both.
fn worse(one: Verdict, other: Verdict) -> Verdict {
    let (first, second) = if other.status.rank() < one.status.rank() { (other, one) } else { (one, other) };
    first.with(second.evidence)
}

/// EC2 may assume the role.
fn lets_ec2(role: &NodeRole<'_>, found: &Role, document: &Document) -> Verdict {
    let name = found.arn.name();
    let services = found.arn.partition().ec2_principals();
    let decisions: Vec<(&String, Decision)> =
        services.iter().map(|service| (service, service_may(document, service, ASSUME))).collect();
    let of_outcome = |outcome| decisions.iter().find(|(_, decision)| decision.outcome == outcome);
    if let Some((service, decision)) = of_outcome(Outcome::Allowed) {
        let evidence = decided(found, service, decision);
        if let Some(absent) = own_principal_absent(found.arn.partition(), &decisions) {
            let message = format!(
                "the trust policy of role `{name}` lets {service} assume it, but not {absent}, which CreateNodegroup has \
                 been seen to insist on in this partition"
            );
            return Verdict::new(Status::Advice, Severity::Low, message).with(evidence).mend(add_ec2(
                role,
                found,
                document,
                &[absent],
            ));
        }
        let message = format!("the trust policy of role `{name}` lets {service} assume it");
        return Verdict::new(Status::Pass, Severity::Critical, message).with(evidence);
    }
    if let Some((service, decision)) = of_outcome(Outcome::Conditional) {
        return conditional(found, service, decision);
    }
    if let Some((service, decision)) = of_outcome(Outcome::ExplicitDeny) {
        let message = format!("the trust policy of role `{name}` denies {service} {ASSUME}");
        let text =
            "Remove or narrow the Deny statement: a statement that allows EC2 does not help against it".to_owned();
        return Verdict::new(Status::Fail, Severity::Critical, message)
            .with(decided(found, service, decision))
            .mend(Remediation::manual(text, Vec::new()));
    }
    let message = format!(
        "the trust policy of role `{name}` does not let {} assume it, so that nodes get no credentials",
        services.join(" or ")
    );
    let evidence = decisions.iter().flat_map(|(service, decision)| decided(found, service, decision));
    Verdict::new(Status::Fail, Severity::Critical, message).with(evidence).with(who_may(found, document)).mend(add_ec2(
        role,
        found,
        document,
        &recommended(found.arn.partition()),
    ))
}

/// The principals to write into a trust policy: both spellings in China, the partition's own elsewhere.
fn recommended(partition: Partition) -> Vec<String> {
    let mut services = partition.ec2_principals();
    match partition {
        Partition::AwsCn => {}
        Partition::Aws
        | Partition::AwsUsGov
        | Partition::AwsIso
        | Partition::AwsIsoB
        | Partition::AwsIsoE
        | Partition::AwsIsoF
        | Partition::AwsEusc => services.truncate(1),
    }
    services
}

/// China's own principal, where it may not assume the role.
fn own_principal_absent(partition: Partition, decisions: &[(&String, Decision)]) -> Option<String> {
    let own = format!("ec2.{}", partition.dns_suffix());
    let denied = |decision: &Decision| decision.outcome != Outcome::Allowed;
    let absent = decisions.iter().any(|(service, decision)| **service == own && denied(decision));
    (partition == Partition::AwsCn && absent).then_some(own)
}

/// EC2's request context for this call is not documented, so that a condition on it may break the nodes.
fn conditional(found: &Role, service: &str, decision: &Decision) -> Verdict {
    let hinges: Vec<String> = decision
        .hinges
        .iter()
        .map(|hinge| match hinge {
            Hinge::Key(key) => key.clone(),
            Hinge::Policy { name, reason } => format!("{name} ({reason})"),
        })
        .collect();
    let denies = decision.by.iter().any(|decider| decider.effect == Some(Effect::Deny));
    let (way_out, text) = if denies {
        let text = "Exempt EC2 from the Deny statement by its principal, or prove that new nodes get credentials: which keys \
                    EC2 sends with this call is not documented";
        ("exempt EC2 from the Deny statement", text)
    } else {
        let text = "Remove the condition from the EC2 statement: which keys EC2 sends with this call is not documented, and \
                    aws:SourceAccount and aws:SourceArn are known to break node roles";
        ("remove the condition", text)
    };
    let message = format!(
        "the trust policy of role `{}` lets {service} assume it only under a condition on {}: {way_out}, or prove that new \
         nodes get credentials",
        found.arn.name(),
        hinges.join(", ")
    );
    let text = text.to_owned();
    Verdict::new(Status::Unknown, Severity::Critical, message)
        .with(decided(found, service, decision))
        .mend(Remediation::manual(text, Vec::new()))
}

/// Adds the EC2 statement, where the role is for nothing else.
fn add_ec2(role: &NodeRole<'_>, found: &Role, document: &Document, services: &[String]) -> Remediation {
    if let Some(other) = other_use(role, document) {
        let text =
            format!("The role {other}: create a role for the nodes alone rather than let EC2 assume this one too");
        return Remediation::manual(text, Vec::new());
    }
    match rewriting::with_ec2(&found.trust, services) {
        Some(merged) => {
            let text =
                format!("Add the EC2 statement to the trust policy; the other statements stay{}", too_long(&merged));
            let change = Change::UpdateTrust { role: found.arn.clone(), trust: merged.to_string() };
            Remediation::by(RemediationClass::Safe, text, vec![change])
        }
        None => Remediation::manual(
            "Write the trust policy anew: a statement cannot be added to this document".to_owned(),
            Vec::new(),
        ),
    }
}

/// The cluster or Fargate profile that runs as the role.
fn serves(role: &NodeRole<'_>) -> Option<String> {
    for (region, cluster) in role.account.clusters() {
        if cluster.detail.value().is_some_and(|detail| role.is_named_by(&detail.role_arn)) {
            return Some(format!("is the cluster role of `{}` in {region}", cluster.name));
        }
        let profiles = cluster.fargate_profiles.value().into_iter().flatten();
        let mut read = profiles.filter_map(|(_, profile)| profile.value());
        if read.any(|profile| role.is_named_by(&profile.pod_execution_role)) {
            return Some(format!("is a pod execution role of cluster `{}` in {region}", cluster.name));
        }
    }
    None
}

/// What else the role is for: a cluster, Fargate, or pods.
fn other_use(role: &NodeRole<'_>, document: &Document) -> Option<String> {
    let assumed_by = |grant: TrustGrant| match grant.principal {
        Principal::Federated(provider) => Some(format!("is assumed through the identity provider {provider}")),
        Principal::Service(service) if SERVICES_OF_EKS.contains(&service.as_str()) => {
            Some(format!("is assumed by {service}"))
        }
        Principal::Service(_)
        | Principal::Everyone
        | Principal::Account(_)
        | Principal::Arn(_)
        | Principal::Deleted(_)
        | Principal::CanonicalUser(_)
        | Principal::EveryoneBut(_) => None,
    };
    serves(role).or_else(|| grants(document).into_iter().find_map(assumed_by))
}

/// The exact command that writes a trust policy.
fn update(found: &Role, document: &serde_json::Value) -> String {
    let text = document.to_string();
    aws(&["iam", "update-assume-role-policy", "--role-name", found.arn.name(), "--policy-document", &text])
}

/// A warning where IAM would refuse the document for its length.
fn too_long(document: &serde_json::Value) -> String {
    let length = document.to_string().chars().count();
    if length <= TRUST_LIMIT {
        return String::new();
    }
    format!(" (it then has {length} characters, more than the {TRUST_LIMIT} that an account allows by default)")
}

/// How evidence names the policy.
fn policy_name(role: &Role) -> String {
    format!("trust policy of {}", role.arn)
}

/// The decision about one service, statement by statement.
fn decided(role: &Role, service: &str, decision: &Decision) -> Vec<Evidence> {
    decided_on(role, service, ASSUME, decision)
}

/// The decision about one service and one action, statement by statement.
fn decided_on(role: &Role, service: &str, action: &str, decision: &Decision) -> Vec<Evidence> {
    let of = |decider: Option<&Decider>| {
        let place = decider.and_then(position).map(|place| format!(" by statement {place}")).unwrap_or_default();
        Evidence {
            action: Some(action.to_owned()),
            resource: Some(role.arn.to_string()),
            outcome: Some(decision.outcome),
            policy: Some(policy_name(role)),
            statement: decider.and_then(position),
            ..Evidence::fact(format!("{action} for {service}: {}{place}", decision.outcome.as_str()))
        }
    };
    if decision.by.is_empty() { vec![of(None)] } else { decision.by.iter().map(|decider| of(Some(decider))).collect() }
}

fn position(decider: &Decider) -> Option<String> {
    decider.sid.clone().or_else(|| decider.statement.map(|index| index.to_string()))
}

/// Who may assume the role instead.
fn who_may(role: &Role, document: &Document) -> Vec<Evidence> {
    who(role, grants(document).iter())
}

/// Some rights to assume the role, as evidence: as many as are read, and the number of the others.
fn who<'a>(role: &Role, grants: impl ExactSizeIterator<Item = &'a TrustGrant>) -> Vec<Evidence> {
    let more = grants.len().saturating_sub(GRANTS_TOLD);
    let more = (more > 0).then(|| Evidence {
        policy: Some(policy_name(role)),
        ..Evidence::fact(format!("it lets {} assume the role", counted(more, "further principal")))
    });
    grants.take(GRANTS_TOLD).map(|grant| granted(role, grant)).chain(more).collect()
}

/// A right to assume the role, as evidence.
fn granted(role: &Role, grant: &TrustGrant) -> Evidence {
    let statement = grant.sid.as_deref().map_or_else(|| grant.statement.to_string(), str::to_owned);
    let condition = grant.condition.as_ref().map(|text| format!(", if {text}")).unwrap_or_default();
    let who = others::named(&grant.principal);
    let less = |denial: &Arc<Narrowing>| {
        let place = denial.sid.clone().unwrap_or_else(|| denial.statement.to_string());
        format!(", less what statement {place} denies")
    };
    let less: String = grant.narrowed_by.iter().map(less).collect();
    Evidence {
        action: Some(grant.actions.join(", ")),
        resource: Some(role.arn.to_string()),
        policy: Some(policy_name(role)),
        statement: Some(statement.clone()),
        ..Evidence::fact(format!("statement {statement} lets {who} call {}{condition}{less}", grant.actions.join(", ")))
    }
}
