//! Auto Scaling: the groups of clusters, and what launch configurations say.

use aws_sdk_autoscaling::types::{
    AutoScalingGroup as SdkGroup, Filter, InstanceMetadataEndpointState, InstanceMetadataHttpTokensState,
    LaunchConfiguration, LaunchTemplateSpecification,
};

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::Region;
use crate::inventory::{AutoScalingGroup, Launch, LaunchTemplate, MetadataOptions};

use super::super::session::{Client, Sessions};
use super::ec2::tags_of_nodes;
use super::{failed, gone, malformed, needed};

/// Groups a page, at most.
const PAGE: i32 = 100;

/// Auto Scaling in one region, with the names that the errors need.
struct AutoScaling<'a> {
    client: Client<aws_sdk_autoscaling::Client>,
    region: &'a Region,
}

/// Asks Auto Scaling.
#[expect(clippy::wildcard_enum_match_arm, reason = "each service gets its own questions: limits::service_of")]
pub(super) async fn ask(sessions: &Sessions, call: &Call) -> Result<Reply, Failure> {
    let region = needed(call.region.as_ref(), "region to ask Auto Scaling in")?;
    let service = AutoScaling { client: sessions.auto_scaling(&call.account, region), region };
    match &call.question {
        Question::DescribeAutoScalingGroups { tag_keys } => service.groups(tag_keys, call.page.clone()).await,
        Question::DescribeLaunchConfiguration { name } => service.configuration(name).await,
        _ => Err(malformed("not a question for Auto Scaling")),
    }
}

impl AutoScaling<'_> {
    /// Without their instances, which EC2 tells of.
    async fn groups(&self, tag_keys: &[String], page: Option<String>) -> Result<Reply, Failure> {
        let keys = Filter::builder().name("tag-key").set_values(Some(tag_keys.to_vec())).build();
        let request = self.client.sdk.describe_auto_scaling_groups().filters(keys).include_instances(false);
        let request = request.include_managed_resources(true).max_records(PAGE).set_next_token(page);
        let answer = request.send().await.map_err(|error| failed(&self.client, Some(self.region), &error))?;
        let groups = answer.auto_scaling_groups.unwrap_or_default().into_iter();
        let groups = groups.map(group).collect::<Result<_, Failure>>()?;
        Ok(Reply::AutoScalingGroups { groups, next: answer.next_token })
    }

    async fn configuration(&self, name: &str) -> Result<Reply, Failure> {
        let answer = self.client.sdk.describe_launch_configurations().launch_configuration_names(name).send().await;
        let answer = answer.map_err(|error| failed(&self.client, Some(self.region), &error))?;
        let found = answer.launch_configurations.unwrap_or_default().into_iter().next();
        Ok(Reply::Launch(launch(found.ok_or_else(|| gone("there is no launch configuration of that name"))?)))
    }
}

fn group(group: SdkGroup) -> Result<AutoScalingGroup, Failure> {
    let mut launch_templates: Vec<LaunchTemplate> = group.launch_template.map(template).into_iter().collect();
    if let Some(mixed) = group.mixed_instances_policy.and_then(|policy| policy.launch_template) {
        launch_templates.extend(mixed.launch_template_specification.map(template));
        let overrides = mixed.overrides.unwrap_or_default().into_iter();
        for own in overrides.filter_map(|instance_type| instance_type.launch_template_specification).map(template) {
            if !launch_templates.contains(&own) {
                launch_templates.push(own);
            }
        }
    }
    let tags = group.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
    Ok(AutoScalingGroup {
        name: needed(group.auto_scaling_group_name, "name of an Auto Scaling group")?,
        launch_templates,
        launch_configuration: group.launch_configuration_name,
        tags: tags_of_nodes(tags),
    })
}

fn template(template: LaunchTemplateSpecification) -> LaunchTemplate {
    LaunchTemplate { id: template.launch_template_id, name: template.launch_template_name, version: template.version }
}

/// A launch configuration, without its user data.
#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's list of states grows: what is not known here is not set")]
fn launch(configuration: LaunchConfiguration) -> Launch {
    let metadata = configuration.metadata_options.map(|options| MetadataOptions {
        enabled: options.http_endpoint.and_then(|state| match state {
            InstanceMetadataEndpointState::Enabled => Some(true),
            InstanceMetadataEndpointState::Disabled => Some(false),
            _ => None,
        }),
        tokens_required: options.http_tokens.and_then(|tokens| match tokens {
            InstanceMetadataHttpTokensState::Required => Some(true),
            InstanceMetadataHttpTokensState::Optional => Some(false),
            _ => None,
        }),
        hop_limit: options.http_put_response_hop_limit.and_then(|limit| u8::try_from(limit).ok()),
    });
    Launch {
        version: None,
        profile: configuration.iam_instance_profile.filter(|profile| !profile.is_empty()),
        image: configuration.image_id,
        metadata: metadata.unwrap_or_default(),
    }
}
