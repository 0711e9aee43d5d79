//! EC2: instances, what launch templates say of them, and the account's defaults.

use aws_sdk_ec2::types::Filter;

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::Region;

use super::super::session::{Client, Sessions};
use super::{failed, gone, malformed, needed};

mod convert;

pub(super) use convert::tags_of_nodes;

/// Instances a page, at most.
const PAGE: i32 = 1000;

/// The states of instances that may still be nodes, or be so again: those that are gone stay visible for an hour.
const LIVE: [&str; 4] = ["pending", "running", "stopping", "stopped"];

/// How the id of a launch template begins; a name may begin so too, but then it is no id.
const TEMPLATE_ID: &str = "lt-";

/// EC2 in one region, with the names that the errors need.
struct Ec2<'a> {
    client: Client<aws_sdk_ec2::Client>,
    region: &'a Region,
}

/// Asks EC2.
#[expect(clippy::wildcard_enum_match_arm, reason = "each service gets its own questions: limits::service_of")]
pub(super) async fn ask(sessions: &Sessions, call: &Call) -> Result<Reply, Failure> {
    let region = needed(call.region.as_ref(), "region to ask EC2 in")?;
    let ec2 = Ec2 { client: sessions.ec2(&call.account, region), region };
    match &call.question {
        Question::DescribeInstances { tag_keys } => ec2.instances(tag_keys, call.page.clone()).await,
        Question::DescribeLaunchTemplateVersion { template, version } => ec2.template(template, version).await,
        Question::GetInstanceMetadataDefaults => ec2.metadata_defaults().await,
        _ => Err(malformed("not a question for EC2")),
    }
}

impl Ec2<'_> {
    /// With those that EKS manages: an account can hide them from whoever does not ask for them.
    async fn instances(&self, tag_keys: &[String], page: Option<String>) -> Result<Reply, Failure> {
        let keys = Filter::builder().name("tag-key").set_values(Some(tag_keys.to_vec())).build();
        let states = LIVE.map(str::to_owned).to_vec();
        let states = Filter::builder().name("instance-state-name").set_values(Some(states)).build();
        let request = self.client.sdk.describe_instances().filters(keys).filters(states);
        let request = request.include_managed_resources(true).max_results(PAGE).set_next_token(page);
        let answer = request.send().await.map_err(|error| failed(&self.client, Some(self.region), &error))?;
        let reservations = answer.reservations.unwrap_or_default().into_iter();
        let instances = reservations.flat_map(|reservation| reservation.instances.unwrap_or_default());
        let instances = instances.map(convert::instance).collect::<Result<_, Failure>>()?;
        Ok(Reply::Instances { instances, next: answer.next_token })
    }

    async fn template(&self, template: &str, version: &str) -> Result<Reply, Failure> {
        let request = self.client.sdk.describe_launch_template_versions().versions(version);
        let request = if template.starts_with(TEMPLATE_ID) {
            request.launch_template_id(template)
        } else {
            request.launch_template_name(template)
        };
        let answer = request.include_managed_resources(true).send().await;
        let answer = answer.map_err(|error| failed(&self.client, Some(self.region), &error))?;
        let found = answer.launch_template_versions.unwrap_or_default().into_iter().next();
        let found = found.ok_or_else(|| gone("the launch template has no such version"))?;
        Ok(Reply::Launch(convert::launch(found)))
    }

    async fn metadata_defaults(&self) -> Result<Reply, Failure> {
        let answer = self.client.sdk.get_instance_metadata_defaults().send().await;
        let answer = answer.map_err(|error| failed(&self.client, Some(self.region), &error))?;
        Ok(Reply::MetadataDefaults(answer.account_level.map(|level| convert::defaults(&level)).unwrap_or_default()))
    }
}
