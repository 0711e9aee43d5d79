//! IAM: roles, their policies and instance profiles. Documents come URL-encoded (RFC 3986) and leave as JSON text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_sdk_iam::types::{
    AttachedPolicy, EntityType, InstanceProfile as SdkInstanceProfile, ManagedPolicyDetail, RoleDetail, Tag,
};
use percent_encoding::percent_decode_str;

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::RoleArn;
use crate::inventory::{InlinePolicy, InstanceProfile, ManagedPolicyRef, PolicyVersion, ProfileContent, Role};
use crate::known::Known;

use super::super::session::{Client, Sessions};
use super::{failed, malformed, needed, timestamp};

/// Things a page, at most.
const PAGE: i32 = 1000;

type Iam = Client<aws_sdk_iam::Client>;

/// Asks IAM.
#[expect(clippy::wildcard_enum_match_arm, reason = "each service gets its own questions: limits::service_of")]
pub(super) async fn ask(sessions: &Sessions, call: &Call) -> Result<Reply, Failure> {
    let iam = sessions.iam(&call.account);
    let page = call.page.clone();
    match &call.question {
        Question::GetAccountAuthorizationDetails => authorization(&iam, page).await,
        Question::GetRole { role } => get_role(&iam, role).await,
        Question::ListAttachedRolePolicies { role } => attached(&iam, role, page).await,
        Question::ListRolePolicies { role } => inline_names(&iam, role, page).await,
        Question::GetRolePolicy { role, policy } => inline(&iam, role, policy).await,
        Question::ListInstanceProfilesForRole { role } => profiles(&iam, role, page).await,
        Question::GetPolicy { policy } => default_version(&iam, policy).await,
        Question::GetPolicyVersion { policy, version } => policy_version(&iam, policy, version).await,
        Question::GetInstanceProfile { profile } => get_profile(&iam, profile).await,
        _ => Err(malformed("not a question for IAM")),
    }
}

async fn authorization(iam: &Iam, page: Option<String>) -> Result<Reply, Failure> {
    let request = iam
        .sdk
        .get_account_authorization_details()
        .filter(EntityType::Role)
        .filter(EntityType::LocalManagedPolicy)
        .max_items(PAGE)
        .set_marker(page);
    let answer = request.send().await.map_err(|error| failed(iam, None, &error))?;
    let next = marker(answer.is_truncated, answer.marker)?;
    let roles = answer.role_detail_list.unwrap_or_default();
    let roles = roles.into_iter().map(role_of_detail).collect::<Result<_, _>>()?;
    let policies: BTreeMap<_, _> =
        answer.policies.unwrap_or_default().into_iter().filter_map(default_version_of_detail).collect();
    Ok(Reply::Authorization { roles, policies, next })
}

async fn get_role(iam: &Iam, role: &str) -> Result<Reply, Failure> {
    let answer = iam.sdk.get_role().role_name(role).send().await.map_err(|error| failed(iam, None, &error))?;
    let role = needed(answer.role, "role")?;
    Ok(Reply::Role(Box::new(Role {
        arn: role_arn(&role.arn)?,
        id: role.role_id,
        created_at: timestamp(&role.create_date),
        trust: role.assume_role_policy_document.as_deref().map(json).unwrap_or_default(),
        attached: Known::Value(Vec::new()),
        inline: Known::Value(Vec::new()),
        boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        tags: tags(role.tags),
        instance_profiles: Known::Value(Vec::new()),
        last_used_at: role.role_last_used.and_then(|used| used.last_used_date).as_ref().and_then(timestamp),
    })))
}

async fn attached(iam: &Iam, role: &str, page: Option<String>) -> Result<Reply, Failure> {
    let request = iam.sdk.list_attached_role_policies().role_name(role).max_items(PAGE).set_marker(page);
    let answer = request.send().await.map_err(|error| failed(iam, None, &error))?;
    let policies = policy_refs(answer.attached_policies.unwrap_or_default())?;
    Ok(Reply::AttachedPolicies { policies, next: marker(answer.is_truncated, answer.marker)? })
}

async fn inline_names(iam: &Iam, role: &str, page: Option<String>) -> Result<Reply, Failure> {
    let request = iam.sdk.list_role_policies().role_name(role).max_items(PAGE).set_marker(page);
    let answer = request.send().await.map_err(|error| failed(iam, None, &error))?;
    Ok(Reply::Names { names: answer.policy_names, next: marker(answer.is_truncated, answer.marker)? })
}

async fn inline(iam: &Iam, role: &str, policy: &str) -> Result<Reply, Failure> {
    let request = iam.sdk.get_role_policy().role_name(role).policy_name(policy);
    let answer = request.send().await.map_err(|error| failed(iam, None, &error))?;
    Ok(Reply::InlinePolicy(InlinePolicy { name: answer.policy_name, document: json(&answer.policy_document) }))
}

async fn profiles(iam: &Iam, role: &str, page: Option<String>) -> Result<Reply, Failure> {
    let request = iam.sdk.list_instance_profiles_for_role().role_name(role).max_items(PAGE).set_marker(page);
    let answer = request.send().await.map_err(|error| failed(iam, None, &error))?;
    let profiles = answer.instance_profiles.into_iter().map(instance_profile).collect();
    Ok(Reply::InstanceProfiles { profiles, next: marker(answer.is_truncated, answer.marker)? })
}

