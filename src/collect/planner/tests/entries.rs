//! Whose access entries are described: those of roles that are gone or broken among them, those of people not.

use crate::collect::call::Question;
use crate::failure::FailureClass;
use crate::inventory::{ManagedPolicyRef, PolicyVersion, Role, RoleRecord};
use crate::known::Known;

use super::sample::{USUAL, federated};
use super::world::{World, entry, fail, node_group, role, role_arn};
use super::{ACCOUNT_A, ACCOUNT_C, Run, account, cluster, gaps, profile, sample, scope};

/// The trust policy of people: the account itself, which lets its administrators decide.
const OF_PEOPLE: &str =
    r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}]}"#;

fn trusting(name: &str, trust: &str, attached: &[&str]) -> Role {
    Role { trust: trust.to_owned(), ..role(ACCOUNT_A, name, "2024-03-01T00:00:00Z", attached) }
}

fn by_service(service: &str) -> String {
    OF_PEOPLE.replace(r#""AWS":"111111111111""#, &format!(r#""Service":"{service}""#))
}

/// The sample with entries of that type for these roles, which are there.
fn with_entries(kind: &str, roles: Vec<Role>) -> World {
    let mut world = sample();
    for role in roles {
        let entries = &mut world.cluster(ACCOUNT_A, "eu-west-1", "prod").entries;
        entries.insert(role.arn.to_string(), entry(kind));
        world.account(ACCOUNT_A).roles.insert(role.arn.name().to_owned(), role);
    }
    world
}

/// The names in the described entries of prod.
fn described(inventory: &crate::inventory::Inventory) -> Vec<String> {
    let entries = cluster(inventory, ACCOUNT_A, "prod").access_entries.value().unwrap().iter();
    let described = entries.filter(|entry| entry.detail.as_ref().is_some_and(|detail| detail.value().is_some()));
    described.map(|entry| entry.principal_arn.rsplit('/').next().unwrap().to_owned()).collect()
}

#[test]
fn the_entry_of_a_role_that_is_gone_is_described_and_the_role_is_said_not_to_exist() {
    for kind in ["HYBRID_LINUX", "EC2_LINUX", "EC2_WINDOWS", "EC2"] {
        let mut world = with_entries(kind, vec![trusting("vanished", OF_PEOPLE, &[])]);
        world.account(ACCOUNT_A).roles.remove("vanished");
        let outcome = Run::new(&world, scope()).go();
        assert!(described(&outcome.inventory).contains(&"vanished".to_owned()), "{kind}");
        let facts = account(&outcome.inventory, ACCOUNT_A);
        assert_eq!(facts.roles["vanished"], RoleRecord::NoSuchRole, "{kind}");
        assert_eq!((facts.role_list.clone(), gaps(facts)), (Known::Value(()), Vec::new()));
        assert_eq!(outcome.counts()["iam:GetRole"], 1);
    }
}

#[test]
fn a_gone_role_whose_entry_is_that_of_people_costs_one_call_and_is_no_node_role() {
    let mut world = with_entries("STANDARD", vec![trusting("vanished", OF_PEOPLE, &[])]);
    world.account(ACCOUNT_A).roles.remove("vanished");
    let outcome = Run::new(&world, scope()).go();
    let before = Run::new(&sample(), scope()).go();
    let entries = |outcome: &super::run::Outcome| outcome.counts()["eks:DescribeAccessEntry"];
    assert_eq!(entries(&outcome), entries(&before) + 1);
    assert!(!account(&outcome.inventory, ACCOUNT_A).roles.contains_key("vanished"));
}

#[test]
fn a_node_role_with_a_broken_trust_is_seen_by_its_entry_and_read() {
    let nobody = r#"{"Statement":[]}"#;
    let in_profile = Role {
        instance_profiles: Known::Value(vec![profile("of-karpenter")]),
        ..trusting("in-profile", OF_PEOPLE, &[])
    };
    let broken = vec![
        trusting("lets-nobody-in", nobody, &[]),
        trusting("no-json", "{", &[]),
        trusting("denies", &by_service("ec2.amazonaws.com").replace("Allow", "Deny"), &[]),
        trusting("wrong-action", &by_service("ec2.amazonaws.com").replace("AssumeRole", "GetCallerIdentity"), &[]),
        trusting("like-a-cluster-role", &by_service("eks.amazonaws.com"), &[]),
        trusting("wrong-service", &by_service("ecs-tasks.amazonaws.com"), &USUAL),
        trusting("pulls", OF_PEOPLE, &["AmazonEC2ContainerRegistryReadOnly"]),
        trusting("my-NodeInstanceRole-1", OF_PEOPLE, &[]),
        in_profile,
    ];
    let names: Vec<String> = broken.iter().map(|role| role.arn.name().to_owned()).collect();
    let world = with_entries("EC2_LINUX", broken);
    let outcome = Run::new(&world, scope()).go();
    let (seen, facts) = (described(&outcome.inventory), account(&outcome.inventory, ACCOUNT_A));
    for name in &names {
        assert!(seen.contains(name), "{name}: {seen:?}");
        let expected = RoleRecord::Found(Box::new(world.accounts[ACCOUNT_A].roles[name].clone()));
        assert_eq!(facts.roles.get(name), Some(&expected), "{name}");
    }
    assert!(!outcome.counts().contains_key("iam:GetRole"), "all of them came with the list");
}

#[test]
fn a_customer_managed_policy_for_nodes_tells_of_a_broken_node_role_though_it_comes_on_a_later_page() {
    let arn = format!("arn:aws:iam::{ACCOUNT_A}:policy/of-nodes");
    let carried = vec![ManagedPolicyRef { name: "of-nodes".to_owned(), arn: arn.clone() }];
    let custom = Role { attached: Known::Value(carried), ..trusting("a-custom", OF_PEOPLE, &[]) };
    let mut world = with_entries("HYBRID_LINUX", vec![custom.clone()]);
    let document = r#"{"Statement":{"Effect":"Allow","Action":["ecr:BatchGetImage"],"Resource":"*"}}"#;
    let version = PolicyVersion { version_id: "v1".to_owned(), document: document.to_owned() };
    world.account(ACCOUNT_A).policies.insert(arn.clone(), version.clone());
    let outcome = Run::new(&world, scope()).go();
    assert!(described(&outcome.inventory).contains(&"a-custom".to_owned()));
    let facts = account(&outcome.inventory, ACCOUNT_A);
    assert_eq!(facts.roles["a-custom"], RoleRecord::Found(Box::new(custom)), "read by itself");
    assert_eq!(outcome.inventory.policies[&arn], Known::Value(version));

    let pushes = document.replace("ecr:BatchGetImage", "ecr:BatchGetImage\",\"ecr:PutImage");
    world.account(ACCOUNT_A).policies.get_mut(&arn).unwrap().document = pushes;
    assert!(!described(&Run::new(&world, scope()).go().inventory).contains(&"a-custom".to_owned()), "one of builders");
}

#[test]
fn entries_of_people_and_pipelines_cost_no_call() {
    let saml = r#"{"Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:saml-provider/p"},
        "Action":"sts:AssumeRoleWithSAML"}]}"#;
    let sso = Role {
        arn: format!("arn:aws:iam::{ACCOUNT_A}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1")
            .parse()
            .unwrap(),
        ..trusting("sso", saml, &["AdministratorAccess"])
    };
    let ordinary = vec![
        sso,
        trusting("admin", OF_PEOPLE, &["AdministratorAccess"]),
        trusting("saml", saml, &[]),
        trusting("github", &federated("token.actions.githubusercontent.com"), &[]),
        trusting("argo", &federated("oidc.eks.us-east-1.amazonaws.com/id/old").replace("aws-node", "argo"), &[]),
        trusting("build", &by_service("codebuild.amazonaws.com"), &["AmazonEC2ContainerRegistryPowerUser"]),
        trusting("function", &by_service("lambda.amazonaws.com"), &[]),
        trusting("other-account", &OF_PEOPLE.replace("111111111111", "999999999999"), &[]),
    ];
    let mut world = with_entries("STANDARD", ordinary);
    let entries = &mut world.cluster(ACCOUNT_A, "eu-west-1", "prod").entries;
    // Gone, and of another account: no nodes run under these.
    let gone = "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Gone_1";
    for arn in [format!("arn:aws:iam::{ACCOUNT_A}:{gone}"), role_arn(ACCOUNT_C, "nodes-of-c")] {
        entries.insert(arn, entry("STANDARD"));
    }
    let (outcome, before) = (Run::new(&world, scope()).go(), Run::new(&sample(), scope()).go());
    assert_eq!(described(&outcome.inventory), described(&before.inventory));
    let entries = |outcome: &super::run::Outcome| outcome.counts()["eks:DescribeAccessEntry"];
    assert_eq!(entries(&outcome), entries(&before));
}

