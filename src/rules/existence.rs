//! NR001 to NR005: the role exists, is a role of its own, and is used.

mod creation;
mod fargate;
mod profile;
mod survey;
mod unused;

pub use fargate::not_fargate_role;
pub use profile::in_instance_profile;
pub use unused::unused_node_roles;

use crate::finding::{Evidence, NodeKind, Remediation, Severity, Status};
use crate::ids::{Region, RoleArn};
use crate::inventory::{AuthenticationMode, Cluster, Role, RoleRecord};
use crate::known::Gap;

use super::subject::{NodeRole, Nodes, Shown};
use super::trust;
use super::verdict::Verdict;
use survey::Survey;

/// The service as which EKS runs clusters; the same in every partition.
const CLUSTER_SERVICE: &str = "eks.amazonaws.com";

/// NR001: the role that a node group names exists in its account, under the ARN that it names.
pub fn role_exists(role: &NodeRole<'_>, nodes: &Nodes<'_>) -> Verdict {
    let group = nodes.described();
    let named = Evidence::from_api(nodes.shown_by.api(), format!("{group} names {}", role.arn));
    let Some(arn) = role.parsed().cloned() else {
        let message = format!("{group} names `{}`, which is not the ARN of a role", role.arn);
        return Verdict::new(Status::Fail, Severity::Critical, message).with([named]).mend(replace_role(nodes));
    };
    if *arn.account() != role.account.id {
        let message = format!(
            "{group} names the role {arn} of account {}; a node role must be one of its own account, {}",
            arn.account(),
            role.account.id
        );
        return Verdict::new(Status::Fail, Severity::Critical, message).with([named]).mend(replace_role(nodes));
    }
    match role.record() {
        Some(RoleRecord::Found(found)) => compare_arns(role, found, &arn, nodes).with([named]),
        Some(RoleRecord::NoSuchRole) => {
            let message = format!("the role `{}` that {group} names does not exist", arn.name());
            let answer = Evidence::from_api(role.read_by(), format!("IAM has no role named `{}`", arn.name()));
            Verdict::new(Status::Fail, severity_of_absence(nodes), message)
                .with([answer, named])
                .with(reported_by_eks(nodes))
                .mend(creation::of(&arn, nodes, role.facts.inventory))
        }
        Some(RoleRecord::Missing(gap)) => {
            Verdict::unread(Severity::Critical, gap, &format!("the role `{}` that {group} names", arn.name()))
                .with(reported_by_eks(nodes))
        }
        None => {
            let message = format!("whether the role `{}` that {group} names exists was not asked for", arn.name());
            let evidence = Evidence::from_api(role.read_by(), message.clone());
            Verdict::new(Status::Unknown, Severity::Critical, message).with([evidence])
        }
    }
}

/// Names are unique in an account whatever the path, so that another ARN is the same role under another path.
fn compare_arns(role: &NodeRole<'_>, found: &Role, named: &RoleArn, nodes: &Nodes<'_>) -> Verdict {
    let group = nodes.described();
    let answer = Evidence::from_api(role.read_by(), format!("IAM has the role {}", found.arn));
    if found.arn == *named {
        let message = format!("the role `{}` that {group} names exists", named.name());
        return Verdict::new(Status::Pass, Severity::Critical, message).with([answer]).with(reported_by_eks(nodes));
    }
    let message = format!("{group} names {named}, but the role of that name is {}: the path differs", found.arn);
    Verdict::new(Status::Fail, Severity::Medium, message)
        .with([answer])
        .with(reported_by_eks(nodes))
        .mend(replace_role(nodes))
}

/// What EKS itself says of the role of a managed node group.
fn reported_by_eks(nodes: &Nodes<'_>) -> Vec<Evidence> {
    let issues = nodes.group.map(|group| group.health.as_slice()).unwrap_or_default();
    let about_role = issues.iter().filter(|issue| issue.code == "IamNodeRoleNotFound");
    about_role
        .map(|issue| {
            Evidence::from_api("eks:DescribeNodegroup", format!("EKS reports {}: {}", issue.code, issue.message))
        })
        .collect()
}

/// Another role in the place of the one that is named: the role of a node group is fixed when it is created, for
/// `UpdateNodegroupConfig` has no such member.
fn replace_role(nodes: &Nodes<'_>) -> Remediation {
    let text = match nodes.kind {
        NodeKind::Managed => format!(
            "Create a new node group with a node role of this account and delete `{}`: the role of a managed node group \
             cannot be changed",
            nodes.name
        ),
        NodeKind::AutoMode if nodes.shown_by == Shown::Cluster => {
            "Create a node role in this account: the role of Auto Mode's built-in node pools cannot be changed while they are \
             on, so turn the pools off, then on again with the new role"
                .to_owned()
        }
        NodeKind::AutoMode => "Name a node role of this account in the node class".to_owned(),
        NodeKind::SelfManaged | NodeKind::Karpenter => "Put a node role of this account into an instance profile, and \
                                                        launch nodes with it"
            .to_owned(),
        NodeKind::Hybrid | NodeKind::Hyperpod => {
            "Register the machines anew with a role of this account, and create an access entry for it".to_owned()
        }
    };
    Remediation::manual(text, Vec::new())
}

