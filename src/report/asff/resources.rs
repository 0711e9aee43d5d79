//! What a finding is about, as resources: the role, its clusters, its node groups; at most [`super::limits::RESOURCES`].

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::NodeGroupRef;
use crate::ids::{AccountId, Partition, RoleArn};
use crate::report::model::ReportedFinding;

use super::form::{Details, Resource};
use super::limits::{FIELD, RESOURCES, fit, fit_id};

/// The resources of a finding, the role or the account first.
pub(super) fn of_finding(finding: &ReportedFinding, partition: Partition) -> Vec<Resource> {
    let first = match &finding.role_arn {
        Some(arn) => of_role(arn, partition),
        None => of_account(&finding.account, partition),
    };
    let clusters: BTreeSet<(&str, &str)> =
        finding.node_groups.iter().map(|group| (group.region.as_str(), group.cluster.as_str())).collect();
    let clusters = clusters.into_iter().map(|(region, name)| {
        let arn = cluster_arn(finding, partition, region, name);
        Resource {
            kind: "AwsEksCluster",
            id: fit_id(&arn),
            partition: known(partition),
            region: Some(region.to_owned()),
            details: Some(Details::AwsEksCluster { name: fit(name, FIELD), arn: fit(&arn, FIELD) }),
        }
    });
    let groups = finding.node_groups.iter().map(|group| of_group(finding, group, partition));
    std::iter::once(first).chain(clusters).chain(groups).take(RESOURCES).collect()
}

/// An account.
pub(super) fn of_account(account: &AccountId, partition: Partition) -> Resource {
    Resource {
        kind: "AwsAccount",
        id: format!("AWS::::Account:{account}"),
        partition: known(partition),
        region: None,
        details: None,
    }
}

/// A role.
fn of_role(arn: &str, partition: Partition) -> Resource {
    let details = arn
        .parse::<RoleArn>()
        .ok()
        .map(|role| Details::AwsIamRole { name: fit(role.name(), FIELD), path: fit(role.path(), FIELD) });
    Resource { kind: "AwsIamRole", id: fit_id(arn), partition: known(partition), region: None, details }
}

/// A node group. Its id is the cluster's ARN with its kind and name: of many kinds there is no ARN.
fn of_group(finding: &ReportedFinding, group: &NodeGroupRef, partition: Partition) -> Resource {
    let cluster = cluster_arn(finding, partition, group.region.as_str(), &group.cluster);
    let names = BTreeMap::from([
        ("Kind", group.kind.as_str().to_owned()),
        ("Cluster", fit(&group.cluster, FIELD)),
        ("NodeGroup", fit(&group.name, FIELD)),
    ]);
    Resource {
        kind: "Other",
        id: fit_id(&format!("{cluster}/{}/{}", group.kind.as_str(), group.name)),
        partition: known(partition),
        region: Some(group.region.to_string()),
        details: Some(Details::Other(names)),
    }
}

/// A cluster's ARN: clusters lie in the account of the finding (EKS, service authorization reference).
fn cluster_arn(finding: &ReportedFinding, partition: Partition, region: &str, name: &str) -> String {
    format!("arn:{}:eks:{region}:{}:cluster/{name}", partition.as_str(), finding.account)
}

/// The partition, where Security Hub's model has it.
fn known(partition: Partition) -> Option<&'static str> {
    match partition {
        Partition::Aws | Partition::AwsCn | Partition::AwsUsGov => Some(partition.as_str()),
        Partition::AwsIso | Partition::AwsIsoB | Partition::AwsIsoE | Partition::AwsIsoF | Partition::AwsEusc => None,
    }
}
