//! Exact `aws` commands for remediations: every word quoted for a POSIX shell.

use std::borrow::Cow;

use crate::ids::{AccountId, Partition};

/// The command `aws WORDS...`, each word quoted where a shell would take it apart.
///
/// A NUL cannot stand in a command line (nor in anything that AWS gives a name to); it is left out.
pub fn aws(words: &[&str]) -> String {
    let quoted = words.iter().map(|word| {
        let word = word.replace('\0', "");
        shlex::try_quote(&word).map_or_else(|_nul| "''".to_owned(), Cow::into_owned)
    });
    std::iter::once("aws".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
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
