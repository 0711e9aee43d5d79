//! How the CNI's rights leave the node role: to a role of aws-node's own first, then by a detach.

use crate::finding::{NodeKind, Remediation, RemediationClass};
use crate::inventory::{IpFamily, Role};
use crate::policy::Layer;
use crate::rules::{NodeRole, Nodes, command};

use super::super::ask::Answer;
use super::super::mend::{IPV6_POLICY, aws_policy, create_ipv6, manual};
use super::super::wording;

const POLICY: &str = "AmazonEKS_CNI_Policy";

/// What lets EKS Pod Identity assume a role (EKS user guide, pod-id-role).
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}"#;

/// The longest name that IAM takes for a role.
const ROLE_NAME: usize = 64;

/// Detaches AWS's policy; what other policies grant is only named.
pub(super) fn detach(node_role: &NodeRole<'_>, role: &Role, granted: &[&Answer]) -> Remediation {
    let arn = aws_policy(node_role.facts, POLICY);
    let name = role.arn.name();
    let attached = role.attached.value().is_some_and(|list| list.iter().any(|policy| policy.arn == arn));
    let others: Vec<String> = granted_by(granted).into_iter().filter(|policy| *policy != arn).map(quoted).collect();
    let others = wording::list(&others.iter().map(String::as_str).collect::<Vec<_>>());
    if !attached {
        return manual(format!(
            "take the rights that write network interfaces out of {others}, which `{name}` carries"
        ));
    }
    let guard = if node_role.nodes.iter().any(|nodes| nodes.kind == NodeKind::Managed) {
        ", once no running node is older than the setting that gave aws-node its own role"
    } else {
        ""
    };
    let further = if others.is_empty() { String::new() } else { format!("; {others} must be edited by hand") };
    Remediation {
        class: RemediationClass::Guarded,
        text: format!("detach {POLICY} from `{name}`{guard}{further}"),
        commands: vec![command::aws(&["iam", "detach-role-policy", "--role-name", name, "--policy-arn", &arn])],
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// The role's policies that grant some answers, each once.
fn granted_by<'a>(granted: &[&'a Answer]) -> Vec<&'a str> {
    let mut policies: Vec<&str> = granted
        .iter()
        .flat_map(|answer| &answer.decision.by)
        .filter(|decider| decider.layer == Layer::Identity)
        .filter_map(|decider| decider.policy.as_deref())
        .collect();
    policies.sort_unstable();
    policies.dedup();
    policies
}

/// Gives aws-node a role of its own by Pod Identity, in the clusters where it has none; the detach comes later, when NR205
/// fails and its guards hold.
pub(super) fn separate(node_role: &NodeRole<'_>, without: &[Nodes<'_>]) -> Remediation {
    let text = if without.is_empty() {
        "see that the role that is meant for aws-node serves it by a setting of EKS (NR204), then take the CNI's rights \
         from the node role"
    } else {
        "give aws-node a role of its own (here by Pod Identity, which needs the agent), restart it, and then take the CNI's \
         rights from the node role"
    };
    Remediation {
        class: RemediationClass::Manual,
        text: text.to_owned(),
        commands: without.iter().flat_map(|nodes| own_role(node_role, *nodes)).collect(),
    }
}

fn own_role(node_role: &NodeRole<'_>, nodes: Nodes<'_>) -> Vec<String> {
    let facts = node_role.facts;
    let (partition, account) = (facts.inventory.partition, &node_role.account.id);
    let cluster = &nodes.cluster.name;
    let role: String = format!("AmazonEKSVPCCNIRole-{cluster}").chars().take(ROLE_NAME).collect();
    let ipv6 = nodes.cluster.detail.value().is_some_and(|detail| detail.ip_family == IpFamily::Ipv6);
    let mut commands = Vec::new();
    let policy = if ipv6 {
        let arn = command::managed_by_account(partition, account, IPV6_POLICY);
        if !facts.inventory.policies.contains_key(&arn) {
            commands.push(create_ipv6(facts));
        }
        arn
    } else {
        aws_policy(facts, POLICY)
    };
    commands.push(command::aws(&["iam", "create-role", "--role-name", &role, "--assume-role-policy-document", TRUST]));
    commands.push(command::attach(&role, &policy));
    commands.push(command::aws(&[
        "eks",
        "create-pod-identity-association",
        "--region",
        nodes.region.as_str(),
        "--cluster-name",
        cluster,
        "--namespace",
        "kube-system",
        "--service-account",
        "aws-node",
        "--role-arn",
        &format!("arn:{partition}:iam::{account}:role/{role}"),
    ]));
    commands
}
