//! Auto Scaling: the groups of clusters, and launch configurations, whose user data can hold secrets and is not kept.

use aws_sdk_autoscaling::types::{
    AutoScalingGroup as SdkGroup, Filter, InstanceMetadataEndpointState, InstanceMetadataHttpTokensState,
    LaunchConfiguration, LaunchTemplateSpecification, MixedInstancesPolicy,
};

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::Region;
use crate::inventory::{AutoScalingGroup, Launch, LaunchTemplate};

use super::super::session::{Client, Sessions};
use super::compute::{metadata, said, tags_of_nodes};
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
    let auto_scaling = AutoScaling { client: sessions.auto_scaling(&call.account, region), region };
    match &call.question {
        Question::DescribeAutoScalingGroups { tag_keys } => auto_scaling.groups(tag_keys, call.page.clone()).await,
        Question::DescribeLaunchConfiguration { name } => auto_scaling.launch_configuration(name).await,
        _ => Err(malformed("not a question for Auto Scaling")),
    }
}

impl AutoScaling<'_> {
    /// Without their instances: EC2 tells of those, and a group can have thousands.
    async fn groups(&self, tag_keys: &[String], page: Option<String>) -> Result<Reply, Failure> {
        let keys = Filter::builder().name("tag-key").set_values(Some(tag_keys.to_vec())).build();
        let request = self.client.sdk.describe_auto_scaling_groups().filters(keys).include_instances(false);
        let request = request.include_managed_resources(true).max_records(PAGE);
        let answer = request.set_next_token(page).send().await;
        let answer = answer.map_err(|error| failed(&self.client, Some(self.region), &error))?;
        let groups = answer.auto_scaling_groups.unwrap_or_default().into_iter();
        let groups = groups.map(group).collect::<Result<_, _>>()?;
        Ok(Reply::AutoScalingGroups { groups, next: said(answer.next_token) })
    }

    async fn launch_configuration(&self, name: &str) -> Result<Reply, Failure> {
        let answer = self.client.sdk.describe_launch_configurations().launch_configuration_names(name).send().await;
        let answer = answer.map_err(|error| failed(&self.client, Some(self.region), &error))?;
        let found = answer.launch_configurations.unwrap_or_default().into_iter().next();
        Ok(Reply::Launch(launch(found.ok_or_else(|| gone("there is no launch configuration of that name"))?)))
    }
}

fn group(group: SdkGroup) -> Result<AutoScalingGroup, Failure> {
    let mixed = group.mixed_instances_policy.map(templates_of_mixed).unwrap_or_default();
    let mut launch_templates = Vec::new();
    for template in group.launch_template.into_iter().chain(mixed).map(launch_template) {
        // The overrides are one for each instance type, and many name the same template.
        if !launch_templates.contains(&template) {
            launch_templates.push(template);
        }
    }
    Ok(AutoScalingGroup {
        name: needed(said(group.auto_scaling_group_name), "name of an Auto Scaling group")?,
        launch_templates,
        launch_configuration: said(group.launch_configuration_name),
        tags: tags_of_nodes(group.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value))),
    })
}

/// The base, and every override that names a template of its own.
fn templates_of_mixed(policy: MixedInstancesPolicy) -> Vec<LaunchTemplateSpecification> {
    let Some(template) = policy.launch_template else { return Vec::new() };
    let overrides = template.overrides.unwrap_or_default().into_iter();
    let own = overrides.filter_map(|instances| instances.launch_template_specification);
    template.launch_template_specification.into_iter().chain(own).collect()
}

fn launch_template(template: LaunchTemplateSpecification) -> LaunchTemplate {
    LaunchTemplate { id: template.launch_template_id, name: template.launch_template_name, version: template.version }
}

fn launch(found: LaunchConfiguration) -> Launch {
    let set = found.metadata_options.map(|set| {
        metadata(
            set.http_endpoint.as_ref().map(InstanceMetadataEndpointState::as_str),
            set.http_tokens.as_ref().map(InstanceMetadataHttpTokensState::as_str),
            set.http_put_response_hop_limit,
        )
    });
    Launch {
        version: None,
        profile: said(found.iam_instance_profile),
        image: said(found.image_id),
        metadata: set.unwrap_or_default(),
    }
}
