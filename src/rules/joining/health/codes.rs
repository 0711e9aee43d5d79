//! The codes of `eks:DescribeNodegroup` (EKS API reference, type *Issue*), and what IAM has to do with each.

use crate::inventory::HealthIssue;

/// What an issue has to do with IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// IAM has caused it.
    Iam,
    /// IAM or something else has.
    PerhapsIam,
    /// IAM has, for a moment.
    Passing,
    /// The code is not in the table, and the message does not say.
    NotKnown,
    /// Something else has.
    Another,
}

/// How a code is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Always IAM.
    Certain,
    /// IAM or something else.
    Likely,
    /// IAM where the message says so.
    ByMessage,
    /// IAM asked to slow down.
    Transient,
    /// Never IAM.
    Other,
}

/// Every code of the enumeration as of November 2026, in its order there.
const CODES: [(&str, Class); 36] = [
    ("AutoScalingGroupNotFound", Class::Other),
    ("AutoScalingGroupInvalidConfiguration", Class::ByMessage),
    ("Ec2SecurityGroupNotFound", Class::Other),
    ("Ec2SecurityGroupDeletionFailure", Class::Other),
    ("Ec2LaunchTemplateNotFound", Class::Other),
    ("Ec2LaunchTemplateVersionMismatch", Class::Other),
    ("Ec2SubnetNotFound", Class::Other),
    ("Ec2SubnetInvalidConfiguration", Class::Other),
    ("IamInstanceProfileNotFound", Class::Certain),
    ("Ec2SubnetMissingIpv6Assignment", Class::Other),
    ("IamLimitExceeded", Class::Certain),
    ("IamNodeRoleNotFound", Class::Certain),
    ("NodeCreationFailure", Class::Likely),
    ("AsgInstanceLaunchFailures", Class::ByMessage),
    ("InstanceLimitExceeded", Class::Other),
    ("InsufficientFreeAddresses", Class::Other),
    ("AccessDenied", Class::Likely),
    ("InternalFailure", Class::Other),
    ("ClusterUnreachable", Class::Other),
    ("AmiIdNotFound", Class::Other),
    ("AutoScalingGroupOptInRequired", Class::Other),
    ("AutoScalingGroupRateLimitExceeded", Class::Other),
    ("Ec2LaunchTemplateDeletionFailure", Class::Other),
    ("Ec2LaunchTemplateInvalidConfiguration", Class::ByMessage),
    ("Ec2LaunchTemplateMaxLimitExceeded", Class::Other),
    ("Ec2SubnetListTooLong", Class::Other),
    ("IamThrottling", Class::Transient),
    ("NodeTerminationFailure", Class::Other),
    ("PodEvictionFailure", Class::Other),
    ("SourceEc2LaunchTemplateNotFound", Class::Other),
    ("LimitExceeded", Class::Other),
    ("Unknown", Class::Other),
    ("AutoScalingGroupInstanceRefreshActive", Class::Other),
    ("KubernetesLabelInvalid", Class::Other),
    ("Ec2LaunchTemplateVersionMaxLimitExceeded", Class::Other),
    ("Ec2InstanceTypeDoesNotExist", Class::Other),
];

/// What a message says where IAM is the cause; compared in lower case. EC2 calls the profile by several spellings.
const WORDS_OF_IAM: [&str; 5] =
    ["iaminstanceprofile", "iam instance profile", "iam:passrole", "not authorized", "unauthorizedoperation"];

/// What IAM has to do with an issue.
pub(super) fn cause(issue: &HealthIssue) -> Cause {
    let message = issue.message.to_ascii_lowercase();
    let says_iam = || WORDS_OF_IAM.iter().any(|words| message.contains(words));
    let class = CODES.iter().find(|(code, _)| *code == issue.code).map(|(_, class)| *class);
    match class {
        Some(Class::Certain) => Cause::Iam,
        Some(Class::Likely) => Cause::PerhapsIam,
        Some(Class::Transient) => Cause::Passing,
        Some(Class::ByMessage) | None if says_iam() => Cause::Iam,
        Some(Class::ByMessage | Class::Other) => Cause::Another,
        None => Cause::NotKnown,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn cause_of(code: &str, message: &str) -> Cause {
        cause(&HealthIssue { code: code.to_owned(), message: message.to_owned(), resources: Vec::new() })
    }

    #[test]
    fn every_code_stands_in_the_table_once() {
        let codes: BTreeSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.len(), CODES.len());
    }

    #[test]
    fn codes_about_iam_alone_need_no_message() {
        for code in ["IamInstanceProfileNotFound", "IamNodeRoleNotFound", "IamLimitExceeded"] {
            assert_eq!(cause_of(code, ""), Cause::Iam, "{code}");
        }
        assert_eq!(cause_of("IamThrottling", ""), Cause::Passing);
        assert_eq!(cause_of("AccessDenied", ""), Cause::PerhapsIam);
        assert_eq!(cause_of("NodeCreationFailure", ""), Cause::PerhapsIam);
    }

    #[test]
    fn of_a_failed_launch_the_message_decides() {
        for message in [
            "Invalid IAM Instance Profile name. Launching EC2 instance failed.",
            "Value (x) for parameter iamInstanceProfile.name is invalid",
            "You are not authorized to perform this operation. iam:PassRole",
        ] {
            assert_eq!(cause_of("AsgInstanceLaunchFailures", message), Cause::Iam, "{message}");
        }
        assert_eq!(cause_of("AsgInstanceLaunchFailures", "Could not launch Spot Instances."), Cause::Another);
        assert_eq!(cause_of("Ec2SubnetNotFound", "not authorized"), Cause::Another);
    }

    #[test]
    fn a_new_code_is_not_taken_for_harmless() {
        assert_eq!(cause_of("IamSomethingNew", "something"), Cause::NotKnown);
        assert_eq!(cause_of("SomethingNew", "not authorized to perform iam:PassRole"), Cause::Iam);
    }
}
