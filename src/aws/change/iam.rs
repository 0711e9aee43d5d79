//! IAM: policies, roles, what a role carries, and instance profiles.

use crate::aws::classify::{Place, failure};
use crate::aws::session::Client;
use crate::failure::{Failure, FailureClass};
use crate::remediate::Change;
use crate::remediate::change::{ROLE_DESCRIPTION, name};

type Iam = Client<aws_sdk_iam::Client>;

/// Sends a request and takes its error into its class.
macro_rules! sent {
    ($iam:ident, $request:expr) => {
        $request
            .send()
            .await
            .map(|_answer| ())
            .map_err(|error| failure(&error, Place { region: None, endpoint: $iam.watch.endpoint() }))
    };
}

/// Makes a change of IAM.
pub(super) async fn change(iam: &Iam, change: &Change) -> Result<(), Failure> {
    match change {
        Change::CreatePolicy { policy, document } => {
            let request = iam.sdk.create_policy().policy_name(name(policy)).policy_document(document);
            sent!(iam, request.set_path(path(policy)))
        }
        Change::DeletePolicy { policy } => sent!(iam, iam.sdk.delete_policy().policy_arn(policy)),
        Change::CreatePolicyVersion { policy, document } => {
            let request = iam.sdk.create_policy_version().policy_arn(policy).policy_document(document);
            sent!(iam, request.set_as_default(true))
        }
        Change::RestorePolicyVersion { policy, version, surplus } => restore(iam, policy, version, surplus).await,
        Change::CreateRole { role, trust } => {
            let request = iam.sdk.create_role().role_name(role.name()).assume_role_policy_document(trust);
            sent!(iam, request.path(role.path()).description(ROLE_DESCRIPTION))
        }
        Change::DeleteRole { role } => sent!(iam, iam.sdk.delete_role().role_name(role.name())),
        Change::UpdateTrust { role, trust } => {
            sent!(iam, iam.sdk.update_assume_role_policy().role_name(role.name()).policy_document(trust))
        }
        Change::Attach { role, policy } => {
            sent!(iam, iam.sdk.attach_role_policy().role_name(role.name()).policy_arn(policy))
        }
        Change::Detach { role, policy } => {
            sent!(iam, iam.sdk.detach_role_policy().role_name(role.name()).policy_arn(policy))
        }
        Change::AddToProfile { role, profile } => {
            let request = iam.sdk.add_role_to_instance_profile().role_name(role.name());
            sent!(iam, request.instance_profile_name(profile))
        }
        Change::RemoveFromProfile { role, profile } => {
            let request = iam.sdk.remove_role_from_instance_profile().role_name(role.name());
            sent!(iam, request.instance_profile_name(profile))
        }
        Change::CreateEntry { .. }
        | Change::DeleteEntry { .. }
        | Change::AssociateNodePolicy { .. }
        | Change::DisassociateNodePolicy { .. } => Err(Failure {
            class: FailureClass::Other,
            code: "NotSent".to_owned(),
            message: "an access entry is EKS's to change".to_owned(),
        }),
    }
}

/// Makes the earlier version the default again, then deletes the other: one that is gone already is as it should be.
async fn restore(iam: &Iam, policy: &str, version: &str, surplus: &str) -> Result<(), Failure> {
    sent!(iam, iam.sdk.set_default_policy_version().policy_arn(policy).version_id(version))?;
    match sent!(iam, iam.sdk.delete_policy_version().policy_arn(policy).version_id(surplus)) {
        Err(failure) if failure.class == FailureClass::Gone => Ok(()),
        answer => answer,
    }
}

/// The path in the ARN of a policy; none where there is none.
fn path(policy: &str) -> Option<String> {
    let (_, after) = policy.split_once(":policy/")?;
    after.rsplit_once('/').map(|(path, _)| format!("/{path}/"))
}
