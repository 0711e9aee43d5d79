//! Each change over the wire: what is called, in whose session, and what becomes of errors.

use super::super::wire::{Answer, CALLER, Request, Wire, default_answer, json_error, ok, xml_error};
use super::*;
use crate::ids::{Region, RoleArn};
use crate::remediate::state::{EntryPolicy, EntryState};

const MEMBER: &str = "000000000002";
const OWN_POLICY: &str = "arn:aws:iam::000000000002:policy/net/AmazonEKS_CNI_IPv6_Policy";
const WORKER_POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";
const NODE_POLICY: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy";
const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

fn role() -> RoleArn {
    format!("arn:aws:iam::{MEMBER}:role/nodes/workers").parse().unwrap()
}

fn region() -> Region {
    "eu-west-1".parse().unwrap()
}

async fn writers(wire: &Wire, external_id: Option<&str>) -> Writers {
    let sdk = wire.sdk();
    let caller = sdk.identify(crate::ids::Partition::Aws).await.unwrap();
    let external_id = external_id.map(|id| id.parse().unwrap());
    let role = MemberRole { name: "NodeRoleRemediation".parse().unwrap(), external_id };
    Writers::new(&sdk, caller, role, "20261124T180000Z-00beef")
}

/// What AWS answers where all goes well, in the form of the service.
fn good(request: &Request) -> Answer {
    match request.service.as_str() {
        "sts" => default_answer(),
        "iam" => ok(format!("<{0}Response><{0}Result></{0}Result></{0}Response>", request.operation)),
        _ => ok("{}"),
    }
}

