//! NR001's remediation: the role as AWS's page *Amazon EKS node IAM role* creates it.

use crate::finding::{NodeKind, Remediation, RemediationClass};
use crate::ids::RoleArn;
use crate::inventory::{Cluster, Inventory, IpFamily};
use crate::remediate::Change;
use crate::remediate::state::EntryState;
use crate::rules::command::{IPV6_POLICY, delete_access_entry, ipv6_document, managed_by_account, managed_by_aws};
use crate::rules::permissions::runs_aws_node;
use crate::rules::subject::{Nodes, Shown};
use crate::rules::trust;

/// Creates the role that a node group names, with the policies that its nodes need.
pub(super) fn of(arn: &RoleArn, nodes: &Nodes<'_>, inventory: &Inventory) -> Remediation {
    if nodes.shown_by == Shown::AccessEntry {
        return without_nodes(arn, nodes);
    }
    let partition = arn.partition();
    let create = Change::CreateRole { role: arn.clone(), trust: trust::document_for_ec2(partition).to_string() };
    let worker = match nodes.kind {
        NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter | NodeKind::Hybrid | NodeKind::Hyperpod => {
            "AmazonEKSWorkerNodePolicy"
        }
        NodeKind::AutoMode => "AmazonEKSWorkerNodeMinimalPolicy",
    };
    let attach = |policy| Change::Attach { role: arn.clone(), policy: managed_by_aws(partition, policy) };
    let mut changes = vec![create, attach(worker), attach("AmazonEC2ContainerRegistryPullOnly")];
    let cni = cni(arn, nodes, inventory);
    let unless = if cni.is_empty() {
        ""
    } else {
        ", and the CNI policy if aws-node has a role of its own that is not seen here"
    };
    changes.extend(cni);
    let renewed = access_entry(arn, nodes);
    let entry = if renewed.is_empty() {
        ""
    } else {
        "; the access entry holds the unique id of the role that is gone, so it is created anew"
    };
    changes.extend(renewed);
    let text = format!(
        "Create the role as AWS's page says. Nodes that run do not come back by it, new ones do{entry}. Leave out what the \
         account has already{unless}"
    );
    Remediation::by(RemediationClass::Guarded, text, changes)
}

/// Only an access entry names the role: there may be no nodes, and for a role that is created anew the entry is dead.
fn without_nodes(arn: &RoleArn, nodes: &Nodes<'_>) -> Remediation {
    Remediation::manual("Delete the access entry, which lets nobody in; where nodes are to have the role, create the role and then the \
               entry anew"
            .to_owned(), vec![delete_access_entry(&nodes.cluster.name, nodes.region, arn)])
}

/// The CNI's rights, where nobody else has them; neither nodes of Auto Mode nor those of Windows run aws-node.
fn cni(arn: &RoleArn, nodes: &Nodes<'_>, inventory: &Inventory) -> Vec<Change> {
    if !runs_aws_node(nodes) || has_own_role(nodes.cluster) {
        return Vec::new();
    }
    let partition = arn.partition();
    match nodes.cluster.detail.value().map(|detail| detail.ip_family) {
        None | Some(IpFamily::Ipv4) => {
            vec![Change::Attach { role: arn.clone(), policy: managed_by_aws(partition, "AmazonEKS_CNI_Policy") }]
        }
        Some(IpFamily::Ipv6) => {
            let policy = managed_by_account(partition, arn.account(), IPV6_POLICY);
            let create = (!inventory.policies.contains_key(&policy))
                .then(|| Change::CreatePolicy { policy: policy.clone(), document: ipv6_document(partition) });
            create.into_iter().chain([Change::Attach { role: arn.clone(), policy }]).collect()
        }
    }
}

/// Whether aws-node has a role of its own by Pod Identity or by the add-on.
fn has_own_role(cluster: &Cluster) -> bool {
    let associated = cluster.aws_node_association.value().is_some_and(Option::is_some);
    let addon = cluster.vpc_cni.value().and_then(Option::as_ref);
    associated
        || addon.is_some_and(|addon| {
            addon.service_account_role_arn.is_some() || !addon.pod_identity_associations.is_empty()
        })
}

/// An access entry binds the role's unique id: for a role that is created again it must be created again (EKS API, `AccessEntry`).
fn access_entry(arn: &RoleArn, nodes: &Nodes<'_>) -> Vec<Change> {
    let entries = nodes.cluster.access_entries.value().into_iter().flatten();
    if !entries.into_iter().any(|entry| entry.principal_arn == arn.as_str()) {
        return Vec::new();
    }
    let windows = nodes.windows == Some(true);
    let kind = match nodes.kind {
        NodeKind::AutoMode => "EC2",
        NodeKind::Hybrid => "HYBRID_LINUX",
        NodeKind::Hyperpod => "HYPERPOD_LINUX",
        NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter if windows => "EC2_WINDOWS",
        NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter => "EC2_LINUX",
    };
    let (role, region, cluster) = (arn.clone(), nodes.region.clone(), nodes.cluster.name.clone());
    let delete = Change::DeleteEntry { role: role.clone(), region: region.clone(), cluster: cluster.clone() };
    vec![delete, Change::CreateEntry { entry: EntryState::for_nodes(kind, arn), role, region, cluster }]
}
