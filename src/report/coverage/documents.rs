//! Policy documents that do not parse, as gaps: they came, but what they say could not be had.

use crate::failure::FailureClass;
use crate::inventory::{Account, Cluster, PolicyVersion, Role};
use crate::known::{Gap, Known};
use crate::policy::Document;

/// The error code of such a gap; it is noderole's, not one of AWS.
const MALFORMED: &str = "MalformedPolicyDocument";

/// The trust policy and the inline policies of a role that do not parse.
pub(super) fn of_role(role: &Role) -> Vec<Gap> {
    let arn = &role.arn;
    let trust = malformed("iam:GetRole", format!("trust policy of {arn}"), &role.trust);
    let inline = role.inline.value().into_iter().flatten().filter_map(Known::value).filter_map(|policy| {
        malformed("iam:GetRolePolicy", inline_policy(arn.as_str(), &policy.name), &policy.document)
    });
    trust.into_iter().chain(inline).collect()
}

/// How an inline policy is named as a resource; the collector names it so too.
pub(in crate::report) fn inline_policy(role_arn: &str, name: &str) -> String {
    format!("{role_arn}, inline policy {name}")
}

/// The managed policy, if it does not parse.
pub(super) fn of_managed_policy(arn: &str, version: &PolicyVersion) -> Option<Gap> {
    malformed("iam:GetPolicyVersion", arn.to_owned(), &version.document)
}

/// The service control policies of an account that do not parse.
pub(super) fn of_service_control_policies(account: &Account) -> Vec<Gap> {
    let levels = account.service_control_policies.iter().flatten().flatten();
    levels
        .filter_map(|policy| {
            malformed(
                "organizations:DescribePolicy",
                format!("service control policy {}", policy.name),
                &policy.document,
            )
        })
        .collect()
}

/// The session policy of aws-node's association, if it does not parse.
pub(super) fn of_cluster(cluster: &Cluster) -> Option<Gap> {
    let association = cluster.aws_node_association.value()?.as_ref()?;
    let policy = association.policy.as_ref()?;
    malformed("eks:DescribePodIdentityAssociation", format!("session policy of {}", association.arn), policy)
}

/// The gap of a document that does not parse.
fn malformed(api: &str, resource: String, document: &str) -> Option<Gap> {
    let error = Document::parse(document).err()?;
    Some(Gap {
        api: api.to_owned(),
        resource,
        class: FailureClass::Malformed,
        error: MALFORMED.to_owned(),
        message: error.to_string(),
    })
}
