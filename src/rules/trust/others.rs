//! NR102: nobody but EC2 may assume the role.

use std::collections::BTreeSet;

use crate::finding::{Evidence, NodeKind, Remediation, Severity, Status};
use crate::inventory::Role;
use crate::policy::Document;
use crate::policy::trust::{Principal, TrustGrant, grants};
use crate::rules::subject::NodeRole;
use crate::rules::verdict::Verdict;

use super::GRANTS_TOLD;
use super::narrowing::{self, Reach};
use super::rewriting;

/// How bad it is that somebody may assume a node role.
enum Harm {
    /// Nothing is harmed, but the entry is a leftover.
    Leftover,
    /// The requirement is not met.
    Fails(Severity),
}

/// NR102: AWS's page gives the trust policy in full, and EC2 alone stands in it.
pub fn trust_only_ec2(role: &NodeRole<'_>) -> Verdict {
    let (found, document) = match super::of(role, Severity::Medium) {
        Ok(trust) => trust,
        Err(verdict) => return verdict,
    };
    let ec2 = meant(role, found);
    let others: Vec<(TrustGrant, Harm)> = grants(&document)
        .into_iter()
        .filter(|grant| !matches!(&grant.principal, Principal::Service(service) if ec2.contains(service)))
        .map(|grant| {
            let harm = harm(&grant, found);
            (grant, harm)
        })
        .collect();
    let name = found.arn.name();
    if others.is_empty() {
        let message = format!("nobody but {} may assume role `{name}`", whom(role));
        return Verdict::new(Status::Pass, Severity::Medium, message).with(super::who_may(found, &document));
    }
    let lets_ec2_in = super::lets_ec2_in(&document, found.arn.partition()) || !in_ec2(role);
    let evidence: Vec<Evidence> = super::who(found, others.iter().map(|(grant, _)| grant));
    let worst = others.iter().filter_map(|(_, harm)| match harm {
        Harm::Leftover => None,
        Harm::Fails(severity) => Some(*severity),
    });
    let verdict = if let Some(severity) = worst.max() {
        let who = if lets_ec2_in { format!("besides {}", whom(role)) } else { format!("in place of {}", whom(role)) };
        let message = format!("{who}, {} may assume role `{name}`", listed(&others));
        Verdict::new(Status::Fail, severity, message)
    } else {
        let message = format!("the trust policy of role `{name}` still names {}", listed(&others));
        Verdict::new(Status::Advice, Severity::Low, message)
    };
    // A role that something else is for and that EC2 cannot assume is not made the nodes' by one command (NR101).
    let other_use = || if lets_ec2_in { None } else { super::other_use(role, &document) };
    let remediation = match super::serves(role).or_else(other_use) {
        Some(use_of_it) => part(&use_of_it, &others),
        None if in_ec2(role) => remove(found, &others, &ec2),
        None => by_hand(&others),
    };
    verdict.with(evidence).mend(remediation)
}

/// Whether EC2 is to assume the role.
fn in_ec2(role: &NodeRole<'_>) -> bool {
    role.nodes.iter().any(|nodes| !super::outside_ec2(nodes.kind))
}

/// Whom the role is meant for: EC2, and for hybrid nodes Systems Manager and IAM Roles Anywhere.
fn meant(role: &NodeRole<'_>, found: &Role) -> Vec<String> {
    let ec2 = if in_ec2(role) { found.arn.partition().ec2_principals() } else { Vec::new() };
    let hybrid = role.nodes.iter().any(|nodes| nodes.kind == NodeKind::Hybrid);
    let hybrid: &[&str] = if hybrid { &super::hybrid::SERVICES } else { &[] };
    ec2.into_iter().chain(hybrid.iter().map(|service| (*service).to_owned())).collect()
}

