//! Session policies: the table against the changes, and the documents to the letter.

use super::*;
use crate::remediate::state::EntryState;

const ROLE: &str = "arn:aws:iam::000000000002:role/nodes/workers";
const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";
const OWN: &str = "arn:aws:iam::000000000002:policy/AmazonEKS_CNI_IPv6_Policy";

fn role() -> RoleArn {
    ROLE.parse().unwrap()
}

fn attach(policy: &str) -> Change {
    Change::Attach { role: role(), policy: policy.to_owned() }
}

fn entry(cluster: &str) -> Change {
    let region = "eu-west-1".parse().unwrap();
    let entry = EntryState::for_nodes("EC2_LINUX", &role());
    Change::CreateEntry { role: role(), region, cluster: cluster.to_owned(), entry }
}

/// Every change there is.
pub(crate) fn every_change() -> Vec<Change> {
    let (role, policy) = (role(), OWN.to_owned());
    let (region, cluster) = ("eu-west-1".parse::<crate::ids::Region>().unwrap(), "prod".to_owned());
    let profile = "workers".to_owned();
    let of_entry = || (role.clone(), region.clone(), cluster.clone());
    let document = "{}".to_owned();
    let mut all = vec![
        Change::CreatePolicy { policy: policy.clone(), document: document.clone() },
        Change::DeletePolicy { policy: policy.clone() },
        Change::CreatePolicyVersion { policy: policy.clone(), document: document.clone() },
        Change::RestorePolicyVersion { policy: policy.clone(), version: "v1".to_owned(), surplus: "v2".to_owned() },
        Change::CreateRole { role: role.clone(), trust: document.clone() },
        Change::DeleteRole { role: role.clone() },
        Change::UpdateTrust { role: role.clone(), trust: document },
        attach(POLICY),
        Change::Detach { role: role.clone(), policy },
        Change::AddToProfile { role: role.clone(), profile: profile.clone() },
        Change::RemoveFromProfile { role: role.clone(), profile },
        entry("prod"),
    ];
    let (of, region_of, in_cluster) = of_entry();
    all.push(Change::DeleteEntry { role: of, region: region_of, cluster: in_cluster });
    let (of, region_of, in_cluster) = of_entry();
    all.push(Change::AssociateNodePolicy { role: of, region: region_of, cluster: in_cluster });
    let (of, region_of, in_cluster) = of_entry();
    all.push(Change::DisassociateNodePolicy { role: of, region: region_of, cluster: in_cluster });
    all
}

fn statements(policy: &SessionPolicy) -> Value {
    serde_json::from_str::<Value>(policy.text()).unwrap()["Statement"].clone()
}

#[test]
fn the_table_has_what_changes_call_and_nothing_else() {
    let called: BTreeSet<&str> =
        every_change().iter().flat_map(|change| [change.calls(), taking_back(change)].concat()).collect();
    let listed: BTreeSet<&str> = RIGHTS.iter().map(|right| right.action).collect();
    assert_eq!(called, listed);
    assert_eq!(listed.len(), RIGHTS.len(), "an action stands there twice");
}

#[test]
fn every_action_of_every_change_is_allowed_on_a_resource_and_never_on_all() {
    for change in every_change() {
        let [policy] = session_policies([&change]).unwrap().try_into().unwrap();
        assert!(policy.covers(&change), "{change:?}");
        for statement in statements(&policy).as_array().unwrap() {
            let resources = &statement["Resource"];
            let one = resources.as_str().map(|one| vec![one.to_owned()]);
            let resources = one.unwrap_or_else(|| serde_json::from_value(resources.clone()).unwrap());
            assert!(!resources.is_empty(), "{change:?}");
            for resource in resources {
                assert!(resource.starts_with("arn:aws:") && resource.contains("000000000002"), "{resource}");
            }
        }
    }
}

