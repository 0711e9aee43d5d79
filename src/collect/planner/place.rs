//! Where questions are asked, and how a question that got no answer is put into words.

use crate::collect::call::{Call, Question};
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, Partition, Region, RoleArn};
use crate::known::Gap;

/// An account, or a region of it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The partition of the account.
    pub(super) partition: Partition,
    /// The account.
    pub(super) account: AccountId,
    /// The region; none for the global services.
    pub(super) region: Option<Region>,
    /// The role that is asked about, with its path.
    pub(super) role: Option<RoleArn>,
}

impl Place {
    /// The same account, in a region.
    pub(super) fn within(&self, region: &Region) -> Self {
        Self { region: Some(region.clone()), ..self.clone() }
    }

    /// The call that asks for a page of the answer.
    pub(super) fn call(&self, question: Question, page: Option<String>) -> Call {
        Call { account: self.account.clone(), region: self.region.clone(), question, page }
    }

    /// A call that failed.
    pub(super) fn failed(&self, question: &Question, failure: Failure) -> Gap {
        Gap {
            api: question.api().to_owned(),
            resource: self.resource(question),
            class: failure.class,
            error: failure.code,
            message: failure.message,
        }
    }

    /// A question that the run did not come to.
    pub(super) fn not_reached(&self, question: &Question) -> Gap {
        self.failed(question, failure(FailureClass::NotReached, "NotReached", "the run ended before this was read"))
    }

    /// A question that was left out on purpose: it is no failure, and so never stands among the gaps of a region.
    pub(super) fn not_asked(&self, question: &Question, why: &str) -> Gap {
        self.failed(question, failure(FailureClass::NotAsked, "NotAsked", why))
    }

    /// The ARN of something in this region.
    fn regional(&self, service: &str, rest: &str) -> String {
        let region = self.region.as_ref().map_or("", Region::as_str);
        format!("arn:{}:{service}:{region}:{}:{rest}", self.partition, self.account)
    }

    /// What a call is about: its ARN, in the form that a policy statement would grant it (`*` for the unique id that
    /// only an answer would tell); where no ARN fits, the account and region.
    fn resource(&self, question: &Question) -> String {
        let eks = |rest: String| self.regional("eks", &rest);
        let role = |name: &str| match &self.role {
            Some(arn) => arn.to_string(),
            None => format!("arn:{}:iam::{}:role/{name}", self.partition, self.account),
        };
        match question {
            Question::AssumeRole | Question::ListRegions | Question::GetAccountAuthorizationDetails => {
                format!("account {}", self.account)
            }
            Question::ListClusters => eks("cluster/*".to_owned()),
            Question::DescribeCluster { cluster }
            | Question::ListNodegroups { cluster }
            | Question::ListFargateProfiles { cluster }
            | Question::ListAccessEntries { cluster }
            | Question::ListClusterAdmins { cluster }
            | Question::ListPodIdentityAssociations { cluster } => eks(format!("cluster/{cluster}")),
            Question::DescribeNodegroup { cluster, node_group } => eks(format!("nodegroup/{cluster}/{node_group}/*")),
            Question::DescribeFargateProfile { cluster, profile } => {
                eks(format!("fargateprofile/{cluster}/{profile}/*"))
            }
            Question::DescribeAccessEntry { cluster, principal }
            | Question::ListAssociatedAccessPolicies { cluster, principal } => match principal.parse::<RoleArn>() {
                Ok(arn) => eks(format!("access-entry/{cluster}/role/{}/{}/*", arn.account(), arn.name())),
                Err(_other_principal) => format!("cluster {cluster}, access entry {principal}"),
            },
            Question::DescribeAddon { cluster, addon } => eks(format!("addon/{cluster}/{addon}/*")),
            Question::DescribePodIdentityAssociation { cluster, association } => {
                eks(format!("podidentityassociation/{cluster}/{association}"))
            }
            Question::GetRole { role: name }
            | Question::ListAttachedRolePolicies { role: name }
            | Question::ListRolePolicies { role: name }
            | Question::ListInstanceProfilesForRole { role: name } => role(name),
            Question::GetRolePolicy { role: name, policy } => format!("{}, inline policy {policy}", role(name)),
            Question::GetPolicy { policy } | Question::GetPolicyVersion { policy, .. } => policy.clone(),
            Question::GetInstanceProfile { profile } => {
                format!("arn:{}:iam::{}:instance-profile/{profile}", self.partition, self.account)
            }
            // No permission for these is granted on less than everything.
            Question::DescribeInstances { .. }
            | Question::DescribeAutoScalingGroups { .. }
            | Question::GetInstanceMetadataDefaults => {
                self.region.as_ref().map_or_else(String::new, ToString::to_string)
            }
            Question::DescribeLaunchTemplateVersion { template, version } => {
                format!("{}, version {version}", self.regional("ec2", &format!("launch-template/{template}")))
            }
            Question::DescribeLaunchConfiguration { name } => {
                self.regional("autoscaling", &format!("launchConfiguration:*:launchConfigurationName/{name}"))
            }
        }
    }
}

/// A failure that the planner itself finds.
pub(super) fn failure(class: FailureClass, code: &str, message: impl Into<String>) -> Failure {
    Failure { class, code: code.to_owned(), message: message.into() }
}
