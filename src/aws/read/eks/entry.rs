//! An access entry in full, with its access policies: what is noted before it is changed.

use crate::aws::session::{Client, Sessions};
use crate::failure::Failure;
use crate::ids::{AccountId, Region};
use crate::remediate::state::{EntryPolicy, EntryState};

use super::super::{failed, needed, timestamp};
use super::PAGE;

/// What the tags begin with that only AWS can set: they are not put back.
const TAGS_OF_AWS: &str = "aws:";

type Eks = Client<aws_sdk_eks::Client>;

/// The entry, without its access policies.
pub(in crate::aws::read) async fn entry_in_full(
    sessions: &Sessions,
    account: &AccountId,
    region: &Region,
    cluster: &str,
    principal: &str,
) -> Result<EntryState, Failure> {
    let ask = || async move {
        let eks: Eks = sessions.eks(account, region);
        let request = eks.sdk.describe_access_entry().cluster_name(cluster).principal_arn(principal);
        let answer = request.send().await.map_err(|error| failed(&eks, Some(region), &error))?;
        let entry = needed(answer.access_entry, "access entry")?;
        let tags = entry.tags.unwrap_or_default().into_iter();
        Ok(EntryState {
            kind: needed(entry.r#type, "type of the access entry")?.to_ascii_uppercase(),
            created_at: entry.created_at.as_ref().and_then(timestamp),
            username: entry.username.filter(|name| !name.is_empty()),
            groups: entry.kubernetes_groups.unwrap_or_default(),
            tags: tags.filter(|(key, _)| !key.starts_with(TAGS_OF_AWS)).collect(),
            policies: Vec::new(),
        })
    };
    sessions.renewing(account, None, ask).await
}

/// A page of the entry's access policies, and the token of the next.
pub(in crate::aws::read) async fn policies_in_full(
    sessions: &Sessions,
    account: &AccountId,
    region: &Region,
    cluster: &str,
    principal: &str,
    page: Option<&str>,
) -> Result<(Vec<EntryPolicy>, Option<String>), Failure> {
    let ask = || async move {
        let eks: Eks = sessions.eks(account, region);
        let request = eks.sdk.list_associated_access_policies().cluster_name(cluster).principal_arn(principal);
        let request = request.max_results(PAGE).set_next_token(page.map(str::to_owned));
        let answer = request.send().await.map_err(|error| failed(&eks, Some(region), &error))?;
        let policies = answer.associated_access_policies.unwrap_or_default().into_iter().map(|policy| {
            Ok(EntryPolicy {
                arn: needed(policy.policy_arn, "ARN of an access policy")?,
                namespaces: policy.access_scope.and_then(|scope| scope.namespaces).unwrap_or_default(),
            })
        });
        Ok((policies.collect::<Result<_, Failure>>()?, answer.next_token))
    };
    sessions.renewing(account, None, ask).await
}
