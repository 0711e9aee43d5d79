//! NR202: what a pull from ECR takes.

use crate::finding::{NodeKind, Remediation, Severity, Status};
use crate::policy::Outcome;
use crate::rules::effective::Permissions;
use crate::rules::requirements::{Needed, On, SetName};
use crate::rules::{NodeRole, Verdict};

use super::ask::{Answer, Site};
use super::judged::{Judged, Standing, Words};
use super::mend::Mend;
use super::{EC2, called, living, one_of_each, readable};

const SEVERITY: Severity = Severity::High;

/// NR202 ecr-pull: the set `ecr-pull` is effectively granted: on the registry of EKS's add-ons in each region of the role,
/// and, as a recommendation, on some of the account's own repositories.
///
/// Blind to repository policies, endpoint policies and routes, any of which can make a pull fail.
pub fn nr202(node_role: &NodeRole<'_>) -> Verdict {
    let nodes = living(node_role, &[EC2, &[NodeKind::Hybrid]].concat());
    if nodes.is_empty() {
        return Verdict::new(Status::NotApplicable, SEVERITY, "every node group of the role is being deleted");
    }
    let (role, permissions) = match readable(node_role, SEVERITY) {
        Ok(readable) => readable,
        Err(verdict) => return verdict,
    };
    let asks = one_of_each(&nodes).into_iter().flat_map(|nodes| Site::of(node_role, nodes).asks(SetName::EcrPull));
    let judged = Judged::of(&permissions, asks);
    let name = called(node_role.arn);
    let verdict = judged.verdict(
        SEVERITY,
        &Words {
            told: node_role.facts.told(),
            lacks: format_args!("`{name}` cannot pull images"),
            open: format_args!("whether `{name}` can pull the images of EKS's add-ons is not certain"),
            advised: format_args!("`{name}` cannot pull from the account's own repositories"),
            grants: format_args!("`{name}` can pull images"),
        },
    );
    let mend =
        || Mend::of(node_role, role, &permissions).attach("AmazonEC2ContainerRegistryPullOnly", &judged.decisive());
    match judged.standing() {
        Standing::Lacks => verdict.mend(mend()),
        // To attach it would widen what somebody has scoped with care.
        Standing::Advised => {
            let mend = mend();
            let text =
                format!("where nodes pull from these repositories, grant them in the scoped policy, or {}", mend.text);
            verdict.mend(Remediation::manual(text, mend.commands))
        }
        Standing::Open | Standing::Grants => verdict,
    }
}

/// A grant that is scoped to repositories is legal. Where a question stands for all repositories of a registry (`*`), and
/// not all are granted, one that is granted answers for the account's own; of a registry that is not known it leaves open
/// whether it is the right one.
pub(super) fn narrowed(permissions: &Permissions, mut answer: Answer) -> Answer {
    let all = answer.ask.resource.ends_with(":repository/*");
    if !all || answer.decision.outcome != Outcome::ImplicitDeny {
        return answer;
    }
    let prefix = answer.ask.resource.trim_end_matches('*').to_owned();
    let scopes = permissions.granted_resources(&answer.ask.action);
    match answer.ask.on {
        On::OwnRepositories => {
            let own = scopes.iter().filter_map(|scope| within(scope, &prefix));
            let granted =
                own.map(|resource| (permissions.decide(&answer.ask.region, &answer.ask.action, &resource), resource));
            if let Some((decision, resource)) =
                granted.into_iter().find(|(decision, _)| decision.outcome == Outcome::Allowed)
            {
                answer.decision = decision;
                answer.ask.resource = resource;
            }
        }
        On::AddonRepositories => {
            if scopes.iter().any(|scope| scope.contains(":ecr:")) {
                answer.ask.needed = Needed::Unsure(format!(
                    "the registry of EKS's add-ons in {} is not known, and the grant is scoped",
                    answer.ask.region
                ));
            }
        }
        On::Anything | On::Cluster | On::NetworkInterfaces | On::Subnets | On::SecurityGroups | On::Instances => {}
    }
    answer
}

/// A repository of the registry with this prefix that the pattern covers; none where it covers none.
fn within(scope: &str, prefix: &str) -> Option<String> {
    let repository = scope.split_once(":repository/").map(|(_, repository)| repository)?;
    Some(format!("{prefix}{repository}"))
}
