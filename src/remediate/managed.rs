//! AWS's managed policies that plans attach: what they grant, before anybody has asked AWS for it. Their real documents are
//! read when a plan is applied, and judged again.

use crate::ids::Partition;
use crate::inventory::{Inventory, PolicyVersion};
use crate::known::Known;
use crate::rules::command::managed_by_aws;

use super::Change;

/// Name and document (AWS managed policy reference guide, read in November 2026).
const POLICIES: [(&str, &str); 4] = [
    ("AmazonEKSWorkerNodePolicy", include_str!("managed/AmazonEKSWorkerNodePolicy.json")),
    ("AmazonEKSWorkerNodeMinimalPolicy", include_str!("managed/AmazonEKSWorkerNodeMinimalPolicy.json")),
    ("AmazonEC2ContainerRegistryPullOnly", include_str!("managed/AmazonEC2ContainerRegistryPullOnly.json")),
    ("AmazonEKS_CNI_Policy", include_str!("managed/AmazonEKS_CNI_Policy.json")),
];

/// Adds the documents of the policies that changes attach, where the inventory has none.
pub(super) fn add_to(inventory: &mut Inventory, changes: &[Change]) {
    for policy in changes.iter().filter_map(Change::policy) {
        let known = inventory.policies.get(policy).is_some_and(|known| known.value().is_some());
        if let Some(document) = document(inventory.partition, policy).filter(|_| !known) {
            let version = PolicyVersion { version_id: String::new(), document };
            inventory.policies.insert(policy.to_owned(), Known::Value(version));
        }
    }
}

/// The document of a policy of AWS, in the partition's own names.
fn document(partition: Partition, arn: &str) -> Option<String> {
    let (_, document) = POLICIES.iter().find(|(name, _)| managed_by_aws(partition, name) == arn)?;
    Some(document.replace("arn:aws:", &format!("arn:{partition}:")))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_documents_are_those_that_the_evaluator_is_tested_with() {
        for (name, document) in POLICIES {
            let path = Path::new("tests/policy/managed").join(format!("{name}.json"));
            assert_eq!(document, std::fs::read_to_string(path).unwrap(), "{name}");
        }
    }

    #[test]
    fn they_are_written_in_the_partitions_own_names() {
        let china = document(Partition::AwsCn, "arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy").unwrap();
        assert!(china.contains("arn:aws-cn:ec2:*:*:network-interface/*") && !china.contains("arn:aws:"));
    }
}
