//! NR205: the CNI's rights belong to a role of its own.

use crate::finding::{Evidence, NodeKind, Remediation, RemediationClass, Severity, Status};
use crate::inventory::Role;
use crate::policy::Outcome;
use crate::rules::effective::Shared;
use crate::rules::requirements::{SetName, Setting, Switch};
use crate::rules::{NodeRole, Nodes, Verdict, command};

use super::ask::{Site, cni_set};
use super::aws_node::{Own, Rights, Server};
use super::judged::{Judged, Standing};
use super::mend::{aws_policy, manual};
use super::{called, living, one_a_cluster, readable, with_aws_node, wording};

const POLICY: &str = "AmazonEKS_CNI_Policy";

/// What lets EKS Pod Identity assume a role (EKS user guide, pod-id-role).
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}"#;

/// Whose aws-node in one cluster uses the node role.
enum Use {
    /// A role of its own works there, by a setting of EKS: the node role's rights are surplus.
    Surplus(String),
    /// A role may be meant for it, or falls short, or there is none.
    InUse(String),
    /// Not known.
    Unread(String),
}

/// NR205 cni-role-separate: the node role does not carry the rights that write network interfaces where aws-node has a
/// working role of its own, or where all its nodes are Auto Mode's; elsewhere AWS recommends to move them.
///
/// Rights that only describe are never surplus. Blind to other software on the nodes that may use these rights.
pub fn nr205(node_role: &NodeRole<'_>) -> Verdict {
    const SEVERITY: Severity = Severity::Medium;
    let nodes = living(node_role, &[NodeKind::Managed, NodeKind::AutoMode]);
    if nodes.is_empty() {
        return Verdict::new(Status::NotApplicable, SEVERITY, "every node group of the role is being deleted");
    }
    let (role, permissions) = match readable(node_role, SEVERITY) {
        Ok(readable) => readable,
        Err(verdict) => return verdict,
    };
    let name = called(node_role.arn);
    let judged = writing(node_role, &nodes, &permissions);
    let granted: Vec<_> = judged.answers.iter().filter(|answer| answer.granted()).collect();
    let evidence = granted.iter().map(|answer| wording::evidence(answer)).collect::<Vec<_>>();
    if granted.is_empty() {
        let open: Vec<_> = judged.answers.iter().filter(|a| a.decision.outcome == Outcome::Conditional).collect();
        if open.is_empty() {
            let message = format!("`{name}` has no right that writes network interfaces");
            return Verdict::new(Status::Pass, SEVERITY, message).with(judged.evidence());
        }
        let message =
            format!("whether `{name}` may write network interfaces is not certain: {}", wording::reasons(&open));
        return Verdict::new(Status::Unknown, SEVERITY, message).with(open.into_iter().map(wording::evidence));
    }
    let actions = wording::actions(&granted);
    let aws_node = one_a_cluster(&with_aws_node(node_role));
    if aws_node.is_empty() && nodes.iter().all(|nodes| nodes.kind == NodeKind::AutoMode) {
        let message =
            format!("`{name}` serves Auto Mode alone, whose nodes do not run aws-node, and yet has {actions}");
        return Verdict::new(Status::Fail, SEVERITY, message).with(evidence).mend(detach(
            node_role,
            role,
            &granted_by(&granted),
        ));
    }
    let uses: Vec<Use> = aws_node.iter().map(|nodes| uses(node_role, *nodes)).collect();
    let unread = uses.iter().find_map(|one| match one {
        Use::Unread(reason) => Some(reason),
        Use::Surplus(_) | Use::InUse(_) => None,
    });
    let in_use = uses.iter().find_map(|one| match one {
        Use::InUse(reason) => Some(reason),
        Use::Surplus(_) | Use::Unread(_) => None,
    });
    let facts = uses.iter().map(|one| match one {
        Use::Surplus(fact) | Use::InUse(fact) | Use::Unread(fact) => Evidence::fact(fact.as_str()),
    });
    let verdict = match (unread, in_use, aws_node.is_empty()) {
        (_, Some(reason), _) => Verdict::new(
            Status::Advice,
            Severity::Low,
            format!("`{name}` carries the CNI's rights ({actions}), which AWS recommends to give to a role of aws-node's own: {reason}"),
        )
        .mend(separate(node_role, &aws_node)),
        (_, None, true) => Verdict::new(
            Status::Advice,
            Severity::Low,
            format!("`{name}` carries the CNI's rights ({actions}), though none of its nodes runs aws-node"),
        )
        .mend(manual("Windows nodes do without these rights: detach what grants them once no Linux node uses the role")),
        (Some(reason), None, false) => Verdict::new(
            Status::Unknown,
            SEVERITY,
            format!("`{name}` carries the CNI's rights ({actions}), and whether aws-node uses them is not known: {reason}"),
        ),
        (None, None, false) => {
            let own = uses.iter().find_map(|one| match one {
                Use::Surplus(fact) => Some(fact.as_str()),
                Use::InUse(_) | Use::Unread(_) => None,
            });
            let message = format!("`{name}` still has {actions}, which are surplus: {}", own.unwrap_or_default());
            Verdict::new(Status::Fail, SEVERITY, message).mend(detach(node_role, role, &granted_by(&granted)))
        }
    };
    verdict.with(evidence).with(facts)
}

/// The rights that write network interfaces, asked for in every region of the role.
fn writing(node_role: &NodeRole<'_>, nodes: &[Nodes<'_>], permissions: &Shared) -> Judged {
    let actions = &node_role.facts.requirements.interface_writing;
    let asks = one_a_cluster(nodes)
        .into_iter()
        .flat_map(|nodes| Site::of(node_role, nodes).asks_on_interfaces(SetName::CniIpv4, actions));
    Judged::of(permissions, asks)
}