#[test]
fn policies_are_attached_and_taken_back_by_name_alone() {
    let pull = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
    let [policy] = session_policies([&attach(POLICY), &attach(pull)]).unwrap().try_into().unwrap();
    assert_eq!(
        policy.text(),
        concat!(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","#,
            r#""Action":["iam:AttachRolePolicy","iam:DetachRolePolicy"],"#,
            r#""Resource":"arn:aws:iam::000000000002:role/nodes/workers","#,
            r#""Condition":{"ArnEquals":{"iam:PolicyARN":["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly","#,
            r#""arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"]}}}]}"#
        )
    );
    assert!(policy.covers(&Change::Detach { role: role(), policy: pull.to_owned() }));
    assert!(!policy.covers(&attach("arn:aws:iam::aws:policy/AdministratorAccess")));
    let other: RoleArn = "arn:aws:iam::000000000002:role/other".parse().unwrap();
    assert!(!policy.covers(&Change::Attach { role: other, policy: pull.to_owned() }));
}

#[test]
fn a_role_is_passed_alone_and_to_whom_it_is_for() {
    let filling = Change::AddToProfile { role: role(), profile: "workers".to_owned() };
    let [policy] = session_policies([&filling]).unwrap().try_into().unwrap();
    let expected = json!([
        {
            "Effect": "Allow",
            "Action": ["iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile"],
            "Resource": [
                "arn:aws:iam::000000000002:instance-profile/*/workers",
                "arn:aws:iam::000000000002:instance-profile/workers",
            ],
        },
        {
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE,
            "Condition": {"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}},
        },
    ]);
    assert_eq!(statements(&policy), expected);
}

#[test]
fn an_entry_is_created_for_the_role_alone_and_all_clusters_are_told_together() {
    let [policy] = session_policies([&entry("prod"), &entry("test")]).unwrap().try_into().unwrap();
    let of_entry = |cluster: &str, name: &str| {
        format!("arn:aws:eks:eu-west-1:000000000002:access-entry/{cluster}/role/000000000002/{name}/*")
    };
    let expected = json!([
        {
            "Effect": "Allow",
            "Action": ["eks:AssociateAccessPolicy", "eks:DeleteAccessEntry", "eks:TagResource"],
            "Resource": [
                of_entry("prod", "nodes/workers"), of_entry("prod", "workers"),
                of_entry("test", "nodes/workers"), of_entry("test", "workers"),
            ],
        },
        {
            "Effect": "Allow", "Action": "eks:CreateAccessEntry",
            "Resource": [
                "arn:aws:eks:eu-west-1:000000000002:cluster/prod", "arn:aws:eks:eu-west-1:000000000002:cluster/test",
            ],
            "Condition": {"ArnEquals": {"eks:principalArn": ROLE}},
        },
        {
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE,
            "Condition": {
                "StringEqualsIfExists": {"iam:PassedToService": ["ec2.amazonaws.com", "eks.amazonaws.com"]},
            },
        },
    ]);
    assert_eq!(statements(&policy), expected);
}

#[test]
fn what_does_not_fit_into_one_session_goes_into_more() {
    let changes: Vec<Change> = (0..30).map(|n| entry(&format!("cluster-with-a-rather-long-name-{n}"))).collect();
    let policies = session_policies(&changes).unwrap();
    assert!(policies.len() > 1);
    for change in &changes {
        assert_eq!(policies.iter().filter(|policy| policy.covers(change)).count(), 1);
    }
    assert!(policies.iter().all(|policy| policy.text().len() <= MAX_SESSION_POLICY));
}

#[test]
fn a_change_that_fits_into_no_session_is_an_error() {
    let path = |n: usize| "p".repeat(n);
    let role: RoleArn = format!("arn:aws:iam::000000000002:role/{}/workers", path(500)).parse().unwrap();
    let profile = "x".repeat(2000);
    let error = session_policies([&Change::AddToProfile { role, profile }]).unwrap_err();
    assert!(error.to_string().contains("make this change by hand"), "{error}");
}
