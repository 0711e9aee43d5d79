//! What EC2 describes → facts. Of all that a template holds only profile, image and instance metadata are taken: user data
//! can hold secrets, and ends here.

use aws_sdk_ec2::types::{
    HttpTokensState, IamInstanceProfile, Instance as SdkInstance, InstanceMetadataDefaultsResponse,
    InstanceMetadataEndpointState, LaunchTemplateHttpTokensState, LaunchTemplateInstanceMetadataEndpointState,
    LaunchTemplateVersion, PlatformValues,
};

use crate::failure::Failure;
use crate::inventory::{Instance, Launch, MetadataOptions, ProfileOfInstance};

use super::super::compute::{metadata, tags_of_nodes};
use super::super::{needed, timestamp};

/// An instance.
pub(super) fn instance(instance: SdkInstance) -> Result<Instance, Failure> {
    let state = instance.state.and_then(|state| state.name);
    let set = instance.metadata_options.map(|set| {
        metadata(
            set.http_endpoint.as_ref().map(InstanceMetadataEndpointState::as_str),
            set.http_tokens.as_ref().map(HttpTokensState::as_str),
            set.http_put_response_hop_limit,
        )
    });
    Ok(Instance {
        id: needed(instance.instance_id, "id of an instance")?,
        state: needed(state, "state of an instance")?.as_str().to_owned(),
        launched_at: instance.launch_time.as_ref().and_then(timestamp),
        profile: instance.iam_instance_profile.map(profile).transpose()?,
        windows: instance.platform.as_ref().is_some_and(is_windows),
        metadata: set.unwrap_or_default(),
        tags: tags_of_nodes(instance.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value))),
    })
}

/// EC2 documents `Windows` and sends `windows`.
fn is_windows(platform: &PlatformValues) -> bool {
    platform.as_str().eq_ignore_ascii_case("windows")
}

fn profile(profile: IamInstanceProfile) -> Result<ProfileOfInstance, Failure> {
    Ok(ProfileOfInstance {
        arn: needed(profile.arn, "ARN of an instance's profile")?,
        id: needed(profile.id, "id of an instance's profile")?,
    })
}

/// A version of a launch template.
pub(super) fn launch(found: LaunchTemplateVersion) -> Result<Launch, Failure> {
    let data = needed(found.launch_template_data, "data of the launch template")?;
    let set = data.metadata_options.map(|set| {
        metadata(
            set.http_endpoint.as_ref().map(LaunchTemplateInstanceMetadataEndpointState::as_str),
            set.http_tokens.as_ref().map(LaunchTemplateHttpTokensState::as_str),
            set.http_put_response_hop_limit,
        )
    });
    Ok(Launch {
        version: found.version_number,
        profile: data.iam_instance_profile.and_then(|profile| profile.arn.or(profile.name)),
        image: data.image_id,
        metadata: set.unwrap_or_default(),
    })
}

/// The account's defaults.
pub(super) fn defaults(set: &InstanceMetadataDefaultsResponse) -> MetadataOptions {
    metadata(
        set.http_endpoint.as_ref().map(InstanceMetadataEndpointState::as_str),
        set.http_tokens.as_ref().map(HttpTokensState::as_str),
        set.http_put_response_hop_limit,
    )
}
