//! NR101 for hybrid nodes: Systems Manager or IAM Roles Anywhere may assume the role.

use serde_json::json;

use crate::finding::{Evidence, Remediation, Severity, Status};
use crate::inventory::Role;
use crate::policy::document::Test;
use crate::policy::trust::{open_tests, service_may};
use crate::policy::{Decision, Document, Effect, Outcome, Statement, is_like};
use crate::rules::subject::{NodeRole, Nodes};
use crate::rules::verdict::Verdict;

use super::narrowing::COMPARISONS;
use super::{ASSUME, decided_on, rewriting, too_long, update, who_may};

/// The services that hand credentials to machines outside AWS.
pub(crate) const SERVICES: [&str; 2] = [SSM, ROLES_ANYWHERE];

const SSM: &str = "ssm.amazonaws.com";
const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";

/// What IAM Roles Anywhere calls on a role (its user guide, *Trust policy*).
const CALLED_BY_ROLES_ANYWHERE: [&str; 3] = [ASSUME, "sts:TagSession", "sts:SetSourceIdentity"];

/// Where IAM Roles Anywhere puts what the certificate says (its user guide, *Trust policy*): subject, issuer, other names.
const OF_CERTIFICATE: &str = "aws:principaltag/x509";

/// The name of a session, which is that of the node.
const SESSION_NAME: &str = "sts:rolesessionname";

const SEVERITY: Severity = Severity::Critical;

/// How far a service may do all that it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// Free, or under a condition as AWS's page gives it.
    LetIn,
    /// Under a condition that names another account or is of another kind, or a Deny that has one.
    Perhaps,
    /// Not.
    KeptOut,
}

/// The answer for the hybrid nodes of a role. AWS's page *Prepare credentials for hybrid nodes* puts conditions on the
/// statements; those are taken to hold if they name the role's own account, and no others are.
pub(super) fn lets_in(role: &NodeRole<'_>, nodes: &Nodes<'_>, found: &Role, document: &Document) -> Verdict {
    let services: [(&str, &[&str]); 2] = [(SSM, &[ASSUME]), (ROLES_ANYWHERE, &CALLED_BY_ROLES_ANYWHERE)];
    let mut answers: Vec<(Standing, &str, Vec<Evidence>)> = Vec::new();
    for (service, actions) in services {
        let decisions: Vec<(&str, Decision)> =
            actions.iter().map(|action| (*action, service_may(document, service, action))).collect();
        let standing = decisions.iter().map(|(_, decision)| standing(found, document, service, decision)).max();
        let evidence = decisions.iter().flat_map(|(action, decision)| decided_on(found, service, action, decision));
        answers.push((standing.unwrap_or(Standing::KeptOut), service, evidence.collect()));
    }
    answers.sort_by_key(|(standing, _, _)| *standing);
    let name = found.arn.name();
    let evidence: Vec<Evidence> = answers.iter().flat_map(|(_, _, evidence)| evidence.clone()).collect();
    match answers.into_iter().next() {
        Some((Standing::LetIn, service, evidence)) => {
            let message = format!("the trust policy of role `{name}` lets {service} assume it for hybrid nodes");
            Verdict::new(Status::Pass, SEVERITY, message).with(evidence)
        }
        Some((Standing::Perhaps, service, evidence)) => {
            let message = format!(
                "whether {service} may assume role `{name}` for hybrid nodes hangs on a condition that is not known to hold"
            );
            let text = "Compare the condition with the one on AWS's page: account and region of the hybrid activation, or the \
                        trust anchor and the subject of the certificates";
            let remediation = Remediation::manual(text.to_owned(), Vec::new());
            Verdict::new(Status::Unknown, SEVERITY, message).with(evidence).mend(remediation)
        }
        Some((Standing::KeptOut, _, _)) | None => {
            let message = format!(
                "the trust policy of role `{name}` lets neither {SSM} nor {ROLES_ANYWHERE} do what hybrid nodes need, so that \
                 they get no credentials"
            );
            Verdict::new(Status::Fail, SEVERITY, message)
                .with(evidence)
                .with(who_may(found, document))
                .mend(let_systems_manager_in(role, nodes, found))
        }
    }
}

fn standing(found: &Role, document: &Document, service: &str, decision: &Decision) -> Standing {
    match decision.outcome {
        Outcome::Allowed => Standing::LetIn,
        Outcome::ImplicitDeny | Outcome::ExplicitDeny => Standing::KeptOut,
        Outcome::Conditional => {
            let denied = decision.by.iter().any(|decider| decider.effect == Some(Effect::Deny));
            // One statement is enough whose condition is taken to hold.
            let mut allowing = decision.by.iter().filter_map(|decider| document.statements().get(decider.statement?));
            if !denied && allowing.any(|statement| is_as_on_the_page(found, statement, service)) {
                Standing::LetIn
            } else {
                Standing::Perhaps
            }
        }
    }
}

/// Whether all that a statement hangs on is what AWS's page asks for, with the role's own account in it.
fn is_as_on_the_page(found: &Role, statement: &Statement, service: &str) -> bool {
    open_tests(statement, service).into_iter().all(|test| holds(found, test, service))
}

/// Whether a test is one of AWS's page: of the service's own account or ARNs of it, of the certificate, or of the name that the
/// session gets from it. Of any other key nobody has said what the service sends, and a negated operator keeps out whom it names.
fn holds(found: &Role, test: Test<'_>, service: &str) -> bool {
    let operator = test.operator.to_ascii_lowercase();
    let operator = operator.strip_suffix("ifexists").unwrap_or(&operator);
    let operator = operator.split_once(':').map_or(operator, |(_quantifier, comparison)| comparison);
    if !COMPARISONS.contains(&operator) {
        return false;
    }
    let has_patterns = !operator.starts_with("stringequals");
    let is = |value: &str, wanted: &str| value == wanted || (has_patterns && is_like(wanted, value));
    let own = found.arn.account().as_str();
    let name = service.split('.').next().unwrap_or(service);
    let is_own_arn = |value: &String| {
        let mut parts = value.split(':').skip(2);
        parts.next().is_some_and(|part| is(part, name)) && parts.nth(1).is_some_and(|part| is(part, own))
    };
    match test.key.to_ascii_lowercase().as_str() {
        "aws:sourceaccount" => test.values.iter().any(|value| is(value, own)),
        "aws:sourcearn" => test.values.iter().any(is_own_arn),
        key => service == ROLES_ANYWHERE && (key.starts_with(OF_CERTIFICATE) || key == SESSION_NAME),
    }
}

/// The statement of AWS's page for hybrid activations of Systems Manager, merged into the trust policy.
fn let_systems_manager_in(role: &NodeRole<'_>, nodes: &Nodes<'_>, found: &Role) -> Remediation {
    let account = role.account.id.as_str();
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": SSM}, "Action": ASSUME,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnEquals": {"aws:SourceArn": format!("arn:{}:ssm:{}:{account}:*", found.arn.partition(), nodes.region)},
        },
    });
    let merged = rewriting::with_statement(&found.trust, statement);
    let long = merged.as_ref().map(too_long).unwrap_or_default();
    Remediation::manual(
        format!(
            "For machines with a hybrid activation add the statement for Systems Manager{long}; for machines with certificates \
             one for {ROLES_ANYWHERE} instead ({}), with a condition on the trust anchor",
            CALLED_BY_ROLES_ANYWHERE.join(", ")
        ),
        merged.iter().map(|document| update(found, document)).collect(),
    )
}
