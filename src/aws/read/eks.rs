//! EKS: clusters and all that belongs to them.

use crate::collect::call::{AssociationSummary, Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::Region;

use super::super::session::{Client, Sessions};
use super::{failed, malformed, needed};

mod convert;
mod entry;

pub(super) use entry::{entry_in_full, policies_in_full};

/// Things a page, at most.
const PAGE: i32 = 100;

/// The access policy that makes a principal administrator of the cluster, without the partition before it.
const CLUSTER_ADMIN_POLICY: &str = "eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

/// EKS in one region, with the names that the errors need.
struct Eks<'a> {
    client: Client<aws_sdk_eks::Client>,
    region: &'a Region,
}

/// Sends a request and takes its error into its class.
macro_rules! answer {
    ($eks:ident, $request:expr) => {
        $request.send().await.map_err(|error| failed(&$eks.client, Some($eks.region), &error))?
    };
}

/// Asks EKS.
#[expect(clippy::wildcard_enum_match_arm, reason = "each service gets its own questions: limits::service_of")]
pub(super) async fn ask(sessions: &Sessions, call: &Call) -> Result<Reply, Failure> {
    let region = needed(call.region.as_ref(), "region to ask EKS in")?;
    let eks = Eks { client: sessions.eks(&call.account, region), region };
    let page = call.page.clone();
    match &call.question {
        Question::ListClusters => eks.clusters(page).await,
        Question::DescribeCluster { cluster } => eks.cluster(cluster).await,
        Question::ListNodegroups { cluster } => eks.node_groups(cluster, page).await,
        Question::DescribeNodegroup { cluster, node_group } => eks.node_group(cluster, node_group).await,
        Question::ListFargateProfiles { cluster } => eks.fargate_profiles(cluster, page).await,
        Question::DescribeFargateProfile { cluster, profile } => eks.fargate_profile(cluster, profile).await,
        Question::ListAccessEntries { cluster } => eks.access_entries(cluster, None, page).await,
        Question::ListClusterAdmins { cluster } => {
            let policy = format!("arn:{}:{CLUSTER_ADMIN_POLICY}", region.partition());
            eks.access_entries(cluster, Some(policy), page).await
        }
        Question::DescribeAccessEntry { cluster, principal } => eks.access_entry(cluster, principal).await,
        Question::DescribeAddon { cluster, addon } => eks.addon(cluster, addon).await,
        Question::ListPodIdentityAssociations { cluster } => eks.associations(cluster, page).await,
        Question::DescribePodIdentityAssociation { cluster, association } => {
            eks.association(cluster, association).await
        }
        Question::ListAssociatedAccessPolicies { cluster, principal } => {
            eks.access_policies(cluster, principal, page).await
        }
        _ => Err(malformed("not a question for EKS")),
    }
}

