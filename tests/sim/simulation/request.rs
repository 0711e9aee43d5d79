//! What came over the wire, read back to the call that it is.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use noderole::collect::call::{Call, Question};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A request, whatever its protocol.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// As in its signature: `eks`.
    pub(crate) service: String,
    pub(crate) region: String,
    /// The account whose credentials signed it.
    pub(crate) account: String,
    /// The key that signed it.
    pub(crate) key: String,
    /// `AssumeRole`; for REST `GET /clusters`.
    pub(crate) operation: String,
    /// Of a form or a query; a later value of the same name is one more.
    parameters: Vec<(String, String)>,
    /// Of a JSON body.
    pub(crate) json: Value,
}

impl Request {
    /// Reads a request. None where it is not signed: no account then answers.
    pub(crate) fn read(request: &HttpRequest) -> Option<Self> {
        let header = |name| request.headers().get(name).unwrap_or_default();
        let scope = header("authorization").split("Credential=").nth(1)?.split(',').next()?;
        let scope: Vec<&str> = scope.split('/').collect();
        let (key, region, service) = (*scope.first()?, *scope.get(2)?, *scope.get(3)?);
        let url = request.uri();
        let path = url.split("://").nth(1)?.split_once('/').map_or("", |(_, path)| path);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let json = serde_json::from_str(&body).unwrap_or_default();
        let form = if matches!(json, Value::Null) { body.as_str() } else { "" };
        let parameters: Vec<(String, String)> = form.split('&').chain(query.split('&')).filter_map(pair).collect();
        let action = parameters.iter().find(|(name, _)| name == "Action").map(|(_, value)| value.clone());
        let target = header("x-amz-target").rsplit('.').next().filter(|name| !name.is_empty()).map(str::to_owned);
        Some(Self {
            account: key.get(4..16)?.to_owned(),
            key: key.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            operation: action.or(target).unwrap_or_else(|| format!("{} /{path}", request.method())),
            parameters,
            json,
        })
    }

    /// A parameter of the form or the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What tells one call from another: a retry has the same.
    pub(crate) fn identity(&self) -> String {
        // the SDK numbers the attributes of a message as they come
        let numbered = |name: &str| name.starts_with("MessageAttributes");
        let lasting_ones = self.parameters.iter().filter(|(name, _)| !numbered(name));
        let parameters: BTreeMap<_, _> = lasting_ones.map(|(name, value)| (name, value)).collect();
        let json = lasting(&self.json);
        format!("{} {} {} {} {parameters:?} {json}", self.account, self.region, self.service, self.operation)
    }

    /// The call of the audit that it is, in an account of that name; none for those before it.
    pub(crate) fn call(&self, account: &str) -> Option<Call> {
        let (question, page) = match self.service.as_str() {
            "eks" => self.of_eks()?,
            "iam" => self.of_iam()?,
            "ec2" | "autoscaling" => self.of_machines()?,
            "account" => (Question::ListRegions, self.json["NextToken"].as_str().map(str::to_owned)),
            "sts" if self.operation == "AssumeRole" => (Question::AssumeRole, None),
            _other => return None,
        };
        let global = ["iam", "account", "sts"].contains(&self.service.as_str());
        let region = (!global).then(|| self.region.parse().unwrap());
        Some(Call { account: account.parse().unwrap(), region, question, page })
    }

