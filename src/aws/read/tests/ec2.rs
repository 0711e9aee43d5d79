//! EC2 over the wire.

use super::*;
use crate::inventory::{Instance, Launch, MetadataOptions, ProfileOfInstance};

fn xml(operation: &str, inside: &str) -> Answer {
    ok(format!("<{operation}Response><requestId>r</requestId>{inside}</{operation}Response>"))
}

fn instances() -> Question {
    Question::DescribeInstances {
        tag_keys: vec!["kubernetes.io/cluster/prod".to_owned(), "eks:cluster-name".to_owned()],
    }
}

fn version(template: &str, version: &str) -> Question {
    Question::DescribeLaunchTemplateVersion { template: template.to_owned(), version: version.to_owned() }
}

fn set(enabled: bool, tokens_required: bool, hop_limit: u8) -> MetadataOptions {
    MetadataOptions { enabled: Some(enabled), tokens_required: Some(tokens_required), hop_limit: Some(hop_limit) }
}

#[tokio::test(start_paused = true)]
async fn instances_are_asked_for_by_tag_and_state_in_long_pages_with_those_that_eks_manages() {
    let answer = xml("DescribeInstances", "<reservationSet/><nextToken>t2</nextToken>");
    let (reply, request) = ask(instances(), Some("t1"), answer).await;
    assert_eq!(reply, Ok(Reply::Instances { instances: Vec::new(), next: Some("t2".to_owned()) }));
    assert_eq!((request.service.as_str(), request.region.as_str()), ("ec2", "eu-west-1"));
    assert_eq!(request.operation, "DescribeInstances");
    for part in [
        "Filter.1.Name=tag-key",
        "Filter.1.Value.1=kubernetes.io/cluster/prod",
        "Filter.1.Value.2=eks:cluster-name",
        "Filter.2.Name=instance-state-name",
        "Filter.2.Value.1=pending",
        "Filter.2.Value.2=running",
        "Filter.2.Value.3=stopping",
        "Filter.2.Value.4=stopped",
        "IncludeManagedResources=true",
        "MaxResults=1000",
        "NextToken=t1",
    ] {
        assert!(request.text.contains(part), "{part} is not in {}", request.text);
    }
    let (reply, request) = ask(instances(), None, xml("DescribeInstances", "<reservationSet/><nextToken/>")).await;
    assert_eq!(reply, Ok(Reply::Instances { instances: Vec::new(), next: None }));
    assert!(!request.text.contains("NextToken"), "{}", request.text);
}

#[tokio::test(start_paused = true)]
async fn instances_become_facts_from_every_reservation() {
    let inside = "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceState><code>16</code>\
         <name>running</name></instanceState><launchTime>2026-01-02T03:04:05.000Z</launchTime><platform>windows</platform>\
         <iamInstanceProfile><arn>arn:p</arn><id>AIPA1</id></iamInstanceProfile><metadataOptions><state>applied</state>\
         <httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit>\
         <httpEndpoint>enabled</httpEndpoint></metadataOptions><tagSet>\
         <item><key>kubernetes.io/cluster/prod</key><value>owned</value></item>\
         <item><key>aws:autoscaling:groupName</key><value>g</value></item>\
         <item><key>Name</key><value>n</value></item></tagSet></item></instancesSet></item>\
         <item><instancesSet><item><instanceId>i-2</instanceId><instanceState><code>0</code><name>pending</name>\
         </instanceState></item></instancesSet></item></reservationSet>";
    let (reply, _) = ask(instances(), None, xml("DescribeInstances", inside)).await;
    let tags = [("aws:autoscaling:groupName", "g"), ("kubernetes.io/cluster/prod", "owned")];
    let windows = Instance {
        id: "i-1".to_owned(),
        state: "running".to_owned(),
        launched_at: "2026-01-02T03:04:05Z".parse().ok(),
        profile: Some(ProfileOfInstance { arn: "arn:p".to_owned(), id: "AIPA1".to_owned() }),
        windows: true,
        metadata: set(true, true, 2),
        tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
    };
    let bare = Instance {
        id: "i-2".to_owned(),
        state: "pending".to_owned(),
        launched_at: None,
        profile: None,
        windows: false,
        metadata: MetadataOptions::default(),
        tags: BTreeMap::new(),
    };
    assert_eq!(reply, Ok(Reply::Instances { instances: vec![windows, bare], next: None }));
}

