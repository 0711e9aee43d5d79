//! EC2: the instances of clusters, launch templates, and the account's defaults for instance metadata.

use aws_sdk_ec2::types::Filter;

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::Region;

use super::super::session::{Client, Sessions};
use super::compute::said;
use super::{failed, gone, malformed, needed};

mod convert;

/// Instances a page, at most.
const PAGE: i32 = 1000;

/// The states of instances that are nodes, or can be again. Terminated ones stay listed for an hour, and run nothing.
const STATES: [&str; 4] = ["pending", "running", "stopping", "stopped"];

/// EC2 in one region, with the names that the errors need.
struct Ec2<'a> {
    client: Client<aws_sdk_ec2::Client>,
    region: &'a Region,
}

/// Sends a request and takes its error into its class.
macro_rules! answer {
    ($ec2:ident, $request:expr) => {
        $request.send().await.map_err(|error| failed(&$ec2.client, Some($ec2.region), &error))?
    };
}

/// Asks EC2.
#[expect(clippy::wildcard_enum_match_arm, reason = "each service gets its own questions: limits::service_of")]
pub(super) async fn ask(sessions: &Sessions, call: &Call) -> Result<Reply, Failure> {
    let region = needed(call.region.as_ref(), "region to ask EC2 in")?;
    let ec2 = Ec2 { client: sessions.ec2(&call.account, region), region };
    match &call.question {
        Question::DescribeInstances { tag_keys } => ec2.instances(tag_keys, call.page.clone()).await,
        Question::DescribeLaunchTemplateVersion { template, version } => ec2.launch_template(template, version).await,
        Question::GetInstanceMetadataDefaults => ec2.metadata_defaults().await,
        _ => Err(malformed("not a question for EC2")),
    }
}

impl Ec2<'_> {
    /// With the instances that EKS manages, which an account can hide from its lists.
    async fn instances(&self, tag_keys: &[String], page: Option<String>) -> Result<Reply, Failure> {
        let keys = Filter::builder().name("tag-key").set_values(Some(tag_keys.to_vec())).build();
        let states = STATES.map(str::to_owned).to_vec();
        let states = Filter::builder().name("instance-state-name").set_values(Some(states)).build();
        let request = self.client.sdk.describe_instances().filters(keys).filters(states);
        let request = request.include_managed_resources(true).max_results(PAGE).set_next_token(page);
        let answer = answer!(self, request);
        let reservations = answer.reservations.unwrap_or_default().into_iter();
        let instances = reservations.flat_map(|reservation| reservation.instances.unwrap_or_default());
        let instances = instances.map(convert::instance).collect::<Result<_, _>>()?;
        Ok(Reply::Instances { instances, next: said(answer.next_token) })
    }

    async fn launch_template(&self, template: &str, version: &str) -> Result<Reply, Failure> {
        let request =
            self.client.sdk.describe_launch_template_versions().versions(version).include_managed_resources(true);
        // A name cannot be told from an id by anything but its beginning, as in AWS's own tools.
        let request = if template.starts_with("lt-") {
            request.launch_template_id(template)
        } else {
            request.launch_template_name(template)
        };
        let answer = answer!(self, request);
        let found = answer.launch_template_versions.unwrap_or_default().into_iter().next();
        let found = found.ok_or_else(|| gone("the launch template has no such version"))?;
        Ok(Reply::Launch(convert::launch(found)?))
    }

    /// An account that never set any has none: everything stays open.
    async fn metadata_defaults(&self) -> Result<Reply, Failure> {
        let answer = answer!(self, self.client.sdk.get_instance_metadata_defaults());
        Ok(Reply::MetadataDefaults(answer.account_level.as_ref().map(convert::defaults).unwrap_or_default()))
    }
}