/// The policies that grant some answers, each once.
fn granted_by<'a>(granted: &[&'a super::ask::Answer]) -> Vec<&'a str> {
    let mut policies: Vec<&str> = granted
        .iter()
        .flat_map(|answer| &answer.decision.by)
        .filter(|decider| decider.layer == crate::policy::Layer::Identity)
        .filter_map(|decider| decider.policy.as_deref())
        .collect();
    policies.sort_unstable();
    policies.dedup();
    policies
}

/// Whether aws-node of a cluster uses the node role.
fn uses(node_role: &NodeRole<'_>, nodes: Nodes<'_>) -> Use {
    let facts = node_role.facts;
    let cluster = nodes.cluster;
    match Server::of(facts, node_role.account, cluster) {
        Server::Unread(reason) => Use::Unread(format!("cluster `{}`: {reason}", cluster.name)),
        Server::NodeRole(None) => Use::InUse(format!("aws-node of cluster `{}` has no role of its own", cluster.name)),
        Server::NodeRole(Some(gap)) => {
            Use::Unread(format!("whether aws-node of cluster `{}` has a role of its own: {gap}", cluster.name))
        }
        Server::Candidates(candidates) => {
            let names: Vec<&str> = candidates.iter().map(|own| called(own.arn)).collect();
            Use::InUse(format!(
                "`{}` trusts aws-node of cluster `{}`, but whether it is used stands in Kubernetes alone",
                names.join("`, `"),
                cluster.name
            ))
        }
        Server::Own(own) => works(node_role, nodes, &own),
    }
}

/// Whether a role that EKS gives to aws-node grants what it needs.
fn works(node_role: &NodeRole<'_>, nodes: Nodes<'_>, own: &Own<'_>) -> Use {
    let name = called(own.arn);
    let cluster = &nodes.cluster.name;
    let short =
        || Use::InUse(format!("`{name}`, which is to serve aws-node of cluster `{cluster}`, falls short: see NR204"));
    let permissions = match own.rights(node_role.facts, node_role.account) {
        Rights::Known(_, permissions) => permissions,
        Rights::NoSuchRole => return short(),
        Rights::Unread(reason) => return Use::Unread(reason),
    };
    let site = Site::of(node_role, nodes);
    if site.settings().switch(Setting::ImdsOnly) == Switch::Is(true) {
        return Use::Surplus(format!("`{name}` serves aws-node of cluster `{cluster}`, which asks nothing of EC2"));
    }
    let Some(set) = cni_set(nodes.cluster) else {
        return Use::Unread(format!("the family of addresses of cluster `{cluster}` is not known"));
    };
    match Judged::of(&permissions, site.asks(set)).standing() {
        Standing::Grants | Standing::Advised => {
            Use::Surplus(format!("`{name}` serves aws-node of cluster `{cluster}` by {}", own.by()))
        }
        Standing::Lacks => short(),
        Standing::Open => Use::Unread(format!("whether `{name}` can serve aws-node of cluster `{cluster}` is open")),
    }
}

/// Detaches AWS's policy; what others grant is only named.
fn detach(node_role: &NodeRole<'_>, role: &Role, policies: &[&str]) -> Remediation {
    let arn = aws_policy(node_role.facts, POLICY);
    let name = role.arn.name();
    let attached = role.attached.value().is_some_and(|list| list.iter().any(|policy| policy.arn == arn));
    let others: Vec<&str> = policies.iter().copied().filter(|policy| *policy != arn).collect();
    let named = wording::list(&others);
    if !attached {
        return manual(format!("take the rights that write network interfaces out of {named}, which `{name}` carries"));
    }
    let further = if others.is_empty() { String::new() } else { format!("; {named} must be edited by hand") };
    Remediation {
        class: RemediationClass::Guarded,
        text: format!(
            "detach {POLICY} from `{name}`, once no running node is older than the setting that gave aws-node its own role{further}"
        ),
        commands: vec![command::aws(&["iam", "detach-role-policy", "--role-name", name, "--policy-arn", &arn])],
    }
}

/// Gives aws-node a role of its own, by Pod Identity; the detach comes later, when NR205 fails and its guards hold.
fn separate(node_role: &NodeRole<'_>, nodes: &[Nodes<'_>]) -> Remediation {
    let facts = node_role.facts;
    let account = &node_role.account.id;
    let partition = facts.inventory.partition;
    let mut commands = Vec::new();
    for nodes in nodes.iter().filter(|nodes| matches!(uses(node_role, **nodes), Use::InUse(_))) {
        let ipv4 = cni_set(nodes.cluster) == Some(SetName::CniIpv4);
        let cluster = &nodes.cluster.name;
        let role = format!("AmazonEKSPodIdentityAmazonVPCCNIRole-{cluster}");
        let policy = if ipv4 {
            aws_policy(facts, POLICY)
        } else {
            command::managed_by_account(partition, account, super::mend::IPV6_POLICY)
        };
        commands.push(command::aws(&[
            "iam",
            "create-role",
            "--role-name",
            &role,
            "--assume-role-policy-document",
            TRUST,
        ]));
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
    }
    Remediation {
        class: RemediationClass::Manual,
        text: "give aws-node a role of its own (with the Pod Identity agent, or by IRSA), restart it, and then take the CNI \
               policy from the node role"
            .to_owned(),
        commands,
    }
}
