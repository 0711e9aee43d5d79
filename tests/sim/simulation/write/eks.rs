//! EKS: REST with JSON. Times are seconds, as floating-point numbers.

use jiff::Timestamp;
use noderole::collect::call::{Question, Reply};
use noderole::inventory::{AuthenticationMode, ClusterDetail, FargateProfile, HealthIssue, IpFamily, NodeGroup};
use serde_json::{Value, json};

/// A reply of EKS.
pub(super) fn write(question: &Question, reply: Reply) -> Value {
    let cluster = question.cluster().unwrap_or_default();
    match reply {
        Reply::Names { names, next } => {
            let name = match question {
                Question::ListClusters => "clusters",
                Question::ListNodegroups { .. } => "nodegroups",
                Question::ListFargateProfiles { .. } => "fargateProfileNames",
                Question::ListAssociatedAccessPolicies { .. } => "associatedAccessPolicies",
                _entries => "accessEntries",
            };
            let names: Vec<Value> = match question {
                Question::ListAssociatedAccessPolicies { .. } => {
                    names.into_iter().map(|arn| json!({"policyArn": arn})).collect()
                }
                _names => names.into_iter().map(Value::String).collect(),
            };
            json!({name: names, "nextToken": next})
        }
        Reply::Cluster(detail) => json!({"cluster": detail_of(cluster, &detail)}),
        Reply::NodeGroup(group) => {
            let Question::DescribeNodegroup { node_group, .. } = question else { panic!("{question:?}") };
            json!({"nodegroup": group_of(cluster, node_group, &group)})
        }
        Reply::FargateProfile(profile) => {
            let FargateProfile { arn, pod_execution_role, status, health } = &profile;
            json!({"fargateProfile": {"fargateProfileArn": arn, "clusterName": cluster, "status": status,
                "podExecutionRoleArn": pod_execution_role, "health": {"issues": issues(health)}}})
        }
        Reply::AccessEntry(entry) => json!({"accessEntry": {
            "clusterName": cluster, "type": entry.kind, "createdAt": seconds(entry.created_at)}}),
        Reply::Addon(addon) => json!({"addon": {
            "addonVersion": addon.version, "status": addon.status, "clusterName": cluster,
            "serviceAccountRoleArn": addon.service_account_role_arn,
            "podIdentityAssociations": addon.pod_identity_associations,
            "configurationValues": addon.configuration_values,
            "modifiedAt": seconds(addon.modified_at),
            "health": {"issues": addon.issues.iter().map(|code| json!({"code": code})).collect::<Vec<_>>()}}}),
        Reply::Associations { associations, next } => {
            let summaries: Vec<Value> = associations
                .iter()
                .map(|one| {
                    json!({"clusterName": cluster, "namespace": one.namespace, "serviceAccount": one.service_account,
                           "associationId": one.id})
                })
                .collect();
            json!({"associations": summaries, "nextToken": next})
        }
        Reply::Association(one) => json!({"association": {
            "associationArn": one.arn, "roleArn": one.role_arn, "targetRoleArn": one.target_role_arn,
            "policy": one.policy, "modifiedAt": seconds(one.modified_at), "clusterName": cluster}}),
        other => panic!("{other:?} is no reply of EKS"),
    }
}

fn detail_of(name: &str, detail: &ClusterDetail) -> Value {
    let mode = match detail.authentication_mode {
        AuthenticationMode::ConfigMap => "CONFIG_MAP",
        AuthenticationMode::ApiAndConfigMap => "API_AND_CONFIG_MAP",
        AuthenticationMode::Api => "API",
    };
    let family = match detail.ip_family {
        IpFamily::Ipv4 => "ipv4",
        IpFamily::Ipv6 => "ipv6",
    };
    let issuer = detail.oidc_issuer.as_ref().map(|issuer| format!("https://{issuer}"));
    let compute = detail.compute_config.as_ref().map(|config| {
        json!({"enabled": config.enabled, "nodePools": config.node_pools, "nodeRoleArn": config.node_role_arn})
    });
    json!({
        "name": name, "arn": detail.arn, "version": detail.version, "status": detail.status,
        "createdAt": seconds(detail.created_at), "roleArn": detail.role_arn, "tags": detail.tags,
        "kubernetesNetworkConfig": {"ipFamily": family}, "identity": {"oidc": {"issuer": issuer}},
        "accessConfig": {"authenticationMode": mode,
                         "bootstrapClusterCreatorAdminPermissions": detail.creator_is_admin},
        "resourcesVpcConfig": {"vpcId": detail.vpc_id}, "computeConfig": compute,
    })
}

fn group_of(cluster: &str, name: &str, group: &NodeGroup) -> Value {
    let template = group.launch_template.as_ref();
    let template = template.map(|given| json!({"id": given.id, "name": given.name, "version": given.version}));
    let groups: Vec<Value> = group.auto_scaling_groups.iter().map(|name| json!({"name": name})).collect();
    json!({
        "nodegroupName": name, "clusterName": cluster, "nodegroupArn": group.arn, "nodeRole": group.node_role,
        "amiType": group.ami_type, "version": group.version, "status": group.status,
        "createdAt": seconds(group.created_at), "launchTemplate": template, "tags": group.tags,
        "resources": {"autoScalingGroups": groups}, "health": {"issues": issues(&group.health)},
    })
}

fn issues(health: &[HealthIssue]) -> Vec<Value> {
    let issue = |one: &HealthIssue| json!({"code": one.code, "message": one.message, "resourceIds": one.resources});
    health.iter().map(issue).collect()
}

fn seconds(time: Option<Timestamp>) -> Option<f64> {
    time.map(|time| time.as_millisecond() as f64 / 1000.0)
}
