//! EC2 and Auto Scaling: queries with XML, of two kinds.

use std::collections::BTreeMap;

use noderole::collect::call::{Question, Reply};
use noderole::inventory::{AutoScalingGroup, Instance, Launch, LaunchTemplate, MetadataOptions};

use super::{element, list, time, wrapped};

/// A reply of EC2 or Auto Scaling.
pub(super) fn write(question: &Question, reply: Reply) -> String {
    match reply {
        Reply::Instances { instances, next } => {
            // As EC2 does, in reservations of one instance each.
            let reservation =
                |one| format!("<reservationId>r-1</reservationId>{}", list("instancesSet", "item", [one], instance));
            let sets = list("reservationSet", "item", &instances, reservation);
            of_ec2("DescribeInstances", &(sets + &element("nextToken", next.as_deref())))
        }
        Reply::MetadataDefaults(set) => {
            let level = metadata(&set, ["httpEndpoint", "httpTokens", "httpPutResponseHopLimit"]);
            of_ec2("GetInstanceMetadataDefaults", &format!("<accountLevel>{level}</accountLevel>"))
        }
        Reply::AutoScalingGroups { groups, next } => {
            let groups = list("AutoScalingGroups", "member", &groups, group);
            wrapped("DescribeAutoScalingGroups", &(groups + &element("NextToken", next.as_deref())))
        }
        Reply::Launch(launch) => match question {
            Question::DescribeLaunchConfiguration { name } => {
                let one = |launch: &Launch| configuration(name, launch);
                wrapped("DescribeLaunchConfigurations", &list("LaunchConfigurations", "member", [&launch], one))
            }
            _template => {
                let version = list("launchTemplateVersionSet", "item", [&launch], template);
                of_ec2("DescribeLaunchTemplateVersions", &version)
            }
        },
        other => panic!("{other:?} is no reply about machines"),
    }
}

fn of_ec2(operation: &str, result: &str) -> String {
    format!("<{operation}Response><requestId>r</requestId>{result}</{operation}Response>")
}

fn instance(instance: &Instance) -> String {
    let launched = time(instance.launched_at);
    let profile = instance.profile.as_ref().map(|profile| {
        let inner = element("arn", Some(&profile.arn)) + &element("id", Some(&profile.id));
        format!("<iamInstanceProfile>{inner}</iamInstanceProfile>")
    });
    let set = metadata(&instance.metadata, ["httpEndpoint", "httpTokens", "httpPutResponseHopLimit"]);
    [
        element("instanceId", Some(&instance.id)),
        format!("<instanceState><code>16</code>{}</instanceState>", element("name", Some(&instance.state))),
        element("launchTime", launched.as_deref()),
        profile.unwrap_or_default(),
        element("platform", instance.windows.then_some("windows")),
        format!("<metadataOptions><state>applied</state>{set}</metadataOptions>"),
        list("tagSet", "item", &instance.tags, |(key, value)| {
            element("key", Some(key)) + &element("value", Some(value))
        }),
    ]
    .concat()
}

fn metadata(set: &MetadataOptions, names: [&str; 3]) -> String {
    let [endpoint, tokens, hops] = names;
    let word = |set: Option<bool>, yes: &'static str, no: &'static str| set.map(|set| if set { yes } else { no });
    let limit = set.hop_limit.map(|limit| limit.to_string());
    [
        element(endpoint, word(set.enabled, "enabled", "disabled")),
        element(tokens, word(set.tokens_required, "required", "optional")),
        element(hops, limit.as_deref()),
    ]
    .concat()
}

fn template(launch: &Launch) -> String {
    let version = launch.version.map(|version| version.to_string());
    let profile = launch.profile.as_ref().map(|profile| {
        let name = if profile.starts_with("arn:") { "arn" } else { "name" };
        format!("<iamInstanceProfile>{}</iamInstanceProfile>", element(name, Some(profile)))
    });
    let set = metadata(&launch.metadata, ["httpEndpoint", "httpTokens", "httpPutResponseHopLimit"]);
    let data = [
        profile.unwrap_or_default(),
        element("imageId", launch.image.as_deref()),
        format!("<metadataOptions>{set}</metadataOptions>"),
        // Secrets of the user, which nobody is to see again.
        element("userData", Some("c2VjcmV0")),
    ]
    .concat();
    format!("{}<launchTemplateData>{data}</launchTemplateData>", element("versionNumber", version.as_deref()))
}

fn configuration(name: &str, launch: &Launch) -> String {
    let set = metadata(&launch.metadata, ["HttpEndpoint", "HttpTokens", "HttpPutResponseHopLimit"]);
    [
        element("LaunchConfigurationName", Some(name)),
        element("IamInstanceProfile", launch.profile.as_deref()),
        element("ImageId", launch.image.as_deref()),
        format!("<MetadataOptions>{set}</MetadataOptions>"),
        element("UserData", Some("c2VjcmV0")),
    ]
    .concat()
}

fn group(group: &AutoScalingGroup) -> String {
    let named = |template: &LaunchTemplate| {
        [
            element("LaunchTemplateId", template.id.as_deref()),
            element("LaunchTemplateName", template.name.as_deref()),
            element("Version", template.version.as_deref()),
        ]
        .concat()
    };
    let launch = match group.launch_templates.as_slice() {
        [] => String::new(),
        [only] => format!("<LaunchTemplate>{}</LaunchTemplate>", named(only)),
        [base, overrides @ ..] => {
            let base = format!("<LaunchTemplateSpecification>{}</LaunchTemplateSpecification>", named(base));
            let own = |one| format!("<LaunchTemplateSpecification>{}</LaunchTemplateSpecification>", named(one));
            let overrides = list("Overrides", "member", overrides, own);
            format!("<MixedInstancesPolicy><LaunchTemplate>{base}{overrides}</LaunchTemplate></MixedInstancesPolicy>")
        }
    };
    [
        element("AutoScalingGroupName", Some(&group.name)),
        launch,
        element("LaunchConfigurationName", group.launch_configuration.as_deref()),
        tags(&group.tags),
    ]
    .concat()
}

fn tags(tags: &BTreeMap<String, String>) -> String {
    list("Tags", "member", tags, |(key, value)| element("Key", Some(key)) + &element("Value", Some(value)))
}