/// The same in words.
fn whom(role: &NodeRole<'_>) -> &'static str {
    let hybrid = role.nodes.iter().any(|nodes| nodes.kind == NodeKind::Hybrid);
    match (in_ec2(role), hybrid) {
        (true, true) => "EC2, Systems Manager and IAM Roles Anywhere",
        (false, true) => "Systems Manager and IAM Roles Anywhere",
        (true | false, false) => "EC2",
    }
}

/// How bad it is that this principal may assume the role.
fn harm(grant: &TrustGrant, role: &Role) -> Harm {
    let own = role.arn.account();
    let of_account = |account: &str| if account == own.as_str() { Severity::Medium } else { Severity::High };
    match &grant.principal {
        Principal::Deleted(_) => Harm::Leftover,
        Principal::Service(_) => Harm::Fails(Severity::Medium),
        Principal::Account(account) => Harm::Fails(of_account(account)),
        Principal::Arn(arn) => Harm::Fails(of_account(arn.split(':').nth(4).unwrap_or_default())),
        Principal::Federated(_) | Principal::CanonicalUser(_) => Harm::Fails(Severity::High),
        Principal::Everyone | Principal::EveryoneBut(_) => Harm::Fails(match narrowing::reach(grant, own) {
            Reach::OwnAccount => Severity::Medium,
            Reach::Others => Severity::High,
            Reach::Anyone => Severity::Critical,
        }),
    }
}

/// How messages name a principal.
pub(super) fn named(principal: &Principal) -> String {
    match principal {
        Principal::Everyone => "everyone (`*`)".to_owned(),
        Principal::Service(service) => format!("the service {service}"),
        Principal::Account(account) => format!("account {account}"),
        Principal::Arn(arn) => arn.clone(),
        Principal::Deleted(id) => format!("{id} (a principal that was deleted)"),
        Principal::Federated(provider) => format!("those whom {provider} vouches for"),
        Principal::CanonicalUser(id) => format!("the canonical user {id}"),
        Principal::EveryoneBut(excepted) => {
            format!("everyone but {} (NotPrincipal)", some(excepted.iter().map(String::as_str)))
        }
    }
}

/// The principals, each once.
fn listed(others: &[(TrustGrant, Harm)]) -> String {
    let names: BTreeSet<String> = others.iter().map(|(grant, _)| named(&grant.principal)).collect();
    some(names.iter().map(String::as_str))
}

/// As many names as are told one by one, and the number of the others.
fn some<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(GRANTS_TOLD);
    let told = names.take(GRANTS_TOLD).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{told} and {more} more") } else { told }
}

/// A role that something else runs as: without those who assume it for that, a cluster or its Fargate pods would stop.
fn part(use_of_it: &str, others: &[(TrustGrant, Harm)]) -> Remediation {
    Remediation::manual(
        format!(
            "The role {use_of_it}: create a role for the nodes alone, and node groups with it, rather than take {} out of \
             the trust policy, which would stop what runs as it",
            listed(others)
        ),
        Vec::new(),
    )
}

/// A role of hybrid nodes: which of its services is in use, and under which conditions, only its owner knows.
fn by_hand(others: &[(TrustGrant, Harm)]) -> Remediation {
    let text = format!("Find out who relies on it, then take {} out of the trust policy", listed(others));
    Remediation::manual(text, Vec::new())
}

/// Takes the others out of their statements.
fn remove(found: &Role, others: &[(TrustGrant, Harm)], ec2: &[String]) -> Remediation {
    let statements: BTreeSet<usize> = others.iter().map(|(grant, _)| grant.statement).collect();
    let partition = found.arn.partition();
    let mut document = rewriting::without_others(&found.trust, &statements, ec2)
        .unwrap_or_else(|| rewriting::document_for_ec2(partition));
    // Where EC2 came in with everyone else, it must not go with them.
    let lets_in = Document::parse_trust(&document.to_string()).is_ok_and(|trust| super::lets_ec2_in(&trust, partition));
    if !lets_in && let Some(with) = rewriting::with_ec2(&document.to_string(), &super::recommended(partition)) {
        document = with;
    }
    Remediation::manual(
        "Find out who relies on it, then remove everyone but EC2 from the trust policy".to_owned(),
        vec![super::update(found, &document)],
    )
}
