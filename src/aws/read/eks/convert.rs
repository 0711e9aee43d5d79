//! What EKS describes → facts. What EKS leaves out by design has its default here; what it must say and does not, or says
//! in words that are not known, makes the answer malformed.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_eks::types::{
    AccessEntry, Addon as SdkAddon, AuthenticationMode as SdkAuthenticationMode, Cluster,
    FargateProfile as SdkFargateProfile, IpFamily as SdkIpFamily, LaunchTemplateSpecification, Nodegroup,
    PodIdentityAssociation as SdkAssociation,
};

use crate::failure::Failure;
use crate::inventory::{
    AccessEntryType, Addon, AuthenticationMode, ClusterDetail, ComputeConfig, FargateProfile, HealthIssue, IpFamily,
    LaunchTemplate, NodeGroup, PodIdentityAssociation,
};

use super::super::{malformed, needed, timestamp};

/// A cluster.
pub(super) fn cluster(cluster: Cluster) -> Result<ClusterDetail, Failure> {
    let issuer = cluster.identity.and_then(|identity| identity.oidc).and_then(|oidc| oidc.issuer);
    let access = cluster.access_config.as_ref();
    let status = needed(cluster.status, "status of the cluster")?.as_str().to_owned();
    // One that is connected from elsewhere has no role, and one that is being made or failed may have none yet.
    let without = cluster.connector_config.is_some() || ["CREATING", "FAILED", "PENDING"].contains(&status.as_str());
    let role = cluster.role_arn.or_else(|| without.then(String::new));
    Ok(ClusterDetail {
        arn: needed(cluster.arn, "ARN of the cluster")?,
        version: cluster.version.unwrap_or_default(),
        status,
        created_at: cluster.created_at.as_ref().and_then(timestamp),
        role_arn: needed(role, "role of the cluster")?,
        ip_family: ip_family(cluster.kubernetes_network_config.as_ref().and_then(|network| network.ip_family()))?,
        oidc_issuer: issuer.map(|url| url.strip_prefix("https://").unwrap_or(&url).to_owned()),
        authentication_mode: authentication_mode(access.and_then(|access| access.authentication_mode()))?,
        creator_is_admin: access.and_then(|access| access.bootstrap_cluster_creator_admin_permissions),
        vpc_id: cluster.resources_vpc_config.and_then(|vpc| vpc.vpc_id),
        compute_config: cluster.compute_config.map(|compute| ComputeConfig {
            enabled: compute.enabled.unwrap_or(false),
            node_pools: compute.node_pools.unwrap_or_default(),
            node_role_arn: compute.node_role_arn,
        }),
        tags: tags(cluster.tags),
    })
}

/// Clusters that are older than the field are IPv4.
fn ip_family(family: Option<&SdkIpFamily>) -> Result<IpFamily, Failure> {
    match family.map(SdkIpFamily::as_str) {
        None | Some("ipv4") => Ok(IpFamily::Ipv4),
        Some("ipv6") => Ok(IpFamily::Ipv6),
        Some(other) => Err(malformed(&format!("`{other}` is not an IP family that is known"))),
    }
}

/// Clusters that are older than the field use the `ConfigMap`.
fn authentication_mode(mode: Option<&SdkAuthenticationMode>) -> Result<AuthenticationMode, Failure> {
    match mode.map(SdkAuthenticationMode::as_str) {
        None | Some("CONFIG_MAP") => Ok(AuthenticationMode::ConfigMap),
        Some("API_AND_CONFIG_MAP") => Ok(AuthenticationMode::ApiAndConfigMap),
        Some("API") => Ok(AuthenticationMode::Api),
        Some(other) => Err(malformed(&format!("`{other}` is not an authentication mode that is known"))),
    }
}

/// A managed node group.
pub(super) fn node_group(group: Nodegroup) -> Result<NodeGroup, Failure> {
    let issues = group.health.and_then(|health| health.issues).unwrap_or_default().into_iter();
    let auto_scaling_groups = group.resources.and_then(|made| made.auto_scaling_groups).unwrap_or_default().into_iter();
    Ok(NodeGroup {
        arn: needed(group.nodegroup_arn, "ARN of the node group")?,
        node_role: needed(group.node_role, "role of the node group")?,
        ami_type: group.ami_type.map(|ami| ami.as_str().to_owned()).unwrap_or_default(),
        version: group.version,
        status: needed(group.status, "status of the node group")?.as_str().to_owned(),
        created_at: group.created_at.as_ref().and_then(timestamp),
        launch_template: group.launch_template.map(launch_template),
        auto_scaling_groups: auto_scaling_groups.filter_map(|group| group.name).collect(),
        health: issues
            .map(|issue| HealthIssue {
                code: issue.code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
                message: issue.message.unwrap_or_default(),
                resources: issue.resource_ids.unwrap_or_default(),
            })
            .collect(),
        tags: tags(group.tags),
    })
}

fn launch_template(template: LaunchTemplateSpecification) -> LaunchTemplate {
    LaunchTemplate { id: template.id, name: template.name, version: template.version }
}

/// A Fargate profile.
pub(super) fn fargate_profile(profile: SdkFargateProfile) -> Result<FargateProfile, Failure> {
    let issues = profile.health.and_then(|health| health.issues).unwrap_or_default().into_iter();
    Ok(FargateProfile {
        arn: needed(profile.fargate_profile_arn, "ARN of the Fargate profile")?,
        pod_execution_role: needed(profile.pod_execution_role_arn, "role of the Fargate profile")?,
        status: needed(profile.status, "status of the Fargate profile")?.as_str().to_owned(),
        health: issues
            .map(|issue| HealthIssue {
                code: issue.code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
                message: issue.message.unwrap_or_default(),
                resources: issue.resource_ids.unwrap_or_default(),
            })
            .collect(),
    })
}

/// An access entry: the documentation spells some types in mixed case.
pub(super) fn access_entry(entry: AccessEntry) -> Result<AccessEntryType, Failure> {
    Ok(AccessEntryType {
        kind: needed(entry.r#type, "type of the access entry")?.to_ascii_uppercase(),
        created_at: entry.created_at.as_ref().and_then(timestamp),
        access_policies: None,
    })
}

/// An add-on.
pub(super) fn addon(addon: SdkAddon) -> Result<Addon, Failure> {
    let issues = addon.health.and_then(|health| health.issues).unwrap_or_default().into_iter();
    Ok(Addon {
        version: addon.addon_version,
        status: needed(addon.status, "status of the add-on")?.as_str().to_owned(),
        service_account_role_arn: addon.service_account_role_arn.filter(|arn| !arn.is_empty()),
        pod_identity_associations: addon.pod_identity_associations.unwrap_or_default(),
        configuration_values: addon.configuration_values.filter(|values| !values.is_empty()),
        modified_at: addon.modified_at.as_ref().and_then(timestamp),
        issues: issues.map(|issue| issue.code.map_or_else(String::new, |code| code.as_str().to_owned())).collect(),
    })
}

/// A Pod Identity association.
pub(super) fn association(association: SdkAssociation) -> Result<PodIdentityAssociation, Failure> {
    Ok(PodIdentityAssociation {
        arn: needed(association.association_arn, "ARN of the association")?,
        role_arn: needed(association.role_arn, "role of the association")?,
        target_role_arn: association.target_role_arn.filter(|arn| !arn.is_empty()),
        policy: association.policy.filter(|policy| !policy.is_empty()),
        modified_at: association.modified_at.as_ref().and_then(timestamp),
    })
}

fn tags(tags: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().collect()
}