/// How bad it is that the role does not exist. Where only an access entry names it, nothing shows that there are nodes.
fn severity_of_absence(nodes: &Nodes<'_>) -> Severity {
    if nodes.shown_by == Shown::AccessEntry { Severity::Medium } else { Severity::Critical }
}

/// NR002: no cluster runs as the node role, none was created by it, and none could be run as it.
pub fn not_cluster_role(role: &NodeRole<'_>) -> Verdict {
    let survey = Survey::of(role.account);
    let mut gaps = survey.gaps();
    let mut uses = Vec::new();
    let mut notes = vec![survey.evidence("cluster roles", role.facts.inventory.target.as_ref())];
    for (region, cluster) in role.account.clusters() {
        match cluster.detail.as_result() {
            Ok(detail) if role.is_named_by(&detail.role_arn) => {
                uses.push((format!("runs cluster `{}` in {region}", cluster.name), "eks:DescribeCluster"));
            }
            // A cluster that is connected from elsewhere is active and has none.
            Ok(detail) if detail.role_arn.is_empty() && detail.status != "ACTIVE" => {
                let text = format!("cluster `{}` in {region} is {} and names no role", cluster.name, detail.status);
                gaps.push(Evidence::from_api("eks:DescribeCluster", text));
            }
            Ok(detail) => notes.extend(hidden_creator(region, cluster, detail.authentication_mode)),
            Err(gap) => gaps.push(Evidence::gap(gap)),
        }
        match admins(cluster) {
            Ok(admins) if admins.iter().any(|admin| role.is_named_by(admin)) => {
                let text = format!(
                    "is an administrator of cluster `{}` in {region} by AmazonEKSClusterAdminPolicy, as the principal \
                     that created a cluster is",
                    cluster.name
                );
                uses.push((text, "eks:ListAccessEntries"));
            }
            Ok(_) => {}
            Err(gap) => gaps.push(Evidence::gap(gap)),
        }
    }
    let name = role.name();
    if !uses.is_empty() {
        let texts: Vec<&str> = uses.iter().map(|(text, _)| text.as_str()).collect();
        let evidence: Vec<_> =
            uses.iter().map(|(text, api)| Evidence::from_api(api, format!("role `{name}` {text}"))).collect();
        return Verdict::new(Status::Fail, Severity::High, format!("node role `{name}` also {}", texts.join(" and ")))
            .with(evidence)
            .with(gaps)
            .mend(own_role());
    }
    let (found, document) = match trust::of(role, Severity::High) {
        Ok(trust) => trust,
        Err(verdict) => return verdict.with(gaps),
    };
    if let Some(statement) = trust::trusts_service(&document, found, CLUSTER_SERVICE) {
        let message =
            format!("node role `{name}` may be assumed by {CLUSTER_SERVICE}, so that a cluster can run as it");
        return Verdict::new(Status::Fail, Severity::Medium, message).with([statement]).with(gaps).mend(own_role());
    }
    if gaps.is_empty() {
        let message = format!("node role `{name}` runs no cluster and administers none");
        return Verdict::new(Status::Pass, Severity::High, message).with(notes);
    }
    survey::unknown(Severity::High, &format!("whether node role `{name}` is also a cluster's role"), gaps).with(notes)
}

/// The principals that administer a cluster, as far as they were asked for; an entry cannot be seen where the list of
/// entries is missing, but for a cluster whose creator did not become its administrator.
fn admins(cluster: &Cluster) -> Result<&[String], &Gap> {
    if let Some(admins) = &cluster.cluster_admins {
        return admins.as_result().map(Vec::as_slice);
    }
    let creator_is_admin = cluster.detail.value().and_then(|detail| detail.creator_is_admin);
    match cluster.access_entries.gap() {
        Some(gap) if creator_is_admin != Some(false) => Err(gap),
        Some(_) | None => Ok(&[]),
    }
}

/// With the aws-auth ConfigMap alone no AWS API shows who created the cluster; the cluster role can still be compared.
fn hidden_creator(region: &Region, cluster: &Cluster, mode: AuthenticationMode) -> Option<Evidence> {
    match mode {
        AuthenticationMode::ConfigMap => Some(Evidence::from_api(
            "eks:DescribeCluster",
            format!("creator of cluster `{}` in {region} not checked: mode CONFIG_MAP hides it", cluster.name),
        )),
        AuthenticationMode::ApiAndConfigMap | AuthenticationMode::Api => None,
    }
}

fn own_role() -> Remediation {
    Remediation::manual(
        "Create a role for the nodes alone, and a new node group with it: neither the role of a managed node group \
               nor that of a cluster can be changed"
            .to_owned(),
        Vec::new(),
    )
}
