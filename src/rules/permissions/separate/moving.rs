//! How the CNI's rights leave the node role: to a role of aws-node's own first, then by a detach.

use crate::finding::{NodeKind, Remediation, RemediationClass};
use crate::inventory::{Cluster, IpFamily, Role};
use crate::known::Known;
use crate::policy::Layer;
use crate::remediate::Change;
use crate::rules::command::IPV6_POLICY;
use crate::rules::effective::Permissions;
use crate::rules::requirements::SetName;
use crate::rules::{NodeRole, Nodes, command};

use super::super::ask::{Answer, Site};
use super::super::judged::{Judged, Standing};
use super::super::mend::{aws_policy, manual};
use super::super::{living, wording};

const POLICY: &str = "AmazonEKS_CNI_Policy";
const WORKER: &str = "AmazonEKSWorkerNodePolicy";

/// What lets EKS Pod Identity assume a role (EKS user guide, pod-id-role).
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}"#;

/// The longest name that IAM takes for a role.
const ROLE_NAME: usize = 64;

/// Detaches AWS's policy; what other policies grant is only named.
pub(super) fn detach(
    node_role: &NodeRole<'_>,
    role: &Role,
    permissions: &Permissions,
    granted: &[&Answer],
) -> Remediation {
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
    let further = if others.is_empty() { String::new() } else { format!("; {others} must be edited by hand") };
    let mut text = format!("detach {POLICY} from `{name}`{}{further}", guard(node_role));
    let mut changes = vec![Change::Detach { role: role.arn.clone(), policy: arn.clone() }];
    if joins_by(node_role, permissions, &arn) {
        text = format!("attach {WORKER} first, for the nodes join by what {POLICY} grants besides, then {text}");
        let policy = aws_policy(node_role.facts, WORKER);
        changes.insert(0, Change::Attach { role: role.arn.clone(), policy });
    }
    Remediation::by(RemediationClass::Guarded, text, changes)
}

/// What has to be so before the policy goes.
fn guard(node_role: &NodeRole<'_>) -> &'static str {
    let mut managed = node_role.nodes.iter().filter(|nodes| nodes.kind == NodeKind::Managed).peekable();
    if managed.peek().is_none() {
        return "";
    }
    let associated = |nodes: &Nodes<'_>| nodes.cluster.aws_node_association.value().is_some_and(Option::is_some);
    if managed.any(associated) {
        ", once the Pod Identity agent runs and no running node is older than the setting that gave aws-node its own role"
    } else {
        ", once no running node is older than the setting that gave aws-node its own role"
    }
}

/// Whether the nodes join by what this policy grants: it has ec2:DescribeInstances, too.
fn joins_by(node_role: &NodeRole<'_>, permissions: &Permissions, policy: &str) -> bool {
    let stands = |permissions: &Permissions| {
        let nodes = living(node_role, &[NodeKind::Managed]);
        let asks = nodes.iter().flat_map(|nodes| Site::of(node_role, *nodes).asks(SetName::Worker));
        matches!(Judged::of(permissions, asks).standing(), Standing::Advised | Standing::Grants)
    };
    stands(permissions) && !stands(&permissions.without_policy(policy))
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
    if without.is_empty() {
        return manual(
            "see that the role that is meant for aws-node serves it by a setting of EKS (NR204), then take the CNI's \
             rights from the node role",
        );
    }
    if !node_role.facts.inventory.partition.has_eks_auth() {
        return manual(
            "give aws-node a role of its own (by the add-on's service account role, for this partition has no Pod \
             Identity), restart it, and then take the CNI's rights from the node role",
        );
    }
    let text = "give aws-node a role of its own (here by Pod Identity, which needs the agent, and \
                eks-auth:AssumeRoleForPodIdentity on the node role), restart it, and then take the CNI's rights from the \
                node role";
    Remediation::manual(text.to_owned(), without.iter().flat_map(|nodes| own_role(node_role, *nodes)).collect())
}

fn own_role(node_role: &NodeRole<'_>, nodes: Nodes<'_>) -> Vec<String> {
    let facts = node_role.facts;
    let (partition, account) = (facts.inventory.partition, &node_role.account.id);
    let cluster = &nodes.cluster.name;
    let role: String = format!("AmazonEKSVPCCNIRole-{cluster}").chars().take(ROLE_NAME).collect();
    let ipv6 = nodes.cluster.detail.value().is_some_and(|detail| detail.ip_family == IpFamily::Ipv6);
    let place = ["--region", nodes.region.as_str(), "--cluster-name", cluster];
    let mut commands = Vec::new();
    if lacks_agent(nodes.cluster) {
        let agent = ["eks", "create-addon", "--addon-name", "eks-pod-identity-agent"];
        commands.push(command::aws(&[agent.as_slice(), &place].concat()));
    }
    let policy = if ipv6 {
        let arn = command::managed_by_account(partition, account, IPV6_POLICY);
        if !facts.inventory.policies.contains_key(&arn) {
            commands.push(command::create_ipv6_policy(partition));
        }
        arn
    } else {
        aws_policy(facts, POLICY)
    };
    commands.push(command::aws(&["iam", "create-role", "--role-name", &role, "--assume-role-policy-document", TRUST]));
    commands.push(command::attach(&role, &policy));
    let arn = format!("arn:{partition}:iam::{account}:role/{role}");
    let aws_node = ["--namespace", "kube-system", "--service-account", "aws-node", "--role-arn", &arn];
    commands.push(command::aws(&[["eks", "create-pod-identity-association"].as_slice(), &place, &aws_node].concat()));
    commands
}

/// Whether the cluster is known to run no Pod Identity agent: aws-node would get no credentials at all.
fn lacks_agent(cluster: &Cluster) -> bool {
    let auto =
        cluster.detail.value().and_then(|detail| detail.compute_config.as_ref()).is_some_and(|auto| auto.enabled);
    !auto && matches!(cluster.pod_identity_agent, Known::Value(None))
}
