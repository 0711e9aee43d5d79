//! EKS: access entries and the access policies that are associated with them.

use aws_sdk_eks::types::{AccessScope, AccessScopeType};

use crate::aws::classify::{Place, failure};
use crate::aws::session::Client;
use crate::failure::{Failure, FailureClass};
use crate::ids::{Region, RoleArn};
use crate::remediate::Change;
use crate::remediate::change::node_policy;
use crate::remediate::state::{EntryPolicy, EntryState};

/// The type of entry whose user and groups people choose; for the others EKS does, and takes none.
const STANDARD: &str = "STANDARD";

/// What EKS says of an entry that is there already.
const THERE_ALREADY: &str = "ResourceInUseException";

/// EKS in one region, and the entry that is changed.
struct Entry<'a> {
    client: &'a Client<aws_sdk_eks::Client>,
    region: &'a Region,
    cluster: &'a str,
    role: &'a RoleArn,
}

/// Sends a request and takes its error into its class.
macro_rules! sent {
    ($entry:ident, $request:expr) => {
        $request.send().await.map(|_answer| ()).map_err(|error| {
            failure(&error, Place { region: Some($entry.region), endpoint: $entry.client.watch.endpoint() })
        })
    };
}

/// Makes a change of EKS.
pub(super) async fn change(
    client: &Client<aws_sdk_eks::Client>,
    region: &Region,
    change: &Change,
) -> Result<(), Failure> {
    let of = |role, cluster| Entry { client, region, cluster, role };
    match change {
        Change::CreateEntry { role, cluster, entry, .. } => of(role, cluster).create(entry).await,
        Change::DeleteEntry { role, cluster, .. } => of(role, cluster).delete().await,
        Change::AssociateNodePolicy { role, cluster, .. } => {
            let policy = EntryPolicy { arn: node_policy(role), namespaces: Vec::new() };
            of(role, cluster).associate(&policy).await
        }
        Change::DisassociateNodePolicy { role, cluster, .. } => {
            of(role, cluster).disassociate(&node_policy(role)).await
        }
        Change::CreatePolicy { .. }
        | Change::DeletePolicy { .. }
        | Change::CreatePolicyVersion { .. }
        | Change::RestorePolicyVersion { .. }
        | Change::CreateRole { .. }
        | Change::DeleteRole { .. }
        | Change::UpdateTrust { .. }
        | Change::Attach { .. }
        | Change::Detach { .. }
        | Change::AddToProfile { .. }
        | Change::RemoveFromProfile { .. } => Err(Failure {
            class: FailureClass::Other,
            code: "NotSent".to_owned(),
            message: "it is IAM's to change".to_owned(),
        }),
    }
}

impl Entry<'_> {
    /// Creates the entry, then associates its policies. One that is there already is one that an earlier attempt has
    /// created, and not finished: whoever asks has looked before.
    async fn create(&self, entry: &EntryState) -> Result<(), Failure> {
        let by_people = entry.kind == STANDARD;
        let request =
            self.client.sdk.create_access_entry().cluster_name(self.cluster).principal_arn(self.role.as_str());
        let request = request
            .r#type(&entry.kind)
            .set_username(entry.username.clone().filter(|_| by_people))
            .set_kubernetes_groups((by_people && !entry.groups.is_empty()).then(|| entry.groups.clone()))
            .set_tags((!entry.tags.is_empty()).then(|| entry.tags.clone().into_iter().collect()));
        match sent!(self, request) {
            Err(failure) if failure.code != THERE_ALREADY => return Err(failure),
            Ok(()) | Err(_) => {}
        }
        for policy in &entry.policies {
            self.associate(policy).await?;
        }
        Ok(())
    }

    async fn delete(&self) -> Result<(), Failure> {
        let request = self.client.sdk.delete_access_entry();
        sent!(self, request.cluster_name(self.cluster).principal_arn(self.role.as_str()))
    }

    async fn associate(&self, policy: &EntryPolicy) -> Result<(), Failure> {
        let scope = match policy.namespaces.as_slice() {
            [] => AccessScope::builder().r#type(AccessScopeType::Cluster),
            namespaces => {
                AccessScope::builder().r#type(AccessScopeType::Namespace).set_namespaces(Some(namespaces.to_vec()))
            }
        };
        let request = self.client.sdk.associate_access_policy().cluster_name(self.cluster);
        let request = request.principal_arn(self.role.as_str()).policy_arn(&policy.arn).access_scope(scope.build());
        sent!(self, request)
    }

    async fn disassociate(&self, policy: &str) -> Result<(), Failure> {
        let request = self.client.sdk.disassociate_access_policy().cluster_name(self.cluster);
        sent!(self, request.principal_arn(self.role.as_str()).policy_arn(policy))
    }
}
