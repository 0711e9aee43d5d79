//! IAM over the wire.

use super::*;

const DOCUMENT: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
const DECODED: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

fn xml(operation: &str, inside: &str) -> Answer {
    ok(format!("<{operation}Response><{operation}Result>{inside}</{operation}Result></{operation}Response>"))
}

fn role() -> String {
    "nodes".to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_sweep_asks_for_roles_and_local_policies_and_decodes_every_document() {
    let inside = format!(
        "<IsTruncated>true</IsTruncated><Marker>m2</Marker><UserDetailList/><GroupDetailList/><RoleDetailList><member>\
         <Path>/eks/</Path><RoleName>nodes</RoleName><RoleId>AROA1</RoleId><Arn>arn:aws:iam::{CALLER}:role/eks/nodes</Arn>\
         <CreateDate>2024-01-02T03:04:05Z</CreateDate><AssumeRolePolicyDocument>{DOCUMENT}</AssumeRolePolicyDocument>\
         <InstanceProfileList><member><Path>/</Path><InstanceProfileName>p</InstanceProfileName>\
         <InstanceProfileId>AIPA1</InstanceProfileId><Arn>arn:p</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate><Roles/>\
         </member></InstanceProfileList><RolePolicyList><member><PolicyName>in</PolicyName><PolicyDocument>{DOCUMENT}\
         </PolicyDocument></member></RolePolicyList><AttachedManagedPolicies><member><PolicyName>at</PolicyName>\
         <PolicyArn>arn:at</PolicyArn></member></AttachedManagedPolicies><PermissionsBoundary>\
         <PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>arn:b</PermissionsBoundaryArn>\
         </PermissionsBoundary><Tags><member><Key>k</Key><Value>v</Value></member></Tags>\
         <RoleLastUsed><LastUsedDate>2026-01-02T03:04:05Z</LastUsedDate><Region>eu-west-1</Region></RoleLastUsed>\
         </member></RoleDetailList><Policies><member><PolicyName>l</PolicyName><Arn>arn:l</Arn>\
         <DefaultVersionId>v2</DefaultVersionId><PolicyVersionList><member><Document>x</Document><VersionId>v1</VersionId>\
         <IsDefaultVersion>false</IsDefaultVersion></member><member><Document>{DOCUMENT}</Document><VersionId>v2</VersionId>\
         <IsDefaultVersion>true</IsDefaultVersion></member></PolicyVersionList></member></Policies>"
    );
    let answer = xml("GetAccountAuthorizationDetails", &inside);
    let (reply, request) = ask(Question::GetAccountAuthorizationDetails, Some("m1"), answer).await;
    for part in ["Filter.member.1=Role", "Filter.member.2=LocalManagedPolicy", "MaxItems=1000", "Marker=m1"] {
        assert!(request.text.contains(part), "{part} is not in {}", request.text);
    }
    let Reply::Authorization { roles, policies, next } = reply.unwrap() else { panic!("not the sweep") };
    assert_eq!(next.as_deref(), Some("m2"));
    let role = &roles[0];
    assert_eq!((role.arn.path(), role.arn.name(), role.id.as_str()), ("/eks/", "nodes", "AROA1"));
    assert_eq!(role.trust, DECODED);
    let inline = role.inline.value().unwrap();
    assert_eq!(inline, &[Known::Value(InlinePolicy { name: "in".to_owned(), document: DECODED.to_owned() })]);
    assert_eq!(role.attached.value().unwrap()[0].arn, "arn:at");
    assert_eq!(role.boundary.as_deref(), Some("arn:b"));
    assert_eq!(role.tags, BTreeMap::from([("k".to_owned(), "v".to_owned())]));
    assert_eq!(role.instance_profiles.value().unwrap()[0].id, "AIPA1");
    assert!(role.created_at.is_some() && role.last_used_at.is_some());
    let version = PolicyVersion { version_id: "v2".to_owned(), document: DECODED.to_owned() };
    assert_eq!(policies, BTreeMap::from([("arn:l".to_owned(), version)]));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_ends_anywhere_in_its_middle_is_none() {
    let inside = "<InstanceProfile><InstanceProfileId>AIPA1</InstanceProfileId><InstanceProfileName>p</InstanceProfileName>\
         <Path>/</Path><Arn>arn:p</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate><Roles></Roles></InstanceProfile>";
    let Answer::Text(_, whole) = xml("GetInstanceProfile", inside) else { panic!("a text") };
    let question = || Question::GetInstanceProfile { profile: "p".to_owned() };
    let (reply, _) = ask(question(), None, ok(whole.clone())).await;
    assert!(reply.is_ok());
    for end in 1..whole.len() {
        let cut = whole.get(..end).unwrap();
        let (reply, _) = ask(question(), None, ok(cut.to_owned())).await;
        assert_eq!(reply.unwrap_err().class, FailureClass::Malformed, "{cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_truncated_without_a_marker_is_malformed() {
    let inside = "<IsTruncated>true</IsTruncated><PolicyNames><member>a</member></PolicyNames>";
    let (reply, _) = ask(Question::ListRolePolicies { role: role() }, None, xml("ListRolePolicies", inside)).await;
    assert_eq!(reply.unwrap_err().class, FailureClass::Malformed);
}

#[tokio::test(start_paused = true)]
async fn a_role_comes_without_the_parts_that_are_asked_for_apart() {
    let inside = format!(
        "<Role><Path>/</Path><RoleName>nodes</RoleName><RoleId>AROA1</RoleId><Arn>arn:aws:iam::{CALLER}:role/nodes</Arn>\
         <CreateDate>2024-01-02T03:04:05Z</CreateDate><AssumeRolePolicyDocument>{DOCUMENT}</AssumeRolePolicyDocument>\
         <Tags><member><Key>k</Key><Value>v</Value></member></Tags></Role>"
    );
    let (reply, request) = ask(Question::GetRole { role: role() }, None, xml("GetRole", &inside)).await;
    assert!(request.text.contains("RoleName=nodes"));
    let Reply::Role(found) = reply.unwrap() else { panic!("not a role") };
    assert_eq!((found.trust.as_str(), found.tags.len()), (DECODED, 1));
    assert_eq!(found.attached, Known::Value(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn the_parts_of_a_role_are_lists_with_markers() {
    let inside = "<IsTruncated>true</IsTruncated><Marker>m2</Marker><AttachedPolicies><member><PolicyName>a</PolicyName>\
                  <PolicyArn>arn:a</PolicyArn></member></AttachedPolicies>";
    let answer = xml("ListAttachedRolePolicies", inside);
    let (reply, request) = ask(Question::ListAttachedRolePolicies { role: role() }, Some("m1"), answer).await;
    assert!(request.text.contains("Marker=m1") && request.text.contains("MaxItems=1000"), "{}", request.text);
    let Reply::AttachedPolicies { policies, next } = reply.unwrap() else { panic!("not attached policies") };
    assert_eq!((policies[0].arn.as_str(), next.as_deref()), ("arn:a", Some("m2")));

    let inside = "<IsTruncated>false</IsTruncated><PolicyNames><member>a</member></PolicyNames>";
    let (reply, _) = ask(Question::ListRolePolicies { role: role() }, None, xml("ListRolePolicies", inside)).await;
    assert_eq!(reply, Ok(names(&["a"], None)));

    let inside = "<IsTruncated>false</IsTruncated><InstanceProfiles><member><Path>/</Path>\
                  <InstanceProfileName>p</InstanceProfileName><InstanceProfileId>AIPA1</InstanceProfileId><Arn>arn:p</Arn>\
                  <CreateDate>2024-01-02T03:04:05Z</CreateDate><Roles/></member></InstanceProfiles>";
    let answer = xml("ListInstanceProfilesForRole", inside);
    let (reply, _) = ask(Question::ListInstanceProfilesForRole { role: role() }, None, answer).await;
    let Reply::InstanceProfiles { profiles, next: None } = reply.unwrap() else { panic!("not instance profiles") };
    assert_eq!(profiles[0].arn, "arn:p");
}

#[tokio::test(start_paused = true)]
async fn policies_are_read_by_their_default_version_and_decoded() {
    let policy = "arn:aws:iam::aws:policy/A".to_owned();
    let inside = "<Policy><PolicyName>A</PolicyName><DefaultVersionId>v7</DefaultVersionId></Policy>";
    let (reply, request) = ask(Question::GetPolicy { policy: policy.clone() }, None, xml("GetPolicy", inside)).await;
    assert_eq!(reply, Ok(Reply::DefaultVersion("v7".to_owned())));
    assert!(request.text.contains("PolicyArn=arn:aws:iam::aws:policy/A"));

    let inside = format!(
        "<PolicyVersion><Document>{DOCUMENT}</Document><VersionId>v7</VersionId><IsDefaultVersion>true</IsDefaultVersion>\
         </PolicyVersion>"
    );
    let question = Question::GetPolicyVersion { policy, version: "v7".to_owned() };
    let (reply, _) = ask(question, None, xml("GetPolicyVersion", &inside)).await;
    let version = PolicyVersion { version_id: "v7".to_owned(), document: DECODED.to_owned() };
    assert_eq!(reply, Ok(Reply::PolicyVersion(version)));

    let inside =
        format!("<RoleName>nodes</RoleName><PolicyName>in</PolicyName><PolicyDocument>{DOCUMENT}</PolicyDocument>");
    let question = Question::GetRolePolicy { role: role(), policy: "in".to_owned() };
    let (reply, _) = ask(question, None, xml("GetRolePolicy", &inside)).await;
    assert_eq!(reply, Ok(Reply::InlinePolicy(InlinePolicy { name: "in".to_owned(), document: DECODED.to_owned() })));
}

#[tokio::test(start_paused = true)]
async fn an_instance_profile_has_one_role_or_none_or_is_gone() {
    let question = Question::GetInstanceProfile { profile: "p".to_owned() };
    let role = "<member><Path>/</Path><RoleName>nodes</RoleName><RoleId>AROA1</RoleId><Arn>arn:r</Arn>\
                <CreateDate>2024-01-02T03:04:05Z</CreateDate></member>";
    for (roles, expected) in [(role, Some("arn:r")), ("", None)] {
        let inside = format!(
            "<InstanceProfile><Path>/</Path><InstanceProfileName>p</InstanceProfileName>\
             <InstanceProfileId>AIPA1</InstanceProfileId><Arn>arn:p</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate>\
             <Roles>{roles}</Roles></InstanceProfile>"
        );
        let (reply, request) = ask(question.clone(), None, xml("GetInstanceProfile", &inside)).await;
        assert!(request.text.contains("InstanceProfileName=p"), "{}", request.text);
        let Reply::InstanceProfile(found) = reply.unwrap() else { panic!("not an instance profile") };
        assert_eq!((found.profile.arn.as_str(), found.profile.id.as_str()), ("arn:p", "AIPA1"));
        assert_eq!(found.role.as_deref(), expected);
    }
    let (reply, _) = ask(question, None, xml_error(404, "NoSuchEntity")).await;
    assert_eq!(reply.unwrap_err().class, FailureClass::Gone);
}