#[tokio::test(start_paused = true)]
async fn an_instance_without_id_state_or_the_id_of_its_profile_is_malformed() {
    let state = "<instanceState><code>16</code><name>running</name></instanceState>";
    for instance in [
        state.to_owned(),
        "<instanceId>i-1</instanceId>".to_owned(),
        format!("<instanceId>i-1</instanceId>{state}<iamInstanceProfile><arn>arn:p</arn></iamInstanceProfile>"),
    ] {
        let inside = format!(
            "<reservationSet><item><instancesSet><item>{instance}</item></instancesSet></item></reservationSet>"
        );
        let (reply, _) = ask(instances(), None, xml("DescribeInstances", &inside)).await;
        assert_eq!(reply.unwrap_err().class, FailureClass::Malformed, "{instance}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_launch_template_is_asked_for_by_id_or_name_and_its_user_data_is_left_behind() {
    let inside = "<launchTemplateVersionSet><item><launchTemplateId>lt-0abc</launchTemplateId>\
         <versionNumber>7</versionNumber><launchTemplateData><imageId>ami-1</imageId><userData>c2VjcmV0</userData>\
         <iamInstanceProfile><name>nodes</name></iamInstanceProfile><metadataOptions><httpTokens>optional</httpTokens>\
         <httpPutResponseHopLimit>1</httpPutResponseHopLimit><httpEndpoint>disabled</httpEndpoint></metadataOptions>\
         </launchTemplateData></item></launchTemplateVersionSet>";
    let expected = Launch {
        version: Some(7),
        profile: Some("nodes".to_owned()),
        image: Some("ami-1".to_owned()),
        metadata: set(false, false, 1),
    };
    for (template, part, not) in [
        ("lt-0abc", "LaunchTemplateId=lt-0abc", "LaunchTemplateName="),
        ("my-lt", "LaunchTemplateName=my-lt", "LaunchTemplateId="),
    ] {
        let (reply, request) =
            ask(version(template, "$Latest"), None, xml("DescribeLaunchTemplateVersions", inside)).await;
        assert_eq!(request.operation, "DescribeLaunchTemplateVersions");
        assert!(request.text.contains(part) && !request.text.contains(not), "{}", request.text);
        assert!(request.text.contains("LaunchTemplateVersion.1=$Latest"), "{}", request.text);
        assert!(request.text.contains("IncludeManagedResources=true"), "{}", request.text);
        let reply = reply.unwrap();
        assert!(!format!("{reply:?}").contains("c2VjcmV0"));
        assert_eq!(reply, Reply::Launch(expected.clone()));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_launch_template_does_not_set_stays_open_and_its_profile_can_be_an_arn() {
    let inside = "<launchTemplateVersionSet><item><versionNumber>1</versionNumber><launchTemplateData>\
         <iamInstanceProfile><arn>arn:p</arn></iamInstanceProfile></launchTemplateData></item></launchTemplateVersionSet>";
    let (reply, _) = ask(version("lt-1", "1"), None, xml("DescribeLaunchTemplateVersions", inside)).await;
    let expected = Launch {
        version: Some(1),
        profile: Some("arn:p".to_owned()),
        image: None,
        metadata: MetadataOptions::default(),
    };
    assert_eq!(reply, Ok(Reply::Launch(expected)));
    let inside = "<launchTemplateVersionSet><item><versionNumber>1</versionNumber></item></launchTemplateVersionSet>";
    let (reply, _) = ask(version("lt-1", "1"), None, xml("DescribeLaunchTemplateVersions", inside)).await;
    assert_eq!(reply.unwrap_err().class, FailureClass::Malformed);
}

#[tokio::test(start_paused = true)]
async fn a_launch_template_that_does_not_exist_is_gone() {
    for code in [
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateId.VersionNotFound",
        "InvalidLaunchTemplateId.Malformed",
        "InvalidLaunchTemplateName.NotFoundException",
    ] {
        let (reply, _) = ask(version("lt-1", "3"), None, ec2_error(400, code)).await;
        let failure = reply.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Gone, code));
    }
    let empty = xml("DescribeLaunchTemplateVersions", "<launchTemplateVersionSet/>");
    let (reply, _) = ask(version("lt-1", "3"), None, empty).await;
    assert_eq!(reply.unwrap_err().class, FailureClass::Gone);
}

#[tokio::test(start_paused = true)]
async fn defaults_that_say_no_preference_stay_open() {
    for (inside, expected) in [
        ("<accountLevel/>", MetadataOptions::default()),
        ("", MetadataOptions::default()),
        (
            "<accountLevel><httpTokens>no-preference</httpTokens><httpPutResponseHopLimit>-1</httpPutResponseHopLimit>\
             <httpEndpoint>no-preference</httpEndpoint></accountLevel>",
            MetadataOptions::default(),
        ),
        (
            "<accountLevel><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit>\
             <httpEndpoint>enabled</httpEndpoint></accountLevel>",
            set(true, true, 2),
        ),
    ] {
        let answer = xml("GetInstanceMetadataDefaults", inside);
        let (reply, request) = ask(Question::GetInstanceMetadataDefaults, None, answer).await;
        assert_eq!(reply, Ok(Reply::MetadataDefaults(expected)), "{inside}");
        assert_eq!(request.operation, "GetInstanceMetadataDefaults");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_of_ec2_have_their_class_and_a_denial_has_no_encoded_message() {
    let denied = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform \
                  this operation. Encoded authorization failure message: 3Xo-_abc</Message></Error></Errors>\
                  <RequestID>r</RequestID></Response>";
    let (reply, _) = ask(instances(), None, Answer::Text(403, denied.to_owned())).await;
    let failure = reply.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Denied, "UnauthorizedOperation"));
    assert_eq!(failure.message, "You are not authorized to perform this operation.");
    for (answer, region, class) in [
        (ec2_error(503, "RequestLimitExceeded"), "eu-west-1", FailureClass::Throttled),
        (ec2_error(401, "AuthFailure"), "ap-east-1", FailureClass::NotEnabled),
        (ec2_error(403, "OptInRequired"), "ap-east-1", FailureClass::NotEnabled),
        (ec2_error(400, "RequestExpired"), "eu-west-1", FailureClass::Expired),
        (ec2_error(503, "Unavailable"), "eu-west-1", FailureClass::Transient),
        (ec2_error(400, "InvalidParameterValue"), "eu-west-1", FailureClass::Other),
    ] {
        let (reply, _) = ask_in(region, instances(), None, answer.clone()).await;
        assert_eq!(reply.unwrap_err().class, class, "{answer:?}");
    }
}