    fn of_eks(&self) -> Option<(Question, Option<String>)> {
        let path = self.operation.strip_prefix("GET /")?;
        let parts: Vec<String> =
            path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let own = |text: &str| text.to_owned();
        let question = match *parts.as_slice() {
            ["clusters"] => Question::ListClusters,
            ["clusters", cluster] => Question::DescribeCluster { cluster: own(cluster) },
            ["clusters", cluster, "node-groups"] => Question::ListNodegroups { cluster: own(cluster) },
            ["clusters", cluster, "node-groups", group] => {
                Question::DescribeNodegroup { cluster: own(cluster), node_group: own(group) }
            }
            ["clusters", cluster, "fargate-profiles"] => Question::ListFargateProfiles { cluster: own(cluster) },
            ["clusters", cluster, "fargate-profiles", profile] => {
                Question::DescribeFargateProfile { cluster: own(cluster), profile: own(profile) }
            }
            ["clusters", cluster, "access-entries"] if self.parameter("associatedPolicyArn").is_some() => {
                Question::ListClusterAdmins { cluster: own(cluster) }
            }
            ["clusters", cluster, "access-entries"] => Question::ListAccessEntries { cluster: own(cluster) },
            ["clusters", cluster, "access-entries", principal] => {
                Question::DescribeAccessEntry { cluster: own(cluster), principal: own(principal) }
            }
            ["clusters", cluster, "access-entries", principal, "access-policies"] => {
                Question::ListAssociatedAccessPolicies { cluster: own(cluster), principal: own(principal) }
            }
            ["clusters", cluster, "addons", addon] => {
                Question::DescribeAddon { cluster: own(cluster), addon: own(addon) }
            }
            ["clusters", cluster, "pod-identity-associations"] => {
                Question::ListPodIdentityAssociations { cluster: own(cluster) }
            }
            ["clusters", cluster, "pod-identity-associations", association] => {
                Question::DescribePodIdentityAssociation { cluster: own(cluster), association: own(association) }
            }
            _ => return None,
        };
        Some((question, self.parameter("nextToken").map(str::to_owned)))
    }

    fn of_iam(&self) -> Option<(Question, Option<String>)> {
        let text = |name: &str| Some(self.parameter(name)?.to_owned());
        let question = match self.operation.as_str() {
            "GetAccountAuthorizationDetails" => Question::GetAccountAuthorizationDetails,
            "GetRole" => Question::GetRole { role: text("RoleName")? },
            "ListAttachedRolePolicies" => Question::ListAttachedRolePolicies { role: text("RoleName")? },
            "ListRolePolicies" => Question::ListRolePolicies { role: text("RoleName")? },
            "GetRolePolicy" => Question::GetRolePolicy { role: text("RoleName")?, policy: text("PolicyName")? },
            "ListInstanceProfilesForRole" => Question::ListInstanceProfilesForRole { role: text("RoleName")? },
            "GetPolicy" => Question::GetPolicy { policy: text("PolicyArn")? },
            "GetPolicyVersion" => {
                Question::GetPolicyVersion { policy: text("PolicyArn")?, version: text("VersionId")? }
            }
            "GetInstanceProfile" => Question::GetInstanceProfile { profile: text("InstanceProfileName")? },
            _other => return None,
        };
        Some((question, text("Marker")))
    }

    fn of_machines(&self) -> Option<(Question, Option<String>)> {
        let text = |name: &str| Some(self.parameter(name)?.to_owned());
        let question = match self.operation.as_str() {
            "DescribeInstances" => Question::DescribeInstances { tag_keys: self.values("Filter.1.Value.") },
            "DescribeLaunchTemplateVersions" => Question::DescribeLaunchTemplateVersion {
                template: text("LaunchTemplateId").or_else(|| text("LaunchTemplateName"))?,
                version: text("LaunchTemplateVersion.1")?,
            },
            "GetInstanceMetadataDefaults" => Question::GetInstanceMetadataDefaults,
            "DescribeAutoScalingGroups" => {
                Question::DescribeAutoScalingGroups { tag_keys: self.values("Filters.member.1.Values.member.") }
            }
            "DescribeLaunchConfigurations" => {
                Question::DescribeLaunchConfiguration { name: text("LaunchConfigurationNames.member.1")? }
            }
            _other => return None,
        };
        Some((question, text("NextToken")))
    }

    /// The values of a list.
    fn values(&self, beginning: &str) -> Vec<String> {
        let of_list = self.parameters.iter().filter(|(name, _)| name.starts_with(beginning));
        of_list.map(|(_, value)| value.clone()).collect()
    }
}

/// A value with its members in order (the SDK writes those of a map as they come), and without the times of events: what a sink
/// sends again is of a later one.
pub(crate) fn lasting(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, _)| *name != "timestamp");
            let members: BTreeMap<&String, Value> = kept.map(|(name, member)| (name, lasting(member))).collect();
            members.into_iter().map(|(name, member)| (name.clone(), member)).collect()
        }
        Value::Array(elements) => elements.iter().map(lasting).collect(),
        others => others.clone(),
    }
}

/// `name=value` of a form.
fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    Some((plain(name), plain(value)))
}
