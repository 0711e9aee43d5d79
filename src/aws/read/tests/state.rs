//! A state over the wire: what is there, what is not, and what cannot be read.

use std::collections::BTreeSet;

use super::super::state::state;
use super::*;
use crate::remediate::state::{EntryPolicy, State, Subject};

const ROLE: &str = "arn:aws:iam::000000000001:role/nodes/workers";
const OWN: &str = "arn:aws:iam::000000000001:policy/own";
const ABSENT: &str = "arn:aws:iam::000000000001:policy/absent";
const BOUNDARY: &str = "arn:aws:iam::000000000001:policy/boundary";

fn subject() -> Subject {
    Subject {
        role: ROLE.parse().unwrap(),
        policies: BTreeSet::from([ABSENT.to_owned()]),
        entries: ["prod", "test"].map(|cluster| ("eu-west-1".parse().unwrap(), cluster.to_owned())).into(),
        profiles: ["empty", "full", "none"].map(str::to_owned).into(),
    }
}

fn xml(operation: &str, inside: &str) -> Answer {
    ok(format!("<{operation}Response><{operation}Result>{inside}</{operation}Result></{operation}Response>"))
}

fn profile(name: &str, roles: &str) -> Answer {
    xml(
        "GetInstanceProfile",
        &format!(
            "<InstanceProfile><Path>/</Path><InstanceProfileName>{name}</InstanceProfileName><InstanceProfileId>AIPA</InstanceProfileId><Arn>arn:aws:iam::000000000001:instance-profile/{name}</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate><Roles>{roles}</Roles></InstanceProfile>"
        ),
    )
}

fn role(arn: &str) -> String {
    format!(
        "<Path>/nodes/</Path><RoleName>workers</RoleName><RoleId>AROAX</RoleId><Arn>{arn}</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate><AssumeRolePolicyDocument>%7B%22a%22%3A+1%7D</AssumeRolePolicyDocument><PermissionsBoundary><PermissionsBoundaryArn>{BOUNDARY}</PermissionsBoundaryArn></PermissionsBoundary>"
    )
}

/// AWS with everything there is.
fn full(request: &Request) -> Answer {
    let text = |part: &str| request.text.contains(part);
    match request.operation.as_str() {
        "GetRole" => xml("GetRole", &format!("<Role>{}</Role>", role(ROLE))),
        "ListAttachedRolePolicies" if !text("Marker=m1") => xml(
            "ListAttachedRolePolicies",
            &format!(
                "<AttachedPolicies><member><PolicyName>own</PolicyName><PolicyArn>{OWN}</PolicyArn></member></AttachedPolicies><IsTruncated>true</IsTruncated><Marker>m1</Marker>"
            ),
        ),
        "ListAttachedRolePolicies" => xml(
            "ListAttachedRolePolicies",
            "<AttachedPolicies><member><PolicyName>w</PolicyName><PolicyArn>arn:aws:iam::aws:policy/w</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated>",
        ),
        "ListRolePolicies" => {
            xml("ListRolePolicies", "<PolicyNames><member>in</member></PolicyNames><IsTruncated>false</IsTruncated>")
        }
        "GetRolePolicy" => xml(
            "GetRolePolicy",
            "<RoleName>workers</RoleName><PolicyName>in</PolicyName><PolicyDocument>%7B%22b%22%3A%20%22c+d%22%7D</PolicyDocument>",
        ),
        "GetPolicy" if text(ABSENT) => xml_error(404, "NoSuchEntity"),
        "GetPolicy" => xml("GetPolicy", "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>"),
        "GetPolicyVersion" => xml(
            "GetPolicyVersion",
            "<PolicyVersion><Document>%7B%7D</Document><VersionId>v3</VersionId></PolicyVersion>",
        ),
        "GetInstanceProfile" if text("Name=full") => profile("full", &format!("<member>{}</member>", role(ROLE))),
        "GetInstanceProfile" if text("Name=empty") => profile("empty", ""),
        "GetInstanceProfile" => xml_error(404, "NoSuchEntity"),
        path if path.ends_with("/access-policies") && !text("nextToken=t1") => ok(
            r#"{"associatedAccessPolicies": [{"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "accessScope": {"type": "namespace", "namespaces": ["a"]}}], "nextToken": "t1"}"#,
        ),
        path if path.ends_with("/access-policies") => ok(
            r#"{"associatedAccessPolicies": [{"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy", "accessScope": {"type": "cluster"}}]}"#,
        ),
        path if path.starts_with("GET /clusters/prod/") => ok(
            r#"{"accessEntry": {"type": "standard", "createdAt": 1767323045.25, "username": "u", "kubernetesGroups": ["g"], "tags": {"team": "blue", "aws:cloudformation:stack-name": "x"}}}"#,
        ),
        path if path.starts_with("GET /clusters/test/") => json_error(404, "ResourceNotFoundException"),
        _ => default_answer(),
    }
}

