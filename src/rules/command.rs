//! Exact `aws` commands for remediations: every word quoted for a POSIX shell.

use std::borrow::Cow;

use crate::ids::{AccountId, Partition, Region, RoleArn};

/// The command `aws WORDS...`, each word quoted where a shell would take it apart.
///
/// A NUL cannot stand in a command line (nor in anything that AWS gives a name to); it is left out.
pub fn aws(words: &[&str]) -> String {
    let mut line = "aws".to_owned();
    for word in words {
        let word = if word.contains('\0') { Cow::Owned(word.replace('\0', "")) } else { Cow::Borrowed(*word) };
        line.push(' ');
        line.push_str(&shlex::try_quote(&word).unwrap_or(Cow::Borrowed("''")));
    }
    line
}

/// Attaches a managed policy to a role.
pub fn attach(role_name: &str, policy_arn: &str) -> String {
    aws(&["iam", "attach-role-policy", "--role-name", role_name, "--policy-arn", policy_arn])
}

/// The ARN of a policy that AWS manages.
pub fn managed_by_aws(partition: Partition, name: &str) -> String {
    format!("arn:{partition}:iam::aws:policy/{name}")
}

/// The ARN of a policy of the account's own.
pub fn managed_by_account(partition: Partition, account: &AccountId, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:policy/{name}")
}

/// Creates an access entry of a type for nodes; an entry of Auto Mode also needs the access policy for its nodes.
pub fn create_access_entry(cluster: &str, region: &Region, role: &RoleArn, entry_type: &str) -> Vec<String> {
    let create =
        aws(&[&["eks", "create-access-entry"], &of_entry(cluster, region, role)[..], &["--type", entry_type]].concat());
    let policy = (entry_type == "EC2").then(|| associate_auto_node_policy(cluster, region, role));
    std::iter::once(create).chain(policy).collect()
}

/// Lets the nodes of Auto Mode with this role do what nodes do (EKS user guide, create-node-class).
pub fn associate_auto_node_policy(cluster: &str, region: &Region, role: &RoleArn) -> String {
    let policy = format!("arn:{}:eks::aws:cluster-access-policy/{AUTO_NODE_POLICY}", role.partition());
    let scope = ["--policy-arn", &policy, "--access-scope", "type=cluster"];
    aws(&[&["eks", "associate-access-policy"], &of_entry(cluster, region, role)[..], &scope].concat())
}

/// Deletes an access entry.
pub fn delete_access_entry(cluster: &str, region: &Region, role: &RoleArn) -> String {
    aws(&[&["eks", "delete-access-entry"], &of_entry(cluster, region, role)[..]].concat())
}

pub(crate) fn of_entry<'a>(cluster: &'a str, region: &'a Region, role: &'a RoleArn) -> [&'a str; 6] {
    ["--cluster-name", cluster, "--principal-arn", role.as_str(), "--region", region.as_str()]
}

/// The access policy that the nodes of Auto Mode need.
pub const AUTO_NODE_POLICY: &str = "AmazonEKSAutoNodePolicy";

/// The name that AWS's page gives to the policy of an IPv6 cluster's CNI, which each account makes for itself.
pub const IPV6_POLICY: &str = "AmazonEKS_CNI_IPv6_Policy";

/// Creates AWS's IPv6 policy in the account.
pub fn create_ipv6_policy(partition: Partition) -> String {
    aws(&["iam", "create-policy", "--policy-name", IPV6_POLICY, "--policy-document", &ipv6_document(partition)])
}

/// AWS's IPv6 document in its form of July 2026 (EKS user guide, cni-iam-role); the older one lets the CNI crash from
/// 1.22.0 on (amazon-vpc-cni-k8s #3704).
pub fn ipv6_document(partition: Partition) -> String {
    serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": [
            "ec2:AssignIpv6Addresses", "ec2:DescribeInstances", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
            "ec2:DescribeTags", "ec2:DescribeNetworkInterfaces", "ec2:DescribeInstanceTypes",
        ], "Resource": "*"},
        {"Effect": "Allow", "Action": ["ec2:CreateTags"],
            "Resource": [format!("arn:{partition}:ec2:*:*:network-interface/*")]},
    ]})
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_the_words_of_a_command() {
        let words = ["iam", "create-role", "--description", "it's $HOME `ls`", "{\"a\": \"b c\"}", "", "a!b"];
        let read = shlex::split(&aws(&words)).unwrap();
        assert_eq!(read[0], "aws");
        assert_eq!(read[1..], words);
    }
}
