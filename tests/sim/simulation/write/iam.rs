//! IAM: queries with XML. Documents are URL-encoded.

use std::collections::BTreeMap;

use noderole::collect::call::{Question, Reply};
use noderole::inventory::{InlinePolicy, InstanceProfile, ManagedPolicyRef, PolicyVersion, Role};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{element, list, time, wrapped};

/// A reply of IAM.
pub(super) fn write(question: &Question, reply: Reply) -> String {
    let operation = question.api().trim_start_matches("iam:");
    let role_name = question.role().unwrap_or_default();
    let result = match reply {
        Reply::Authorization { roles, policies, next } => {
            let roles = list("RoleDetailList", "member", &roles, role_detail);
            let policies = list("Policies", "member", &policies, |(arn, version)| policy_detail(arn, version));
            format!("{}{roles}{policies}", cut(next.as_deref()))
        }
        Reply::Role(role) => format!("<Role>{}</Role>", head(&role)),
        Reply::AttachedPolicies { policies, next } => {
            cut(next.as_deref()) + &list("AttachedPolicies", "member", &policies, policy_ref)
        }
        Reply::Names { names, next } => {
            cut(next.as_deref()) + &list("PolicyNames", "member", &names, |name: &String| super::escaped(name))
        }
        Reply::InlinePolicy(policy) => element("RoleName", Some(role_name)) + &inline(&policy),
        Reply::InstanceProfiles { profiles, next } => {
            cut(next.as_deref()) + &list("InstanceProfiles", "member", &profiles, |one| profile(one, None))
        }
        Reply::InstanceProfile(content) => {
            format!("<InstanceProfile>{}</InstanceProfile>", profile(&content.profile, content.role.as_deref()))
        }
        Reply::DefaultVersion(version) => {
            format!("<Policy>{}</Policy>", element("DefaultVersionId", Some(&version)))
        }
        Reply::PolicyVersion(PolicyVersion { version_id, document }) => format!(
            "<PolicyVersion>{}{}<IsDefaultVersion>true</IsDefaultVersion></PolicyVersion>",
            element("VersionId", Some(&version_id)),
            element("Document", Some(&encoded(&document)))
        ),
        other => panic!("{other:?} is no reply of IAM"),
    };
    wrapped(operation, &result)
}

fn cut(next: Option<&str>) -> String {
    format!("<IsTruncated>{}</IsTruncated>{}", next.is_some(), element("Marker", next))
}

/// What GetRole says of a role.
fn head(role: &Role) -> String {
    let created = time(role.created_at);
    let used = time(role.last_used_at);
    let boundary = role.boundary.as_ref().map(|arn| {
        format!(
            "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>{}</PermissionsBoundary>",
            element("PermissionsBoundaryArn", Some(arn))
        )
    });
    [
        element("Path", Some(role.arn.path())),
        element("RoleName", Some(role.arn.name())),
        element("RoleId", Some(&role.id)),
        element("Arn", Some(role.arn.as_str())),
        element("CreateDate", created.as_deref()),
        element("AssumeRolePolicyDocument", Some(&encoded(&role.trust))),
        boundary.unwrap_or_default(),
        tags(&role.tags),
        format!("<RoleLastUsed>{}</RoleLastUsed>", element("LastUsedDate", used.as_deref())),
    ]
    .concat()
}

fn role_detail(role: &Role) -> String {
    let known = role.inline.value().into_iter().flatten().filter_map(|policy| policy.value());
    [
        head(role),
        list("InstanceProfileList", "member", role.instance_profiles.value().into_iter().flatten(), |one| {
            profile(one, None)
        }),
        list("RolePolicyList", "member", known, inline),
        list("AttachedManagedPolicies", "member", role.attached.value().into_iter().flatten(), policy_ref),
    ]
    .concat()
}

fn policy_detail(arn: &str, version: &PolicyVersion) -> String {
    let PolicyVersion { version_id, document } = version;
    let one = |version: &str, document: &str, is_default: bool| {
        format!(
            "<member>{}{}<IsDefaultVersion>{is_default}</IsDefaultVersion></member>",
            element("VersionId", Some(version)),
            element("Document", Some(&encoded(document)))
        )
    };
    // An older version stands beside it, which grants nothing and is not to be taken for the one that counts.
    let older = one("v0", "{}", false);
    format!(
        "{}{}{}<PolicyVersionList>{older}{}</PolicyVersionList>",
        element("PolicyName", arn.rsplit('/').next()),
        element("Arn", Some(arn)),
        element("DefaultVersionId", Some(version_id)),
        one(version_id, document, true)
    )
}

fn policy_ref(policy: &ManagedPolicyRef) -> String {
    element("PolicyName", Some(&policy.name)) + &element("PolicyArn", Some(&policy.arn))
}

fn inline(policy: &InlinePolicy) -> String {
    element("PolicyName", Some(&policy.name)) + &element("PolicyDocument", Some(&encoded(&policy.document)))
}

fn profile(profile: &InstanceProfile, role: Option<&str>) -> String {
    let created = time(profile.created_at);
    let role = role.map(|arn| {
        let name = arn.rsplit('/').next();
        let named = element("Path", Some("/")) + &element("RoleName", name) + &element("RoleId", Some("AROA"));
        format!("<member>{named}{}<CreateDate>2024-01-01T00:00:00Z</CreateDate></member>", element("Arn", Some(arn)))
    });
    [
        element("Path", Some("/")),
        element("InstanceProfileName", profile.arn.rsplit('/').next()),
        element("InstanceProfileId", Some(&profile.id)),
        element("Arn", Some(&profile.arn)),
        element("CreateDate", created.as_deref()),
        format!("<Roles>{}</Roles>", role.unwrap_or_default()),
    ]
    .concat()
}

fn tags(tags: &BTreeMap<String, String>) -> String {
    list("Tags", "member", tags, |(key, value)| element("Key", Some(key)) + &element("Value", Some(value)))
}

/// URL-encoded, as IAM writes documents.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