/// Reads the state while AWS answers so.
async fn read(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> (Result<State, Failure>, Wire) {
    let wire = Wire::new(answer);
    let sdk = wire.sdk();
    let caller = sdk.identify(crate::ids::Partition::Aws).await.unwrap();
    let (throttles, _slowed) = unbounded_channel();
    let sessions = Sessions::new(&sdk, caller, MemberRole::default(), "r", throttles);
    (state(&sessions, &subject()).await, wire)
}

#[tokio::test(start_paused = true)]
async fn a_state_is_read_in_full_with_all_pages_and_documents_as_they_stand() {
    let (state, _) = read(full).await;
    let state = state.unwrap();
    let role = state.role.unwrap();
    assert_eq!((role.id.as_str(), role.boundary.as_deref()), ("AROAX", Some(BOUNDARY)));
    assert_eq!(role.trust, r#"{"a":+1}"#);
    assert_eq!(role.inline["in"], r#"{"b": "c+d"}"#);
    assert_eq!(role.attached, [OWN, "arn:aws:iam::aws:policy/w"].map(str::to_owned).into());
    let version = PolicyVersion { version_id: "v3".to_owned(), document: "{}".to_owned() };
    let expected = [
        (ABSENT, None),
        (BOUNDARY, Some(&version)),
        (OWN, Some(&version)),
        ("arn:aws:iam::aws:policy/w", Some(&version)),
    ];
    assert_eq!(state.policies, expected.map(|(arn, version)| (arn.to_owned(), version.cloned())).into());
    let entry = state.entries["eu-west-1/prod"].clone().unwrap();
    assert_eq!((entry.kind.as_str(), entry.username.as_deref()), ("STANDARD", Some("u")));
    assert_eq!((entry.groups, entry.tags.len(), entry.tags["team"].as_str()), (vec!["g".to_owned()], 1, "blue"));
    assert_eq!(entry.created_at, Some("2026-01-02T03:04:05.25Z".parse().unwrap()));
    let policy = |name: &str, namespaces: &[&str]| EntryPolicy {
        arn: format!("arn:aws:eks::aws:cluster-access-policy/{name}"),
        namespaces: namespaces.iter().map(|name| (*name).to_owned()).collect(),
    };
    assert_eq!(entry.policies, [policy("AmazonEKSViewPolicy", &["a"]), policy("AmazonEKSEditPolicy", &[])]);
    assert_eq!(state.entries["eu-west-1/test"], None);
    let profiles = [("empty", None), ("full", Some(ROLE)), ("none", None)];
    assert_eq!(state.profiles, profiles.map(|(name, holds)| (name.to_owned(), holds.map(str::to_owned))).into());
}

#[tokio::test(start_paused = true)]
async fn a_role_that_does_not_exist_is_a_fact_and_one_of_another_path_a_failure() {
    let gone = |r: &Request| if r.operation == "GetRole" { xml_error(404, "NoSuchEntity") } else { full(r) };
    let (state, wire) = read(gone).await;
    let state = state.unwrap();
    assert_eq!((state.role, state.policies), (None, [(ABSENT.to_owned(), None)].into()));
    assert!(wire.log_of("ListAttachedRolePolicies").is_empty());
    let moved = |r: &Request| {
        let other = role("arn:aws:iam::000000000001:role/workers");
        if r.operation == "GetRole" { xml("GetRole", &format!("<Role>{other}</Role>")) } else { full(r) }
    };
    assert_eq!(read(moved).await.0.unwrap_err().code, "AnotherRole");
}

#[tokio::test(start_paused = true)]
async fn one_call_that_fails_fails_the_whole() {
    for operation in [
        "GetRole",
        "ListAttachedRolePolicies",
        "ListRolePolicies",
        "GetRolePolicy",
        "GetPolicy",
        "GetPolicyVersion",
        "GetInstanceProfile",
    ] {
        let denied = move |r: &Request| if r.operation == operation { xml_error(403, "AccessDenied") } else { full(r) };
        assert_eq!(read(denied).await.0.unwrap_err().class, FailureClass::Denied, "{operation}");
    }
    let denied = |r: &Request| if r.service == "eks" { json_error(403, "AccessDeniedException") } else { full(r) };
    assert_eq!(read(denied).await.0.unwrap_err().class, FailureClass::Denied);
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_is_read_later_and_what_changes_all_the_time_is_given_up() {
    let (state, wire) = read(full).await;
    let expected = state.unwrap();
    let calls = wire.log_of("GetRole").len();
    let counted = std::sync::atomic::AtomicUsize::new(0);
    let busy = move |r: &Request| {
        let slow = r.operation == "GetRole" && counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 3;
        if slow { xml_error(400, "Throttling") } else { full(r) }
    };
    let (state, wire) = read(busy).await;
    assert_eq!((state, wire.log_of("GetRole").len()), (Ok(expected), calls + 3));
    let vanishing = |r: &Request| if r.operation == "GetRolePolicy" { xml_error(404, "NoSuchEntity") } else { full(r) };
    let (state, wire) = read(vanishing).await;
    assert_eq!((state.unwrap_err().code.as_str(), wire.log_of("GetRole").len()), ("ChangedMeanwhile", 3));
}