/// Makes a change, and gives back what came over the wire beside STS.
async fn made(change: &Change, answer: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> Made {
    let wire = Wire::new(move |request| answer(request).unwrap_or_else(|| good(request)));
    let writer = writers(&wire, None).await.writer(&MEMBER.parse().unwrap(), [change]).unwrap();
    let result = writer.perform(change).await;
    let requests = wire.log().into_iter().filter(|request| request.service != "sts").collect();
    Made { result, requests }
}

struct Made {
    result: Result<(), Failure>,
    requests: Vec<Request>,
}

impl Made {
    fn operations(&self) -> Vec<&str> {
        self.requests.iter().map(|request| request.operation.as_str()).collect()
    }
}

/// The change succeeds, and IAM is asked this, in this order.
async fn iam_is_asked(change: Change, expected: &[(&str, &[&str])]) {
    let made = made(&change, |_| None).await;
    assert_eq!(made.result, Ok(()), "{change:?}");
    assert_eq!(made.operations(), expected.iter().map(|(operation, _)| *operation).collect::<Vec<_>>());
    for (request, (_, parts)) in made.requests.iter().zip(expected) {
        assert_eq!((request.account.as_str(), request.region.as_str()), (MEMBER, "us-east-1"));
        for part in *parts {
            assert!(request.text.contains(part), "{part} is not in {}", request.text);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn policies_are_created_versioned_restored_and_deleted() {
    let policy = || OWN_POLICY.to_owned();
    let document = format!("PolicyDocument={DOCUMENT}");
    let create = Change::CreatePolicy { policy: policy(), document: DOCUMENT.to_owned() };
    let parts = ["PolicyName=AmazonEKS_CNI_IPv6_Policy", "Path=/net/", document.as_str()];
    iam_is_asked(create, &[("CreatePolicy", &parts)]).await;
    let arn = format!("PolicyArn={OWN_POLICY}");
    iam_is_asked(Change::DeletePolicy { policy: policy() }, &[("DeletePolicy", &[&arn])]).await;
    let version = Change::CreatePolicyVersion { policy: policy(), document: DOCUMENT.to_owned() };
    iam_is_asked(version, &[("CreatePolicyVersion", &[&arn, &document, "SetAsDefault=true"])]).await;
    let restore = Change::RestorePolicyVersion { policy: policy(), version: "v1".to_owned(), surplus: "v2".to_owned() };
    let expected: [(&str, &[&str]); 2] =
        [("SetDefaultPolicyVersion", &[&arn, "VersionId=v1"]), ("DeletePolicyVersion", &[&arn, "VersionId=v2"])];
    iam_is_asked(restore, &expected).await;
}

#[tokio::test(start_paused = true)]
async fn roles_are_created_trusted_equipped_and_deleted() {
    let name = "RoleName=workers";
    let create = Change::CreateRole { role: role(), trust: DOCUMENT.to_owned() };
    let trust = format!("AssumeRolePolicyDocument={DOCUMENT}");
    let parts = [name, "Path=/nodes/", "Description=Amazon EKS - Node role", &trust];
    iam_is_asked(create, &[("CreateRole", &parts)]).await;
    iam_is_asked(Change::DeleteRole { role: role() }, &[("DeleteRole", &[name])]).await;
    let trust = format!("PolicyDocument={DOCUMENT}");
    let update = Change::UpdateTrust { role: role(), trust: DOCUMENT.to_owned() };
    iam_is_asked(update, &[("UpdateAssumeRolePolicy", &[name, &trust])]).await;
    let policy = || WORKER_POLICY.to_owned();
    let arn = format!("PolicyArn={WORKER_POLICY}");
    iam_is_asked(Change::Attach { role: role(), policy: policy() }, &[("AttachRolePolicy", &[name, &arn])]).await;
    iam_is_asked(Change::Detach { role: role(), policy: policy() }, &[("DetachRolePolicy", &[name, &arn])]).await;
    let profile = || "workers".to_owned();
    let parts = [name, "InstanceProfileName=workers"];
    let add = Change::AddToProfile { role: role(), profile: profile() };
    iam_is_asked(add, &[("AddRoleToInstanceProfile", &parts)]).await;
    let remove = Change::RemoveFromProfile { role: role(), profile: profile() };
    iam_is_asked(remove, &[("RemoveRoleFromInstanceProfile", &parts)]).await;
}

fn create(entry: EntryState) -> Change {
    Change::CreateEntry { role: role(), region: region(), cluster: "prod".to_owned(), entry }
}

fn body(request: &Request) -> serde_json::Value {
    serde_json::from_str(&request.body).unwrap()
}

const ENTRIES: &str = "/clusters/prod/access-entries";
const THIS_ENTRY: &str = "/clusters/prod/access-entries/arn:aws:iam::000000000002:role/nodes/workers";

#[tokio::test(start_paused = true)]
async fn an_entry_of_nodes_is_created_with_its_access_policy_and_tags_but_without_user_and_groups() {
    let mut entry = EntryState::for_nodes("EC2", &role());
    entry.tags = [("team".to_owned(), "blue".to_owned())].into();
    entry.username = Some("system:node:{{EC2PrivateDNSName}}".to_owned());
    entry.groups = vec!["system:nodes".to_owned()];
    let made = made(&create(entry), |_| None).await;
    assert_eq!(made.result, Ok(()));
    assert_eq!(made.operations(), [format!("POST {ENTRIES}"), format!("POST {THIS_ENTRY}/access-policies")]);
    assert!(made.requests.iter().all(|request| request.region == "eu-west-1" && request.account == MEMBER));
    let mut sent = body(&made.requests[0]);
    // the SDK's own, against doing it twice
    sent.as_object_mut().unwrap().remove("clientRequestToken");
    let expected = serde_json::json!({"principalArn": role().as_str(), "type": "EC2", "tags": {"team": "blue"}});
    assert_eq!(sent, expected);
    let expected = serde_json::json!({"policyArn": NODE_POLICY, "accessScope": {"type": "cluster"}});
    assert_eq!(body(&made.requests[1]), expected);
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_people_keeps_user_groups_and_the_namespaces_of_its_policies() {
    let view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
    let entry = EntryState {
        kind: "STANDARD".to_owned(),
        username: Some("somebody".to_owned()),
        groups: vec!["viewers".to_owned()],
        policies: vec![EntryPolicy { arn: view.to_owned(), namespaces: vec!["a".to_owned(), "b".to_owned()] }],
        ..EntryState::for_nodes("EC2_LINUX", &role())
    };
    let made = made(&create(entry), |_| None).await;
    assert_eq!(made.result, Ok(()));
    let sent = body(&made.requests[0]);
    assert_eq!((&sent["username"], &sent["kubernetesGroups"][0]), (&"somebody".into(), &"viewers".into()));
    let scope = serde_json::json!({"type": "namespace", "namespaces": ["a", "b"]});
    assert_eq!(body(&made.requests[1])["accessScope"], scope);
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_an_earlier_attempt_created_gets_the_policies_that_are_missing() {
    let create = create(EntryState::for_nodes("EC2", &role()));
    let there = |request: &Request| {
        (request.operation == format!("POST {ENTRIES}")).then(|| json_error(409, "ResourceInUseException"))
    };
    let made = made(&create, there).await;
    assert_eq!((made.result, made.requests.len()), (Ok(()), 2));
}

#[tokio::test(start_paused = true)]
async fn an_entry_is_deleted_and_its_node_policy_associated_and_taken_away() {
    let (cluster, policy) = (|| "prod".to_owned(), NODE_POLICY);
    let delete = Change::DeleteEntry { role: role(), region: region(), cluster: cluster() };
    let associate = Change::AssociateNodePolicy { role: role(), region: region(), cluster: cluster() };
    let disassociate = Change::DisassociateNodePolicy { role: role(), region: region(), cluster: cluster() };
    for (change, expected) in [
        (delete, format!("DELETE {THIS_ENTRY}")),
        (associate, format!("POST {THIS_ENTRY}/access-policies")),
        (disassociate, format!("DELETE {THIS_ENTRY}/access-policies/{policy}")),
    ] {
        let made = made(&change, |_| None).await;
        assert_eq!((&made.result, made.operations()), (&Ok(()), vec![expected.as_str()]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_is_the_remediation_roles_with_policy_source_identity_and_the_journals_id() {
    let wire = Wire::new(good);
    let own: AccountId = CALLER.parse().unwrap();
    let role: RoleArn = format!("arn:aws:iam::{CALLER}:role/workers").parse().unwrap();
    let attach = Change::Attach { role: role.clone(), policy: WORKER_POLICY.to_owned() };
    let detach = Change::Detach { role, policy: WORKER_POLICY.to_owned() };
    let writer = writers(&wire, Some("from:us")).await.writer(&own, [&attach]).unwrap();
    assert!(wire.log_of("AssumeRole").is_empty(), "nothing is assumed before it is needed");
    writer.perform(&attach).await.unwrap();
    // taken back in the same session
    writer.perform(&detach).await.unwrap();
    let [request] = wire.log_of("AssumeRole").try_into().unwrap();
    let policy = concat!(
        r#"Policy={"Version":"2012-10-17","Statement":[{"Effect":"Allow","#,
        r#""Action":["iam:AttachRolePolicy","iam:DetachRolePolicy"],"Resource":"arn:aws:iam::000000000001:role/workers","#,
        r#""Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"}}}]}&"#
    );
    for part in [
        // the caller's own account has no other way either
        "RoleArn=arn:aws:iam::000000000001:role/NodeRoleRemediation&",
        "RoleSessionName=noderole-20261124T180000Z-00beef&",
        "SourceIdentity=noderole",
        "ExternalId=from:us",
        "DurationSeconds=900",
        policy,
    ] {
        assert!(request.text.contains(part), "{part} is not in {}", request.text);
    }
    let attached = &wire.log_of("AttachRolePolicy")[0];
    assert!(attached.access_key.starts_with("ASIA"), "signed by {}", attached.access_key);
}

#[tokio::test(start_paused = true)]
async fn what_is_none_of_the_plans_is_not_called() {
    let wire = Wire::new(good);
    let attach = Change::Attach { role: role(), policy: WORKER_POLICY.to_owned() };
    let writer = writers(&wire, None).await.writer(&MEMBER.parse().unwrap(), [&attach]).unwrap();
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess".to_owned();
    let failure = writer.perform(&Change::Attach { role: role(), policy: administrator }).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Denied, "NotOfThePlan"));
    assert!(wire.log().iter().all(|request| request.operation == "GetCallerIdentity"));
}

#[tokio::test(start_paused = true)]
async fn failures_are_classed_and_a_role_that_cannot_be_assumed_is_one() {
    let attach = Change::Attach { role: role(), policy: WORKER_POLICY.to_owned() };
    for (operation, code, class) in [
        ("AttachRolePolicy", "LimitExceeded", FailureClass::Other),
        ("AttachRolePolicy", "NoSuchEntity", FailureClass::Gone),
        ("AssumeRole", "AccessDenied", FailureClass::Denied),
        ("AssumeRole", "PackedPolicyTooLarge", FailureClass::Other),
    ] {
        let answer = move |request: &Request| (request.operation == operation).then(|| xml_error(400, code));
        let failure = made(&attach, answer).await.result.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (class, code), "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_second_call_would_confuse_is_called_once_and_again_only_where_aws_asks_to_slow_down() {
    let version = Change::CreatePolicyVersion { policy: OWN_POLICY.to_owned(), document: DOCUMENT.to_owned() };
    let add = Change::AddToProfile { role: role(), profile: "workers".to_owned() };
    for (change, calls) in [(version, 1), (add, 1), (Change::UpdateTrust { role: role(), trust: String::new() }, 7)] {
        let lost = made(&change, |request| (request.service == "iam").then_some(Answer::CutOff)).await;
        assert_eq!(lost.result.unwrap_err().class, FailureClass::Transient, "{change:?}");
        assert_eq!(lost.requests.len(), calls, "{change:?}");
        let slow = std::sync::atomic::AtomicUsize::new(0);
        let throttled = made(&change, move |request| {
            let first = request.service == "iam" && slow.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2;
            first.then(|| xml_error(400, "Throttling"))
        });
        let throttled = throttled.await;
        assert_eq!((throttled.result, throttled.requests.len()), (Ok(()), 3), "{change:?}");
    }
    let add = Change::AddToProfile { role: role(), profile: "workers".to_owned() };
    let always = made(&add, |request| (request.service == "iam").then(|| xml_error(400, "Throttling"))).await;
    assert_eq!((always.result.unwrap_err().class, always.requests.len()), (FailureClass::Throttled, 1 + WAITS.len()));
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_is_tried_again_and_a_version_that_is_gone_is_as_it_should_be() {
    let counted = std::sync::atomic::AtomicUsize::new(0);
    let attach = Change::Attach { role: role(), policy: WORKER_POLICY.to_owned() };
    let busy = move |request: &Request| {
        let first = || counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2;
        (request.operation == "AttachRolePolicy" && first()).then(|| xml_error(400, "Throttling"))
    };
    let made_again = made(&attach, busy).await;
    assert_eq!((made_again.result, made_again.requests.len()), (Ok(()), 3));
    let restore = Change::RestorePolicyVersion {
        policy: OWN_POLICY.to_owned(),
        version: "v1".to_owned(),
        surplus: "v2".to_owned(),
    };
    let gone = |request: &Request| (request.operation == "DeletePolicyVersion").then(|| xml_error(404, "NoSuchEntity"));
    assert_eq!(made(&restore, gone).await.result, Ok(()));
    let gone =
        |request: &Request| (request.operation == "SetDefaultPolicyVersion").then(|| xml_error(404, "NoSuchEntity"));
    let failed = made(&restore, gone).await;
    assert_eq!(failed.operations(), ["SetDefaultPolicyVersion"]);
    assert!(failed.result.is_err(), "the version that is the default now must not be deleted");
}