impl Eks<'_> {
    /// Without `include`: connected clusters have no nodes that AWS knows of.
    async fn clusters(&self, page: Option<String>) -> Result<Reply, Failure> {
        let answer = answer!(self, self.client.sdk.list_clusters().max_results(PAGE).set_next_token(page));
        Ok(Reply::Names { names: answer.clusters.unwrap_or_default(), next: answer.next_token })
    }

    async fn cluster(&self, cluster: &str) -> Result<Reply, Failure> {
        let answer = answer!(self, self.client.sdk.describe_cluster().name(cluster));
        Ok(Reply::Cluster(Box::new(convert::cluster(needed(answer.cluster, "cluster")?)?)))
    }

    async fn node_groups(&self, cluster: &str, page: Option<String>) -> Result<Reply, Failure> {
        let request = self.client.sdk.list_nodegroups().cluster_name(cluster).max_results(PAGE).set_next_token(page);
        let answer = answer!(self, request);
        Ok(Reply::Names { names: answer.nodegroups.unwrap_or_default(), next: answer.next_token })
    }

    async fn node_group(&self, cluster: &str, node_group: &str) -> Result<Reply, Failure> {
        let request = self.client.sdk.describe_nodegroup().cluster_name(cluster).nodegroup_name(node_group);
        let answer = answer!(self, request);
        Ok(Reply::NodeGroup(Box::new(convert::node_group(needed(answer.nodegroup, "node group")?)?)))
    }

    async fn fargate_profiles(&self, cluster: &str, page: Option<String>) -> Result<Reply, Failure> {
        let request =
            self.client.sdk.list_fargate_profiles().cluster_name(cluster).max_results(PAGE).set_next_token(page);
        let answer = answer!(self, request);
        Ok(Reply::Names { names: answer.fargate_profile_names.unwrap_or_default(), next: answer.next_token })
    }

    async fn fargate_profile(&self, cluster: &str, profile: &str) -> Result<Reply, Failure> {
        let request = self.client.sdk.describe_fargate_profile().cluster_name(cluster).fargate_profile_name(profile);
        let answer = answer!(self, request);
        let profile = needed(answer.fargate_profile, "Fargate profile")?;
        Ok(Reply::FargateProfile(convert::fargate_profile(profile)?))
    }

    async fn access_entries(
        &self,
        cluster: &str,
        policy: Option<String>,
        page: Option<String>,
    ) -> Result<Reply, Failure> {
        let request = self.client.sdk.list_access_entries().cluster_name(cluster).max_results(PAGE);
        let answer = answer!(self, request.set_associated_policy_arn(policy).set_next_token(page));
        Ok(Reply::Names { names: answer.access_entries.unwrap_or_default(), next: answer.next_token })
    }

    async fn access_entry(&self, cluster: &str, principal: &str) -> Result<Reply, Failure> {
        let request = self.client.sdk.describe_access_entry().cluster_name(cluster).principal_arn(principal);
        let answer = answer!(self, request);
        Ok(Reply::AccessEntry(convert::access_entry(needed(answer.access_entry, "access entry")?)?))
    }

    async fn access_policies(&self, cluster: &str, principal: &str, page: Option<String>) -> Result<Reply, Failure> {
        let request = self.client.sdk.list_associated_access_policies().cluster_name(cluster).principal_arn(principal);
        let answer = answer!(self, request.max_results(PAGE).set_next_token(page));
        let policies = answer.associated_access_policies.unwrap_or_default().into_iter();
        let names = policies.map(|policy| needed(policy.policy_arn, "ARN of an access policy"));
        Ok(Reply::Names { names: names.collect::<Result<_, Failure>>()?, next: answer.next_token })
    }

    async fn addon(&self, cluster: &str, addon: &str) -> Result<Reply, Failure> {
        let answer = answer!(self, self.client.sdk.describe_addon().cluster_name(cluster).addon_name(addon));
        Ok(Reply::Addon(convert::addon(needed(answer.addon, "add-on")?)?))
    }

    async fn associations(&self, cluster: &str, page: Option<String>) -> Result<Reply, Failure> {
        let request = self.client.sdk.list_pod_identity_associations().cluster_name(cluster).max_results(PAGE);
        let answer = answer!(self, request.set_next_token(page));
        let summaries = answer.associations.unwrap_or_default().into_iter().map(|summary| {
            Ok(AssociationSummary {
                id: needed(summary.association_id, "id of an association")?,
                namespace: needed(summary.namespace, "namespace of an association")?,
                service_account: needed(summary.service_account, "service account of an association")?,
            })
        });
        Ok(Reply::Associations { associations: summaries.collect::<Result<_, Failure>>()?, next: answer.next_token })
    }

    async fn association(&self, cluster: &str, association: &str) -> Result<Reply, Failure> {
        let request =
            self.client.sdk.describe_pod_identity_association().cluster_name(cluster).association_id(association);
        let answer = answer!(self, request);
        Ok(Reply::Association(convert::association(needed(answer.association, "association")?)?))
    }
}