async fn get_profile(iam: &Iam, profile: &str) -> Result<Reply, Failure> {
    let request = iam.sdk.get_instance_profile().instance_profile_name(profile);
    let answer = request.send().await.map_err(|error| failed(iam, None, &error))?;
    let found = needed(answer.instance_profile, "instance profile")?;
    let role = found.roles.first().map(|role| role.arn.clone());
    Ok(Reply::InstanceProfile(ProfileContent { profile: instance_profile(found), role }))
}

async fn default_version(iam: &Iam, policy: &str) -> Result<Reply, Failure> {
    let answer = iam.sdk.get_policy().policy_arn(policy).send().await.map_err(|error| failed(iam, None, &error))?;
    let version = answer.policy.and_then(|policy| policy.default_version_id);
    Ok(Reply::DefaultVersion(needed(version, "default version")?))
}

async fn policy_version(iam: &Iam, policy: &str, version: &str) -> Result<Reply, Failure> {
    let request = iam.sdk.get_policy_version().policy_arn(policy).version_id(version);
    let answer = request.send().await.map_err(|error| failed(iam, None, &error))?;
    let found = needed(answer.policy_version, "policy version")?;
    let document = needed(found.document, "policy document")?;
    Ok(Reply::PolicyVersion(PolicyVersion { version_id: version.to_owned(), document: json(&document) }))
}

fn role_of_detail(detail: RoleDetail) -> Result<Role, Failure> {
    let inline = detail.role_policy_list.unwrap_or_default().into_iter().map(|policy| {
        let name = needed(policy.policy_name, "name of an inline policy")?;
        Ok(Known::Value(InlinePolicy {
            name,
            document: policy.policy_document.as_deref().map(json).unwrap_or_default(),
        }))
    });
    Ok(Role {
        arn: role_arn(&needed(detail.arn, "ARN of a role")?)?,
        id: needed(detail.role_id, "id of a role")?,
        created_at: detail.create_date.as_ref().and_then(timestamp),
        // An empty document is one that does not parse: it costs this role's trust, and no other role's.
        trust: detail.assume_role_policy_document.as_deref().map(json).unwrap_or_default(),
        attached: Known::Value(policy_refs(detail.attached_managed_policies.unwrap_or_default())?),
        inline: Known::Value(inline.collect::<Result<_, Failure>>()?),
        boundary: detail.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        tags: tags(detail.tags),
        instance_profiles: Known::Value(
            detail.instance_profile_list.unwrap_or_default().into_iter().map(instance_profile).collect(),
        ),
        last_used_at: detail.role_last_used.and_then(|used| used.last_used_date).as_ref().and_then(timestamp),
    })
}

/// A policy's ARN and default version; none where the answer does not hold it, so that it is asked for by itself.
fn default_version_of_detail(detail: ManagedPolicyDetail) -> Option<(String, PolicyVersion)> {
    let version = detail.policy_version_list?.into_iter().find(|version| version.is_default_version)?;
    let document = json(&version.document?);
    Some((detail.arn?, PolicyVersion { version_id: version.version_id?, document }))
}

fn policy_refs(policies: Vec<AttachedPolicy>) -> Result<Vec<ManagedPolicyRef>, Failure> {
    let policy_ref = |policy: AttachedPolicy| {
        let arn = needed(policy.policy_arn, "ARN of an attached policy")?;
        let name = policy.policy_name.unwrap_or_else(|| arn.rsplit('/').next().unwrap_or_default().to_owned());
        Ok(ManagedPolicyRef { name, arn })
    };
    policies.into_iter().map(policy_ref).collect()
}

fn instance_profile(profile: SdkInstanceProfile) -> InstanceProfile {
    InstanceProfile { arn: profile.arn, id: profile.instance_profile_id, created_at: timestamp(&profile.create_date) }
}

fn role_arn(arn: &str) -> Result<RoleArn, Failure> {
    arn.parse().map_err(|error: crate::ids::IdError| malformed(&error.to_string()))
}

fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// The token of the next page. A list that says it goes on, but not where, would be taken for complete.
fn marker(is_truncated: bool, marker: Option<String>) -> Result<Option<String>, Failure> {
    if is_truncated { needed(marker, "marker, though it is truncated").map(Some) } else { Ok(None) }
}

/// A document as JSON text. One that begins as JSON does is not encoded: in an encoded one the brace is `%7B`.
fn json(document: &str) -> String {
    if document.trim_start().starts_with(['{', '[', '"']) {
        return document.to_owned();
    }
    // Bytes that are no text leave the document as it came: the policy parser then says that it is not JSON.
    percent_decode_str(document).decode_utf8().map_or_else(|_error| document.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_if_they_are_encoded_and_only_then() {
        assert_eq!(json("%7B%22a%22%3A%22b%2Bc%20d%22%7D"), r#"{"a":"b+c d"}"#);
        assert_eq!(json(r#" {"a":"100%25"}"#), r#" {"a":"100%25"}"#);
        assert_eq!(json("%FF%FE"), "%FF%FE");
        // RFC 3986, not a form: a plus stays a plus.
        assert_eq!(json("%7B%22a%22%3A%22b+c%22%7D"), r#"{"a":"b+c"}"#);
    }

    #[test]
    fn a_list_that_goes_on_nowhere_is_malformed() {
        assert_eq!(marker(true, Some("m".to_owned())), Ok(Some("m".to_owned())));
        assert_eq!(marker(false, Some("m".to_owned())), Ok(None));
        assert!(marker(true, None).is_err());
    }
}
