//! Auto Scaling over the wire.

use super::*;
use crate::inventory::{AutoScalingGroup, Launch, LaunchTemplate, MetadataOptions};

fn xml(operation: &str, inside: &str) -> Answer {
    ok(format!("<{operation}Response><{operation}Result>{inside}</{operation}Result></{operation}Response>"))
}

fn groups() -> Question {
    Question::DescribeAutoScalingGroups {
        tag_keys: vec!["k8s.io/cluster/prod".to_owned(), "eks:cluster-name".to_owned()],
    }
}

fn configuration() -> Question {
    Question::DescribeLaunchConfiguration { name: "lc-1".to_owned() }
}

fn template(id: &str, version: Option<&str>) -> LaunchTemplate {
    LaunchTemplate { id: Some(id.to_owned()), name: Some(format!("name-of-{id}")), version: version.map(str::to_owned) }
}

/// A launch template as the answer names it.
fn named(id: &str, version: &str) -> String {
    format!(
        "<LaunchTemplateSpecification><LaunchTemplateId>{id}</LaunchTemplateId><LaunchTemplateName>name-of-{id}\
         </LaunchTemplateName><Version>{version}</Version></LaunchTemplateSpecification>"
    )
}

async fn read(inside: &str) -> Vec<AutoScalingGroup> {
    let inside = format!("<AutoScalingGroups>{inside}</AutoScalingGroups>");
    let (reply, _) = ask(groups(), None, xml("DescribeAutoScalingGroups", &inside)).await;
    let Reply::AutoScalingGroups { groups, next: None } = reply.unwrap() else { panic!("not a last page of groups") };
    groups
}

#[tokio::test(start_paused = true)]
async fn groups_are_asked_for_by_tag_in_long_pages_without_their_instances() {
    let answer = xml("DescribeAutoScalingGroups", "<AutoScalingGroups/><NextToken>t2</NextToken>");
    let (reply, request) = ask(groups(), Some("t1"), answer).await;
    assert_eq!(reply, Ok(Reply::AutoScalingGroups { groups: Vec::new(), next: Some("t2".to_owned()) }));
    assert_eq!((request.service.as_str(), request.region.as_str()), ("autoscaling", "eu-west-1"));
    assert_eq!(request.operation, "DescribeAutoScalingGroups");
    for part in [
        "Filters.member.1.Name=tag-key",
        "Filters.member.1.Values.member.1=k8s.io/cluster/prod",
        "Filters.member.1.Values.member.2=eks:cluster-name",
        "IncludeInstances=false",
        "IncludeManagedResources=true",
        "MaxRecords=100",
        "NextToken=t1",
    ] {
        assert!(request.text.contains(part), "{part} is not in {}", request.text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_has_a_template_or_a_configuration_and_the_tags_of_nodes() {
    let found = read(
        "<member><AutoScalingGroupName>a</AutoScalingGroupName><LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId>\
         <LaunchTemplateName>name-of-lt-1</LaunchTemplateName></LaunchTemplate><Tags>\
         <member><Key>k8s.io/cluster-autoscaler/prod</Key><Value>owned</Value></member>\
         <member><Key>Name</Key><Value>n</Value></member></Tags></member>\
         <member><AutoScalingGroupName>b</AutoScalingGroupName>\
         <LaunchConfigurationName>lc-1</LaunchConfigurationName></member>",
    )
    .await;
    let by_template = AutoScalingGroup {
        name: "a".to_owned(),
        launch_templates: vec![template("lt-1", None)],
        launch_configuration: None,
        tags: [("k8s.io/cluster-autoscaler/prod".to_owned(), "owned".to_owned())].into(),
    };
    let by_configuration = AutoScalingGroup {
        name: "b".to_owned(),
        launch_templates: Vec::new(),
        launch_configuration: Some("lc-1".to_owned()),
        tags: BTreeMap::new(),
    };
    assert_eq!(found, [by_template, by_configuration]);
}

#[tokio::test(start_paused = true)]
async fn a_mixed_group_has_the_base_and_the_templates_of_its_overrides_each_once() {
    let found = read(&format!(
        "<member><AutoScalingGroupName>a</AutoScalingGroupName><MixedInstancesPolicy><LaunchTemplate>{base}<Overrides>\
         <member><InstanceType>m5.large</InstanceType></member>\
         <member><InstanceType>m6g.large</InstanceType>{arm}</member>\
         <member><InstanceType>m7g.large</InstanceType>{arm}</member>\
         <member><InstanceType>m7i.large</InstanceType>{base}</member></Overrides></LaunchTemplate>\
         </MixedInstancesPolicy></member>",
        base = named("lt-1", "$Latest"),
        arm = named("lt-2", "4"),
    ))
    .await;
    assert_eq!(found[0].launch_templates, [template("lt-1", Some("$Latest")), template("lt-2", Some("4"))]);
}

#[tokio::test(start_paused = true)]
async fn a_group_without_a_name_is_malformed() {
    let inside = "<AutoScalingGroups><member><MinSize>1</MinSize></member></AutoScalingGroups>";
    let (reply, _) = ask(groups(), None, xml("DescribeAutoScalingGroups", inside)).await;
    assert_eq!(reply.unwrap_err().class, FailureClass::Malformed);
}

#[tokio::test(start_paused = true)]
async fn a_launch_configuration_is_read_by_name_and_its_user_data_is_left_behind() {
    let inside = "<LaunchConfigurations><member><LaunchConfigurationName>lc-1</LaunchConfigurationName>\
         <ImageId>ami-1</ImageId><UserData>c2VjcmV0</UserData><IamInstanceProfile>nodes</IamInstanceProfile>\
         <MetadataOptions><HttpTokens>required</HttpTokens><HttpPutResponseHopLimit>300</HttpPutResponseHopLimit>\
         <HttpEndpoint>enabled</HttpEndpoint></MetadataOptions></member></LaunchConfigurations>";
    let (reply, request) = ask(configuration(), None, xml("DescribeLaunchConfigurations", inside)).await;
    assert!(request.text.contains("LaunchConfigurationNames.member.1=lc-1"), "{}", request.text);
    let reply = reply.unwrap();
    assert!(!format!("{reply:?}").contains("c2VjcmV0"));
    let expected = Launch {
        version: None,
        profile: Some("nodes".to_owned()),
        image: Some("ami-1".to_owned()),
        metadata: MetadataOptions { enabled: Some(true), tokens_required: Some(true), hop_limit: None },
    };
    assert_eq!(reply, Reply::Launch(expected));
}

#[tokio::test(start_paused = true)]
async fn failures_of_auto_scaling_have_their_class_and_an_absent_configuration_is_gone() {
    let empty = xml("DescribeLaunchConfigurations", "<LaunchConfigurations/>");
    let (reply, _) = ask(configuration(), None, empty).await;
    assert_eq!(reply.unwrap_err().class, FailureClass::Gone);
    for (code, status, class) in [
        ("AccessDenied", 403, FailureClass::Denied),
        ("Throttling", 400, FailureClass::Throttled),
        ("ExpiredToken", 403, FailureClass::Expired),
        ("InvalidNextToken", 400, FailureClass::Other),
    ] {
        let (reply, _) = ask(groups(), None, xml_error(status, code)).await;
        assert_eq!(reply.unwrap_err().class, class, "{code}");
    }
}