#[test]
fn a_role_that_can_be_none_of_nodes_and_is_used_for_them_all_the_same_is_read_by_itself() {
    let mut world = sample();
    let odd = trusting("odd", OF_PEOPLE, &[]);
    world.account(ACCOUNT_A).roles.insert("odd".to_owned(), odd.clone());
    world.cluster(ACCOUNT_A, "eu-west-1", "prod").node_groups.insert("ng-9".to_owned(), node_group(ACCOUNT_A, "odd"));
    let outcome = Run::new(&world, scope()).go();
    assert_eq!(account(&outcome.inventory, ACCOUNT_A).roles["odd"], RoleRecord::Found(Box::new(odd)));
    assert_eq!(outcome.counts()["iam:GetRole"], 1);
    assert_eq!(gaps(account(&outcome.inventory, ACCOUNT_A)), []);
}

#[test]
fn an_entry_of_a_gone_role_that_may_not_be_described_is_a_gap_and_no_proof() {
    let mut world = with_entries("HYBRID_LINUX", vec![trusting("vanished", OF_PEOPLE, &[])]);
    world.account(ACCOUNT_A).roles.remove("vanished");
    let outcome = Run::new(&world, scope())
        .failing(|call| {
            let of_it = matches!(&call.question, Question::DescribeAccessEntry { principal, .. } if principal.ends_with("vanished"));
            of_it.then(|| fail(FailureClass::Denied, "AccessDeniedException"))
        })
        .go();
    let gap = &gaps(account(&outcome.inventory, ACCOUNT_A))[0];
    assert_eq!((gap.api.as_str(), gap.class), ("eks:DescribeAccessEntry", FailureClass::Denied));
}
