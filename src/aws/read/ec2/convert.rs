//! What EC2 describes → facts. User data is in none of them: it may hold secrets.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    HttpTokensState, Instance as SdkInstance, InstanceMetadataDefaultsResponse, InstanceMetadataEndpointState,
    LaunchTemplateHttpTokensState, LaunchTemplateInstanceMetadataEndpointState, LaunchTemplateVersion, PlatformValues,
};

use crate::failure::Failure;
use crate::inventory::{Instance, Launch, MetadataOptions, ProfileOfInstance, TAGS_OF_NODES};

use super::super::{needed, timestamp};

/// An instance.
pub(super) fn instance(instance: SdkInstance) -> Result<Instance, Failure> {
    let profile = instance.iam_instance_profile.map(|profile| {
        let arn = needed(profile.arn, "ARN of an instance's profile")?;
        Ok(ProfileOfInstance { arn, id: needed(profile.id, "id of an instance's profile")? })
    });
    let metadata = instance.metadata_options.map(|options| MetadataOptions {
        enabled: options.http_endpoint.as_ref().and_then(is_enabled),
        tokens_required: options.http_tokens.as_ref().and_then(are_required),
        hop_limit: hops(options.http_put_response_hop_limit),
    });
    let tags = instance.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
    Ok(Instance {
        id: needed(instance.instance_id, "id of an instance")?,
        state: instance.state.and_then(|state| state.name).map(|name| name.as_str().to_owned()).unwrap_or_default(),
        launched_at: instance.launch_time.as_ref().and_then(timestamp),
        profile: profile.transpose()?,
        windows: instance.platform == Some(PlatformValues::Windows),
        metadata: metadata.unwrap_or_default(),
        tags: tags_of_nodes(tags),
    })
}

/// A launch template's version.
pub(super) fn launch(version: LaunchTemplateVersion) -> Launch {
    let number = version.version_number;
    let Some(data) = version.launch_template_data else {
        return Launch { version: number, profile: None, image: None, metadata: MetadataOptions::default() };
    };
    let metadata = data.metadata_options.map(|options| MetadataOptions {
        enabled: options.http_endpoint.as_ref().and_then(is_enabled_in_template),
        tokens_required: options.http_tokens.as_ref().and_then(are_required_in_template),
        hop_limit: hops(options.http_put_response_hop_limit),
    });
    Launch {
        version: number,
        profile: data.iam_instance_profile.and_then(|profile| profile.arn.or(profile.name)),
        image: data.image_id,
        metadata: metadata.unwrap_or_default(),
    }
}

/// The account's defaults.
pub(super) fn defaults(level: &InstanceMetadataDefaultsResponse) -> MetadataOptions {
    MetadataOptions {
        enabled: level.http_endpoint.as_ref().and_then(is_enabled),
        tokens_required: level.http_tokens.as_ref().and_then(are_required),
        hop_limit: hops(level.http_put_response_hop_limit),
    }
}

/// The tags that tell whose node it is.
pub(in super::super) fn tags_of_nodes(
    tags: impl Iterator<Item = (Option<String>, Option<String>)>,
) -> BTreeMap<String, String> {
    let tells = |key: &String| TAGS_OF_NODES.iter().any(|start| key.starts_with(start));
    tags.filter_map(|(key, value)| Some((key.filter(tells)?, value.unwrap_or_default()))).collect()
}

/// A hop limit; EC2 has -1 for "no preference".
fn hops(limit: Option<i32>) -> Option<u8> {
    u8::try_from(limit?).ok().filter(|limit| *limit > 0)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's list of states grows: what is not known here is not set")]
fn is_enabled(state: &InstanceMetadataEndpointState) -> Option<bool> {
    match state {
        InstanceMetadataEndpointState::Enabled => Some(true),
        InstanceMetadataEndpointState::Disabled => Some(false),
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's list of states grows: what is not known here is not set")]
fn is_enabled_in_template(state: &LaunchTemplateInstanceMetadataEndpointState) -> Option<bool> {
    match state {
        LaunchTemplateInstanceMetadataEndpointState::Enabled => Some(true),
        LaunchTemplateInstanceMetadataEndpointState::Disabled => Some(false),
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's list of states grows: what is not known here is not set")]
fn are_required(tokens: &HttpTokensState) -> Option<bool> {
    match tokens {
        HttpTokensState::Required => Some(true),
        HttpTokensState::Optional => Some(false),
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's list of states grows: what is not known here is not set")]
fn are_required_in_template(tokens: &LaunchTemplateHttpTokensState) -> Option<bool> {
    match tokens {
        LaunchTemplateHttpTokensState::Required => Some(true),
        LaunchTemplateHttpTokensState::Optional => Some(false),
        _ => None,
    }
}
